//! Takes digests of open files on threads of its own, so that nothing traced waits for them.
//! Opens nothing and knows no path. Used by `contents`.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::fs::fstat;
use rustix::io::{Errno, pread};
use sha2::{Digest as _, Sha256};

use crate::linux::identity::Identity;
use crate::linux::record::Digest;

/// Files that may wait, open, for a thread.
const WAITING_LIMIT: usize = 256;
/// A thread that is woken waits this long for more files: waking it for each costs more than hashing a small one.
const NAP: Duration = Duration::from_millis(1);
/// From this many waiting files on nobody naps.
const BATCH: usize = 32;
/// Large enough that system calls do not count, small enough that the bytes are in the cache when they are hashed.
const BUFFER: usize = 128 * 1024;

/// Which digest.
pub(crate) type Ticket = u32;

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The file was written while it was read: the bytes seen are of no one state.
    Changed,
    /// It could not be read.
    Unreadable(Errno),
}

/// What became of a file.
pub(crate) type Outcome = Result<Digest, Failure>;

struct Job {
    ticket: Ticket,
    file: OwnedFd,
    identity: Identity,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    outcomes: Vec<Option<Outcome>>,
    /// Threads asleep until they are woken, and those that look by themselves soon.
    asleep: usize,
    napping: usize,
    /// Somebody waits for an outcome.
    hurry: bool,
    waiters: usize,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
    done: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics with the lock held; should it, the numbers in there are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Threads that take digests.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pool").field("workers", &self.workers.len()).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool of `threads`. Should the system give none, digests are taken by whoever asks for them.
    pub(crate) fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let workers = (0..threads)
            .filter_map(|_| {
                let shared = Arc::clone(&shared);
                let thread = std::thread::Builder::new().name("lanner-digest".to_owned());
                thread.spawn(move || work(&shared)).ok()
            })
            .collect();
        Self { shared, workers, buffer: vec![0; BUFFER] }
    }

    /// Has the digest of `file` taken, which must be in the state `identity`; here and now when too many wait already.
    pub(crate) fn submit(&mut self, file: OwnedFd, identity: Identity) -> Ticket {
        let mut state = self.shared.lock();
        if self.workers.is_empty() || state.waiting.len() >= WAITING_LIMIT {
            drop(state);
            return self.take_now(&file, identity);
        }
        let ticket = state.outcomes.len() as Ticket;
        state.outcomes.push(None);
        state.waiting.push_back(Job { ticket, file, identity });
        let enough = state.waiting.len() >= BATCH;
        let wake = state.asleep > 0 && (state.napping == 0 || enough);
        drop(state);
        if wake {
            self.shared.work.notify_one();
        }
        ticket
    }

    /// Takes the digest on this thread.
    pub(crate) fn take_now(&mut self, file: &OwnedFd, identity: Identity) -> Ticket {
        let outcome = digest(file, identity, &mut self.buffer);
        let mut state = self.shared.lock();
        state.outcomes.push(Some(outcome));
        (state.outcomes.len() - 1) as Ticket
    }

    /// The outcome, waited for.
    pub(crate) fn outcome(&self, ticket: Ticket) -> Outcome {
        let mut state = self.shared.lock();
        loop {
            match state.outcomes.get(ticket as usize) {
                Some(Some(outcome)) => return *outcome,
                Some(None) => {
                    state.hurry = true;
                    state.waiters += 1;
                    self.shared.work.notify_all();
                    state = self.shared.done.wait(state).unwrap_or_else(PoisonError::into_inner);
                    state.waiters -= 1;
                }
                None => return Err(Failure::Unreadable(Errno::INVAL)),
            }
        }
    }

    /// Waits until no file is open.
    pub(crate) fn drain(&self) {
        let count = self.shared.lock().outcomes.len();
        for ticket in 0..count {
            let _ = self.outcome(ticket as Ticket);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

fn work(shared: &Shared) {
    let mut buffer = vec![0; BUFFER];
    let mut state = shared.lock();
    loop {
        if let Some(job) = state.waiting.pop_front() {
            drop(state);
            let outcome = digest(&job.file, job.identity, &mut buffer);
            // Closed before anyone is told: who waits may want the file system unmounted.
            drop(job.file);
            state = shared.lock();
            state.outcomes[job.ticket as usize] = Some(outcome);
            if state.waiters > 0 {
                shared.done.notify_all();
            }
        } else if state.closed {
            return;
        } else {
            state.hurry = false;
            state.asleep += 1;
            state = shared.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.asleep -= 1;
            state = nap(shared, state);
        }
    }
}

fn nap<'a>(shared: &'a Shared, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    if state.hurry || state.closed || state.waiting.len() >= BATCH {
        return state;
    }
    state.napping += 1;
    let (mut state, _) =
        shared.work.wait_timeout(state, NAP).unwrap_or_else(PoisonError::into_inner);
    state.napping -= 1;
    state
}

/// The digest of a file in that state. A new name or mode meanwhile does no harm; a write does.
fn digest(file: &OwnedFd, identity: Identity, buffer: &mut [u8]) -> Outcome {
    let mut hasher = Sha256::new();
    let mut total = 0;
    // At the size known there is no need to ask for the end: growth shows in the state below.
    while total < identity.size {
        match pread(file, &mut *buffer, total) {
            Ok(0) => return Err(Failure::Changed),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                total += count as u64;
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(Failure::Unreadable(errno)),
        }
    }
    let after = fstat(file).map_err(Failure::Unreadable)?;
    if total == identity.size && Identity::of(&after).holds_the_same(&identity) {
        Ok(hasher.finalize().into())
    } else {
        Err(Failure::Changed)
    }
}

#[cfg(test)]
#[path = "digest_test.rs"]
mod tests;
