//! Falco's table of events, as far as this tracer makes them: for each call, its parameters in order and where each comes from.
//! Holds no code but the table; `decoding` fills it with values. Names and order are those of Falco 0.44's event table.

use super::choices;
use super::flags::{self, Names};
use crate::linux::syscall::Syscall;

/// Where the value of a parameter comes from. Numbers are those of the call's arguments.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// What the call returned.
    Result,
    /// The descriptor the call returned.
    NewDescriptor,
    Descriptor(usize),
    /// A path from the working directory.
    Path(usize),
    /// A path from a directory's descriptor.
    PathAt(usize, usize),
    Text(usize),
    /// What an open is for.
    OpenFlags,
    /// The mode of a file that an open would make.
    OpenMode,
    /// How openat2(2) finds the file.
    Resolve,
    /// Bits, and how Falco numbers them.
    Flags(usize, Names, fn(u64) -> u32),
    Choice(usize, Names, fn(u64) -> u32),
    Mode(usize),
    Octal(usize),
    Signed(usize),
    Unsigned(usize),
    Hexadecimal(usize),
    User(usize),
    Group(usize),
    Process(usize),
    /// The address the call is about.
    Address,
    /// The ends of the socket, or where the datagram went or came from.
    Tuple,
    /// Not known to a tracer, or not recorded: what messages hold, and what would cost a further look at each file.
    Absent,
}

/// Which descriptor an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Nothing,
    /// The one it opened, by a path.
    Opened {
        path: usize,
        directory: Option<usize>,
    },
    /// The one it made; if it failed, the one it used.
    Made(Option<usize>),
    /// The one it used.
    Used(usize),
    /// A socket it used.
    Socket(usize),
    /// A socket it connected to an address.
    Connected,
    /// A socket it sent a datagram with, or received one.
    Datagram,
}

/// The event of a call.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) parameters: &'static [(&'static str, Source)],
    pub(super) about: About,
}

/// Bits that Falco numbers as Linux does.
const fn same(bits: u64) -> u32 {
    bits as u32
}

