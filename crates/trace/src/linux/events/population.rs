//! The processes of a step as they are now: kept up to date by births, executions, ends and the calls between.
//! Makes no events. Owned by `EventStream`, which tells it everything before it tells a sink.

use std::sync::Arc;
use std::time::SystemTime;

use super::births::Making;
use super::process::Process;
use super::process_table::{Key, ProcessTable};
use super::programs::{Programs, Redact};
use super::text::text_of;
use crate::linux::observer::{Birth, BirthKind, Call, Stopped, Tid};
use crate::linux::syscall::Syscall;

/// The processes of a step, and how to learn of them.
pub(super) struct Population {
    pub(super) programs: Programs,
    pub(super) table: ProcessTable,
    /// Who runs what is traced; without rights, no program gives a process others than it had.
    privileged: bool,
}

impl Population {
    pub(super) fn new(redact: Redact) -> Self {
        Self {
            programs: Programs::new(redact),
            table: ProcessTable::default(),
            privileged: rustix::process::geteuid().is_root(),
        }
    }

    pub(super) fn process(&self, key: Key) -> Option<&Process> {
        self.table.process(key)
    }

    /// The process of a stopped thread.
    pub(super) fn of(&mut self, stopped: &Stopped<'_>) -> Option<Key> {
        self.table.of_thread(stopped.tid).or_else(|| self.adopt(stopped.tid, stopped.process))
    }

    pub(super) fn parent_name(&self, key: Key) -> Arc<str> {
        let parent = self.table.parent(key).and_then(|parent| self.table.process(parent));
        parent.map_or_else(|| "".into(), |parent| parent.name.clone())
    }

    /// The first process of a step, or one whose maker is not known.
    pub(super) fn found(&mut self, birth: &Birth, time: SystemTime) {
        let key = self.adopt(birth.tid, birth.process);
        if let (Some(key), BirthKind::Root) = (key, birth.kind)
            && let Some(process) = self.table.process_mut(key)
        {
            // The kernel tells it to a hundredth of a second since the system started, and that to a second.
            process.started = time;
        }
    }

    /// A new thread, or a process as its maker was at that time with what is its own.
    pub(super) fn born(
        &mut self,
        maker: Key,
        birth: &Birth,
        making: Making,
        time: SystemTime,
    ) -> Option<Key> {
        let key = match birth.kind {
            BirthKind::Thread => maker,
            _ => self.child_of(maker, birth, making, time)?,
        };
        self.table.add_thread(birth.tid, key);
        Some(key)
    }

    /// A thread nobody told of: its process is read whole, unless it is known.
    fn adopt(&mut self, tid: Tid, process: Tid) -> Option<Key> {
        let key = match self.table.of_thread(process) {
            Some(key) => key,
            None => self.programs.lineage(&mut self.table, process)?,
        };
        self.table.add_thread(process, key);
        self.table.add_thread(tid, key);
        Some(key)
    }

    /// A process as its maker was at that time, with what is its own.
    fn child_of(
        &mut self,
        maker: Key,
        birth: &Birth,
        making: Making,
        time: SystemTime,
    ) -> Option<Key> {
        let parent = if making.has_makers_parent() { self.table.parent(maker)? } else { maker };
        let mut child = self.table.process(maker)?.clone();
        let same_namespace = child.virtual_pid == child.pid
            && !making.has_new_namespace()
            && !child.makes_namespaces;
        child.pid = i64::from(birth.process);
        child.parent = self.table.process(parent)?.pid;
        child.started = time;
        child.virtual_pid = child.pid;
        if !same_namespace {
            child.makes_namespaces = false;
            self.programs.load_identity(birth.process, &mut child);
        }
        Some(self.table.add(child, Some(parent)))
    }

    /// The process runs another program, started by that path if by any.
    pub(super) fn executed(&mut self, pid: Tid, key: Key, path: Option<&str>) {
        let Some(process) = self.table.process_mut(key) else { return };
        let attributes = self.programs.load_program(pid, process);
        let set_id = attributes
            .is_some_and(|attributes| attributes.st_mode & (libc::S_ISUID | libc::S_ISGID) != 0);
        // Only then can the program have other rights than the process had.
        if set_id || (self.privileged && process.user.id != 0) {
            self.programs.load_identity(pid, process);
        }
        self.programs.name_program(pid, process, path);
    }

    /// What a call changes in the process that made it. Events show the state after the call, as Falco's do.
    pub(super) fn update(&mut self, stopped: &Stopped<'_>, call: &Call, key: Key) {
        use Syscall as S;
        if !changes_process(call.syscall) {
            return;
        }
        let Some(process) = self.table.process_mut(key) else { return };
        match call.syscall {
            S::Chdir | S::Fchdir => {
                if let Some(directory) = self.programs.files.link(stopped.process, "cwd") {
                    process.directory = directory.into();
                }
            }
            S::Setsid => {
                process.session = process.pid;
                process.group = process.pid;
                process.virtual_group = process.virtual_pid;
                process.tty = 0;
            }
            S::Prctl if call.int(0) == libc::PR_SET_NAME && stopped.tid == stopped.process => {
                if let Ok(name) = stopped.memory.c_string(call.args[1], 15) {
                    process.name = text_of(name).into();
                }
            }
            S::Setuid
            | S::Setgid
            | S::Setreuid
            | S::Setregid
            | S::Setresuid
            | S::Setresgid
            | S::Capset => {
                self.programs.load_identity(stopped.process, process);
            }
            S::Unshare | S::Setns => {
                process.makes_namespaces = true;
                self.programs.load_identity(stopped.process, process);
            }
            S::Setpgid => self.update_group(stopped.process, call.int(0)),
            _ => {}
        }
    }

    /// setpgid(2) of the caller or of a child: the numbers are those of its namespace, so the kernel is asked.
    fn update_group(&mut self, caller: Tid, target: i32) {
        let target = if target == 0 { caller } else { target };
        let Some(process) =
            self.table.of_thread(target).and_then(|key| self.table.process_mut(key))
        else {
            return;
        };
        if let Some(position) = self.programs.files.position(target) {
            let is_outer = process.virtual_pid == process.pid;
            process.group = position.group;
            process.virtual_group = if is_outer { position.group } else { process.virtual_group };
        }
    }
}

/// Calls after which something else is true of a process.
const fn changes_process(call: Syscall) -> bool {
    use Syscall as S;
    matches!(
        call,
        S::Chdir
            | S::Fchdir
            | S::Setsid
            | S::Setpgid
            | S::Prctl
            | S::Capset
            | S::Unshare
            | S::Setns
            | S::Setuid
            | S::Setgid
            | S::Setreuid
            | S::Setregid
            | S::Setresuid
            | S::Setresgid
    )
}
