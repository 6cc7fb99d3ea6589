//! What is known of a process, in the terms of Falco's `proc.*`, `thread.*`, `user.*` and `group.*`.
//! Reads nothing; `process_files` does, at births and executions, so that an event costs no look at /proc.

use std::sync::Arc;
use std::time::SystemTime;

/// A process, as it is at an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// `proc.pid`.
    pub pid: i64,
    /// `proc.vpid`: in its own namespace.
    pub virtual_pid: i64,
    /// `proc.ppid`: who made it, even after that one's end.
    pub parent: i64,
    /// `proc.pid.ts`; `proc.duration` counts from here.
    pub started: SystemTime,
    /// `proc.name`: at most 15 bytes.
    pub name: Arc<str>,
    /// `proc.exe`: the first word it was started with.
    pub exe: Arc<str>,
    /// `proc.args`: the other words, joined by blanks.
    pub args: Arc<str>,
    /// The same as `evt.arg.args` has them: each word ends in a dot.
    pub(super) dotted_args: Arc<str>,
    /// `proc.exepath`.
    pub exepath: Arc<str>,
    /// The working directory, without a slash at its end unless it is the root.
    pub directory: Arc<str>,
    /// `proc.tty`: the number of the device, or zero.
    pub tty: u32,
    /// `proc.sid`.
    pub session: i64,
    /// `proc.pgid`.
    pub group: i64,
    /// `proc.vpgid`: in its own namespace.
    pub virtual_group: i64,
    /// `user.uid`, `user.name`.
    pub user: Account,
    /// `group.gid`, `group.name`.
    pub user_group: Account,
    /// `user.loginuid`, `user.loginname`; `u32::MAX` when nobody logged in.
    pub login: Account,
    /// `thread.cap_*`.
    pub capabilities: Capabilities,
    /// The file it runs.
    pub executable: Executable,
    /// It asked for other namespaces, so that its children's ids may not be what they seem.
    pub(super) makes_namespaces: bool,
}

/// A user or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: u32,
    /// Its name, `<NA>` if it has none.
    pub name: Arc<str>,
}

/// The file a process runs, as it was at the execution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Executable {
    /// `proc.exe_ino`.
    pub inode: u64,
    /// `proc.exe_ino.ctime`, in nanoseconds since 1970.
    pub changed: u64,
    /// `proc.exe_ino.mtime`, in nanoseconds since 1970.
    pub modified: u64,
    /// `proc.is_exe_writable`.
    pub writable: bool,
    /// `proc.is_exe_upper_layer`.
    pub upper_layer: bool,
    /// `proc.is_exe_from_memfd`.
    pub from_memfd: bool,
}

/// Sets of capabilities, a bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// `thread.cap_inheritable`.
    pub inheritable: u64,
    /// `thread.cap_permitted`.
    pub permitted: u64,
    /// `thread.cap_effective`.
    pub effective: u64,
}

impl Process {
    /// `proc.cmdline`: the name and the words after the first.
    #[must_use]
    pub fn command_line(&self) -> String {
        if self.args.is_empty() {
            self.name.to_string()
        } else {
            format!("{} {}", self.name, self.args)
        }
    }

    /// `proc.cwd`: always with a slash at its end.
    #[must_use]
    pub fn cwd(&self) -> String {
        let slash = if self.directory.ends_with('/') { "" } else { "/" };
        format!("{}{slash}", self.directory)
    }

    /// `proc.duration`, in nanoseconds.
    #[must_use]
    pub fn duration(&self, now: SystemTime) -> u64 {
        now.duration_since(self.started).map_or(0, |passed| passed.as_nanos() as u64)
    }

    /// `proc.is_vpgid_leader`.
    #[must_use]
    pub const fn leads_group(&self) -> bool {
        self.virtual_group == self.virtual_pid
    }

    /// `proc.is_sid_leader`.
    #[must_use]
    pub const fn leads_session(&self) -> bool {
        self.session == self.pid
    }

    /// `proc.exe_ino.ctime_duration_proc_start`: how old the executable's inode was, in nanoseconds.
    #[must_use]
    pub fn age_of_executable(&self) -> Option<u64> {
        let started = self.started.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos() as u64;
        started.checked_sub(self.executable.changed).filter(|_| self.executable.changed != 0)
    }
}
