//! Names made, moved and removed: the paths as they were before the call, since afterwards they may lead nowhere.
//! Part of the recorder.

use rustix::fs::{FileType, OFlags, Stat};

use super::{Pending, Recorder};
use crate::linux::identity::inode;
use crate::linux::observer::{Call, Stopped, Verdict};
use crate::linux::path::PATH_LIMIT;
use crate::linux::record::{NameKind, Subject};
use crate::linux::syscall::Syscall;

/// `linux/fs.h`.
const RENAME_EXCHANGE: i32 = 2;

/// A change of names that has been asked for.
#[derive(Debug)]
pub(super) struct Request {
    kind: NameKind,
    path: Vec<u8>,
    from: Option<Vec<u8>>,
    /// Directory and path as they were given, of a process with another root or other mounts.
    given: Option<(i32, Vec<u8>)>,
}

/// Where a name is: directory and address of the path.
type At = (i32, u64);

/// Whether a call changes names.
pub(super) const fn is_change(call: Syscall) -> bool {
    use Syscall as S;
    matches!(
        call,
        S::Rename
            | S::Renameat
            | S::Renameat2
            | S::Link
            | S::Linkat
            | S::Symlink
            | S::Symlinkat
            | S::Unlink
            | S::Unlinkat
            | S::Rmdir
            | S::Mkdir
            | S::Mkdirat
            | S::Mknod
            | S::Mknodat
    )
}

/// What a call does, to which name, and from which one.
fn asked(call: &Call) -> (NameKind, At, Option<At>) {
    use NameKind as K;
    const CWD: i32 = libc::AT_FDCWD;
    let args = &call.args;
    match call.syscall {
        Syscall::Rename => (K::Rename, (CWD, args[1]), Some((CWD, args[0]))),
        Syscall::Renameat2 if call.int(4) & RENAME_EXCHANGE != 0 => {
            (K::Exchange, (call.int(2), args[3]), Some((call.int(0), args[1])))
        }
        Syscall::Renameat | Syscall::Renameat2 => {
            (K::Rename, (call.int(2), args[3]), Some((call.int(0), args[1])))
        }
        Syscall::Link => (K::Link, (CWD, args[1]), Some((CWD, args[0]))),
        Syscall::Linkat => (K::Link, (call.int(2), args[3]), Some((call.int(0), args[1]))),
        Syscall::Symlink => (K::Symlink, (CWD, args[1]), Some((CWD, args[0]))),
        Syscall::Symlinkat => (K::Symlink, (call.int(1), args[2]), Some((CWD, args[0]))),
        Syscall::Unlinkat if call.int(2) & libc::AT_REMOVEDIR != 0 => {
            (K::Rmdir, (call.int(0), args[1]), None)
        }
        Syscall::Unlinkat => (K::Unlink, (call.int(0), args[1]), None),
        Syscall::Rmdir => (K::Rmdir, (CWD, args[0]), None),
        Syscall::Mkdir => (K::Mkdir, (CWD, args[0]), None),
        Syscall::Mkdirat => (K::Mkdir, (call.int(0), args[1]), None),
        Syscall::Mknod => (K::Mknod, (CWD, args[0]), None),
        Syscall::Mknodat => (K::Mknod, (call.int(0), args[1]), None),
        _ => (K::Unlink, (CWD, args[0]), None),
    }
}

impl Recorder {
    /// Before names change.
    pub(super) fn renaming(&mut self, stopped: &Stopped<'_>, call: &Call) -> Verdict {
        let (kind, to, from) = asked(call);
        let text = |address| stopped.memory.c_string(address, PATH_LIMIT).unwrap_or_default();
        let view = self.viewpoint(stopped);
        let given = text(to.1);
        let path = view.name(to.0, &given);
        let from = from.map(|(dirfd, address)| {
            let from = text(address);
            match (kind, call.syscall) {
                (NameKind::Symlink, _) => from,
                // linkat(2): the file itself, or what a link such as `/proc/self/fd/3` leads to.
                (_, Syscall::Linkat)
                    if call.int(4) & (libc::AT_EMPTY_PATH | libc::AT_SYMLINK_FOLLOW) != 0 =>
                {
                    view.canonical(dirfd, &from, OFlags::empty())
                        .map_or_else(|_| view.lexical(dirfd, &from), |(path, _)| path)
                }
                _ => view.name(dirfd, &from),
            }
        });
        let given = view.elsewhere.then_some((to.0, given));
        self.pending.insert(stopped.tid, Pending::Name(Request { kind, path, from, given }));
        Verdict::Watch
    }

