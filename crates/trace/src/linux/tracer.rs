//! Follows a command and everything it starts, from birth to end: waits for stops, tells an observer, resumes.
//! Keeps no record of what it saw and reads no file of `/proc` but to tell threads from processes. Runs on one thread, which
//! alone may resume what it traces (ptrace(2)). Used by `session`.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::{Instant, SystemTime};

use crate::error::TraceError;
use crate::linux::filter::{CALL_STOP, Filter, X32_STOP};
use crate::linux::keeper::Keeper;
use crate::linux::memory::Memory;
use crate::linux::observer::{
    Birth, BirthKind, Call, End, GapKind, Observer, Stopped, Tid, Verdict,
};
use crate::linux::plan::Plan;
use crate::linux::proximity::Proximity;
use crate::linux::spawn;
use crate::linux::syscall::Syscall;
use crate::linux::tracee::{self, CallInfo, Gone, Tracee, Until, call_of};
use crate::linux::wait::{
    Change, Next, PTRACE_EVENT_FORK, PTRACE_EVENT_VFORK, next_change, wait_for,
};

/// Results between these are no results: the call will be made again once a signal has been dealt with (`ERESTARTSYS` to
/// `ERESTART_RESTARTBLOCK` of linux/errno.h, never seen by programs).
const RESTARTS: std::ops::RangeInclusive<i64> = -516..=-512;

/// `CLONE_UNTRACED` of linux/sched.h.
const CLONE_UNTRACED: u64 = 0x0080_0000;

/// What is told while a trace runs, beside what the observer gets.
pub trait Milestones {
    /// The command is about to run its first instruction.
    fn started(&mut self, pid: Tid, no_new_privs: bool);
    /// The command itself ended; what it left behind may go on.
    fn root_ended(&mut self, end: End);
}

/// Runs the command to its end and that of its descendants, or `linger` longer than itself. Errors only if it could not be
/// started, or if the kernel denies what it granted before.
pub(crate) fn trace(
    plan: &Plan,
    observer: &mut dyn Observer,
    milestones: &mut dyn Milestones,
) -> Result<(), TraceError> {
    let filter = Filter::new(&plan.subscription);
    let (keeper, root) = Keeper::start(plan, &filter)?;
    let command = spawn::attach(root)?;
    milestones.started(root, has_no_new_privs(root));
    let mut tracer = Tracer {
        threads: HashMap::new(),
        held: HashMap::new(),
        adopted: HashSet::new(),
        ended_early: HashMap::new(),
        root,
        ignore_continue: true,
        keeper,
        proximity: Proximity::new(),
        observer,
    };
    tracer.begin(command);
    tracer.follow(plan, milestones)
}

/// A thread being traced.
#[derive(Debug)]
struct Thread {
    process: Tid,
    /// The call it is in, when its end is waited for.
    call: Option<Call>,
    /// Whether it is stopped with its process, and only listened to.
    listening: bool,
}

struct Tracer<'a> {
    threads: HashMap<Tid, Thread>,
    /// New threads that stopped before their parent told of them; they stay stopped until it does.
    held: HashMap<Tid, Change>,
    /// Taken in before anybody told of them: what is told late is no news.
    adopted: HashSet<Tid>,
    /// Gone before anybody told of them.
    ended_early: HashMap<Tid, End>,
    root: Tid,
    /// The root is continued by a signal of ours, which it must not see.
    ignore_continue: bool,
    keeper: Keeper,
    proximity: Proximity,
    observer: &'a mut dyn Observer,
}

