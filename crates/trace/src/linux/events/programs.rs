//! Births and executions: what a new process takes over, and what a program starts out as.
//! The only place that reads /proc for whole processes. Used by `EventStream`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustix::fs::Stat;

use super::accounts::Accounts;
use super::flags::{EXE_FROM_MEMFD, EXE_UPPER_LAYER, EXE_WRITABLE};
use super::lookup::without_deleted;
use super::process::{Executable, Process};
use super::process_files::{Position, ProcessFiles};
use super::process_table::{Key, ProcessTable};
use super::text::process_name;
use crate::linux::observer::Tid;

/// Falco keeps so much of the words after the first.
const WORDS: usize = 4096;

/// Milliseconds of a tick as programs are told of it: `USER_HZ` is 100 on all processors there is a tracer for.
const TICK: u64 = 10;

/// `CAP_DAC_OVERRIDE` of linux/capability.h.
const DAC_OVERRIDE: u64 = 1 << 1;

/// What a word of a command line may show: texts to hide come back hidden.
pub type Redact = Box<dyn for<'a> Fn(&'a str) -> Cow<'a, str> + Send>;

/// Reads whole processes.
pub(super) struct Programs {
    pub(super) files: ProcessFiles,
    pub(super) accounts: Accounts,
    redact: Redact,
    /// When the system started.
    boot: SystemTime,
}

impl Programs {
    pub(super) fn new(redact: Redact) -> Self {
        Self {
            files: ProcessFiles::open(),
            accounts: Accounts::of_host(),
            redact,
            boot: boot_time(),
        }
    }

    /// Reads a process nobody told of, such as the first one of the step, and those above it: up to one that is known, or to
    /// the system's first.
    pub(super) fn lineage(&self, table: &mut ProcessTable, pid: Tid) -> Option<Key> {
        let mut chain = Vec::new();
        let mut next = pid;
        let mut known = None;
        // A lineage deeper than this is a sign of a parent that changed while it was read.
        while next > 0 && chain.len() < 256 {
            known = table.of_thread(next);
            if known.is_some() {
                break;
            }
            let Some(position) = self.files.position(next) else { break };
            let parent = i32::try_from(position.parent).unwrap_or(0);
            chain.push((next, position));
            next = parent;
        }
        chain.into_iter().rev().fold(known, |parent, (pid, position)| {
            let process = self.read(pid, position);
            Some(table.add(process, parent))
        })
    }

    fn read(&self, pid: Tid, position: Position) -> Process {
        let status = self.files.status(pid).unwrap_or_default();
        let directory = self.files.link(pid, "cwd").unwrap_or_default();
        let pid64 = i64::from(pid);
        let started = self.boot + Duration::from_millis(position.started.saturating_mul(TICK));
        let mut process = Process {
            pid: pid64,
            virtual_pid: status.virtual_pid.unwrap_or(pid64),
            parent: position.parent,
            started,
            name: position.name.into(),
            exe: "".into(),
            args: "".into(),
            dotted_args: "".into(),
            exepath: "".into(),
            directory: directory.into(),
            tty: position.tty,
            session: position.session,
            group: position.group,
            virtual_group: status.virtual_group.unwrap_or(position.group),
            user: self.accounts.user(status.uid),
            user_group: self.accounts.group(status.gid),
            login: self.accounts.user(self.files.login_uid(pid)),
            capabilities: status.capabilities,
            executable: Executable::default(),
            makes_namespaces: false,
        };
        self.load_program(pid, &mut process);
        process
    }

