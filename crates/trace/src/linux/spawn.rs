//! Starts the command of a trace: filtered, and stopped before its first instruction.
//! Follows nothing it does afterwards; `tracer` does. Runs in `keeper`'s process, between fork and exec: system calls only.
//!
//! The child asks to be traced itself, because a process that hides its memory (ours holds a signing key) hides that of its
//! fork too, and could not be attached to before it runs another program. That kind of tracing cannot keep stopped processes
//! stopped, so once the program is there it is stopped by a signal and let go, for the tracer to attach to with `PTRACE_SEIZE`:
//! all of it before the first instruction of the program.

use std::ffi::{CString, c_char};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use crate::error::TraceError;
use crate::linux::filter::Filter;
use crate::linux::observer::Tid;
use crate::linux::plan::Plan;
use crate::linux::tracee::{self, Gone, Tracee, Until};
use crate::linux::wait::{Change, wait_for};

/// What a report on the pipe is about; with it comes the command's process, or an errno.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    Ready = 1,
    Fork,
    TraceMe,
    Directory,
    Streams,
    Filter,
    Execute,
    Shepherd,
}

impl Stage {
    const ALL: [Self; 8] = [
        Self::Ready,
        Self::Fork,
        Self::TraceMe,
        Self::Directory,
        Self::Streams,
        Self::Filter,
        Self::Execute,
        Self::Shepherd,
    ];
}

/// Takes the child from its request to be traced to the first instruction of its program, and leaves it stopped there.
pub(crate) fn shepherd(child: Tid) -> Result<(), Fault> {
    let tracee = stop_by(child, |change| change == Change::Signal(libc::SIGSTOP))?;
    tracee::set_options(&tracee)?;
    tracee.resume(Until::NextEvent, 0)?;
    let executed = stop_by(child, |change| change == Change::Exec)?;
    // A pending signal is taken before the program runs.
    send(child, libc::SIGSTOP)?;
    executed.resume(Until::NextEvent, 0)?;
    let stopping = stop_by(child, |change| change == Change::Signal(libc::SIGSTOP))?;
    stopping.detach(libc::SIGSTOP)?;
    Ok(())
}

/// Attaches to the command, which `shepherd` has left stopped.
pub(crate) fn attach(command: Tid) -> Result<Tracee, TraceError> {
    tracee::seize(command, tracee::OPTIONS)
        .map_err(|source| crate::linux::permission::refusal("PTRACE_SEIZE", source))?;
    loop {
        match wait_for(command, true) {
            Ok(Some((_, Change::GroupStop))) => return Ok(Tracee::stopped(command)),
            Ok(Some((_, Change::Exited(_) | Change::Killed(_))) | None) => return Err(killed()),
            Ok(Some(_)) => {
                let _ = Tracee::stopped(command).resume(Until::NextEvent, 0);
            }
            Err(source) => return Err(TraceError::System { operation: "waitpid", source }),
        }
    }
}

/// Waits for a stop of that kind; resumes the child from those before it.
fn stop_by(child: Tid, wanted: impl Fn(Change) -> bool) -> Result<Tracee, Fault> {
    loop {
        match wait_for(child, true)? {
            None | Some((_, Change::Exited(_) | Change::Killed(_))) => return Err(Fault::Ended),
            Some((_, change)) if wanted(change) => return Ok(Tracee::stopped(child)),
            Some((_, Change::Signal(signal))) => {
                Tracee::stopped(child).resume(Until::NextEvent, signal)?;
            }
            Some(_) => Tracee::stopped(child).resume(Until::NextEvent, 0)?,
        }
    }
}

/// Why a start failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The child ended; it says why itself.
    Ended,
    /// Something else was refused.
    System { stage: Stage, error: i32 },
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::System { stage: Stage::Shepherd, error: number(&error) }
    }
}

impl From<Gone> for Fault {
    fn from(_: Gone) -> Self {
        Self::Ended
    }
}

/// Waits for the first report: the process of a command that is ready, or why there is none.
pub(crate) fn first_report(plan: &Plan, reports: &OwnedFd) -> Result<Tid, TraceError> {
    let mut bytes = [0; 5];
    let read = loop {
        match rustix::io::read(reports, &mut bytes) {
            Err(rustix::io::Errno::INTR) => {}
            read => break read.unwrap_or(0),
        }
    };
    let value = i32::from_ne_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]);
    let stage = Stage::ALL
        .into_iter()
        .find(|&stage| read == bytes.len() && stage as u8 == bytes[0])
        .ok_or_else(killed)?;
    let source = io::Error::from_raw_os_error(value);
    Err(match stage {
        Stage::Ready => return Ok(value),
        Stage::Fork => TraceError::System { operation: "fork", source },
        Stage::Directory => TraceError::System { operation: "chdir", source },
        Stage::Streams => TraceError::System { operation: "dup2", source },
        Stage::TraceMe => crate::linux::permission::refusal("PTRACE_TRACEME", source),
        Stage::Filter => crate::linux::permission::refusal("seccomp", source),
        Stage::Shepherd => crate::linux::permission::refusal("ptrace", source),
        Stage::Execute if value == libc::ENOENT => TraceError::NotFound { command: plan.command() },
        Stage::Execute => TraceError::NotExecutable { command: plan.command(), source },
    })
}

fn killed() -> TraceError {
    TraceError::System {
        operation: "starting the command",
        source: io::Error::other("it was killed before its program ran"),
    }
}

