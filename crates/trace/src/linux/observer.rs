//! What the tracer tells, and to whom: births, programs, system calls before and after, ends.
//! Knows how stops come about no more than its implementors do. Implemented by `recorder`; called by `tracer` alone.

use std::time::SystemTime;

use crate::linux::memory::Memory;
use crate::linux::syscall::{Abi, Syscall};

/// Kernel id of a thread; that of a process is its leader's.
pub type Tid = i32;

/// How a process or thread came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BirthKind {
    /// The command itself, started by us.
    Root,
    /// fork(2), or clone(2) with `SIGCHLD`.
    Fork,
    /// vfork(2), or clone(2) with `CLONE_VFORK`.
    Vfork,
    /// clone(2) or clone3(2) of another process.
    Clone,
    /// A thread of its parent's process.
    Thread,
}

/// A process or thread that was just made.
#[derive(Debug, Clone, Copy)]
pub struct Birth {
    /// The thread.
    pub tid: Tid,
    /// The process it belongs to: `tid` itself unless it is a further thread.
    pub process: Tid,
    /// The thread that made it; `None` for the root, and when that thread died before it could say so.
    pub creator: Option<Tid>,
    /// How it was made.
    pub kind: BirthKind,
}

/// How a thread or process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It exited with this code, 0 to 255.
    Exited(i32),
    /// This signal ended it.
    Killed(i32),
    /// It was still running when tracing ended, and was let go.
    LeftRunning,
}

/// A stopped thread, as far as an observer may touch it.
#[derive(Debug, Clone, Copy)]
pub struct Stopped<'a> {
    /// The thread that stopped.
    pub tid: Tid,
    /// Its process.
    pub process: Tid,
    /// When the stop was seen.
    pub time: SystemTime,
    /// Its memory: valid while it is stopped.
    pub memory: &'a Memory,
}

/// A system call as it was made.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Which, in today's form ([`Syscall::modern`]); socketcall(2) is taken apart.
    pub syscall: Syscall,
    /// How it was made: decides how structures in memory are laid out.
    pub abi: Abi,
    /// Its arguments, zero-extended in a 32-bit ABI. Their order is that of the manual page's system call.
    pub args: [u64; 6],
}

impl Call {
    /// An `int` argument: descriptors and flags are 32 bits wide, whatever the upper half of the register holds.
    #[must_use]
    pub const fn int(&self, index: usize) -> i32 {
        self.args[index] as i32
    }
}

/// What is to become of a system call that is about to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It runs, and its result is of no interest: no second stop.
    Pass,
    /// It runs, and [`Observer::returned`] is told its result.
    Watch,
    /// It does not run; the thread sees `ENOSYS`.
    Refuse,
}

/// Something that could not be seen or taken, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GapKind {
    /// `io_uring_setup` was refused: what a ring does cannot be seen.
    IoUringRefused,
    /// A call of the x32 ABI was refused.
    X32Refused,
    /// A tracee made a child that the kernel did not let us trace (`CLONE_UNTRACED`).
    Untraced,
    /// A tracee died before what it did could be read.
    TraceeGone,
    /// What was left running could not be handed over: calls that the filter stops at fail in it from now on.
    NotKept,
    /// A descriptor was received from, or a file opened by handle or fetched from, somewhere not traced.
    ForeignDescriptor,
}

/// Takes what the tracer tells, on the tracer's thread, with the thread concerned stopped: whatever takes long belongs elsewhere.
pub trait Observer {
    /// A process or thread exists. Told when its creator is, which stands still meanwhile; the new one itself has executed
    /// nothing of its own, but may not have come to its first stop: its memory is not to be relied on here.
    fn born(&mut self, stopped: &Stopped<'_>, birth: &Birth);

    /// The thread is about to make a call that was subscribed to.
    fn entering(&mut self, stopped: &Stopped<'_>, call: &Call) -> Verdict;

    /// A watched call has returned: a result, or `-errno` in -4095..=-1. Not called when a thread dies in the call, nor for a
    /// successful execve(2).
    fn returned(&mut self, stopped: &Stopped<'_>, call: &Call, result: i64);

    /// The process runs another program from here on. `call` is the execve(2) or execveat(2) as it was made, by thread
    /// `former`; all other threads of the process are gone. `None` when the kernel did not say.
    fn executed(&mut self, stopped: &Stopped<'_>, former: Tid, call: Option<&Call>);

    /// The thread is gone. Of a process, its leader's end comes last.
    fn ended(&mut self, tid: Tid, process: Tid, end: End, time: SystemTime);

    /// Whether the call that was told of last opened a file that tells on which processors threads may run. Asked once.
    fn has_shown_processors(&mut self) -> bool {
        false
    }

    /// Something escaped the tracer.
    fn missed(&mut self, process: Option<Tid>, kind: GapKind, time: SystemTime);
}
