//! What is known of a step when it is over: plain data, complete and in order.
//! Collects nothing (`recorder` does) and writes nothing (`render` does). Read by whoever reports a trace.

mod files;
mod network;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

pub use self::files::{
    Attribute, AttributeChange, Content, Digest, FileUse, Name, NameChange, NameKind, Uses,
};
pub use self::network::{Address, Connection, SocketUse};
use crate::linux::observer::{BirthKind, End, Tid};

/// The record of a step.
#[derive(Debug)]
pub struct Trace {
    pub(crate) directory: PathBuf,
    pub(crate) processes: Vec<ProcessRecord>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) paths: Vec<PathHistory>,
    pub(crate) start: Option<SystemTime>,
    pub(crate) finish: SystemTime,
    pub(crate) root_end: Option<End>,
}

impl Trace {
    /// All processes, by birth.
    #[must_use]
    pub fn processes(&self) -> &[ProcessRecord] {
        &self.processes
    }

    /// What could not be seen or taken, by kind, process and path.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// How often something could not be seen or taken.
    #[must_use]
    pub fn gap_count(&self) -> u64 {
        self.gaps.iter().map(|gap| gap.count).sum()
    }
}

/// A process from birth to end. A process id that is used again makes another record.
#[derive(Debug)]
pub struct ProcessRecord {
    /// Its id.
    pub pid: Tid,
    /// That of its parent when it was born.
    pub parent: Tid,
    /// How it was made.
    pub birth: BirthKind,
    /// When it was born, or the command started.
    pub start: SystemTime,
    /// How and when it ended; `None` if nobody was told.
    pub end: Option<(End, SystemTime)>,
    /// Threads it had over its life, the first included.
    pub threads: u64,
    /// Effective user and group when it was born.
    pub owner: Option<Owner>,
    /// The programs it ran, in order. A fork that executes nothing has none.
    pub executions: Vec<Arc<Execution>>,
    /// What it runs without having executed it: its parent's program.
    pub inherited: Option<Arc<Execution>>,
    /// Files it used, by path.
    pub files: Vec<FileUse>,
    /// Names it made, moved and removed, by time.
    pub names: Vec<NameChange>,
    /// Modes, owners and times it set, by time.
    pub attributes: Vec<AttributeChange>,
    /// Sockets it made.
    pub sockets: Vec<SocketUse>,
    /// Addresses it used, by time.
    pub connections: Vec<Connection>,
    /// Calls worth telling that are none of the above, by time.
    pub calls: Vec<NotableCall>,
    /// What it tried and was refused.
    pub attempts: Vec<Attempt>,
}

/// Effective ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Effective user.
    pub uid: u32,
    /// Effective group.
    pub gid: u32,
}

/// A program run by a process.
#[derive(Debug, Clone)]
pub struct Execution {
    /// When it began.
    pub time: SystemTime,
    /// The path it was asked for by: a script's own name, where `exe` is its interpreter.
    pub program: Vec<u8>,
    /// What that path held; as `exe_content` unless it is a script.
    pub program_content: Option<Content>,
    /// Its arguments as the program saw them at its start, each with a NUL after it.
    pub arguments: Vec<u8>,
    /// They were longer than what is kept.
    pub arguments_cut: bool,
    /// Its name as the kernel shows it, at most 15 bytes.
    pub comm: Vec<u8>,
    /// The working directory it began in.
    pub cwd: Name,
    /// The binary the kernel ran.
    pub exe: Name,
    /// What that binary held.
    pub exe_content: Option<Content>,
    /// Effective user and group from here on.
    pub owner: Option<Owner>,
}

impl Execution {
    /// The arguments one by one, the program's own name first.
    pub fn argv(&self) -> impl Iterator<Item = &[u8]> {
        let whole = self.arguments.strip_suffix(b"\0").unwrap_or(&self.arguments);
        let none = self.arguments.is_empty();
        whole.split(|&byte| byte == 0).filter(move |_| !none)
    }
}

/// A call worth telling.
#[derive(Debug)]
pub struct NotableCall {
    /// Its name.
    pub call: &'static str,
    /// What tells it apart, for people.
    pub detail: String,
    /// When first.
    pub time: SystemTime,
    /// How many times.
    pub count: u64,
}

/// What a refused call was about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A path: absolute where that could be told.
    Path(Vec<u8>),
    /// An address.
    Address(Address),
    /// Neither.
    Other(String),
}

/// A call that failed.
#[derive(Debug)]
pub struct Attempt {
    /// Its name.
    pub call: &'static str,
    /// On what.
    pub subject: Subject,
    /// Why: the name of the error.
    pub error: &'static str,
    /// How many times.
    pub count: u64,
}

/// Something that could not be seen or taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What kind of thing: `digest`, `io_uring_refused`, …
    pub kind: &'static str,
    /// Whose.
    pub pid: Option<Tid>,
    /// Of which file.
    pub path: Option<Name>,
    /// Why, for people.
    pub reason: Arc<str>,
    /// How many times.
    pub count: u64,
}

/// One path over the whole step.
#[derive(Debug)]
pub(crate) struct PathHistory {
    pub(crate) path: Name,
    /// What it held each time it was read before the step wrote it.
    pub(crate) before: Vec<Content>,
    /// A regular file is there at the end, and the step put it there or wrote it.
    pub(crate) product: bool,
}