impl Tracer<'_> {
    fn begin(&mut self, tracee: Tracee) {
        let root = self.root;
        let birth = Birth { tid: root, process: root, creator: None, kind: BirthKind::Root };
        self.threads.insert(root, Thread { process: root, call: None, listening: false });
        let memory = Memory::of(root);
        let stopped = stopped(root, root, &memory);
        self.observer.born(&stopped, &birth);
        self.observer.executed(&stopped, root, None);
        // Ends the group-stop it was started in; the signal itself is held back when it arrives.
        // SAFETY: kill(2) with integers, to a child that has not been waited for.
        unsafe { libc::kill(root, libc::SIGCONT) };
        let _ = self.proximity.resume_near(tracee, Until::NextEvent, 0);
    }

    fn follow(&mut self, plan: &Plan, milestones: &mut dyn Milestones) -> Result<(), TraceError> {
        let mut deadline: Option<Instant> = None;
        while !self.threads.is_empty() {
            let (tid, change) = match next_change(deadline, &plan.patience_lost) {
                Ok(Next::Change(tid, change)) => (tid, change),
                Ok(Next::Nothing) => break,
                Ok(Next::DeadlinePassed) => {
                    self.release();
                    break;
                }
                Err(source) => return Err(TraceError::System { operation: "waitpid", source }),
            };
            self.proximity.stopped(tid);
            if let (true, Some(end)) = (tid == self.root, end_of(change)) {
                milestones.root_ended(end);
                deadline = Some(Instant::now() + plan.linger);
            }
            self.handle(tid, change);
        }
        for (tid, end) in std::mem::take(&mut self.ended_early) {
            self.bear(&orphan(tid));
            self.end(tid, end);
        }
        Ok(())
    }

    /// Deals with one change. A thread that is gone meanwhile will be heard of again.
    fn handle(&mut self, tid: Tid, change: Change) {
        if let Some(end) = end_of(change) {
            self.end(tid, end);
            return;
        }
        if !self.threads.contains_key(&tid) {
            // Stopped before its creator told of it; kept so until then, for a history that begins with a birth.
            self.held.insert(tid, change);
            return;
        }
        if let Some(thread) = self.threads.get_mut(&tid) {
            thread.listening = change == Change::GroupStop;
        }
        let tracee = Tracee::stopped(tid);
        let _ = match change {
            Change::Seccomp => self.call_begins(tracee),
            Change::CallEnd => self.call_ends(tracee),
            Change::Birth(event) => self.child_announced(tracee, event),
            Change::Exec => self.program_replaced(tracee),
            Change::Signal(signal) => self.signal(tracee, signal),
            Change::GroupStop => tracee.listen(),
            Change::Trap | Change::Other | Change::Exited(_) | Change::Killed(_) => {
                self.carry_on(tracee)
            }
        };
    }

    /// A thread exists and will stop before its first instruction. It is told of at once: until then its creator may end.
    fn bear(&mut self, birth: &Birth) {
        let thread = Thread { process: birth.process, call: None, listening: false };
        self.threads.insert(birth.tid, thread);
        let memory = Memory::of(birth.tid);
        self.observer.born(&stopped(birth.tid, birth.process, &memory), birth);
    }

    fn child_announced(&mut self, tracee: Tracee, event: i32) -> Result<(), Gone> {
        let child = tracee.event_message()?;
        let creator = tracee.tid();
        let parent = self.process_of(creator);
        let kind = match event {
            PTRACE_EVENT_FORK => BirthKind::Fork,
            PTRACE_EVENT_VFORK => BirthKind::Vfork,
            _ if is_thread(parent, child) => BirthKind::Thread,
            _ => BirthKind::Clone,
        };
        let process = if kind == BirthKind::Thread { parent } else { child };
        let birth = Birth { tid: child, process, creator: Some(creator), kind };
        self.proximity.born(creator, parent, &birth);
        if !self.is_late_news(child) {
            let ended = self.ended_early.remove(&child);
            self.bear(&birth);
            if let Some(end) = ended {
                self.end(child, end);
            } else if let Some(change) = self.held.remove(&child) {
                self.handle(child, change);
            }
        }
        self.carry_on(tracee)
    }

    /// Whether a thread has been taken in before it was announced. Where one is known to have ended already, its number may
    /// have been given to a new one since, which is traced then; one that ended is not, not even as a zombie.
    fn is_late_news(&mut self, child: Tid) -> bool {
        let adopted = self.adopted.remove(&child);
        if self.threads.contains_key(&child) {
            return adopted;
        }
        let ended_early = self.ended_early.contains_key(&child);
        if !adopted && !ended_early || !is_traced(child) {
            return adopted;
        }
        if let Some(end) = self.ended_early.remove(&child) {
            self.bear(&orphan(child));
            self.end(child, end);
        }
        false
    }

    fn call_begins(&mut self, tracee: Tracee) -> Result<(), Gone> {
        let CallInfo::Entry { abi, number, args, stop } = tracee.call_info()? else {
            return self.proximity.resume_near(tracee, Until::NextEvent, 0);
        };
        let tid = tracee.tid();
        let process = self.process_of(tid);
        let memory = Memory::of(tid);
        match stop {
            CALL_STOP => {}
            X32_STOP => {
                self.observer.missed(Some(process), GapKind::X32Refused, SystemTime::now());
                return self.refuse(tracee);
            }
            // A filter of the step's own asks for a tracer. It has none, and the call fails as if we were not there.
            _ => return self.refuse(tracee),
        }
        let Some(call) = call_of(memory, abi, number, args) else {
            return self.proximity.resume_near(tracee, Until::NextEvent, 0);
        };
        match call.syscall {
            Syscall::SchedGetaffinity | Syscall::SchedSetaffinity | Syscall::SchedSetattr => {
                self.proximity.asks(tid);
                return tracee.resume(Until::NextEvent, 0);
            }
            Syscall::Clone | Syscall::Clone3 => return self.clone_begins(tracee, &call),
            _ => {}
        }
        match self.observer.entering(&stopped(tid, process, &memory), &call) {
            Verdict::Pass => self.proximity.resume_near(tracee, Until::NextEvent, 0),
            Verdict::Refuse => self.refuse(tracee),
            Verdict::Watch => {
                if let Some(thread) = self.threads.get_mut(&tid) {
                    thread.call = Some(call);
                }
                self.proximity.resume_near(tracee, Until::CallEnd, 0)
            }
        }
    }

    /// Makes a call fail as one that the kernel does not have.
    fn refuse(&mut self, tracee: Tracee) -> Result<(), Gone> {
        tracee.refuse_call()?;
        self.proximity.resume_near(tracee, Until::NextEvent, 0)
    }

    /// A child that asks not to be traced would run with our filter and without us, and most of its calls would fail: it is
    /// traced nevertheless. Where the wish is in memory, out of our reach, the call fails; programs fall back to clone(2).
    fn clone_begins(&mut self, tracee: Tracee, call: &Call) -> Result<(), Gone> {
        if call.syscall == Syscall::Clone {
            tracee.set_first_argument(call.abi, call.args[0] & !CLONE_UNTRACED)?;
            return self.proximity.resume_near(tracee, Until::NextEvent, 0);
        }
        // clone3(2): the structure begins with the flags.
        let mut flags = [0; 8];
        let read = Memory::of(tracee.tid()).read(call.args[0], &mut flags);
        if read.is_err() || u64::from_ne_bytes(flags) & CLONE_UNTRACED == 0 {
            return self.proximity.resume_near(tracee, Until::NextEvent, 0);
        }
        let process = self.process_of(tracee.tid());
        self.observer.missed(Some(process), GapKind::Untraced, SystemTime::now());
        self.refuse(tracee)
    }

    fn call_ends(&mut self, tracee: Tracee) -> Result<(), Gone> {
        let tid = tracee.tid();
        let process = self.process_of(tid);
        let call = self.threads.get_mut(&tid).and_then(|thread| thread.call.take());
        if let (Some(call), CallInfo::Exit { result }) = (call, tracee.call_info()?) {
            // A connect(2) that is interrupted goes on without its caller.
            let told = if RESTARTS.contains(&result) && call.syscall == Syscall::Connect {
                Some(-i64::from(libc::EINTR))
            } else {
                (!RESTARTS.contains(&result)).then_some(result)
            };
            if let Some(result) = told {
                let memory = Memory::of(tid);
                self.observer.returned(&stopped(tid, process, &memory), &call, result);
            }
            if self.observer.has_shown_processors() {
                self.proximity.keep_away(process);
            }
        }
        self.proximity.resume_near(tracee, Until::NextEvent, 0)
    }

    /// ptrace(2), "execve(2) under ptrace": the other threads are gone, and the one that called it now has the leader's id.
    fn program_replaced(&mut self, tracee: Tracee) -> Result<(), Gone> {
        let tid = tracee.tid();
        let former = tracee.event_message()?;
        let caller = self.threads.get_mut(&former).and_then(|thread| thread.call.take());
        if former != tid {
            self.threads.remove(&former);
            self.proximity.renamed(former, tid);
            self.observer.ended(former, tid, End::Exited(0), SystemTime::now());
        }
        if let Some(leader) = self.threads.get_mut(&tid) {
            leader.call = None;
        }
        let memory = Memory::of(tid);
        self.observer.executed(&stopped(tid, tid, &memory), former, caller.as_ref());
        self.proximity.resume_near(tracee, Until::NextEvent, 0)
    }

    fn signal(&mut self, tracee: Tracee, signal: i32) -> Result<(), Gone> {
        if tracee.tid() == self.root && signal == libc::SIGCONT && self.ignore_continue {
            self.ignore_continue = false;
            return self.proximity.resume_near(tracee, Until::NextEvent, 0);
        }
        self.proximity.resume_near(tracee, Until::NextEvent, signal)
    }

    /// Lets a thread go on, to the end of its call if that is waited for.
    fn carry_on(&mut self, tracee: Tracee) -> Result<(), Gone> {
        let in_call = self.threads.get(&tracee.tid()).is_some_and(|thread| thread.call.is_some());
        self.proximity.resume_near(
            tracee,
            if in_call { Until::CallEnd } else { Until::NextEvent },
            0,
        )
    }

    fn end(&mut self, tid: Tid, end: End) {
        if self.held.remove(&tid).is_some() {
            self.adopt(tid);
        }
        if let Some(thread) = self.threads.remove(&tid) {
            self.observer.ended(tid, thread.process, end, SystemTime::now());
        } else if !self.keeper.is(tid) {
            self.ended_early.insert(tid, end);
        }
        self.adopt_orphans();
        self.proximity.ended(tid);
    }

    /// A thread that died cannot announce its children any more, and those held back for it would wait forever. Which they are
    /// cannot be told, so at every end all are taken in, and a late announcement is ignored.
    fn adopt_orphans(&mut self) {
        for (tid, change) in std::mem::take(&mut self.held) {
            self.adopt(tid);
            self.handle(tid, change);
        }
    }

    fn adopt(&mut self, tid: Tid) {
        self.adopted.insert(tid);
        let birth = orphan(tid);
        self.proximity.orphaned(&birth);
        self.bear(&birth);
    }

    /// Stops everything that still runs, lets it go, and leaves it to the keeper to continue.
    fn release(&mut self) {
        self.proximity.retire();
        let mut asked = HashSet::new();
        let mut was_stopped = HashSet::new();
        let mut left = Vec::new();
        while !self.threads.is_empty() {
            for process in self.threads.values().map(|thread| thread.process) {
                if asked.insert(process) {
                    // SAFETY: kill(2) with integers, to a process traced by us: its id is still its own.
                    unsafe { libc::kill(process, libc::SIGSTOP) };
                }
            }
            for (&tid, thread) in &self.threads {
                if thread.listening {
                    was_stopped.insert(thread.process);
                    // Out of PTRACE_LISTEN, in which nothing but this can be asked of a thread.
                    let _ = tracee::interrupt(tid);
                }
            }
            let Ok(Some((tid, change))) = wait_for(-1, true) else { break };
            if change == Change::GroupStop && self.threads.contains_key(&tid) {
                if Tracee::stopped(tid).detach(0).is_ok() {
                    left.push(tid);
                    self.end(tid, End::LeftRunning);
                }
            } else {
                self.handle(tid, change);
            }
        }
        if self.keeper.take_over(&left).is_err() {
            self.observer.missed(None, GapKind::NotKept, SystemTime::now());
        }
        for process in asked.difference(&was_stopped) {
            // SAFETY: kill(2) with integers. A process that ended meanwhile is its parent's to reap: its id is still its own.
            unsafe { libc::kill(*process, libc::SIGCONT) };
        }
    }

    fn process_of(&self, tid: Tid) -> Tid {
        self.threads.get(&tid).map_or(tid, |thread| thread.process)
    }
}

