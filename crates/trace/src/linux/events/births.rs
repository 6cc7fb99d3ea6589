//! The arguments of births, executions and ends, which no single call's arguments give.
//! Knows the order of Falco's table; `programs` knows the facts. Used by `EventStream`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::argument::{Argument, Value};
use super::choices::SIGNALS;
use super::flags::{CLONE, EXECUTABLE, clone_flags};
use super::process::Process;
use super::process_files::{CurrentCall, ProcessFiles};
use super::programs::executable_flags;
use super::time::time_text;
use crate::linux::memory::Memory;
use crate::linux::observer::{BirthKind, End, Tid};
use crate::linux::syscall::{Abi, Syscall};

/// `CSIGNAL` of linux/sched.h: the lowest byte of the flags of clone(2) is the signal of the end.
const SIGNAL: u64 = 0xff;
const CLONE_PARENT: u64 = 0x8000;
const CLONE_NEWPID: u64 = 0x2000_0000;

/// The call that made a process or a thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Making {
    pub(super) call: Syscall,
    /// As of clone(2), without the signal.
    pub(super) flags: u64,
}

impl Making {
    /// The call its maker stands in, which is stopped there until the birth has been told. Where that cannot be read, what the
    /// kind of birth says.
    pub(super) fn of(maker: Tid, files: &ProcessFiles, kind: BirthKind) -> Self {
        let current = files.current_call(maker);
        let made = current.and_then(|current| Self::of_call(current, Memory::of(maker)));
        made.unwrap_or(match kind {
            BirthKind::Vfork => Self { call: Syscall::Vfork, flags: 0x4100 },
            BirthKind::Thread => Self { call: Syscall::Clone, flags: 0x1_0f00 },
            BirthKind::Root | BirthKind::Fork | BirthKind::Clone => {
                Self { call: Syscall::Clone, flags: 0 }
            }
        })
    }

    fn of_call(current: CurrentCall, memory: Memory) -> Option<Self> {
        // A number that makes processes in one ABI does something else in the others.
        let abis =
            [Abi::NATIVE, Abi::I386].into_iter().take(if Abi::NATIVE.word() == 8 { 2 } else { 1 });
        let calls = abis.filter_map(|abi| Syscall::from_number(abi, current.number));
        for call in calls {
            let flags = match call {
                Syscall::Fork => 0,
                Syscall::Vfork => 0x4100,
                Syscall::Clone => current.args[0] & !SIGNAL & 0xffff_ffff,
                Syscall::Clone3 => *memory.words(current.args[0], 1, Abi::X86_64).ok()?.first()?,
                _ => continue,
            };
            return Some(Self { call, flags });
        }
        None
    }

    pub(super) const fn has_makers_parent(&self) -> bool {
        self.flags & CLONE_PARENT != 0
    }

    pub(super) const fn has_new_namespace(&self) -> bool {
        self.flags & CLONE_NEWPID != 0
    }

    /// The arguments of the event: `result` is the child's id in the parent, zero in the child.
    pub(super) fn arguments(
        &self,
        thread: Tid,
        process: &Process,
        parent: &Arc<str>,
        result: Value,
        into: &mut Vec<Argument>,
    ) {
        let mut add = |name, value| into.push(Argument { name: Cow::Borrowed(name), value });
        add("res", result);
        program_arguments(thread, process, parent, &mut add);
        add("comm", Value::Shared(process.name.clone()));
        add("cgroups", Value::Absent);
        add("flags", Value::Flags(clone_flags(self.flags), CLONE));
        add("uid", Value::Unsigned(u64::from(process.user.id)));
        add("gid", Value::Unsigned(u64::from(process.user_group.id)));
        let inner_thread =
            if i64::from(thread) == process.pid { process.virtual_pid } else { i64::from(thread) };
        add("vtid", Value::Process(inner_thread, process.name.clone()));
        add("vpid", Value::Process(process.virtual_pid, process.name.clone()));
        add("pidns_init_start_ts", Value::Absent);
    }
}

/// What births and executions have in common, from `exe` to `vm_swap`.
fn program_arguments(
    thread: Tid,
    process: &Process,
    parent: &Arc<str>,
    add: &mut impl FnMut(&'static str, Value),
) {
    add("exe", Value::Shared(process.exe.clone()));
    let args =
        if process.dotted_args.is_empty() { "NULL".into() } else { process.dotted_args.clone() };
    add("args", Value::Shared(args));
    add("tid", Value::Process(i64::from(thread), process.name.clone()));
    add("pid", Value::Process(process.pid, process.name.clone()));
    add("ptid", Value::Process(process.parent, parent.clone()));
    add("cwd", Value::Shared(process.directory.clone()));
    for absent in ["fdlimit", "pgft_maj", "pgft_min", "vm_size", "vm_rss", "vm_swap"] {
        add(absent, Value::Absent);
    }
}

/// The arguments of execve(2) and execveat(2). The environment is never among them.
pub(super) fn execution(
    result: i64,
    thread: Tid,
    process: &Process,
    parent: &Arc<str>,
    filename: Option<Value>,
    into: &mut Vec<Argument>,
) {
    let mut add = |name, value| into.push(Argument { name: Cow::Borrowed(name), value });
    add("res", Value::Result(result));
    program_arguments(thread, process, parent, &mut add);
    add("comm", Value::Shared(process.name.clone()));
    add("cgroups", Value::Absent);
    add("env", Value::Absent);
    add("tty", Value::Unsigned(u64::from(process.tty)));
    add("vpgid", Value::Process(process.virtual_group, "".into()));
    add("loginuid", Value::Account(process.login.id, process.login.name.clone()));
    add("flags", Value::Flags(executable_flags(&process.executable), EXECUTABLE));
    add("cap_inheritable", Value::Hexadecimal(process.capabilities.inheritable));
    add("cap_permitted", Value::Hexadecimal(process.capabilities.permitted));
    add("cap_effective", Value::Hexadecimal(process.capabilities.effective));
    add("exe_ino", Value::Unsigned(process.executable.inode));
    let time = |nanoseconds| {
        Value::Text(time_text(SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds)))
    };
    add("exe_ino_ctime", time(process.executable.changed));
    add("exe_ino_mtime", time(process.executable.modified));
    add("uid", Value::Account(process.user.id, process.user.name.clone()));
    add("trusted_exepath", Value::Shared(process.exepath.clone()));
    add("pgid", Value::Process(process.group, "".into()));
    add("gid", Value::Account(process.user_group.id, process.user_group.name.clone()));
    if let Some(filename) = filename {
        add("filename", filename);
    }
}

/// The arguments of `procexit`: the status as waitpid(2) has it, then its two halves.
pub(super) fn end(end: End, into: &mut Vec<Argument>) {
    let mut add = |name, value| into.push(Argument { name: Cow::Borrowed(name), value });
    let (code, signal) = match end {
        End::Exited(code) => (code, 0),
        End::Killed(signal) => (0, signal),
        End::LeftRunning => return,
    };
    add("status", Value::Result(i64::from(code << 8 | signal)));
    add("ret", Value::Result(i64::from(code)));
    add("sig", Value::Choice(signal.cast_unsigned(), SIGNALS));
    add("core", Value::Absent);
    add("reaper_tid", Value::Absent);
}
