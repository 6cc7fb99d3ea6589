//! A file that is digested as somebody else reads it: the digest is of the very bytes that were seen.
//! Reads no further than it is asked to, but for the rest that a reader leaves. Used by `detect`.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// What a file held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) sha256: [u8; 32],
    pub(crate) size: u64,
    /// Whether size or time of change were others in the end.
    pub(crate) changed: bool,
}

/// Where the digest is put when the file has been read.
#[derive(Debug, Default)]
pub(crate) struct DigestCell(Mutex<Option<Held>>);

impl DigestCell {
    /// The digest, if the file has been read.
    pub(crate) fn taken(&self) -> Option<Held> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file.
pub(crate) struct Digested {
    file: File,
    before: Option<Metadata>,
    hasher: Sha256,
    size: u64,
    cell: Arc<DigestCell>,
}

impl Digested {
    /// Digests from where `file` stands, into `cell`.
    pub(crate) fn new(file: File, cell: Arc<DigestCell>) -> Self {
        let before = file.metadata().ok();
        Self { file, before, hasher: Sha256::new(), size: 0, cell }
    }

    fn changed(&self) -> bool {
        let now = self.file.metadata().ok();
        let (Some(before), Some(now)) = (&self.before, &now) else { return true };
        before.len() != now.len()
            || before.modified().ok() != now.modified().ok()
            || (now.is_file() && now.len() != self.size)
    }
}

impl Read for Digested {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }
}

impl Drop for Digested {
    fn drop(&mut self) {
        // An unpacker stops where the packed text ends; the digest is of the whole file.
        let mut rest = vec![0; 64 << 10];
        while self.read(&mut rest).is_ok_and(|count| count > 0) {}
        let held = Held {
            sha256: std::mem::take(&mut self.hasher).finalize().into(),
            size: self.size,
            changed: self.changed(),
        };
        *self.cell.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }
}