fn stopped(tid: Tid, process: Tid, memory: &Memory) -> Stopped<'_> {
    Stopped { tid, process, time: SystemTime::now(), memory }
}

const fn end_of(change: Change) -> Option<End> {
    match change {
        Change::Exited(code) => Some(End::Exited(code)),
        Change::Killed(signal) => Some(End::Killed(signal)),
        _ => None,
    }
}

fn has_no_new_privs(process: Tid) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/status"))
        .is_ok_and(|status| status.lines().any(|line| line == "NoNewPrivs:\t1"))
}

/// A birth as `/proc` tells it, without what only the announcement says.
fn orphan(tid: Tid) -> Birth {
    let status = std::fs::read_to_string(format!("/proc/{tid}/status")).unwrap_or_default();
    let field = |name: &str| -> Option<Tid> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().parse().ok()
    };
    match field("Tgid:") {
        Some(process) if process != tid => {
            Birth { tid, process, creator: Some(process), kind: BirthKind::Thread }
        }
        _ => Birth { tid, process: tid, creator: field("PPid:"), kind: BirthKind::Clone },
    }
}

fn is_traced(tid: Tid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{tid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0"))
}

fn is_thread(process: Tid, tid: Tid) -> bool {
    Path::new(&format!("/proc/{process}/task/{tid}")).exists()
}
