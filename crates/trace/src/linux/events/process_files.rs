//! Reads what /proc tells of a process: at births, executions and changes of identity, never at other events.
//! Interprets only the files' own layout (proc(5)). Used by `programs` and `lookup`.

use std::cell::RefCell;
use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat};

use super::layer;
use super::process::Capabilities;
use super::text::text_of;
use crate::linux::observer::Tid;

/// Words beyond these bytes are not read: a line of an event has room for 4 kB of them.
const WORDS: usize = 64 << 10;

/// /proc, opened once.
#[derive(Debug)]
pub(super) struct ProcessFiles {
    folder: Option<OwnedFd>,
    buffer: RefCell<Vec<u8>>,
}

/// Of /proc/PID/status.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Status {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) capabilities: Capabilities,
    pub(super) virtual_pid: Option<i64>,
    pub(super) virtual_group: Option<i64>,
}

/// Of /proc/PID/stat.
#[derive(Debug, Clone, Default)]
pub(super) struct Position {
    pub(super) name: String,
    pub(super) parent: i64,
    pub(super) group: i64,
    pub(super) session: i64,
    pub(super) tty: u32,
    /// In ticks since the system started.
    pub(super) started: u64,
}

/// Of /proc/PID/syscall: the call a thread is in, with its first arguments.
#[derive(Debug, Clone, Copy)]
pub(super) struct CurrentCall {
    pub(super) number: u32,
    pub(super) args: [u64; 6],
}

impl ProcessFiles {
    pub(super) fn open() -> Self {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(CWD, "/proc", flags, Mode::empty()).ok();
        Self { folder, buffer: RefCell::new(Vec::new()) }
    }

    /// Where a link of a process leads: `exe`, `cwd`, `fd/3`.
    pub(super) fn link(&self, pid: Tid, name: &str) -> Option<String> {
        let folder = self.folder.as_ref()?;
        let mut buffer = self.buffer.borrow_mut();
        buffer.resize(4096, 0);
        let length =
            rustix::fs::readlinkat_raw(folder, format!("{pid}/{name}"), &mut **buffer).ok()?;
        Some(text_of(buffer[..length].to_vec()))
    }

    /// The attributes of what such a link leads to.
    pub(super) fn attributes(&self, pid: Tid, name: &str) -> Option<Stat> {
        rustix::fs::statat(self.folder.as_ref()?, format!("{pid}/{name}"), AtFlags::empty()).ok()
    }

    /// Whether the file it runs was written since its container began.
    pub(super) fn runs_from_upper_layer(&self, pid: Tid) -> bool {
        let path = CString::new(format!("{pid}/exe")).ok();
        let folder = self.folder.as_ref().map(OwnedFd::as_fd);
        folder.zip(path).is_some_and(|(folder, path)| layer::is_upper(folder, &path))
    }

    pub(super) fn status(&self, pid: Tid) -> Option<Status> {
        self.read(pid, "status", 4096, parse_status)
    }

    pub(super) fn position(&self, pid: Tid) -> Option<Position> {
        self.read(pid, "stat", 1024, parse_position)?
    }

    pub(super) fn name(&self, pid: Tid) -> Option<String> {
        self.read(pid, "comm", 64, |bytes| {
            text_of(bytes.strip_suffix(b"\n").unwrap_or(bytes).to_vec())
        })
    }

    /// The words it was started with.
    pub(super) fn words(&self, pid: Tid) -> Vec<String> {
        let split = |bytes: &[u8]| {
            let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
            bytes.split(|&byte| byte == 0).map(|word| text_of(word.to_vec())).collect()
        };
        self.read(
            pid,
            "cmdline",
            WORDS,
            |bytes| if bytes.is_empty() { Vec::new() } else { split(bytes) },
        )
        .unwrap_or_default()
    }

    /// `u32::MAX` when nobody logged in, or where the kernel does not audit.
    pub(super) fn login_uid(&self, pid: Tid) -> u32 {
        let parse = |bytes: &[u8]| str::from_utf8(bytes).ok()?.trim().parse().ok();
        self.read(pid, "loginuid", 16, parse).flatten().unwrap_or(u32::MAX)
    }

    pub(super) fn current_call(&self, tid: Tid) -> Option<CurrentCall> {
        self.read(tid, "syscall", 256, parse_call)?
    }

    fn read<T>(
        &self,
        pid: Tid,
        name: &str,
        most: usize,
        parse: impl FnOnce(&[u8]) -> T,
    ) -> Option<T> {
        let path = format!("{pid}/{name}");
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(self.folder.as_ref()?, path, flags, Mode::empty()).ok()?;
        let mut buffer = self.buffer.borrow_mut();
        buffer.resize(most, 0);
        let mut length = 0;
        while length < most {
            match rustix::io::read(&file, &mut buffer[length..]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return None,
            }
            // All but `cmdline` are made whole by their first read.
            if length < 4096 {
                break;
            }
        }
        Some(parse(&buffer[..length]))
    }
}

fn parse_status(bytes: &[u8]) -> Status {
    let text = String::from_utf8_lossy(bytes);
    let mut status = Status::default();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(":\t") else { continue };
        let set = || u64::from_str_radix(value, 16).unwrap_or(0);
        let innermost = || value.split('\t').next_back().and_then(|id| id.parse().ok());
        let effective = || value.split('\t').nth(1).and_then(|id| id.parse().ok()).unwrap_or(0);
        match key {
            "Uid" => status.uid = effective(),
            "Gid" => status.gid = effective(),
            "CapInh" => status.capabilities.inheritable = set(),
            "CapPrm" => status.capabilities.permitted = set(),
            "CapEff" => status.capabilities.effective = set(),
            "NSpid" => status.virtual_pid = innermost(),
            "NSpgid" => status.virtual_group = innermost(),
            _ => {}
        }
    }
    status
}

/// proc(5): the name is in parentheses and may hold any byte, so it ends at the last one.
fn parse_position(bytes: &[u8]) -> Option<Position> {
    let start = bytes.iter().position(|&byte| byte == b'(')? + 1;
    let end = bytes.iter().rposition(|&byte| byte == b')')?;
    let rest = str::from_utf8(bytes.get(end + 2..)?).ok()?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |index: usize| fields.get(index)?.trim().parse::<i64>().ok();
    Some(Position {
        name: text_of(bytes.get(start..end)?.to_vec()),
        parent: number(1)?,
        group: number(2)?,
        session: number(3)?,
        tty: u32::try_from(number(4)?).ok()?,
        started: number(19)?.cast_unsigned(),
    })
}

fn parse_call(bytes: &[u8]) -> Option<CurrentCall> {
    let text = str::from_utf8(bytes).ok()?;
    let mut fields = text.split_ascii_whitespace();
    let number = fields.next()?.parse().ok()?;
    let mut args = [0; 6];
    for arg in &mut args {
        *arg = u64::from_str_radix(fields.next()?.strip_prefix("0x")?, 16).ok()?;
    }
    Some(CurrentCall { number, args })
}
