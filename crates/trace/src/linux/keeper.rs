//! The process between us and the command: it starts the command, and stays behind for what the command leaves running.
//!
//! A seccomp filter cannot be taken off, and calls it stops at fail with `ENOSYS` once nobody traces (seccomp(2),
//! `SECCOMP_RET_TRACE`). A daemon that outlives the trace therefore needs someone who waves its calls through. A process that
//! comes too late may not attach where the Yama module allows only ancestors, so this one is the command's parent from the
//! start, and the reaper of its orphans. It idles until then, and ends with the trace if nothing is left.
//!
//! Everything below [`Keeper::start`]'s fork runs in a copy of a process with many threads: system calls only, no allocation.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use crate::error::TraceError;
use crate::linux::filter::Filter;
use crate::linux::observer::Tid;
use crate::linux::plan::Plan;
use crate::linux::residue::Residue;
use crate::linux::spawn::{self, Fault, Image, Stage, pipe, system};
use crate::linux::tracee::{self, Tracee, Until};
use crate::linux::wait::{Change, wait_for};

/// The keeper, as the tracing thread sees it.
#[derive(Debug)]
pub(crate) struct Keeper {
    pid: Tid,
    orders: Option<OwnedFd>,
    reports: OwnedFd,
}

impl Keeper {
    /// Starts the keeper and, through it, the command: its process, stopped before its first instruction and traced by nobody.
    pub(crate) fn start(plan: &Plan, filter: &Filter) -> Result<(Self, Tid), TraceError> {
        let (reports, child_reports) = pipe()?;
        let (child_orders, orders) = pipe()?;
        let image = Image::new(plan, filter, child_reports.as_raw_fd());
        let residue = Residue::of_this_process();
        // SAFETY: the child makes only system calls on what `image` and `residue` hold ready, and never returns.
        let pid = match unsafe { libc::fork() } {
            -1 => return Err(system("fork")),
            0 => keep(image, &residue, child_orders.as_raw_fd(), child_reports.as_raw_fd()),
            pid => pid,
        };
        drop((child_reports, child_orders));
        let keeper = Self { pid, orders: Some(orders), reports };
        match spawn::first_report(plan, &keeper.reports) {
            Ok(command) => Ok((keeper, command)),
            Err(error) => Err(error),
        }
    }

    /// Whether it is this process.
    pub(crate) const fn is(&self, pid: Tid) -> bool {
        self.pid == pid
    }

    /// Hands over threads that are stopped and no longer traced. Returns when the keeper traces them.
    pub(crate) fn take_over(&mut self, threads: &[Tid]) -> io::Result<()> {
        let Some(orders) = self.orders.take() else { return Ok(()) };
        let bytes: Vec<u8> = threads.iter().flat_map(|tid| tid.to_ne_bytes()).collect();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            rest = &rest[rustix::io::write(&orders, rest)?..];
        }
        drop(orders);
        let mut answer = [0; 1];
        match rustix::io::read(&self.reports, &mut answer)? {
            0 => Err(io::Error::other("the process that stays behind is gone")),
            _ => Ok(()),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Without orders it ends at once; with a daemon to look after it outlives us, and there is nothing to wait for.
        if self.orders.take().is_some() {
            while let Ok(Some((_, change))) = wait_for(self.pid, true) {
                if matches!(change, Change::Exited(_) | Change::Killed(_)) {
                    break;
                }
            }
        }
    }
}

/// The life of the keeper.
fn keep(image: Image<'_>, residue: &Residue, orders: RawFd, reports: RawFd) -> ! {
    // SAFETY: system calls with integers; the second fork's child execs or exits.
    let command = unsafe {
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        libc::fork()
    };
    match command {
        -1 => report(reports, Stage::Fork, last_errno()),
        0 => image.become_command(),
        command => match spawn::shepherd(command) {
            Ok(()) => {
                report(reports, Stage::Ready, command);
                idle(orders, reports, residue);
            }
            Err(fault) => {
                spawn::reap(command);
                // The command has reported its own failure already.
                if let Fault::System { stage, error } = fault {
                    report(reports, stage, error);
                }
            }
        },
    }
    // SAFETY: runs nothing of ours.
    unsafe { libc::_exit(0) }
}

/// Waits for orders or for the end of the trace.
fn idle(orders: RawFd, reports: RawFd, residue: &Residue) {
    withdraw(orders, reports);
    residue.forget();
    let mut taken = false;
    loop {
        let mut bytes = [0; 4];
        // SAFETY: read(2) into a local array; descriptor 3 is the orders' pipe since `withdraw`.
        let read = unsafe { libc::read(3, bytes.as_mut_ptr().cast(), bytes.len()) };
        match read {
            4 => {
                taken = true;
                let _ = tracee::seize(Tid::from_ne_bytes(bytes), tracee::KEEPER_OPTIONS);
            }
            -1 if last_errno() == libc::EINTR => {}
            _ => break,
        }
    }
    if !taken {
        return;
    }
    // SAFETY: system calls with integers and a local byte.
    unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        libc::write(4, [0_u8].as_ptr().cast(), 1);
        libc::close(4);
    }
    wave_through();
}

/// Lets go of all that was shared with us: the standard streams of the step must end with the step, not with this process, and
/// what is typed at the terminal is not meant for it. Its children are reaped by the kernel.
fn withdraw(orders: RawFd, reports: RawFd) {
    // SAFETY: system calls with integers and a literal path. The two pipes are moved above the range that is then filled,
    // to 3 and 4, and everything above is closed.
    unsafe {
        for signal in [
            libc::SIGCHLD,
            libc::SIGINT,
            libc::SIGQUIT,
            libc::SIGTERM,
            libc::SIGHUP,
            libc::SIGTSTP,
            libc::SIGTTIN,
            libc::SIGTTOU,
        ] {
            libc::signal(signal, libc::SIG_IGN);
        }
        let orders = libc::fcntl(orders, libc::F_DUPFD_CLOEXEC, 10);
        let reports = libc::fcntl(reports, libc::F_DUPFD_CLOEXEC, 10);
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        for stream in 0..3 {
            libc::dup2(null, stream);
        }
        libc::dup2(orders, 3);
        libc::dup2(reports, 4);
        libc::syscall(libc::SYS_close_range, 5, u32::MAX, 0);
    }
}

/// Answers every stop of what was left running by resuming it, until nothing is.
fn wave_through() {
    // SAFETY: getppid(2).
    let parent = unsafe { libc::getppid() };
    while let Ok(Some((tid, change))) = wait_for(-1, true) {
        let tracee = Tracee::stopped(tid);
        let _ = match change {
            Change::Exited(_) | Change::Killed(_) => Ok(()),
            Change::GroupStop => tracee.listen(),
            // What ends the stop in which they were handed over is none of their business.
            Change::Signal(libc::SIGCONT) if tracee.signal_sender() == Some(parent) => {
                tracee.resume(Until::NextEvent, 0)
            }
            Change::Signal(signal) => tracee.resume(Until::NextEvent, signal),
            _ => tracee.resume(Until::NextEvent, 0),
        };
    }
}

fn report(reports: RawFd, stage: Stage, value: i32) {
    let [a, b, c, d] = value.to_ne_bytes();
    let bytes = [stage as u8, a, b, c, d];
    // SAFETY: write(2) of a local array.
    unsafe { libc::write(reports, bytes.as_ptr().cast(), bytes.len()) };
}

fn last_errno() -> i32 {
    io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}
