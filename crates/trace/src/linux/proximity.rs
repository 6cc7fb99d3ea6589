//! Keeps the tracer and the threads it deals with on one processor, as long as stops come from one thread at a time.
//!
//! A stop wakes the tracer and a resumption wakes the thread; across two processors, each of which has gone idle meanwhile, that
//! takes two to six times as long as on one. The scheduler puts a thread that is woken onto an idle processor, so a thread that
//! stops often may run on the tracer's alone until it has not stopped for some milliseconds (`leash`). The step sees nothing of
//! it: all are let go before one asks or sets where any of them may run, and as long as a process may have a file open that
//! tells. Where many threads stop in turn, as in a parallel build, nothing of this happens: they need their processors. Used
//! by `tracer`.

mod leash;
mod processors;

use std::collections::HashSet;

use self::leash::Leash;
use self::processors::{Processors, current};
use crate::linux::observer::{Birth, BirthKind, Tid};
use crate::linux::tracee::{Gone, Tracee, Until};

/// Stops over which it is judged whether they come from one thread at a time.
const WINDOW: u32 = 32;
/// Changes of thread in so many stops up to which they do: a shell and the commands it starts one after the other.
const CALM: u32 = 10;

/// Stops for which threads are left alone once one has asked where threads may run, unless it stops again before.
const CAUTION: u32 = 64;

/// Who is near, and whether anybody should be.
pub(crate) struct Proximity {
    /// Where the tracer may run; `None` where the system does not say, where it has no choice, or when nobody is to be near.
    own: Option<Processors>,
    /// The processor the tracer keeps to.
    place: Option<usize>,
    leash: Leash,
    /// The thread that stopped last.
    last: Tid,
    stops: u32,
    changes: u32,
    calm: bool,
    caution: u32,
    /// The one thread that caution is for: once it stops again, it has its answer.
    asker: Option<Tid>,
    /// Processes that may have a file open that tells where threads may run.
    readers: HashSet<Tid>,
}

impl Proximity {
    /// For the calling thread.
    pub(crate) fn new() -> Self {
        let own = Processors::of(0).filter(|own| own.count() > 1);
        let leash = Leash::new(own);
        Self {
            own: own.filter(|_| leash.is_watched()),
            place: None,
            leash,
            last: 0,
            stops: 0,
            changes: 0,
            calm: true,
            caution: 0,
            asker: None,
            readers: HashSet::new(),
        }
    }

    /// Notes that a thread has stopped.
    pub(crate) fn stopped(&mut self, tid: Tid) {
        self.stops += 1;
        self.caution = self.caution.saturating_sub(1);
        if self.asker == Some(tid) {
            (self.asker, self.caution) = (None, 0);
        }
        if tid != self.last {
            self.last = tid;
            self.changes += 1;
        }
        if self.stops == WINDOW {
            self.calm = self.changes <= CALM;
            (self.stops, self.changes) = (0, 0);
            if !self.calm {
                self.leave();
            }
        }
    }

    /// Leaves all threads alone until this one has its answer: it asks where some thread may run, or is about to change it.
    pub(crate) fn asks(&mut self, tid: Tid) {
        self.leash.let_go();
        self.leash.forget_homes();
        self.asker = (self.caution == 0 || self.asker == Some(tid)).then_some(tid);
        self.caution = CAUTION;
    }

    /// Leaves all threads alone as long as this process lives, or one that it makes: what tells can be read again and again.
    pub(crate) fn keep_away(&mut self, reader: Tid) {
        self.leash.let_go();
        self.readers.insert(reader);
    }

    /// Leaves all threads alone for good: they are about to be left to themselves.
    pub(crate) fn retire(&mut self) {
        self.leave();
        self.own = None;
    }

    /// A thread was made by one of process `parent` that may have been near: it may run wherever its creator may, and has the
    /// same files open. Threads of one process are made to run beside each other.
    pub(crate) fn born(&mut self, creator: Tid, parent: Tid, birth: &Birth) {
        if self.readers.contains(&parent) {
            self.readers.insert(birth.process);
        }
        let hold = self.is_wanted() && birth.kind != BirthKind::Thread;
        self.leash.born(creator, birth.tid, hold);
    }

    /// A thread was made by one that died before it could say so, and that may have been near.
    pub(crate) fn orphaned(&mut self, birth: &Birth) {
        if !self.readers.is_empty() {
            self.readers.insert(birth.process);
        }
        if let Some(own) = &self.own {
            self.leash.orphaned(birth.tid, own);
        }
    }

    /// A thread goes on under another number.
    pub(crate) fn renamed(&mut self, former: Tid, tid: Tid) {
        self.leash.renamed(former, tid);
    }

    /// A thread is gone.
    pub(crate) fn ended(&mut self, tid: Tid) {
        self.readers.remove(&tid);
        self.leash.ended(tid);
    }

    /// Resumes a thread: here, if it is the one that stopped last.
    pub(crate) fn resume_near(
        &mut self,
        tracee: Tracee,
        until: Until,
        signal: i32,
    ) -> Result<(), Gone> {
        let tid = tracee.tid();
        if tid == self.last
            && self.is_wanted()
            && let Some(here) = self.settle()
        {
            self.leash.hold(tid, here);
        }
        tracee.resume(until, signal)
    }

    /// Whether anybody should be near.
    fn is_wanted(&self) -> bool {
        self.calm && self.caution == 0 && self.readers.is_empty()
    }

    /// The processor the tracer keeps to from here on.
    fn settle(&mut self) -> Option<usize> {
        if self.place.is_none() {
            let here = current().filter(|&here| self.own.is_some_and(|own| own.contain(here)))?;
            self.place = Processors::only(here)?.allow(0).then_some(here);
        }
        self.place
    }

    /// Lets all threads run where they may, and the tracer too.
    fn leave(&mut self) {
        self.leash.let_go();
        if let (Some(_), Some(own)) = (self.place.take(), &self.own) {
            own.allow(0);
        }
    }
}

impl Drop for Proximity {
    fn drop(&mut self) {
        self.leave();
    }
}
