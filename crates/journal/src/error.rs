//! What goes wrong with a journal: each fault with a stable code, what it is about, and what can be done.
//! Prints nothing. Returned by every module here.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// The fault.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The folder can't be made or opened.
    #[error("{}: {source}", path.display())]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has it open.
    #[error("{}: another process has the queue open", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// There is no room; nothing was kept.
    #[error("the queue is full: {waiting} of {limit} bytes wait, {more} more were offered")]
    Full {
        /// Bytes that a consumer waits for.
        waiting: u64,
        /// Bytes that may be.
        limit: u64,
        /// Bytes that came.
        more: u64,
    },
    /// The system refuses to write; nothing was kept.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system refuses to read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What is there is not what was written.
    #[error("{}: damaged at byte {offset}: {what}", path.display())]
    Damaged {
        /// The segment or the list of consumers.
        path: PathBuf,
        /// From its beginning.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// There are no random bytes for ids.
    #[error("no random bytes: {0}")]
    Random(String),
    /// It was closed.
    #[error("the queue is closed")]
    Closed,
}

impl JournalError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "ERR_QUEUE_OPEN",
            Self::Locked { .. } => "ERR_QUEUE_LOCKED",
            Self::Full { .. } => "ERR_QUEUE_FULL",
            Self::Write { .. } => "ERR_QUEUE_WRITE",
            Self::Read { .. } => "ERR_QUEUE_READ",
            Self::Damaged { .. } => "ERR_QUEUE_DAMAGED",
            Self::Random(_) => "ERR_QUEUE_RANDOM",
            Self::Closed => "ERR_QUEUE_CLOSED",
        }
    }

    /// What the person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Locked { .. } => {
                Some("stop the other process, or give each its own folder".to_owned())
            }
            Self::Full { .. } => Some(
                "send it again later; an output that lags keeps the queue from getting shorter"
                    .to_owned(),
            ),
            Self::Write { .. } => {
                Some("make room on the disk or mend it; nothing was kept".to_owned())
            }
            Self::Damaged { path, .. } => Some(format!(
                "restore {0} from a copy, or rename it to {0}.damaged to go on without what is in it",
                path.display()
            )),
            _ => None,
        }
    }
}
