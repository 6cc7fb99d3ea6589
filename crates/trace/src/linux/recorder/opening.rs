//! An open(2) of any kind as it was asked for, and the uses it stands for.
//! Part of the recorder.

use rustix::fs::{FileType, Stat};

use crate::linux::memory::Memory;
use crate::linux::observer::Call;
use crate::linux::record::Uses;
use crate::linux::syscall::Syscall;

/// An open(2) of any kind as it was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening {
    flags: i32,
    pub(super) dirfd: i32,
    /// Address of the path; files opened by handle have none.
    pub(super) path: Option<u64>,
}

impl Opening {
    pub(super) fn of(memory: Memory, call: &Call) -> Self {
        let cwd = libc::AT_FDCWD;
        let (flags, dirfd, path) = match call.syscall {
            Syscall::Open => (call.int(1), cwd, Some(call.args[0])),
            Syscall::Creat => {
                (libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC, cwd, Some(call.args[0]))
            }
            Syscall::Openat => (call.int(2), call.int(0), Some(call.args[1])),
            Syscall::Openat2 => {
                // openat2(2): `struct open_how` begins with 64 bits of flags.
                let mut flags = [0; 8];
                let read = memory.read(call.args[2], &mut flags);
                let flags = read.map_or(0, |()| u64::from_ne_bytes(flags) as i32);
                (flags, call.int(0), Some(call.args[1]))
            }
            _ => (call.int(2), call.int(0), None),
        };
        Self { flags, dirfd, path }
    }

    pub(super) const fn has(self, flags: i32) -> bool {
        self.flags & flags == flags
    }

    /// Without `O_PATH`, with which all other flags mean nothing.
    pub(super) const fn is_place(self) -> bool {
        self.has(libc::O_PATH)
    }

    pub(super) const fn makes_unnamed(self) -> bool {
        self.has(libc::O_TMPFILE) && !self.is_place()
    }

    /// Whether only the state before the call tells if it made the file, or the call itself empties it.
    pub(super) const fn needs_look(self) -> bool {
        let may_make = self.has(libc::O_CREAT) && !self.has(libc::O_EXCL);
        (may_make || self.has(libc::O_TRUNC))
            && !self.is_place()
            && !self.makes_unnamed()
            && self.path.is_some()
    }

    const fn reads(self) -> bool {
        matches!(self.flags & libc::O_ACCMODE, libc::O_RDONLY | libc::O_RDWR) && !self.is_place()
    }

    const fn writes(self) -> bool {
        matches!(self.flags & libc::O_ACCMODE, libc::O_WRONLY | libc::O_RDWR) && !self.is_place()
    }

    /// The uses it stands for. Who makes or empties a file reads nothing that was there.
    pub(super) fn uses(self, created: bool, stat: Option<&Stat>) -> Uses {
        if self.is_place() {
            return Uses::PATH;
        }
        if stat.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory) {
            return Uses::LIST;
        }
        let truncated = self.has(libc::O_TRUNC) && !created;
        [
            (self.reads() && !created && !truncated, Uses::READ),
            (self.writes(), Uses::WRITE),
            (created, Uses::CREATE),
            (truncated, Uses::TRUNCATE),
        ]
        .into_iter()
        .filter(|&(applies, _)| applies)
        .fold(Uses::default(), |uses, (_, one)| uses.with(one))
    }
}

#[cfg(test)]
mod tests {
    use super::{Opening, Uses};

    fn opening(flags: i32) -> Opening {
        Opening { flags, dirfd: libc::AT_FDCWD, path: Some(1) }
    }

    #[test]
    fn a_look_beforehand_is_taken_only_where_nothing_else_tells() {
        for (flags, needed) in [
            (libc::O_RDONLY, false),
            (libc::O_WRONLY, false),
            (libc::O_WRONLY | libc::O_TRUNC, true),
            (libc::O_WRONLY | libc::O_CREAT, true),
            (libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, false),
            (libc::O_WRONLY | libc::O_TMPFILE, false),
            (libc::O_PATH | libc::O_CREAT, false),
        ] {
            assert_eq!(opening(flags).needs_look(), needed, "{flags:#o}");
        }
    }

    #[test]
    fn nothing_is_read_of_a_file_that_was_made_or_emptied() {
        let both = libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC;
        assert_eq!(opening(libc::O_RDWR).uses(false, None), Uses::READ.with(Uses::WRITE));
        assert_eq!(opening(both).uses(true, None), Uses::WRITE.with(Uses::CREATE));
        assert_eq!(opening(both).uses(false, None), Uses::WRITE.with(Uses::TRUNCATE));
        assert_eq!(opening(libc::O_PATH | libc::O_RDWR).uses(false, None), Uses::PATH);
    }
}
