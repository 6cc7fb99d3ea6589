//! What can go wrong: with the whole scan (`TreeError`) or with one path of it (`Incomplete`).
//! One path never ends a scan: evidence about the rest is worth having, so its failure is data.
//! Used by every module here; the attestors sign the incomplete paths and may be told to treat them as fatal.

use std::path::PathBuf;

use rustix::io::Errno;
use thiserror::Error;

/// Why a scan as a whole gave no tree.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The directory to scan can't be opened.
    #[error("cannot open the directory `{}`: {source}", path.display())]
    Root {
        /// As given.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An include or exclude glob can't be understood.
    #[error("invalid glob `{pattern}`: {problem}")]
    Glob {
        /// As given.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The worker threads can't be started.
    #[error("cannot start the hashing threads: {0}")]
    Threads(String),
    /// The caller asked to stop.
    #[error("the scan was cancelled")]
    Cancelled,
    /// A pending product can't be handed out for reading.
    #[error("cannot open `{path}`: {reason}")]
    Open {
        /// As shown in leaves.
        path: String,
        /// Why not.
        reason: Reason,
    },
    /// A product changed while its reader digested it, so the digest describes no state of the file.
    #[error("`{path}` changed while it was read")]
    Changed {
        /// As shown in leaves.
        path: String,
    },
    /// A digest was offered for a product that was not handed out, or that does not exist.
    #[error("product {index} was not opened")]
    NotOpened {
        /// Index of the pending product.
        index: usize,
    },
}

impl TreeError {
    /// The stable code under which callers and users know this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Root { .. } => "ERR_TREE_ROOT",
            Self::Glob { .. } => "ERR_TREE_GLOB",
            Self::Threads(_) => "ERR_TREE_THREADS",
            Self::Cancelled => "ERR_TREE_CANCELLED",
            Self::Open { .. } => "ERR_TREE_OPEN",
            Self::Changed { .. } => "ERR_TREE_CHANGED",
            Self::NotOpened { .. } => "ERR_TREE_NOT_OPENED",
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Root { .. } => Some("check that the working directory exists and can be listed"),
            Self::Glob { .. } => Some("globs know `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}` and `\\`"),
            _ => None,
        }
    }
}

/// A path that is part of the tree but not of its leaves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Incomplete {
    /// As it would be shown in a leaf; `.` is the scanned directory itself.
    pub path: String,
    /// Why it has no leaf.
    pub reason: Reason,
}

/// Why one path has no leaf.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
#[non_exhaustive]
pub enum Reason {
    /// Reading the file, listing the directory or resolving the link is not allowed.
    #[error("permission denied")]
    PermissionDenied,
    /// Was there when the directory was listed, and gone when it was to be read.
    #[error("vanished")]
    Vanished,
    /// Another content or another file at each try.
    #[error("changed while read")]
    Changed,
    /// The link leads back to itself.
    #[error("symlink loop")]
    SymlinkLoop,
    /// Whatever else the system said.
    #[error("read error: {0}")]
    Read(String),
    /// What a tracer said of a file it saw opened.
    #[error("{0}")]
    Traced(String),
}

impl Reason {
    /// Path lookups here never follow links, so what the system calls a loop is a link that was not there before.
    pub(crate) fn from_errno(errno: Errno) -> Self {
        match errno {
            Errno::ACCESS | Errno::PERM => Self::PermissionDenied,
            Errno::NOENT => Self::Vanished,
            Errno::LOOP | Errno::NOTDIR | Errno::NXIO | Errno::STALE | Errno::AGAIN => {
                Self::Changed
            }
            other => Self::Read(other.to_string()),
        }
    }
}
