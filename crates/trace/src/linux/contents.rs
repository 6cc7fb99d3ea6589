//! What files held: each state of a file digested once, by whoever used it first.
//! Knows no path and no process. Used by the recorder; the reading is done by `digest`.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::SystemTime;

use rustix::fs::{Stat, fstatfs};

use crate::linux::digest::{Failure, Pool, Ticket};
use crate::linux::identity::{Identity, Inode};
use crate::linux::record::{Content, Digest};

/// SHA-256 of nothing.
const EMPTY: Digest = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// Which content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ContentId(u32);

#[derive(Debug, Clone)]
enum Entry {
    Known(Digest),
    Taken(Ticket),
    /// `gap`: it should have been there.
    Unknown {
        reason: Arc<str>,
        gap: bool,
    },
}

/// The contents met so far.
#[derive(Debug)]
pub(crate) struct Contents {
    pool: Pool,
    entries: Vec<Entry>,
    by_identity: HashMap<Identity, ContentId>,
    /// The last digest begun of each file: whoever is about to write it waits for that.
    begun: HashMap<Inode, Ticket>,
    reasons: HashMap<String, ContentId>,
    /// File systems whose files are made up when they are read.
    made_up: HashMap<u64, Option<ContentId>>,
}

impl Contents {
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            pool: Pool::new(threads),
            entries: vec![Entry::Known(EMPTY)],
            by_identity: HashMap::new(),
            begun: HashMap::new(),
            reasons: HashMap::new(),
            made_up: HashMap::new(),
        }
    }

    /// The content of a regular file in this state, if it is known already.
    pub(crate) fn known(&self, stat: &Stat) -> Option<ContentId> {
        let identity = Identity::of(stat);
        match self.made_up.get(&identity.inode.0) {
            Some(Some(made_up)) => Some(*made_up),
            Some(None) if identity.size == 0 => Some(ContentId(0)),
            _ => self.by_identity.get(&identity).copied(),
        }
    }

    /// The content of a file that was just opened for this, in that state; `now` is the time of the opening.
    pub(crate) fn take(&mut self, file: OwnedFd, stat: &Stat, now: SystemTime) -> ContentId {
        let identity = Identity::of(stat);
        if let Some(made_up) = self.is_made_up(&file, identity.inode.0) {
            return made_up;
        }
        if identity.size == 0 {
            return ContentId(0);
        }
        let ticket = self.pool.submit(file, identity);
        self.register(identity, ticket, now)
    }

    /// As [`Self::take`], done before it returns: for files that their opener may write.
    pub(crate) fn take_now(&mut self, file: &OwnedFd, stat: &Stat, now: SystemTime) -> ContentId {
        let identity = Identity::of(stat);
        if let Some(made_up) = self.is_made_up(file, identity.inode.0) {
            return made_up;
        }
        if identity.size == 0 {
            return ContentId(0);
        }
        let ticket = self.pool.take_now(file, identity);
        self.register(identity, ticket, now)
    }

    /// A content that is not known, and why.
    pub(crate) fn unknown(&mut self, reason: &str, gap: bool) -> ContentId {
        if let Some(&known) = self.reasons.get(reason) {
            return known;
        }
        let id = self.add(Entry::Unknown { reason: reason.into(), gap });
        self.reasons.insert(reason.to_owned(), id);
        id
    }

    /// Whether there is a file behind it: what is made up when it is read has no history.
    pub(crate) fn is_of_a_file(&self, id: ContentId) -> bool {
        !matches!(self.entries[id.0 as usize], Entry::Unknown { gap: false, .. })
    }

    /// Lets digests of this file be finished: it is about to be written.
    pub(crate) fn settle(&mut self, inode: Inode) {
        if let Some(ticket) = self.begun.remove(&inode) {
            let _ = self.pool.outcome(ticket);
        }
    }

    /// Lets all digests be finished, so that no file is held open.
    pub(crate) fn settle_all(&mut self) {
        self.begun.clear();
        self.pool.drain();
    }

    /// The content, waited for.
    pub(crate) fn content(&self, id: ContentId) -> Content {
        self.content_and_gap(id).0
    }

    /// The content, waited for, and whether its absence is a gap.
    pub(crate) fn content_and_gap(&self, id: ContentId) -> (Content, bool) {
        match &self.entries[id.0 as usize] {
            Entry::Known(digest) => (Content::Sha256(*digest), false),
            Entry::Unknown { reason, gap } => (Content::Unknown(Arc::clone(reason)), *gap),
            Entry::Taken(ticket) => match self.pool.outcome(*ticket) {
                Ok(digest) => (Content::Sha256(digest), false),
                Err(Failure::Changed) => {
                    (Content::Unknown("changed while it was read".into()), true)
                }
                Err(Failure::Unreadable(errno)) => {
                    (Content::Unknown(crate::linux::errno::name(errno.raw_os_error()).into()), true)
                }
            },
        }
    }

    fn register(&mut self, identity: Identity, ticket: Ticket, now: SystemTime) -> ContentId {
        let id = self.add(Entry::Taken(ticket));
        self.begun.insert(identity.inode, ticket);
        if !identity.is_racy(now) {
            self.by_identity.insert(identity, id);
        }
        id
    }

    fn add(&mut self, entry: Entry) -> ContentId {
        self.entries.push(entry);
        ContentId((self.entries.len() - 1) as u32)
    }

    fn is_made_up(&mut self, file: &OwnedFd, device: u64) -> Option<ContentId> {
        if let Some(&made_up) = self.made_up.get(&device) {
            return made_up;
        }
        let name = fstatfs(file).ok().and_then(|system| made_up_system(system.f_type));
        let made_up =
            name.map(|name| self.unknown(&format!("made up by {name} when it is read"), false));
        self.made_up.insert(device, made_up);
        made_up
    }
}

/// File systems without files: what is read is made when it is read, and differs by reader (linux/magic.h).
fn made_up_system(magic: i64) -> Option<&'static str> {
    Some(match magic {
        0x9fa0 => "procfs",
        0x6265_6572 => "sysfs",
        0x6462_6720 => "debugfs",
        0x7472_6163 => "tracefs",
        0x0027_e0eb => "cgroupfs",
        0x6367_7270 => "cgroup2fs",
        0x7363_6673 => "securityfs",
        0xf97c_ff8c => "selinuxfs",
        0x6265_6570 => "configfs",
        0x6165_676c => "pstorefs",
        0xde5e_81e4 => "efivarfs",
        0xcafe_4a11 => "bpf_fs",
        0x4249_4e4d => "binfmt_misc",
        0x6573_5543 => "fusectl",
        0x6e73_6673 => "nsfs",
        0x1980_0202 => "mqueue",
        _ => return None,
    })
}
