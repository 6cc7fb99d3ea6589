//! Turns what the tracer tells into the record of a step.
//! Stops and resumes nothing. Decodes calls in its submodules, one for each kind of thing they are about. Used by `session`.

mod assembly;
mod attempts;
mod attributes;
mod conclusion;
mod draft;
mod files;
mod loading;
mod loss;
mod names;
mod notable;
mod opening;
mod programs;
mod sockets;
mod tally;
mod writes;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::SystemTime;

use self::attempts::Attempted;
use self::draft::{Draft, ExecutionDraft, History, NameId, Names};
use self::loss::Losses;
use crate::linux::contents::Contents;
use crate::linux::identity::{Identity, Inode};
use crate::linux::observer::{
    Birth, BirthKind, Call, End, GapKind, Observer, Stopped, Tid, Verdict,
};
use crate::linux::path::Viewpoint;
use crate::linux::proc_fs::{Place, Proc, own_pid, status_field};
use crate::linux::record::{Owner, Trace};
use crate::linux::syscall::Syscall;

/// How to record.
#[derive(Debug, Clone)]
pub struct RecorderOptions {
    /// Threads that take digests. With none, the step waits for each.
    pub threads: usize,
    /// The working directory of the step, canonical: materials and products are what is below it.
    pub directory: PathBuf,
}

/// What is known of a call that has not returned.
#[derive(Debug)]
enum Pending {
    /// A file may be made: did the name lead to one before?
    Open {
        existed: bool,
    },
    Name(names::Request),
    Execute(programs::Request),
}

/// An observer that keeps what it is told.
#[derive(Debug)]
pub struct Recorder {
    directory: PathBuf,
    proc_fs: Proc,
    /// Which mounts we see ourselves.
    mounts: Vec<u8>,
    contents: Contents,
    names: Names,
    processes: Vec<Draft>,
    executions: Vec<ExecutionDraft>,
    /// Bytes of arguments kept so far.
    argument_bytes: usize,
    /// Living threads, and which process they belong to.
    threads: HashMap<Tid, usize>,
    pending: HashMap<Tid, Pending>,
    histories: HashMap<NameId, History>,
    /// Paths of files that may be written without more ado.
    writable: HashMap<Inode, Vec<NameId>>,
    /// Directories that came to their names by renaming: nothing below them was there before.
    moved: Vec<NameId>,
    /// What the kernel loads to run a binary, by the binary.
    loaders: HashMap<Identity, Vec<NameId>>,
    attempted: Attempted,
    losses: Losses,
    /// A file that tells where threads may run was opened since last asked.
    shows_processors: bool,
}

impl Recorder {
    /// A recorder of nothing yet; its threads start here.
    #[must_use]
    pub fn new(options: RecorderOptions) -> Self {
        let proc_fs = Proc::open();
        Self {
            directory: options.directory,
            mounts: proc_fs.owned_link(&Place::of(own_pid(), "ns/mnt")).unwrap_or_default(),
            proc_fs,
            contents: Contents::new(options.threads),
            names: Names::default(),
            processes: Vec::new(),
            executions: Vec::new(),
            argument_bytes: 0,
            threads: HashMap::new(),
            pending: HashMap::new(),
            histories: HashMap::new(),
            writable: HashMap::new(),
            moved: Vec::new(),
            loaders: HashMap::new(),
            attempted: Attempted::default(),
            losses: Losses::default(),
            shows_processors: false,
        }
    }

    /// The record, once all digests are there.
    #[must_use]
    pub fn finish(self, end_of_root: Option<End>) -> Trace {
        conclusion::conclude(self, end_of_root)
    }

    /// The process of a thread. One that was never born, which the tracer rules out, would be recorded as if it were now.
    fn index_of(&mut self, stopped: &Stopped<'_>) -> usize {
        if let Some(&known) = self.threads.get(&stopped.tid) {
            return known;
        }
        let index = self.processes.len();
        self.processes.push(Draft::new(stopped.process, 0, BirthKind::Clone, stopped.time));
        self.threads.insert(stopped.tid, index);
        index
    }

    fn draft(&mut self, stopped: &Stopped<'_>) -> &mut Draft {
        let index = self.index_of(stopped);
        &mut self.processes[index]
    }

