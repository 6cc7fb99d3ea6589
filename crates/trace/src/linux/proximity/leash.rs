//! Threads held on one processor from stop to stop, and let go once they have not stopped for a while.
//! Decides not whom to hold; `proximity` does. A thread of its own looks after those that stop no more: who computes, or waits,
//! must not be kept from the other processors, and the tracer sleeps meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::processors::Processors;
use crate::linux::observer::Tid;

/// Threads held at once: a shell that waits, the command it waits for, and what that starts.
const COMPANY: usize = 4;
/// Who has not stopped for one of these, from its beginning to its end, is let go.
const PERIOD: Duration = Duration::from_millis(4);

/// A thread that is held.
#[derive(Debug)]
struct Held {
    tid: Tid,
    /// Where it may run.
    home: Processors,
    /// The period of its last stop.
    seen: u64,
}

impl Held {
    /// Lets it go, unless somebody else has changed meanwhile where it may run.
    fn let_go(&self, here: Option<&Processors>) {
        if Processors::of(self.tid).as_ref() == here {
            self.home.allow(self.tid);
        }
    }
}

#[derive(Debug, Default)]
struct State {
    /// The processor alone on which they are held.
    here: Option<Processors>,
    /// The one that stopped last comes last.
    held: Vec<Held>,
    period: u64,
    closed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics with the lock held; should it, the list is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds threads. Dropping it lets all go.
#[derive(Debug)]
pub(super) struct Leash {
    shared: Arc<Shared>,
    watch: Option<JoinHandle<()>>,
    /// Where living threads may run that were held at some time.
    homes: HashMap<Tid, Processors>,
}

impl Leash {
    /// Holds nobody yet. `own`: where the thread that looks after them may run.
    pub(super) fn new(own: Option<Processors>) -> Self {
        let shared = Arc::new(Shared::default());
        let watched = Arc::clone(&shared);
        let watch = own.and_then(|own| {
            let thread = std::thread::Builder::new().name("lanner-leash".to_owned());
            thread
                .spawn(move || {
                    own.allow(0);
                    watch(&watched);
                })
                .ok()
        });
        Self { shared, watch, homes: HashMap::new() }
    }

    /// Whether there is somebody to let threads go in time.
    pub(super) const fn is_watched(&self) -> bool {
        self.watch.is_some()
    }

    /// Holds a stopped thread on a processor, from now on or further on. False if it cannot be.
    pub(super) fn hold(&mut self, tid: Tid, processor: usize) -> bool {
        let mut state = self.shared.lock();
        if let Some(at) = state.held.iter().position(|held| held.tid == tid) {
            state.held[at].seen = state.period;
            state.held[at..].rotate_left(1);
            return true;
        }
        let Some((home, here)) = Processors::of(tid).zip(Processors::only(processor)) else {
            return false;
        };
        if !home.contain(processor) || !here.allow(tid) {
            return false;
        }
        self.homes.insert(tid, home);
        state.here = Some(here);
        self.admit(state, tid, home);
        true
    }

    /// A thread was made by one that may be held, or was when it made it: then it is bound as its maker was. It is held too,
    /// or let go.
    pub(super) fn born(&mut self, creator: Tid, child: Tid, hold: bool) {
        let Some(&home) = self.homes.get(&creator) else { return };
        let state = self.shared.lock();
        let bound = Processors::of(child);
        // Its maker may have been held elsewhere when it made it.
        if hold && bound == state.here && state.held.iter().any(|held| held.tid == creator) {
            self.homes.insert(child, home);
            self.admit(state, child, home);
        } else if bound.is_some_and(|set| set.count() == 1 && set != home) {
            home.allow(child);
        }
    }

    /// A thread was made by one nobody knows any more: it may run wherever the tracer may, if it is bound to its processor.
    pub(super) fn orphaned(&self, tid: Tid, own: &Processors) {
        let here = self.shared.lock().here;
        if here.is_some() && Processors::of(tid) == here {
            own.allow(tid);
        }
    }

    /// A thread goes on under another number: an execve(2) that was not called by the leader.
    pub(super) fn renamed(&mut self, former: Tid, tid: Tid) {
        self.ended(tid);
        let Some(home) = self.homes.remove(&former) else { return };
        self.homes.insert(tid, home);
        let mut state = self.shared.lock();
        let here = state.here;
        if let Some(held) = state.held.iter_mut().find(|held| held.tid == former) {
            held.tid = tid;
        } else {
            // It was to be let go when its former number meant nobody any more.
            Held { tid, home, seen: 0 }.let_go(here.as_ref());
        }
    }

    /// A thread is gone.
    pub(super) fn ended(&mut self, tid: Tid) {
        if self.homes.remove(&tid).is_some() {
            self.shared.lock().held.retain(|held| held.tid != tid);
        }
    }

    /// Lets all go.
    pub(super) fn let_go(&mut self) {
        let mut state = self.shared.lock();
        for held in std::mem::take(&mut state.held) {
            held.let_go(state.here.as_ref());
        }
    }

    /// Forgets where threads may run that were let go: that is about to change.
    pub(super) fn forget_homes(&mut self) {
        self.homes.clear();
    }

    fn admit(&self, mut state: MutexGuard<'_, State>, tid: Tid, home: Processors) {
        if state.held.len() == COMPANY {
            let first = state.held.remove(0);
            first.let_go(state.here.as_ref());
        }
        let seen = state.period;
        state.held.push(Held { tid, home, seen });
        let first = state.held.len() == 1;
        drop(state);
        if first {
            self.shared.changed.notify_one();
        }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.let_go();
        self.shared.lock().closed = true;
        self.shared.changed.notify_one();
        if let Some(watch) = self.watch.take() {
            let _ = watch.join();
        }
    }
}

/// Lets go of those that have not stopped for a whole period. Sleeps while nobody is held.
fn watch(shared: &Shared) {
    let mut state = shared.lock();
    while !state.closed {
        if state.held.is_empty() {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        (state, _) =
            shared.changed.wait_timeout(state, PERIOD).unwrap_or_else(PoisonError::into_inner);
        state.period += 1;
        let (here, period) = (state.here, state.period);
        state.held.retain(|held| {
            let stays = held.seen + 1 >= period;
            if !stays {
                held.let_go(here.as_ref());
            }
            stays
        });
    }
}

#[cfg(test)]
#[path = "leash_test.rs"]
mod tests;
