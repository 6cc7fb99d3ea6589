//! Processes and files while the step goes on: names and contents as numbers, counts still growing.
//! Decodes no call. Filled by the recorder, made into the record by `conclusion`.

use std::collections::HashMap;
use std::time::SystemTime;

use super::attempts::AttemptId;
use super::tally::Tally;
use crate::linux::contents::{ContentId, Contents};
use crate::linux::identity::Identity;
use crate::linux::observer::{BirthKind, End, Tid};
use crate::linux::record::{Address, Attribute, Name, NameKind, Owner, Uses};

/// Which path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NameId(u32);

/// Every path that is part of the record, once.
#[derive(Debug, Default)]
pub(super) struct Names {
    ids: HashMap<Name, NameId>,
    names: Vec<Name>,
}

impl Names {
    pub(super) fn id(&mut self, path: &[u8]) -> NameId {
        if let Some(&known) = self.ids.get(path) {
            return known;
        }
        let id = NameId(self.names.len() as u32);
        let name: Name = path.into();
        self.names.push(Name::clone(&name));
        self.ids.insert(name, id);
        id
    }

    pub(super) fn get(&self, id: NameId) -> &Name {
        &self.names[id.0 as usize]
    }
}

/// A process.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) pid: Tid,
    pub(super) parent: Tid,
    pub(super) birth: BirthKind,
    pub(super) start: SystemTime,
    pub(super) end: Option<(End, SystemTime)>,
    pub(super) threads: u64,
    pub(super) born_as: Option<Owner>,
    pub(super) owner: Option<Owner>,
    /// Its root directory or its mounts are not ours: its paths may mean other files to us.
    pub(super) elsewhere: bool,
    /// Indices of its executions, and of what it runs now, which may be its parent's.
    pub(super) executions: Vec<usize>,
    pub(super) running: Option<usize>,
    pub(super) files: HashMap<NameId, FileDraft>,
    pub(super) names: Tally<(NameKind, NameId, Option<NameId>)>,
    pub(super) attributes: Tally<(NameId, Attribute)>,
    /// By family, kind and protocol; the first descriptor.
    pub(super) sockets: Tally<(i32, i32, i32), i32>,
    /// By call, address and whether it is in progress; the first descriptor.
    pub(super) connections: Tally<(&'static str, Address, bool), i32>,
    pub(super) calls: Tally<(&'static str, String)>,
    pub(super) attempts: Tally<AttemptId>,
}

impl Draft {
    pub(super) fn new(pid: Tid, parent: Tid, birth: BirthKind, start: SystemTime) -> Self {
        Self {
            pid,
            parent,
            birth,
            start,
            end: None,
            threads: 1,
            born_as: None,
            owner: None,
            elsewhere: false,
            executions: Vec::new(),
            running: None,
            files: HashMap::new(),
            names: Tally::default(),
            attributes: Tally::default(),
            sockets: Tally::default(),
            connections: Tally::default(),
            calls: Tally::default(),
            attempts: Tally::default(),
        }
    }
}

/// What a process did with a file so far.
#[derive(Debug, Default)]
pub(super) struct FileDraft {
    pub(super) uses: Uses,
    pub(super) count: u64,
    pub(super) read: Vec<ContentId>,
}

/// A program run.
#[derive(Debug)]
pub(super) struct ExecutionDraft {
    pub(super) time: SystemTime,
    pub(super) program: Vec<u8>,
    pub(super) program_content: Option<ContentId>,
    pub(super) arguments: Vec<u8>,
    pub(super) arguments_cut: bool,
    pub(super) comm: Vec<u8>,
    pub(super) cwd: NameId,
    pub(super) exe: NameId,
    pub(super) exe_content: Option<ContentId>,
    pub(super) owner: Option<Owner>,
}

/// A path over the whole step.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The step made, emptied, replaced or removed what has this name.
    pub(super) changed: bool,
    /// The step could have written it: its state when first opened for that.
    pub(super) writable: Option<Writable>,
    /// What it held when the step read it unchanged.
    pub(super) before: Vec<ContentId>,
}

/// A file that may have been written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writable {
    pub(super) identity: Identity,
    pub(super) content: Option<ContentId>,
    /// Through memory, which need not show in its times.
    pub(super) mapped: bool,
}

/// Adds a content unless it is there. Contents of files that are rewritten all the time have many numbers; every so often
/// those that turned out to be equal are taken together.
pub(super) fn add_content(list: &mut Vec<ContentId>, id: ContentId, contents: &Contents) {
    const FEW: usize = 8;
    if list.contains(&id) {
        return;
    }
    list.push(id);
    if list.len() >= FEW && list.len().is_power_of_two() {
        let mut seen = std::collections::HashSet::new();
        list.retain(|&id| seen.insert(contents.content(id)));
    }
}
