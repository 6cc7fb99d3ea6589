//! Descriptors and signals for a traced step: numbers that JavaScript holds become streams of the step, and its process a target.
//! Reads and writes nothing. Used by `trace` alone.

use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process};

use crate::failure::Failure;

/// The process that signals are passed on to.
#[derive(Debug, Default)]
pub(crate) struct Target(Mutex<Option<Aim>>);

#[derive(Debug)]
enum Aim {
    /// A descriptor means this very process, also when its id has been given to another one.
    #[cfg(target_os = "linux")]
    Descriptor(OwnedFd),
    /// Where the system has no such descriptors.
    Id(Pid),
}

impl Target {
    /// Takes aim at a process that is known to be there.
    pub(crate) fn aim(&self, pid: i32) {
        let Some(pid) = Pid::from_raw(pid) else { return };
        let aim = aim_at(pid);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(aim);
    }

    /// The process has ended.
    pub(crate) fn gone(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Sends a signal if there still is someone to send it to.
    pub(crate) fn send(&self, signal: i32) {
        let Some(signal) = Signal::from_named_raw(signal) else { return };
        // A process that is gone or another user's by now gets none: that is no failure.
        let _ = match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            #[cfg(target_os = "linux")]
            Some(Aim::Descriptor(process)) => rustix::process::pidfd_send_signal(process, signal),
            Some(Aim::Id(pid)) => kill_process(*pid, signal),
            None => Ok(()),
        };
    }
}

#[cfg(target_os = "linux")]
fn aim_at(pid: Pid) -> Aim {
    use rustix::process::{PidfdFlags, pidfd_open};
    pidfd_open(pid, PidfdFlags::empty()).map_or(Aim::Id(pid), Aim::Descriptor)
}

#[cfg(not(target_os = "linux"))]
fn aim_at(pid: Pid) -> Aim {
    Aim::Id(pid)
}

/// The three standard streams of a step, duplicated from descriptors of ours. A step must meet blocking ones: Node makes those
/// it uses itself non-blocking, which is a property of what is open, not of the descriptor (open(2)).
pub(crate) fn standard_streams(descriptors: &[i32]) -> Result<[OwnedFd; 3], Failure> {
    let streams = descriptors.iter().map(|&number| {
        let stream = duplicate(number)?;
        let flags = rustix::fs::fcntl_getfl(&stream).map_err(system("fcntl"))?;
        let blocking = flags.difference(rustix::fs::OFlags::NONBLOCK);
        rustix::fs::fcntl_setfl(&stream, blocking).map_err(system("fcntl"))?;
        Ok(stream)
    });
    streams
        .collect::<Result<Vec<_>, Failure>>()?
        .try_into()
        .map_err(|_| Failure::new("ERR_INTERNAL", "a step has three standard streams"))
}

/// Another descriptor for what is open under that number, above the standard ones.
pub(crate) fn duplicate(number: i32) -> Result<OwnedFd, Failure> {
    // SAFETY: fcntl(2) with integers; a number that is no descriptor gives EBADF.
    let copy = unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 3) };
    if copy == -1 {
        let source = std::io::Error::last_os_error();
        return Err(Failure::new("ERR_TRACE_SYSTEM", format!("descriptor {number}: {source}")));
    }
    // SAFETY: it was just made and belongs to nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}

/// Both ends of a pipe: to read from and to write to.
pub(crate) fn pipe() -> Result<(i32, i32), Failure> {
    let (read_end, write_end) = closing_pipe().map_err(system("pipe"))?;
    enlarge(&write_end);
    Ok((read_end.into_raw_fd(), write_end.into_raw_fd()))
}

/// What is written in a burst should not have to wait for us. A smaller pipe does, too: the limits of the user may forbid more.
#[cfg(target_os = "linux")]
fn enlarge(pipe: &OwnedFd) {
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, 1 << 20);
}

#[cfg(not(target_os = "linux"))]
fn enlarge(_: &OwnedFd) {}

#[cfg(target_os = "linux")]
fn closing_pipe() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
}

/// Where a pipe cannot be made close-on-exec at once.
#[cfg(not(target_os = "linux"))]
fn closing_pipe() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    let (read_end, write_end) = rustix::pipe::pipe()?;
    for end in [&read_end, &write_end] {
        rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
    }
    Ok((read_end, write_end))
}

fn system(operation: &'static str) -> impl Fn(rustix::io::Errno) -> Failure {
    move |errno| Failure::new("ERR_TRACE_SYSTEM", format!("{operation}: {errno}"))
}
