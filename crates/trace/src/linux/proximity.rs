//! Keeps the tracer and the thread it deals with on one processor, as long as stops come from one thread at a time.
//!
//! A stop wakes the tracer and a resumption wakes the thread; across two processors, each of which has gone idle meanwhile, that
//! takes two to four times as long as on one. The scheduler puts a thread that is woken onto an idle processor, so for the
//! moment of its resumption the thread may run on the tracer's alone; the line after gives it back what it may. The step sees
//! nothing of it: its threads are left alone where they ask what they may run on, and what they make meanwhile gets the whole
//! set. Where many threads stop in turn, as in a parallel build, nothing of this happens: they need their processors.
//! `sched_setaffinity(2)`. Used by `tracer`.

use std::mem;

use crate::linux::observer::Tid;
use crate::linux::tracee::{Gone, Tracee, Until};

/// Stops over which it is judged whether they come from one thread at a time.
const WINDOW: u32 = 32;
/// Changes of thread in so many stops up to which they do: a shell and the commands it starts one after the other.
const CALM: u32 = 10;

/// Stops for which threads are left alone once one has opened what shows where threads may run.
const CAUTION: u32 = 64;

/// A set of processors.
type Processors = libc::cpu_set_t;

/// Who is near, and whether anybody should be.
pub(crate) struct Proximity {
    /// Where the tracer may run; `None` where the system does not say.
    own: Option<Processors>,
    /// The processor the tracer keeps to, and the set of it alone.
    place: Option<(usize, Processors)>,
    /// The thread that stopped last, and where it may run, once that was looked up.
    last: Tid,
    allowed: Option<Processors>,
    stops: u32,
    changes: u32,
    calm: bool,
    caution: u32,
}

impl Proximity {
    /// For the calling thread.
    pub(crate) fn new() -> Self {
        let own = processors_of(0).filter(|own| count(own) > 1);
        Self {
            own,
            place: None,
            last: 0,
            allowed: None,
            stops: 0,
            changes: 0,
            calm: true,
            caution: 0,
        }
    }

    /// Notes that a thread has stopped.
    pub(crate) fn stopped(&mut self, tid: Tid) {
        self.stops += 1;
        self.caution = self.caution.saturating_sub(1);
        if tid != self.last {
            self.last = tid;
            self.changes += 1;
            self.allowed = None;
        }
        if self.stops == WINDOW {
            self.calm = self.changes <= CALM;
            (self.stops, self.changes) = (0, 0);
            if !self.calm {
                self.leave();
            }
        }
    }

    /// Forgets where the thread may run: it asks, or is about to change it.
    pub(crate) fn forget(&mut self) {
        self.allowed = None;
    }

    /// Leaves all threads alone for a while: the step is looking at its own processes.
    pub(crate) fn keep_away(&mut self) {
        self.caution = CAUTION;
    }

    /// A thread was made by one that may have been near: it may run wherever its creator may.
    pub(crate) fn born(&self, creator: Tid, child: Tid) {
        if let Some(allowed) = self.allowed.as_ref().filter(|_| creator == self.last) {
            set_processors(child, allowed);
        }
    }

    /// Resumes a thread: here, if it is the one that stopped last.
    pub(crate) fn resume_near(
        &mut self,
        tracee: Tracee,
        until: Until,
        signal: i32,
    ) -> Result<(), Gone> {
        let tid = tracee.tid();
        if !self.calm || self.caution > 0 || tid != self.last || !self.approach(tid) {
            return tracee.resume(until, signal);
        }
        let (Some(allowed), Some((_, here))) = (&self.allowed, &self.place) else {
            return tracee.resume(until, signal);
        };
        set_processors(tid, here);
        let resumed = tracee.resume(until, signal);
        set_processors(tid, allowed);
        resumed
    }

    /// Whether tracer and thread can share a processor: the one the tracer keeps to from here on.
    fn approach(&mut self, tid: Tid) -> bool {
        if self.place.is_none() {
            self.settle();
        }
        if self.allowed.is_none() {
            self.allowed = processors_of(tid);
        }
        match (&self.place, &self.allowed) {
            (Some((here, _)), Some(allowed)) => contains(allowed, *here),
            _ => false,
        }
    }

    /// Keeps the tracer where it is.
    fn settle(&mut self) {
        // SAFETY: sched_getcpu(3) takes nothing.
        let here = usize::try_from(unsafe { libc::sched_getcpu() }).ok();
        let Some(here) = here.filter(|&here| self.own.is_some_and(|own| contains(&own, here)))
        else {
            return;
        };
        // SAFETY: all zeros is the empty set, and `contains` has checked `here` against its size.
        let alone = unsafe {
            let mut set: Processors = mem::zeroed();
            libc::CPU_SET(here, &mut set);
            set
        };
        if set_processors(0, &alone) {
            self.place = Some((here, alone));
        }
    }

    /// Lets the tracer run anywhere again.
    fn leave(&mut self) {
        if let (Some(_), Some(own)) = (self.place.take(), &self.own) {
            set_processors(0, own);
        }
    }
}

fn count(set: &Processors) -> i32 {
    // SAFETY: reads the set.
    unsafe { libc::CPU_COUNT(set) }
}

fn contains(set: &Processors, processor: usize) -> bool {
    // SAFETY: the number is below the bits of the set.
    processor < mem::size_of::<Processors>() * 8 && unsafe { libc::CPU_ISSET(processor, set) }
}

/// Where a thread may run; `None` on machines with more processors than the set has room for.
fn processors_of(tid: Tid) -> Option<Processors> {
    // SAFETY: all zeros is the empty set; the kernel writes at most the size given.
    unsafe {
        let mut set: Processors = mem::zeroed();
        let written = libc::sched_getaffinity(tid, mem::size_of::<Processors>(), &raw mut set);
        (written == 0).then_some(set)
    }
}

fn set_processors(tid: Tid, set: &Processors) -> bool {
    // SAFETY: reads a set of the size given.
    unsafe { libc::sched_setaffinity(tid, mem::size_of::<Processors>(), set) == 0 }
}
