//! Digests of files: one file with care for its changing meanwhile, and many in parallel with all cores busy to the end.
//! Decides nothing about paths or leaves; opens only what the listing found, beneath the root.
//! Used by both passes.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPool;
use rustix::fs::fstat;
use rustix::io::{Errno, read};
use sha2::{Digest, Sha256};

use crate::beneath::Root;
use crate::error::{Reason, TreeError};
use crate::identity::{Identity, Timestamp};
use crate::listing::Listing;
use crate::options::ScanOptions;

/// Large enough that system calls don't count, small enough that the bytes are still in the cache when they are hashed.
const BUFFER: usize = 256 * 1024;
/// From here on a file is handed out alone and before all smaller ones.
const LARGE: u64 = 1024 * 1024;
/// Small files that a thread takes at a time; neighbours in the tree are neighbours on disk.
const BATCH: usize = 32;
/// How often a file that changes while it is read is read again.
const TRIES: usize = 3;

/// The digest of a file, and of which state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hashed {
    pub(crate) digest: [u8; 32],
    pub(crate) identity: Identity,
    /// When reading began, by our clock.
    pub(crate) at: Timestamp,
}

/// What became of a file.
pub(crate) type Outcome = Result<Hashed, Reason>;

/// Hashes the given files of a listing; the outcomes come in no particular order.
pub(crate) fn hash_files(
    listing: &Listing,
    mut files: Vec<usize>,
    pool: &ThreadPool,
    options: &ScanOptions,
) -> Result<Vec<(usize, Outcome)>, TreeError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    // The largest first, or the last thread would still be busy with one when the others are done. Small files keep the order
    // of the walk, which is kinder to a disk.
    let size = |file: &usize| listing.files[*file].identity.size;
    files.sort_by_key(|file| std::cmp::Reverse(Some(size(file)).filter(|size| *size >= LARGE)));
    let large = files.partition_point(|file| size(file) >= LARGE);
    let next = AtomicUsize::new(0);
    let outcomes = pool.broadcast(|_| {
        let mut worker = Worker::new(listing, options, |file, buffer| read(file, buffer));
        let mut outcomes = Vec::new();
        loop {
            // Large files are single tickets, small ones go by the batch.
            let ticket = next.fetch_add(1, Ordering::Relaxed);
            let (start, end) = match ticket.checked_sub(large) {
                None => (ticket, ticket + 1),
                Some(batch) => (large + batch * BATCH, large + (batch + 1) * BATCH),
            };
            if start >= files.len() {
                return Ok(outcomes);
            }
            for file in &files[start..end.min(files.len())] {
                outcomes.push((*file, worker.hash(*file)?));
            }
        }
    });
    let mut all = Vec::with_capacity(files.len());
    for outcome in outcomes {
        all.append(&mut outcome?);
    }
    Ok(all)
}

/// Hashes one file after another with the same buffers.
struct Worker<'a, Read> {
    listing: &'a Listing,
    options: &'a ScanOptions<'a>,
    /// read(2), or in tests something that happens at that moment.
    read: Read,
    path: Vec<u8>,
    buffer: Vec<u8>,
}

