//! Sets of processors, and which threads may run on which. `sched_setaffinity(2)`, `CPU_SET(3)`.
//! Decides nothing. Used by `proximity` and `leash`.

use std::mem;

use crate::linux::observer::Tid;

/// A set of processors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Processors(libc::cpu_set_t);

impl Processors {
    /// Where a thread may run (0: the calling one); `None` on machines with more processors than the set has room for.
    pub(super) fn of(tid: Tid) -> Option<Self> {
        // SAFETY: all zeros is the empty set; the kernel writes at most the size given.
        unsafe {
            let mut set: libc::cpu_set_t = mem::zeroed();
            let written = libc::sched_getaffinity(tid, mem::size_of_val(&set), &raw mut set);
            (written == 0).then_some(Self(set))
        }
    }

    /// One processor alone.
    pub(super) fn only(processor: usize) -> Option<Self> {
        // SAFETY: all zeros is the empty set, and the number is below its bits.
        unsafe {
            let mut set: libc::cpu_set_t = mem::zeroed();
            (processor < mem::size_of_val(&set) * 8).then(|| {
                libc::CPU_SET(processor, &mut set);
                Self(set)
            })
        }
    }

    /// Lets a thread (0: the calling one) run on these and no others.
    pub(super) fn allow(&self, tid: Tid) -> bool {
        // SAFETY: reads a set of the size given.
        unsafe { libc::sched_setaffinity(tid, mem::size_of_val(&self.0), &raw const self.0) == 0 }
    }

    /// Whether a processor is among them.
    pub(super) fn contain(&self, processor: usize) -> bool {
        // SAFETY: the number is below the bits of the set.
        processor < mem::size_of_val(&self.0) * 8 && unsafe { libc::CPU_ISSET(processor, &self.0) }
    }

    /// How many there are.
    pub(super) fn count(&self) -> i32 {
        // SAFETY: reads the set.
        unsafe { libc::CPU_COUNT(&self.0) }
    }
}

impl PartialEq for Processors {
    fn eq(&self, other: &Self) -> bool {
        // SAFETY: reads both sets.
        unsafe { libc::CPU_EQUAL(&self.0, &other.0) }
    }
}

/// The processor the calling thread is on.
pub(super) fn current() -> Option<usize> {
    // SAFETY: sched_getcpu(3) takes nothing.
    usize::try_from(unsafe { libc::sched_getcpu() }).ok()
}