/// Ends a child that is not ready and never will be.
pub(crate) fn reap(child: Tid) {
    // SAFETY: kill(2) with integers; the child has not been waited for, so its id is still its own.
    unsafe { libc::kill(child, libc::SIGKILL) };
    while let Ok(Some((_, change))) = wait_for(child, true) {
        if matches!(change, Change::Exited(_) | Change::Killed(_)) {
            break;
        }
        let _ = Tracee::stopped(child).resume(Until::NextEvent, 0);
    }
}

/// Sends a signal to one thread.
fn send(tid: Tid, signal: i32) -> io::Result<()> {
    // SAFETY: tgkill(2) with integers; a fork's only thread has the id of its process.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, tid, tid, signal) };
    if sent == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

pub(crate) fn pipe() -> Result<(OwnedFd, OwnedFd), TraceError> {
    let mut ends = [0; 2];
    // SAFETY: pipe2 writes two descriptors into `ends`.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } == -1 {
        return Err(system("pipe2"));
    }
    // SAFETY: both were just made and belong to nobody else.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

pub(crate) fn system(operation: &'static str) -> TraceError {
    TraceError::System { operation, source: io::Error::last_os_error() }
}

/// All that the child needs, made before the fork.
pub(crate) struct Image<'a> {
    plan: &'a Plan,
    filter: &'a Filter,
    candidates: Vec<CString>,
    /// The command was looked for in the `PATH`.
    searched: bool,
    argv: Vec<*const c_char>,
    env: Vec<*const c_char>,
    /// `/bin/sh FILE args…` for a file without a `#!` line (execvp(3)), the second word to be filled in.
    shell_argv: Vec<*const c_char>,
    report: RawFd,
}

const SHELL: &std::ffi::CStr = c"/bin/sh";

impl<'a> Image<'a> {
    pub(crate) fn new(plan: &'a Plan, filter: &'a Filter, report: RawFd) -> Self {
        let pointers = |texts: &[CString]| -> Vec<*const c_char> {
            texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
        };
        let mut shell_argv = vec![SHELL.as_ptr()];
        shell_argv.extend(pointers(&plan.argv));
        Self {
            plan,
            filter,
            candidates: plan.candidates(),
            searched: !plan.argv[0].as_bytes().contains(&b'/'),
            argv: pointers(&plan.argv),
            env: pointers(&plan.env),
            shell_argv,
            report,
        }
    }

    /// Runs in the child; ends in the program or in an exit.
    pub(crate) fn become_command(mut self) -> ! {
        let (stage, error) = match self.prepare() {
            Ok(()) => (Stage::Execute, self.execute()),
            Err(fault) => fault,
        };
        let [a, b, c, d] = error.to_ne_bytes();
        let bytes = [stage as u8, a, b, c, d];
        // SAFETY: write(2) of a local array to a descriptor this process holds; `_exit` runs nothing of ours.
        unsafe {
            libc::write(self.report, bytes.as_ptr().cast(), bytes.len());
            libc::_exit(127)
        }
    }

    fn prepare(&self) -> Result<(), (Stage, i32)> {
        reset_signals();
        // SAFETY: chdir(2) with a string that lives as long as the plan.
        if unsafe { libc::chdir(self.plan.directory.as_ptr()) } == -1 {
            return Err((Stage::Directory, errno()));
        }
        for (target, source) in (0..).zip(&self.plan.stdio) {
            // SAFETY: dup2(2) with integers. Sources are above 2 (`Plan` holds duplicates), so none is overwritten early.
            if unsafe { libc::dup2(source.as_raw_fd(), target) } == -1 {
                return Err((Stage::Streams, errno()));
            }
        }
        tracee::trace_me().map_err(|error| (Stage::TraceMe, number(&error)))?;
        // SAFETY: system calls with integers. The stop hands over to the parent, which sets the options the filter needs.
        unsafe { libc::syscall(libc::SYS_kill, libc::syscall(libc::SYS_getpid), libc::SIGSTOP) };
        self.filter.install().map_err(|error| (Stage::Filter, number(&error)))?;
        Ok(())
    }

    /// Tries the candidates as execvp(3) does; gives the error that tells most.
    fn execute(&mut self) -> i32 {
        let mut error = libc::ENOENT;
        for candidate in &self.candidates {
            // SAFETY: the pointers are to strings that live as long as `self`, in arrays that end in a null.
            unsafe { libc::execve(candidate.as_ptr(), self.argv.as_ptr(), self.env.as_ptr()) };
            match errno() {
                libc::ENOENT => {}
                // Below a file of the search path there is nothing; a path that was given is wrong in a way worth telling.
                libc::ENOTDIR if self.searched => {}
                libc::ENOEXEC => {
                    self.shell_argv[1] = candidate.as_ptr();
                    // SAFETY: as above.
                    unsafe {
                        libc::execve(SHELL.as_ptr(), self.shell_argv.as_ptr(), self.env.as_ptr())
                    };
                    return libc::ENOEXEC;
                }
                libc::EACCES => error = libc::EACCES,
                other => return other,
            }
        }
        error
    }
}

/// The step meets signals as a program started by a shell does, whatever this process did with its own.
fn reset_signals() {
    for signal in 1..=64 {
        // SAFETY: a default disposition runs no code of ours. 32 and 33 belong to the C library, which refuses; so do the two
        // signals that cannot be caught.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // SAFETY: sigemptyset initialises the set that sigprocmask then reads.
    unsafe {
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

fn errno() -> i32 {
    number(&io::Error::last_os_error())
}

fn number(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}