/// The event of a call, if it has one. That of execve(2) is made elsewhere.
#[expect(
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "a table: each call has its own line"
)]
pub(super) const fn signature(call: Syscall) -> Option<&'static Signature> {
    use About as A;
    use Source::{
        Absent, Address, Choice, Descriptor, Flags, Group, Hexadecimal, Mode, NewDescriptor, Octal,
        OpenFlags, OpenMode, Path, PathAt, Process, Resolve, Result, Signed, Text, Tuple, Unsigned,
        User,
    };
    use Syscall as S;

    macro_rules! event {
        ($about:expr; $($name:tt $source:expr),* $(,)?) => {
            Some(const { &Signature { parameters: &[$((stringify!($name), $source)),*], about: $about } })
        };
    }
    match call {
        S::Open => event!(A::Opened { path: 0, directory: None };
            fd NewDescriptor, name Path(0), flags OpenFlags, mode OpenMode, dev Absent, ino Absent),
        S::Openat => event!(A::Opened { path: 1, directory: Some(0) };
            fd NewDescriptor, dirfd Descriptor(0), name PathAt(0, 1), flags OpenFlags, mode OpenMode, dev Absent,
            ino Absent),
        S::Openat2 => event!(A::Opened { path: 1, directory: Some(0) };
            fd NewDescriptor, dirfd Descriptor(0), name PathAt(0, 1), flags OpenFlags, mode OpenMode,
            resolve Resolve, dev Absent, ino Absent),
        S::Creat => event!(A::Opened { path: 0, directory: None };
            fd NewDescriptor, name Path(0), mode Octal(1), dev Absent, ino Absent, creat_flags Absent),
        S::OpenByHandleAt => event!(A::Made(None);
            fd NewDescriptor, mountfd Descriptor(0), flags OpenFlags, path Absent, dev Absent, ino Absent),
        S::MemfdCreate => event!(A::Made(None);
            fd NewDescriptor, name Text(0), flags Flags(1, flags::MEMFD, same)),
        S::PidfdGetfd => event!(A::Made(Some(0));
            fd NewDescriptor, pid_fd Descriptor(0), target_fd Signed(1), flags Unsigned(2)),
        S::Dup => event!(A::Made(Some(0)); res NewDescriptor, oldfd Descriptor(0)),
        S::Dup2 => {
            event!(A::Made(Some(0)); res NewDescriptor, oldfd Descriptor(0), newfd Descriptor(1))
        }
        S::Dup3 => event!(A::Made(Some(0));
            res NewDescriptor, oldfd Descriptor(0), newfd Descriptor(1),
            flags Flags(2, flags::OPEN, flags::descriptor_flags)),

        S::Rename => event!(A::Nothing; res Result, oldpath Path(0), newpath Path(1)),
        S::Renameat => event!(A::Nothing;
            res Result, olddirfd Descriptor(0), oldpath PathAt(0, 1), newdirfd Descriptor(2), newpath PathAt(2, 3)),
        S::Renameat2 => event!(A::Nothing;
            res Result, olddirfd Descriptor(0), oldpath PathAt(0, 1), newdirfd Descriptor(2), newpath PathAt(2, 3),
            flags Flags(4, flags::RENAMEAT2, same)),
        S::Link => event!(A::Nothing; res Result, oldpath Path(0), newpath Path(1)),
        S::Linkat => event!(A::Nothing;
            res Result, olddir Descriptor(0), oldpath PathAt(0, 1), newdir Descriptor(2), newpath PathAt(2, 3),
            flags Flags(4, flags::LINKAT, same)),
        S::Symlink => event!(A::Nothing; res Result, target Text(0), linkpath Path(1)),
        S::Symlinkat => event!(A::Used(1);
            res Result, target Text(0), linkdirfd Descriptor(1), linkpath PathAt(1, 2)),
        S::Unlink => event!(A::Nothing; res Result, path Path(0)),
        S::Unlinkat => event!(A::Used(0);
            res Result, dirfd Descriptor(0), name PathAt(0, 1), flags Flags(2, flags::UNLINKAT, same)),
        S::Rmdir => event!(A::Nothing; res Result, path Path(0)),
        S::Mkdir => event!(A::Nothing; res Result, path Path(0), mode Octal(1)),
        S::Mkdirat => {
            event!(A::Used(0); res Result, dirfd Descriptor(0), path PathAt(0, 1), mode Octal(2))
        }

        S::Chmod => event!(A::Nothing; res Result, filename Path(0), mode Mode(1)),
        S::Fchmod => event!(A::Used(0); res Result, fd Descriptor(0), mode Mode(1)),
        // Falco's table has no fchmodat2(2); its rules would be blind to it under that name with no arguments.
        S::Fchmodat | S::Fchmodat2 => event!(A::Used(0);
            res Result, dirfd Descriptor(0), filename PathAt(0, 1), mode Mode(2)),
        S::Chown | S::Lchown => {
            event!(A::Nothing; res Result, path Path(0), uid Unsigned(1), gid Unsigned(2))
        }
        S::Fchown => {
            event!(A::Used(0); res Result, fd Descriptor(0), uid Unsigned(1), gid Unsigned(2))
        }
        S::Fchownat => event!(A::Used(0);
            res Result, dirfd Descriptor(0), pathname PathAt(0, 1), uid Unsigned(2), gid Unsigned(3),
            flags Flags(4, flags::FCHOWNAT, same)),

        S::Socket => event!(A::Made(None);
            fd NewDescriptor, domain Choice(0, choices::DOMAIN, same), type Unsigned(1), proto Unsigned(2),
            flags Flags(1, flags::OPEN, flags::socket_flags)),
        S::Bind => event!(A::Socket(0); res Result, addr Address, fd Descriptor(0)),
        S::Connect => event!(A::Connected; res Result, tuple Tuple, fd Descriptor(0), addr Address),
        S::Listen => event!(A::Socket(0); res Result, fd Descriptor(0), backlog Signed(1)),
        S::Accept => event!(A::Made(Some(0));
            fd NewDescriptor, tuple Tuple, queuepct Absent, queuelen Absent, queuemax Absent),
        S::Accept4 => event!(A::Made(Some(0));
            fd NewDescriptor, tuple Tuple, queuepct Absent, queuelen Absent, queuemax Absent, flags Signed(3)),
        S::Sendto => event!(A::Datagram;
            res Result, data Absent, fd Descriptor(0), size Unsigned(2), tuple Tuple),
        S::Sendmsg => {
            event!(A::Datagram; res Result, data Absent, fd Descriptor(0), size Absent, tuple Tuple)
        }
        S::Recvfrom => event!(A::Datagram;
            res Result, data Absent, tuple Tuple, fd Descriptor(0), size Unsigned(2)),
        S::Recvmsg => event!(A::Datagram;
            res Result, size Result, data Absent, tuple Tuple, msgcontrol Absent, fd Descriptor(0)),

        S::Ptrace => event!(A::Nothing;
            res Result, addr Hexadecimal(2), data Hexadecimal(3), request Choice(0, choices::PTRACE, choices::ptrace_request),
            pid Process(1)),
        S::Setuid => event!(A::Nothing; res Result, uid User(0)),
        S::Setgid => event!(A::Nothing; res Result, gid Group(0)),
        S::Setreuid => event!(A::Nothing; res Result, ruid User(0), euid User(1)),
        S::Setregid => event!(A::Nothing; res Result, rgid User(0), egid User(1)),
        S::Setresuid => event!(A::Nothing; res Result, ruid User(0), euid User(1), suid User(2)),
        S::Setresgid => event!(A::Nothing; res Result, rgid Group(0), egid Group(1), sgid Group(2)),
        S::Setsid => event!(A::Nothing; res Result),
        S::Setpgid => event!(A::Nothing; res Result, pid Process(0), pgid Process(1)),
        S::Unshare => {
            event!(A::Nothing; res Result, flags Flags(0, flags::CLONE, flags::clone_flags))
        }
        S::Setns => event!(A::Used(0);
            res Result, fd Descriptor(0), nstype Flags(1, flags::CLONE, flags::clone_flags)),
        S::Chroot => event!(A::Nothing; res Result, path Path(0)),
        S::Chdir => event!(A::Nothing; res Result, path Text(0)),
        S::Fchdir => event!(A::Used(0); res Result, fd Descriptor(0)),
        S::Bpf => event!(A::Nothing; fd Result, cmd Choice(0, choices::BPF, same)),
        S::Userfaultfd => event!(A::Made(None);
            res Result, flags Flags(0, flags::OPEN, flags::descriptor_flags)),
        S::InitModule => {
            event!(A::Nothing; res Result, img Absent, length Unsigned(1), uargs Text(2))
        }
        S::FinitModule => event!(A::Used(0);
            res Result, fd Descriptor(0), uargs Text(1), flags Flags(2, flags::MODULE, same)),
        S::DeleteModule => event!(A::Nothing;
            res Result, name Text(0), flags Flags(1, flags::UNLOAD, flags::unload_flags)),
        S::ProcessVmWritev => event!(A::Nothing; res Result, pid Process(0), data Absent),
        _ => None,
    }
}