    /// What a process runs: its words and its executable. Tells the attributes of the latter.
    pub(super) fn load_program(&self, pid: Tid, process: &mut Process) -> Option<Stat> {
        let words = self.files.words(pid);
        let words = self.hide(&words);
        let (exe, args, dotted) = join(&words);
        process.exe = exe;
        process.args = args;
        process.dotted_args = dotted;
        let path = self.files.link(pid, "exe").map(without_deleted).unwrap_or_default();
        let from_memfd = path.starts_with("/memfd:");
        process.exepath = if from_memfd { path[1..].into() } else { path.into() };
        let attributes = self.files.attributes(pid, "exe");
        process.executable = attributes
            .map(|attributes| executable(&attributes, process, from_memfd))
            .unwrap_or_default();
        process.executable.upper_layer = self.files.runs_from_upper_layer(pid);
        attributes
    }

    /// Words with what is secret in them hidden.
    pub(super) fn hide<'a>(&self, words: &'a [String]) -> Vec<Cow<'a, str>> {
        words.iter().map(|word| (self.redact)(word)).collect()
    }

    /// Who a process is, after a call that may have changed it.
    pub(super) fn load_identity(&self, pid: Tid, process: &mut Process) {
        let Some(status) = self.files.status(pid) else { return };
        if status.uid != process.user.id {
            process.user = self.accounts.user(status.uid);
        }
        if status.gid != process.user_group.id {
            process.user_group = self.accounts.group(status.gid);
        }
        process.capabilities = status.capabilities;
        process.virtual_pid = status.virtual_pid.unwrap_or(process.pid);
        process.virtual_group = status.virtual_group.unwrap_or(process.group);
    }

    /// What a program is called, from the path it was started by.
    pub(super) fn name_program(&self, pid: Tid, process: &mut Process, path: Option<&str>) {
        let name = path.map(process_name).filter(|name| !name.is_empty()).map(Arc::from);
        process.name =
            name.or_else(|| self.files.name(pid).map(Into::into)).unwrap_or_else(|| "".into());
    }
}

/// The first word; the others joined by blanks; the others each ending in a dot.
pub(super) fn join(words: &[Cow<'_, str>]) -> (Arc<str>, Arc<str>, Arc<str>) {
    let Some((exe, args)) = words.split_first() else { return ("".into(), "".into(), "".into()) };
    let mut joined = args.join(" ");
    let mut dotted = String::with_capacity(joined.len() + 1);
    for word in args {
        dotted.push_str(word);
        dotted.push('.');
    }
    for text in [&mut joined, &mut dotted] {
        let end = (0..=text.len().min(WORDS)).rev().find(|&end| text.is_char_boundary(end));
        text.truncate(end.unwrap_or(0));
    }
    (exe.as_ref().into(), joined.into(), dotted.into())
}

fn executable(attributes: &Stat, process: &Process, from_memfd: bool) -> Executable {
    let nanoseconds = |seconds: i64, rest: u64| {
        seconds.cast_unsigned().saturating_mul(1_000_000_000).saturating_add(rest)
    };
    let (uid, gid) = (process.user.id, process.user_group.id);
    let mode = attributes.st_mode;
    let writable = process.capabilities.effective & DAC_OVERRIDE != 0
        || attributes.st_uid == uid
        || (attributes.st_gid == gid && mode & 0o020 != 0)
        || mode & 0o002 != 0;
    Executable {
        inode: attributes.st_ino,
        changed: nanoseconds(attributes.st_ctime, attributes.st_ctime_nsec),
        modified: nanoseconds(attributes.st_mtime, attributes.st_mtime_nsec),
        writable,
        upper_layer: false,
        from_memfd,
    }
}

/// `evt.arg.flags` of an execution.
pub(super) const fn executable_flags(executable: &Executable) -> u32 {
    let mut flags = 0;
    if executable.writable {
        flags |= EXE_WRITABLE;
    }
    if executable.upper_layer {
        flags |= EXE_UPPER_LAYER;
    }
    if executable.from_memfd {
        flags |= EXE_FROM_MEMFD;
    }
    flags
}

/// proc(5), /proc/stat: `btime`.
fn boot_time() -> SystemTime {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let seconds = stat.lines().find_map(|line| line.strip_prefix("btime ")?.parse().ok());
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unwrap_or(0))
}
