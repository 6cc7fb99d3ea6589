//! Who made whom: the processes of a step, those that ended while they have descendants, and those above the step.
//! Knows no more of a process than its place; bounded by the processes that live and the lineages they come from.

use std::collections::{HashMap, VecDeque};

use super::event::{Ancestors, Source};
use super::process::Process;
use crate::linux::observer::Tid;

/// So many threads are remembered beyond their end, for children of theirs that are told of only afterwards.
const RECENT: usize = 256;

/// A place in the table. Not the id of a process, which the kernel gives again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(usize);

/// The processes that matter.
#[derive(Debug, Default)]
pub(super) struct ProcessTable {
    entries: Vec<Option<Entry>>,
    free: Vec<usize>,
    /// Living threads of the step, leaders included.
    threads: HashMap<Tid, Key>,
    /// Threads that ended, the latest last.
    recent: VecDeque<(Tid, Key)>,
    /// Counts what changes a process, or gives its id to another.
    revision: u64,
}

#[derive(Debug)]
struct Entry {
    process: Process,
    parent: Option<Key>,
    /// What keeps it here beyond its end: children, and its threads among the recent ones.
    uses: usize,
    alive: bool,
}

impl ProcessTable {
    /// The process of a living thread.
    pub(super) fn of_thread(&self, tid: Tid) -> Option<Key> {
        self.threads.get(&tid).copied()
    }

    pub(super) fn process(&self, key: Key) -> Option<&Process> {
        self.entries.get(key.0)?.as_ref().map(|entry| &entry.process)
    }

    pub(super) fn process_mut(&mut self, key: Key) -> Option<&mut Process> {
        self.revision += 1;
        self.entries.get_mut(key.0)?.as_mut().map(|entry| &mut entry.process)
    }

    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    /// A process and its parent's place.
    pub(super) fn entry(&self, key: Key) -> Option<(&Process, Option<Key>)> {
        self.entries.get(key.0)?.as_ref().map(|entry| (&entry.process, entry.parent))
    }

    pub(super) fn parent(&self, key: Key) -> Option<Key> {
        self.entry(key)?.1
    }

    /// Its parent, grandparent and so on.
    pub(super) fn ancestors(&self, key: Key) -> Ancestors<'_> {
        Ancestors(Source::Table { table: self, next: self.parent(key) })
    }

    /// Adds a process above the step, or one whose threads are told of by [`Self::add_thread`].
    pub(super) fn add(&mut self, process: Process, parent: Option<Key>) -> Key {
        if let Some(parent) = parent.and_then(|parent| self.entries[parent.0].as_mut()) {
            parent.uses += 1;
        }
        let entry = Some(Entry { process, parent, uses: 0, alive: true });
        if let Some(place) = self.free.pop() {
            self.entries[place] = entry;
            return Key(place);
        }
        self.entries.push(entry);
        Key(self.entries.len() - 1)
    }

    pub(super) fn add_thread(&mut self, tid: Tid, key: Key) {
        self.threads.insert(tid, key);
    }

    /// The process of a thread that lives, or did until lately: its end may be heard of before its last children are.
    pub(super) fn of_maker(&self, tid: Tid) -> Option<Key> {
        let lately =
            || self.recent.iter().rfind(|&&(recent, _)| recent == tid).map(|&(_, key)| key);
        self.of_thread(tid).or_else(lately)
    }

    /// A thread is gone; with its leader, the process.
    pub(super) fn remove_thread(&mut self, tid: Tid, process: Tid) {
        let Some(key) = self.threads.remove(&tid) else { return };
        let Some(entry) = self.entries[key.0].as_mut() else { return };
        entry.uses += 1;
        if tid == process {
            entry.alive = false;
            self.revision += 1;
        }
        self.recent.push_back((tid, key));
        if self.recent.len() > RECENT
            && let Some((_, oldest)) = self.recent.pop_front()
        {
            if let Some(entry) = self.entries[oldest.0].as_mut() {
                entry.uses -= 1;
            }
            self.forget(oldest);
        }
    }

    /// Drops the dead that nothing needs, from here upwards.
    fn forget(&mut self, key: Key) {
        let mut next = Some(key);
        while let Some(key) = next {
            let place = &mut self.entries[key.0];
            let Some(entry) = place.as_ref().filter(|entry| !entry.alive && entry.uses == 0) else {
                return;
            };
            next = entry.parent;
            *place = None;
            self.free.push(key.0);
            if let Some(parent) = next.and_then(|parent| self.entries[parent.0].as_mut()) {
                parent.uses -= 1;
            }
        }
    }

    /// `proc.sname`: the leader of its session, or the eldest known ancestor in it.
    pub(super) fn session_name(&self, key: Key) -> &str {
        let Some(process) = self.process(key) else { return "" };
        let session = process.session;
        let leader = i32::try_from(session).ok().and_then(|leader| self.of_thread(leader));
        if let Some(leader) = leader
            .and_then(|leader| self.process(leader))
            .filter(|leader| leader.session == session)
        {
            return &leader.name;
        }
        let kin = self.ancestors(key).take_while(|ancestor| ancestor.session == session);
        let mut name = &process.name;
        for ancestor in kin {
            name = &ancestor.name;
            if ancestor.pid == session {
                break;
            }
        }
        name
    }

    /// How many entries are kept: for tests.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.iter().flatten().count()
    }
}

#[cfg(test)]
#[path = "process_table_test.rs"]
mod tests;
