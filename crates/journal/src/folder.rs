//! The folder of a journal: its lock, the names in it, and making changes of names durable.
//! Knows nothing of what is in the files. Used by `recovery`, `writer` and `places`.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::error::JournalError;

const ENDING: &str = ".log";
/// The file of a segment to come.
const SPARE: &str = "spare";
/// What a person appends to the name of a segment that is to be left out.
const SET_ASIDE: &str = ".damaged";

/// The folder, locked while this lives.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    opened: File,
    lock: File,
}

/// The segments of a folder, by their first positions.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) segments: BTreeSet<u64>,
    pub(crate) set_aside: BTreeSet<u64>,
}

impl Folder {
    /// Makes it if need be, for this user alone, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, JournalError> {
        let cannot = |path: &Path| {
            let path = path.to_owned();
            move |source| JournalError::Open { path, source }
        };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(cannot(path))?;
        let opened = File::open(path).map_err(cannot(path))?;
        let name = path.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&name)
            .map_err(cannot(&name))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| {
            if error == rustix::io::Errno::WOULDBLOCK {
                JournalError::Locked { path: path.to_owned() }
            } else {
                JournalError::Open { path: name, source: error.into() }
            }
        })?;
        Ok(Self { path: path.to_owned(), opened, lock })
    }

    /// Lets others open it. A process that is being started has our descriptors for a moment: closing would not be enough.
    pub(crate) fn unlock(&self) {
        // Closing what is left of it does the same a little later.
        let _ = flock(&self.lock, FlockOperation::Unlock);
    }

    pub(crate) fn listing(&self) -> Result<Listing, JournalError> {
        let cannot = |source| JournalError::Open { path: self.path.clone(), source };
        let mut listing = Listing::default();
        for entry in std::fs::read_dir(&self.path).map_err(cannot)? {
            let name = entry.map_err(cannot)?.file_name();
            let Some(name) = name.to_str() else { continue };
            if let Some(first) = position(name) {
                listing.segments.insert(first);
            } else if let Some(first) = name.strip_suffix(SET_ASIDE).and_then(position) {
                listing.set_aside.insert(first);
            }
        }
        Ok(listing)
    }

    /// Where the segment that begins with that position is.
    pub(crate) fn segment(&self, first: u64) -> PathBuf {
        self.path.join(format!("{first:020}{ENDING}"))
    }

    /// Where the file of the next segment is made ready.
    pub(crate) fn spare(&self) -> PathBuf {
        self.path.join(SPARE)
    }

    /// The folder as a file of its own, for syncing names elsewhere.
    pub(crate) fn names(&self) -> io::Result<File> {
        self.opened.try_clone()
    }

    /// Names made, changed or removed so far survive a crash.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.opened.sync_all()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.unlock();
    }
}

fn position(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(ENDING)?;
    (digits.len() == 20).then(|| digits.parse().ok())?
}
