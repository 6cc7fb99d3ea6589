//! The file of the next segment, made ready beside the one that is written to: full of zeros that are on the disk already. Syncing an
//! append to it changes neither its length nor its blocks, so that it waits for no other file's changes in the file system's own log.
//! Used by `writer`; `recovery` takes up one that was in use when its new name was lost.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::folder::Folder;

/// Bytes that are written and synced at once, and the pause before the next: appends go on meanwhile.
const STEP: usize = 512 << 10;
const PAUSE: Duration = Duration::from_millis(4);
/// So many times its size must be free on the disk.
const ROOM: u64 = 8;
/// Segments that are smaller are not worth it.
const WORTH: u64 = 1 << 20;

/// The spare of one journal.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    making: Option<Making>,
    /// There was no room, or writing failed: not tried again for this segment.
    given_up: bool,
}

#[derive(Debug)]
struct Making {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<File>>,
}

impl Spare {
    /// Begins to make one of `size` bytes, unless there is one or there is little room.
    pub(crate) fn prepare(&mut self, folder: &Folder, size: u64) {
        if self.making.is_some() || self.given_up || size < WORTH {
            return;
        }
        self.making = begin(folder, size).ok().flatten();
        self.given_up = self.making.is_none();
    }

    /// Whether [`Self::take`] would not wait.
    pub(crate) fn is_ready(&self) -> bool {
        self.making.as_ref().is_some_and(|making| making.thread.is_finished())
    }

    /// The file and where it is; `None` when it is not ready, or could not be made.
    pub(crate) fn take(&mut self) -> Option<(File, PathBuf)> {
        self.given_up = false;
        if !self.is_ready() {
            return None;
        }
        let Making { path, thread, .. } = self.making.take()?;
        thread.join().ok()?.ok().map(|file| (file, path))
    }

    /// Stops making it and removes it.
    pub(crate) fn remove(&mut self) {
        if let Some(path) = self.stop() {
            // What stays is removed when the journal is opened.
            let _ = std::fs::remove_file(path);
        }
    }

    fn stop(&mut self) -> Option<PathBuf> {
        let Making { path, stop, thread } = self.making.take()?;
        stop.store(true, Ordering::Relaxed);
        let _ = thread.join();
        Some(path)
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        self.stop();
    }
}

fn begin(folder: &Folder, size: u64) -> io::Result<Option<Making>> {
    let disk = rustix::fs::statvfs(&folder.path)?;
    if disk.f_bavail.saturating_mul(disk.f_frsize) < size.saturating_mul(ROOM) {
        return Ok(None);
    }
    let path = folder.spare();
    let stop = Arc::new(AtomicBool::new(false));
    let (names, at, stopped) = (folder.names()?, path.clone(), Arc::clone(&stop));
    let thread = thread::Builder::new().name("queue-spare".to_owned()).spawn(move || {
        make(&at, size, &names, &stopped).inspect_err(|_| {
            let _ = std::fs::remove_file(&at);
        })
    })?;
    Ok(Some(Making { path, stop, thread }))
}

fn make(path: &Path, size: u64, names: &File, stop: &AtomicBool) -> io::Result<File> {
    // The one before may have been renamed a moment ago: its new name lasts before the old one is used again.
    names.sync_all()?;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    let zeros = vec![0; STEP];
    let mut at = 0;
    while at < size {
        if stop.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = (STEP as u64).min(size - at) as usize;
        file.write_all_at(&zeros[..length], at)?;
        file.sync_data()?;
        at += length as u64;
        thread::sleep(PAUSE);
    }
    file.sync_all()?;
    names.sync_all()?;
    Ok(file)
}
