//! What can go wrong with a store: for people with a code and a remedy, within the crate without the file's name.
//! A line that is no alert is no error; `insertion` counts it. Used by every module.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// A store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory or the lock can't be made.
    #[error("{}: the store can't be opened: {source}", path.display())]
    Open {
        /// What was opened.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process writes.
    #[error("{}: another process writes to this store", path.display())]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// Written by a later release.
    #[error("{}: the store has format {found}, this release reads up to {known}", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// Not what it should be.
    #[error("{}: the store is damaged: {problem}", path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What was noticed.
        problem: String,
    },
    /// No room; nothing was changed.
    #[error("{}: no room on the disk for the store", path.display())]
    Full {
        /// The database.
        path: PathBuf,
    },
    /// The database refused; nothing was changed.
    #[error("{}: the store failed: {problem}", path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// What it said.
        problem: String,
    },
    /// A page was asked for that begins at no place of ours.
    #[error("`{place}` is no place in a list of alerts")]
    Place {
        /// As given.
        place: String,
    },
}

impl StoreError {
    /// Stable name of the fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "ERR_STORE_OPEN",
            Self::Locked { .. } => "ERR_STORE_LOCKED",
            Self::Newer { .. } => "ERR_STORE_NEWER",
            Self::Corrupt { .. } => "ERR_STORE_CORRUPT",
            Self::Full { .. } => "ERR_STORE_FULL",
            Self::Database { .. } => "ERR_STORE_DATABASE",
            Self::Place { .. } => "ERR_STORE_PLACE",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Open { .. } => Some("choose a directory that this user may write to"),
            Self::Locked { .. } => {
                Some("stop the other server, or give this one a store of its own")
            }
            Self::Newer { .. } => {
                Some("use the newer release, or move the file away to begin an empty store")
            }
            Self::Corrupt { .. } => Some(
                "move the file away to begin an empty store; `sqlite3 FILE .recover` may save what is left",
            ),
            Self::Full { .. } => Some("free space, or keep less: retention by age or by size"),
            Self::Database { .. } => None,
            Self::Place { .. } => Some("give back what the page before named as the next"),
        }
    }
}

/// What goes wrong within the crate, where the file's name is not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{0}")]
    Sql(#[from] rusqlite::Error),
    /// A piece does not hold what a piece of its kind holds.
    #[error("{0}")]
    Damaged(&'static str),
    #[error("`{0}`")]
    Place(String),
    #[error("it was opened to read")]
    OpenedToRead,
    #[error("its upkeep ended")]
    NoUpkeep,
}

impl Fault {
    /// The same for people.
    pub(crate) fn of(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        match self {
            Self::Place(place) => StoreError::Place { place },
            Self::Damaged(problem) => StoreError::Corrupt { path, problem: problem.to_owned() },
            Self::OpenedToRead | Self::NoUpkeep => {
                StoreError::Database { path, problem: self.to_string() }
            }
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    StoreError::Corrupt { path, problem: error.to_string() }
                }
                Some(ErrorCode::DiskFull) => StoreError::Full { path },
                Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                    StoreError::Open { path, source: std::io::Error::other(error.to_string()) }
                }
                _ => StoreError::Database { path, problem: error.to_string() },
            },
        }
    }
}
