//! Which system calls stop a step, and with which arguments. The rest run at full speed.
//! Assembles no filter; `filter` does. Chosen by whoever starts a trace.

use std::collections::HashSet;

use crate::linux::syscall::Syscall;

/// When a call stops its thread. Arguments count from zero; 32-bit comparisons look at the lower half, where flags,
/// descriptors and options are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Always.
    Always,
    /// When this argument, a pointer, is not null.
    NotNull(u8),
    /// When this argument is one of these.
    OneOf(u8, &'static [u32]),
    /// When this argument, as an unsigned number, is at most this.
    AtMost(u8, u32),
    /// When each of these arguments has one of the bits of its first mask and none of its second.
    Bits(&'static [(u8, u32, u32)]),
}

/// A set of calls to stop at.
#[derive(Debug, Clone, Default)]
pub struct Subscription {
    calls: Vec<(Syscall, Condition)>,
}

/// mmap(2): a shared mapping of a file that can be written through.
const SHARED_WRITABLE: Condition = Condition::Bits(&[
    (2, libc::PROT_WRITE.cast_unsigned(), 0),
    (3, libc::MAP_SHARED.cast_unsigned(), libc::MAP_ANONYMOUS.cast_unsigned()),
]);

/// prctl(2): options that change who a process is, what others may do to it, or what it may do.
const TELLING_OPTIONS: Condition = Condition::OneOf(
    0,
    &[
        libc::PR_SET_DUMPABLE.cast_unsigned(),
        libc::PR_SET_NAME.cast_unsigned(),
        libc::PR_SET_SECCOMP.cast_unsigned(),
        libc::PR_SET_NO_NEW_PRIVS.cast_unsigned(),
        libc::PR_SET_PTRACER.cast_unsigned(),
    ],
);

impl Subscription {
    /// What the record of a step needs: programs, files, names, attributes, sockets, and calls that change what a process is.
    #[must_use]
    pub fn record() -> Self {
        use Syscall as S;
        let mut subscription = Self::default();
        for call in [
            S::Open,
            S::Creat,
            S::Openat,
            S::Openat2,
            S::OpenByHandleAt,
            S::MemfdCreate,
            S::MemfdSecret,
            S::IoUringSetup,
            S::Rename,
            S::Renameat,
            S::Renameat2,
            S::Link,
            S::Linkat,
            S::Symlink,
            S::Symlinkat,
            S::Unlink,
            S::Unlinkat,
            S::Rmdir,
            S::Mkdir,
            S::Mkdirat,
            S::Mknod,
            S::Mknodat,
            S::Truncate,
            S::Ftruncate,
            S::CopyFileRange,
            S::Chmod,
            S::Fchmod,
            S::Fchmodat,
            S::Fchmodat2,
            S::Chown,
            S::Lchown,
            S::Fchown,
            S::Fchownat,
            S::Socket,
            S::Socketcall,
            S::Connect,
            S::Bind,
            S::Listen,
            S::Accept,
            S::Accept4,
            S::Sendmsg,
            S::Sendmmsg,
            S::Execve,
            S::Execveat,
            S::Ptrace,
            S::ProcessVmWritev,
            S::Setuid,
            S::Setgid,
            S::Setreuid,
            S::Setregid,
            S::Setresuid,
            S::Setresgid,
            S::Capset,
            S::Setsid,
            S::Unshare,
            S::Setns,
            S::Mount,
            S::MoveMount,
            S::Umount2,
            S::PivotRoot,
            S::Chroot,
            S::Bpf,
            S::Userfaultfd,
            S::InitModule,
            S::FinitModule,
            S::DeleteModule,
            S::KexecLoad,
            S::KexecFileLoad,
            S::PidfdGetfd,
            S::Reboot,
            S::Setxattr,
            S::Lsetxattr,
            S::Fsetxattr,
            // Who sets times can hide a write: digests under way are finished first.
            S::Utimensat,
            S::Utime,
            S::Utimes,
            S::Futimesat,
            // What a thread may run on is narrowed at times (`proximity`): not while it asks, nor where a policy demands all.
            S::SchedGetaffinity,
            S::SchedSetaffinity,
            S::SchedSetattr,
        ] {
            subscription.add(call, Condition::Always);
        }
        // Who asks for children that are not traced. clone3(2) keeps its flags in memory, out of a filter's sight.
        subscription.add(S::Clone, Condition::Bits(&[(0, 0x0080_0000, 0)]));
        subscription.add(S::Clone3, Condition::Always);
        subscription.add(S::Sendto, Condition::NotNull(4));
        subscription.add(S::Mmap, SHARED_WRITABLE);
        subscription.add(S::Prctl, TELLING_OPTIONS);
        subscription
    }

    /// What the record needs, and what Falco's rules look at besides, or what changes what events say of a process. Of what
    /// rules look at only the types that are `wanted`, if not all are.
    #[must_use]
    pub fn with_events(wanted: Option<&HashSet<String>>) -> Self {
        use Syscall as S;
        let mut subscription = Self::record();
        let looked_at = [
            // Rules ask about sockets put in place of the standard streams.
            (S::Dup2, Condition::AtMost(1, 2)),
            (S::Dup3, Condition::AtMost(1, 2)),
            (S::Dup, Condition::Always),
            // Rules ask where unconnected datagrams came from; the calls that read a stream give no place for an address.
            (S::Recvfrom, Condition::NotNull(4)),
            (S::Recvmsg, Condition::Always),
        ];
        for (call, condition) in looked_at {
            if wanted.is_none_or(|wanted| wanted.contains(call.name())) {
                subscription.add(call, condition);
            }
        }
        for call in [S::Setpgid, S::Chdir, S::Fchdir] {
            subscription.add(call, Condition::Always);
        }
        subscription
    }

    /// Adds a call; the last condition given for it holds.
    pub fn add(&mut self, call: Syscall, condition: Condition) {
        self.calls.retain(|&(other, _)| other != call);
        self.calls.push((call, condition));
    }

    /// The condition for a call, which may be an older variant of a subscribed one.
    pub(crate) fn condition(&self, call: Syscall) -> Option<Condition> {
        self.calls
            .iter()
            .find(|&&(other, _)| other == call.modern())
            .map(|&(_, condition)| condition)
    }
}
