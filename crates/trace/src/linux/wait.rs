//! What waitpid(2) says of traced threads, as one value.
//! Stops and resumes nothing. Used by `spawn` and `tracer`.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::linux::observer::Tid;

// linux/ptrace.h, written out because not every C library's headers have them.
pub(crate) const PTRACE_EVENT_FORK: i32 = 1;
pub(crate) const PTRACE_EVENT_VFORK: i32 = 2;
pub(crate) const PTRACE_EVENT_CLONE: i32 = 3;
const PTRACE_EVENT_EXEC: i32 = 4;
const PTRACE_EVENT_SECCOMP: i32 = 7;
const PTRACE_EVENT_STOP: i32 = 128;

/// A change of one thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is gone; its exit code.
    Exited(i32),
    /// It is gone; the signal that did it.
    Killed(i32),
    /// About to make a subscribed call (`PTRACE_EVENT_SECCOMP`).
    Seccomp,
    /// Back from a call it was resumed to the end of (`PTRACE_O_TRACESYSGOOD`).
    CallEnd,
    /// `PTRACE_EVENT_FORK`, `_VFORK` or `_CLONE`.
    Birth(i32),
    /// `PTRACE_EVENT_EXEC`.
    Exec,
    /// A signal is about to be delivered.
    Signal(i32),
    /// `PTRACE_EVENT_STOP` for a stopping signal: ptrace(2), "Group-stop".
    GroupStop,
    /// `PTRACE_EVENT_STOP` for any other reason: a new child, an interrupt, the end of a group-stop.
    Trap,
    /// An event nobody asked for.
    Other,
}

/// Waits for a change of `tid`, or of any tracee of this thread with -1. `None`: there is nothing to wait for, or, with
/// `block` false, nothing to tell.
pub(crate) fn wait_for(tid: Tid, block: bool) -> io::Result<Option<(Tid, Change)>> {
    // __WALL: threads too. __WNOTHREAD: only children of this very thread; Node's own must stay waitable by libuv.
    let flags = libc::__WALL | libc::__WNOTHREAD | if block { 0 } else { libc::WNOHANG };
    loop {
        let mut status = 0;
        // SAFETY: `status` is a valid place for an int.
        match unsafe { libc::waitpid(tid, &raw mut status, flags) } {
            0 => return Ok(None),
            -1 => match io::Error::last_os_error() {
                error if error.raw_os_error() == Some(libc::ECHILD) => return Ok(None),
                error if error.kind() == io::ErrorKind::Interrupted => {}
                error => return Err(error),
            },
            tid => return Ok(Some((tid, decode(status)))),
        }
    }
}

/// What waiting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Change(Tid, Change),
    /// There is no tracee left.
    Nothing,
    DeadlinePassed,
}

/// Waits for a change of any tracee of this thread, until `deadline` if there is one; it passes early when `patience_lost`.
pub(crate) fn next_change(
    deadline: Option<Instant>,
    patience_lost: &AtomicBool,
) -> io::Result<Next> {
    let Some(deadline) = deadline else {
        let changed = wait_for(-1, true)?;
        return Ok(changed.map_or(Next::Nothing, |(tid, change)| Next::Change(tid, change)));
    };
    // A stop cannot be waited for with a timeout: look often.
    while Instant::now() < deadline && !patience_lost.load(Ordering::Relaxed) {
        if let Some((tid, change)) = wait_for(-1, false)? {
            return Ok(Next::Change(tid, change));
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(Next::DeadlinePassed)
}

fn decode(status: i32) -> Change {
    if libc::WIFEXITED(status) {
        return Change::Exited(libc::WEXITSTATUS(status));
    }
    if libc::WIFSIGNALED(status) {
        return Change::Killed(libc::WTERMSIG(status));
    }
    let signal = libc::WSTOPSIG(status);
    match status >> 16 {
        0 if signal == libc::SIGTRAP | 0x80 => Change::CallEnd,
        0 => Change::Signal(signal),
        PTRACE_EVENT_SECCOMP => Change::Seccomp,
        PTRACE_EVENT_EXEC => Change::Exec,
        event @ (PTRACE_EVENT_FORK | PTRACE_EVENT_VFORK | PTRACE_EVENT_CLONE) => {
            Change::Birth(event)
        }
        PTRACE_EVENT_STOP => match signal {
            libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => Change::GroupStop,
            _ => Change::Trap,
        },
        _ => Change::Other,
    }
}