impl<'a, Read> Worker<'a, Read>
where
    Read: FnMut(&OwnedFd, &mut [u8]) -> rustix::io::Result<usize>,
{
    fn new(listing: &'a Listing, options: &'a ScanOptions<'a>, read: Read) -> Self {
        Self { listing, options, read, path: Vec::new(), buffer: vec![0; BUFFER] }
    }

    fn hash(&mut self, file: usize) -> Result<Outcome, TreeError> {
        self.listing.path_of(file, &mut self.path);
        let root = &self.listing.root;
        let mut expected = self.listing.files[file].identity;
        for attempt in 0..TRIES {
            self.options.proceed()?;
            let at = Timestamp::now();
            match open_again(root, &self.path, &mut expected, attempt) {
                Err(Reason::Changed) => {}
                Err(reason) => return Ok(Err(reason)),
                Ok((file, before)) => match self.digest(&file, &before)? {
                    Err(reason) => return Ok(Err(reason)),
                    Ok(Some(digest)) => return Ok(Ok(Hashed { digest, identity: before, at })),
                    Ok(None) => {}
                },
            }
        }
        Ok(Err(Reason::Changed))
    }

    /// The digest of an open file, or `None` when it is no longer in the state it was opened in.
    fn digest(
        &mut self,
        file: &OwnedFd,
        before: &Identity,
    ) -> Result<Result<Option<[u8; 32]>, Reason>, TreeError> {
        let mut hasher = Sha256::new();
        let mut total = 0;
        loop {
            let count = match (self.read)(file, &mut self.buffer) {
                Ok(count) => count,
                Err(Errno::INTR) => continue,
                Err(errno) => return Ok(Err(Reason::from_errno(errno))),
            };
            hasher.update(&self.buffer[..count]);
            let count = count as u64;
            total += count;
            self.options.progress.fetch_add(count, Ordering::Relaxed);
            // At the size known from the opening there is no need to ask for the end: growth shows in the state below.
            // Files without a size, as in procfs, are read until they end.
            if count == 0 || total == before.size {
                break;
            }
            if total > before.size && before.size > 0 {
                return Ok(Ok(None));
            }
            self.options.proceed()?;
        }
        let after = match fstat(file) {
            Ok(stat) => Identity::of(&stat),
            Err(errno) => return Ok(Err(Reason::from_errno(errno))),
        };
        Ok(Ok((after == *before).then(|| hasher.finalize().into())))
    }
}

/// Opens the file that the listing saw; from the second try on whichever regular file has taken its place, as by a rename.
pub(crate) fn open_again(
    root: &Root,
    path: &[u8],
    expected: &mut Identity,
    attempt: usize,
) -> Result<(OwnedFd, Identity), Reason> {
    if attempt > 0 {
        *expected = root.identity(path)?;
    }
    root.open_file(path, expected)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, AtomicU64};

    use rustix::io::read;
    use sha2::{Digest, Sha256};

    use super::{Outcome, TRIES, Worker};
    use crate::beneath::Root;
    use crate::error::Reason;
    use crate::listing::Listing;
    use crate::options::ScanOptions;

    /// Hashes `file`, which holds `before`, while `disturb` happens after each read.
    fn hash_while(disturb: impl Fn(usize, &Path)) -> (Outcome, usize) {
        let tree = tempfile::tempdir().unwrap();
        let path = tree.path().join("file");
        fs::write(&path, "before").unwrap();
        let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
        let options =
            ScanOptions { threads: 1, rehash: false, cancel: &cancel, progress: &progress };
        let root = Root::open(tree.path()).unwrap();
        let listing = Listing::read(root, &options.pool().unwrap(), &options).unwrap();
        let mut reads = 0;
        let outcome = Worker::new(&listing, &options, |file, buffer| {
            let count = read(file, buffer);
            reads += 1;
            disturb(reads, &path);
            count
        })
        .hash(0)
        .unwrap();
        (outcome, reads)
    }

    fn append(path: &Path) {
        OpenOptions::new().append(true).open(path).unwrap().write_all(b"+").unwrap();
    }

    #[test]
    fn a_file_that_grows_at_every_read_is_given_up() {
        let (outcome, reads) = hash_while(|_, path| append(path));
        assert_eq!(outcome.unwrap_err(), Reason::Changed);
        assert_eq!(reads, TRIES);
    }

    #[test]
    fn a_file_that_grows_once_is_read_again() {
        let (outcome, reads) = hash_while(|reads, path| {
            if reads == 1 {
                append(path);
            }
        });
        let hashed = outcome.unwrap();
        assert_eq!(hashed.digest, <[u8; 32]>::from(Sha256::digest("before+")));
        assert_eq!((hashed.identity.size, reads), (7, 2));
    }

    #[test]
    fn a_file_emptied_while_read_is_read_again() {
        let (outcome, _) = hash_while(|reads, path| {
            if reads == 1 {
                fs::write(path, "").unwrap();
            }
        });
        assert_eq!(outcome.unwrap().digest, <[u8; 32]>::from(Sha256::digest("")));
    }

    #[test]
    fn a_file_removed_once_open_is_still_the_file_that_was_listed() {
        // Its link count changes, and with it the change time; the second try finds nothing.
        let (outcome, _) = hash_while(|_, path| {
            let _ = fs::remove_file(path);
        });
        assert_eq!(outcome.unwrap_err(), Reason::Vanished);
    }
}
