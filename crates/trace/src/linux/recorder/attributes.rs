//! Modes, owners and times that are set. Part of the recorder.
//! Setting times waits for digests under way: a change time alone would not show that a file was written meanwhile.

use rustix::fs::{OFlags, Stat};

use super::Recorder;
use super::draft::History;
use crate::linux::identity::{Identity, inode};
use crate::linux::observer::{Call, Stopped, Verdict};
use crate::linux::path::PATH_LIMIT;
use crate::linux::proc_fs::Place;
use crate::linux::record::{Attribute, Subject};
use crate::linux::syscall::Syscall;

/// Which file a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Descriptor(i32),
    Path { dirfd: i32, address: u64, follow: bool },
}

/// Whether a call sets attributes.
pub(super) const fn is_change(call: Syscall) -> bool {
    use Syscall as S;
    matches!(
        call,
        S::Chmod
            | S::Fchmod
            | S::Fchmodat
            | S::Fchmodat2
            | S::Chown
            | S::Lchown
            | S::Fchown
            | S::Fchownat
            | S::Setxattr
            | S::Lsetxattr
            | S::Fsetxattr
            | S::Utimensat
            | S::Utime
            | S::Utimes
            | S::Futimesat
    )
}

/// What a call sets, of which file.
fn asked(call: &Call) -> (Target, Attribute) {
    use Syscall as S;
    let here = |follow| Target::Path { dirfd: libc::AT_FDCWD, address: call.args[0], follow };
    let at = |flags: i32| match call.args[1] {
        0 => Target::Descriptor(call.int(0)),
        address => Target::Path {
            dirfd: call.int(0),
            address,
            follow: flags & libc::AT_SYMLINK_NOFOLLOW == 0,
        },
    };
    let mode = |index| Attribute::Mode(call.args[index] as u32 & 0o7777);
    let owner = |index| {
        let id = |value: u64| Some(value as u32).filter(|&id| id != u32::MAX);
        Attribute::Owner(id(call.args[index]), id(call.args[index + 1]))
    };
    match call.syscall {
        S::Chmod => (here(true), mode(1)),
        S::Fchmod => (Target::Descriptor(call.int(0)), mode(1)),
        S::Fchmodat => (at(0), mode(2)),
        S::Fchmodat2 => (at(call.int(3)), mode(2)),
        S::Chown => (here(true), owner(1)),
        S::Lchown => (here(false), owner(1)),
        S::Fchown => (Target::Descriptor(call.int(0)), owner(1)),
        S::Fchownat => (at(call.int(4)), owner(2)),
        S::Setxattr => (here(true), Attribute::Extended),
        S::Lsetxattr => (here(false), Attribute::Extended),
        S::Fsetxattr => (Target::Descriptor(call.int(0)), Attribute::Extended),
        S::Utimensat => (at(call.int(3)), Attribute::Times),
        S::Futimesat => (at(0), Attribute::Times),
        _ => (here(true), Attribute::Times),
    }
}

impl Recorder {
    /// Before times are set.
    pub(super) fn setting_times(&mut self, stopped: &Stopped<'_>, call: &Call) -> Verdict {
        if let Some(stat) = self.target(stopped, call) {
            self.contents.settle(inode(&stat));
            let is = Identity::of(&stat);
            self.each_writable(&stat, |history| {
                history.changed |=
                    history.writable.is_some_and(|before| !before.identity.holds_the_same(&is));
            });
        }
        Verdict::Watch
    }

    /// After times were set: from here on those tell whether a file is written.
    fn times_set(&mut self, stopped: &Stopped<'_>, call: &Call) {
        if let Some(stat) = self.target(stopped, call) {
            self.each_writable(&stat, |history| {
                if let Some(writable) = &mut history.writable {
                    writable.identity = Identity::of(&stat);
                }
            });
        }
    }

    fn each_writable(&mut self, stat: &Stat, act: impl Fn(&mut History)) {
        for name in self.writable.get(&inode(stat)).into_iter().flatten() {
            if let Some(history) = self.histories.get_mut(name) {
                act(history);
            }
        }
    }

    fn target(&mut self, stopped: &Stopped<'_>, call: &Call) -> Option<Stat> {
        match asked(call).0 {
            Target::Descriptor(fd) => self.proc_fs.stat(&Place::descriptor(stopped.tid, fd)).ok(),
            Target::Path { dirfd, address, .. } => {
                let path = stopped.memory.c_string(address, PATH_LIMIT).ok()?;
                self.viewpoint(stopped).stat(dirfd, &path).ok()
            }
        }
    }

    /// After an attribute was set, or not.
    pub(super) fn attribute_set(&mut self, stopped: &Stopped<'_>, call: &Call, result: i64) {
        let (target, attribute) = asked(call);
        let path = match target {
            Target::Descriptor(fd) => self
                .proc_fs
                .owned_link(&Place::descriptor(stopped.tid, fd))
                .unwrap_or_else(|_| format!("descriptor {fd}").into_bytes()),
            Target::Path { dirfd, address, follow } => {
                let path = stopped.memory.c_string(address, PATH_LIMIT).unwrap_or_default();
                let view = self.viewpoint(stopped);
                let flags = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
                let found =
                    if result < 0 { None } else { view.canonical(dirfd, &path, flags).ok() };
                found.map_or_else(|| view.lexical(dirfd, &path), |(path, _)| path)
            }
        };
        if result < 0 {
            self.attempt(stopped, call.syscall, Subject::Path(path), result);
            return;
        }
        if attribute == Attribute::Times {
            self.times_set(stopped, call);
        }
        let name = self.names.id(&path);
        self.draft(stopped).attributes.add((name, attribute), (), stopped.time);
    }
}

#[cfg(test)]
mod tests {
    use super::{Attribute, Target, asked};
    use crate::linux::observer::Call;
    use crate::linux::syscall::{Abi, Syscall};

    fn call(syscall: Syscall, args: [u64; 6]) -> Call {
        Call { syscall, abi: Abi::NATIVE, args }
    }

    #[test]
    fn the_file_type_is_no_part_of_a_mode() {
        let (_, attribute) = asked(&call(Syscall::Chmod, [1, 0o100_755, 0, 0, 0, 0]));
        assert_eq!(attribute, Attribute::Mode(0o755));
    }

    #[test]
    fn an_owner_of_minus_one_stays() {
        let args = [1, 1000, u64::from(u32::MAX), 0, 0, 0];
        let (target, attribute) = asked(&call(Syscall::Lchown, args));
        assert_eq!(attribute, Attribute::Owner(Some(1000), None));
        assert_eq!(target, Target::Path { dirfd: libc::AT_FDCWD, address: 1, follow: false });
    }

    #[test]
    fn no_path_means_the_descriptor_itself() {
        let (target, attribute) = asked(&call(Syscall::Utimensat, [7, 0, 0, 0, 0, 0]));
        assert_eq!((target, attribute), (Target::Descriptor(7), Attribute::Times));
    }

    #[test]
    fn links_are_followed_unless_a_flag_says_no() {
        let flag = 0x100;
        let (target, _) = asked(&call(Syscall::Fchownat, [7, 9, 1, 1, flag, 0]));
        assert_eq!(target, Target::Path { dirfd: 7, address: 9, follow: false });
        let (target, _) = asked(&call(Syscall::Fchmodat, [7, 9, 1, flag, 0, 0]));
        assert_eq!(target, Target::Path { dirfd: 7, address: 9, follow: true });
    }
}
