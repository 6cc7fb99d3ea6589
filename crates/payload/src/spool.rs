//! A private place for bytes that are too many for memory: a file that no name leads to.
//! Keeps small payloads in memory and never decides what the bytes mean.
//! Used to build payloads to be signed and to hold those decoded from an envelope.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::{Payload, PayloadError};

/// Below this a payload stays in memory.
const MEMORY: usize = 8 << 20;
/// Once spilled, small writes are gathered up to this size.
const BUFFER: usize = 256 << 10;
/// Attempts to find an unused random name; one is enough unless somebody squats on names.
const ATTEMPTS: u32 = 16;

/// Opens a new file in `dir` that only this process can reach: nameless from the start where the file system can,
/// else unlinked as soon as it exists.
pub fn spool_file(dir: &Path) -> io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        // open(2): O_EXCL beside O_TMPFILE forbids giving the file a name later.
        let flags = libc::O_TMPFILE | libc::O_EXCL;
        let mut options = OpenOptions::new();
        match options.read(true).write(true).mode(0o600).custom_flags(flags).open(dir) {
            // open(2): EOPNOTSUPP without support in the file system, EISDIR and EINVAL in old kernels.
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(libc::EOPNOTSUPP | libc::EISDIR | libc::EINVAL)
                ) => {}
            other => return other,
        }
    }
    let (file, path) = create_beside(dir)?;
    std::fs::remove_file(path)?;
    Ok(file)
}

/// Creates a file with an unused random name in `dir`, readable by its owner alone.
pub(crate) fn create_beside(dir: &Path) -> io::Result<(File, PathBuf)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(0o600);
    let mut attempt = 0;
    loop {
        // `RandomState` is seeded by the system; O_EXCL makes a guessed name harmless, not the name's secrecy.
        let random = RandomState::new().hash_one((std::process::id(), attempt));
        let path = dir.join(format!(".lanner-{random:016x}.partial"));
        match options.open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS => {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Gathers bytes into a [`Payload`], in memory while they are few and in a [`spool_file`] once they are many.
#[derive(Debug)]
pub struct Spool {
    dir: PathBuf,
    memory: Vec<u8>,
    file: Option<File>,
    spilled: u64,
}

impl Spool {
    /// An empty spool that will use `dir` if it must.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_path_buf(), memory: Vec::new(), file: None, spilled: 0 }
    }

    /// Appends `bytes`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), PayloadError> {
        let room = if self.file.is_some() { BUFFER } else { MEMORY };
        if self.memory.len() + bytes.len() < room {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        self.spill(bytes)
            .map_err(|source| PayloadError::PayloadSpool { dir: self.dir.clone(), source })
    }

    fn spill(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            slot => slot.insert(spool_file(&self.dir)?),
        };
        file.write_all(&self.memory)?;
        file.write_all(bytes)?;
        self.spilled += (self.memory.len() + bytes.len()) as u64;
        self.memory.clear();
        self.memory.shrink_to(BUFFER);
        Ok(())
    }

    /// Forgets everything written so far.
    pub fn clear(&mut self) {
        self.memory.clear();
        self.file = None;
        self.spilled = 0;
    }

    /// Hands over what was written.
    pub fn finish(mut self) -> Result<Payload, PayloadError> {
        let mut payload = Payload::new();
        if self.file.is_some() && !self.memory.is_empty() {
            self.spill(&[])
                .map_err(|source| PayloadError::PayloadSpool { dir: self.dir.clone(), source })?;
        }
        match self.file {
            Some(file) => payload.push_file(file, 0, self.spilled),
            None => payload.push_bytes(self.memory),
        }
        Ok(payload)
    }
}