    fn viewpoint(&mut self, stopped: &Stopped<'_>) -> Viewpoint<'_> {
        let elsewhere = self.draft(stopped).elsewhere;
        Viewpoint { proc_fs: &self.proc_fs, tid: stopped.tid, process: stopped.process, elsewhere }
    }

    /// Effective user and group, from `/proc`.
    fn look_up_owner(&mut self, stopped: &Stopped<'_>) -> Option<Owner> {
        let status = self.proc_fs.read(&Place::of(stopped.tid, "status"), 4096).ok()?;
        let effective =
            |name| status_field(&status, name)?.split_ascii_whitespace().nth(1)?.parse().ok();
        Some(Owner { uid: effective("Uid")?, gid: effective("Gid")? })
    }
}

impl Observer for Recorder {
    fn born(&mut self, stopped: &Stopped<'_>, birth: &Birth) {
        let creator = birth.creator.and_then(|creator| self.threads.get(&creator).copied());
        if let (BirthKind::Thread, Some(index)) =
            (birth.kind, self.threads.get(&birth.process).copied().or(creator))
        {
            self.processes[index].threads += 1;
            self.threads.insert(birth.tid, index);
            return;
        }
        let parent = match (birth.kind, creator) {
            (BirthKind::Fork | BirthKind::Vfork, Some(creator)) => self.processes[creator].pid,
            // clone(2) can give a child to the parent of who made it (CLONE_PARENT).
            _ => self.look_up_parent(birth.tid),
        };
        let mut draft = Draft::new(birth.process, parent, birth.kind, stopped.time);
        if let Some(creator) = creator {
            let creator = &self.processes[creator];
            draft.owner = creator.owner;
            draft.elsewhere = creator.elsewhere;
            draft.running = creator.running;
        }
        let index = self.processes.len();
        self.processes.push(draft);
        self.threads.insert(birth.tid, index);
        if creator.is_none() {
            let owner = self.look_up_owner(stopped);
            self.processes[index].owner = owner;
        }
        self.processes[index].born_as = self.processes[index].owner;
    }

    fn entering(&mut self, stopped: &Stopped<'_>, call: &Call) -> Verdict {
        use Syscall as S;
        match call.syscall {
            S::Open | S::Creat | S::Openat | S::Openat2 | S::OpenByHandleAt => {
                self.opening(stopped, call)
            }
            S::Truncate | S::Ftruncate => self.truncating(stopped, call),
            S::Utimensat | S::Utime | S::Utimes | S::Futimesat => self.setting_times(stopped, call),
            S::Execve | S::Execveat => self.executing(stopped, call),
            S::Sendmsg | S::Sendmmsg => sockets::sending(stopped, call),
            S::IoUringSetup => {
                self.missed(Some(stopped.process), GapKind::IoUringRefused, stopped.time);
                Verdict::Refuse
            }
            S::Umount2 | S::PivotRoot | S::MoveMount => {
                // A file we hold open would keep its file system busy.
                self.contents.settle_all();
                Verdict::Watch
            }
            S::Prctl if call.int(0) == libc::PR_SET_NAME => Verdict::Pass,
            other if names::is_change(other) => self.renaming(stopped, call),
            other if is_watched(other) => Verdict::Watch,
            _ => Verdict::Pass,
        }
    }

    fn returned(&mut self, stopped: &Stopped<'_>, call: &Call, result: i64) {
        use Syscall as S;
        let pending = self.pending.remove(&stopped.tid);
        match (call.syscall, pending) {
            (S::Open | S::Creat | S::Openat | S::Openat2 | S::OpenByHandleAt, pending) => {
                self.opened(stopped, call, pending.as_ref(), result);
            }
            (_, Some(Pending::Name(request))) => self.renamed(stopped, call, request, result),
            (_, Some(Pending::Execute(request))) => {
                self.not_executed(stopped, call, &request, result);
            }
            (S::Truncate | S::Ftruncate | S::CopyFileRange | S::Mmap | S::Fallocate, _) => {
                self.written_otherwise(stopped, call, result);
            }
            (other, _) if attributes::is_change(other) => self.attribute_set(stopped, call, result),
            (other, _) if sockets::is_about(other) => self.socket_used(stopped, call, result),
            _ => self.notable(stopped, call, result),
        }
    }

    fn executed(&mut self, stopped: &Stopped<'_>, former: Tid, _call: Option<&Call>) {
        let request = match self.pending.remove(&former) {
            Some(Pending::Execute(request)) => Some(request),
            _ => None,
        };
        self.pending.remove(&stopped.tid);
        self.program_runs(stopped, request);
    }

    fn ended(&mut self, tid: Tid, process: Tid, end: End, time: SystemTime) {
        self.pending.remove(&tid);
        self.proc_fs.ended(tid);
        let Some(index) = self.threads.remove(&tid) else { return };
        if tid == process {
            self.processes[index].end = Some((end, time));
        }
    }

    fn has_shown_processors(&mut self) -> bool {
        std::mem::take(&mut self.shows_processors)
    }

    fn missed(&mut self, process: Option<Tid>, kind: GapKind, _time: SystemTime) {
        let (kind, reason) = loss::told(kind);
        self.losses.add(kind, process, None, reason);
    }
}

impl Recorder {
    fn look_up_parent(&self, tid: Tid) -> Tid {
        let status = self.proc_fs.read(&Place::of(tid, "status"), 4096).unwrap_or_default();
        status_field(&status, "PPid").and_then(|parent| parent.parse().ok()).unwrap_or(0)
    }
}

/// Calls of which only the result and the arguments count.
fn is_watched(call: Syscall) -> bool {
    matches!(call, Syscall::CopyFileRange | Syscall::Mmap | Syscall::Fallocate)
        || attributes::is_change(call)
        || sockets::is_about(call)
        || notable::is_about(call)
}