    /// After names changed, or not.
    pub(super) fn renamed(
        &mut self,
        stopped: &Stopped<'_>,
        call: &Call,
        request: Request,
        result: i64,
    ) {
        let Request { kind, path, from, given } = request;
        if result < 0 {
            let subject = from.filter(|_| kind != NameKind::Symlink).unwrap_or(path);
            self.attempt(stopped, call.syscall, Subject::Path(subject), result);
            return;
        }
        let name = self.names.id(&path);
        let from = from.map(|from| self.names.id(&from));
        self.draft(stopped).names.add((kind, name, from), (), stopped.time);
        if let Some((dirfd, given)) = given {
            let there = self.viewpoint(stopped).canonical(dirfd, &given, OFlags::NOFOLLOW);
            if !is_the_same(there.ok().map(|(_, stat)| stat), rustix::fs::lstat(&*path).ok()) {
                return;
            }
        }
        let moved = matches!(kind, NameKind::Rename | NameKind::Exchange);
        if !matches!(kind, NameKind::Mkdir | NameKind::Rmdir) {
            self.histories.entry(name).or_default().changed = true;
        }
        for (end, arrives) in [(from, kind == NameKind::Exchange), (Some(name), true)] {
            let Some(end) = end.filter(|_| moved) else { continue };
            self.histories.entry(end).or_default().changed = true;
            if arrives && self.is_directory(end) && !self.moved.contains(&end) {
                self.moved.push(end);
            }
        }
    }

    fn is_directory(&self, name: super::NameId) -> bool {
        let stat = rustix::fs::lstat(&**self.names.get(name));
        stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
    }
}

/// Whether a name leads there and here to the same, or to nothing.
fn is_the_same(there: Option<Stat>, here: Option<Stat>) -> bool {
    there.map(|stat| inode(&stat)) == here.map(|stat| inode(&stat))
}

#[cfg(test)]
mod tests {
    use super::{NameKind, asked};
    use crate::linux::observer::Call;
    use crate::linux::syscall::{Abi, Syscall};

    fn call(syscall: Syscall, args: [u64; 6]) -> Call {
        Call { syscall, abi: Abi::NATIVE, args }
    }

    #[test]
    fn directories_and_paths_are_taken_from_where_each_call_has_them() {
        let args = [3, 100, 4, 200, 0, 0];
        for (syscall, expected) in [
            (Syscall::Renameat, (NameKind::Rename, (4, 200), Some((3, 100)))),
            (Syscall::Linkat, (NameKind::Link, (4, 200), Some((3, 100)))),
            (Syscall::Symlinkat, (NameKind::Symlink, (100, 4), Some((libc::AT_FDCWD, 3)))),
            (Syscall::Rename, (NameKind::Rename, (libc::AT_FDCWD, 100), Some((libc::AT_FDCWD, 3)))),
            (Syscall::Mkdirat, (NameKind::Mkdir, (3, 100), None)),
        ] {
            assert_eq!(asked(&call(syscall, args)), expected, "{syscall:?}");
        }
    }

    #[test]
    fn flags_tell_an_exchange_and_a_removed_directory() {
        let exchange = asked(&call(Syscall::Renameat2, [3, 100, 4, 200, 2, 0]));
        assert_eq!(exchange.0, NameKind::Exchange);
        let rmdir = asked(&call(Syscall::Unlinkat, [3, 100, 0x200, 0, 0, 0]));
        assert_eq!(rmdir.0, NameKind::Rmdir);
    }
}
