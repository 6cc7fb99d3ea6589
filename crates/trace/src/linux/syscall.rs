//! The system calls the tracer knows, with their numbers in each ABI it can meet.
//! Says nothing about which of them stop a step; `subscription` does. Numbers: `asm/unistd_64.h`, `asm/unistd_32.h` and
//! `asm-generic/unistd.h` of Linux, against which a test holds this table.

use std::sync::OnceLock;

/// How a system call was made: its numbers and the width of its arguments follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Abi {
    /// 64-bit x86.
    X86_64,
    /// 32-bit x86, also `int 0x80` from a 64-bit program.
    I386,
    /// 64-bit ARM.
    Aarch64,
}

impl Abi {
    /// What the tracer was compiled for.
    #[cfg(target_arch = "x86_64")]
    pub const NATIVE: Self = Self::X86_64;
    /// What the tracer was compiled for.
    #[cfg(target_arch = "aarch64")]
    pub const NATIVE: Self = Self::Aarch64;

    /// `AUDIT_ARCH_*` of `linux/audit.h`: what seccomp and `PTRACE_GET_SYSCALL_INFO` call it.
    #[must_use]
    pub const fn audit_arch(self) -> u32 {
        match self {
            Self::X86_64 => 0xc000_003e,
            Self::I386 => 0x4000_0003,
            Self::Aarch64 => 0xc000_00b7,
        }
    }

    /// The ABI with that `AUDIT_ARCH_*`.
    #[must_use]
    pub fn from_audit_arch(arch: u32) -> Option<Self> {
        [Self::X86_64, Self::I386, Self::Aarch64].into_iter().find(|abi| abi.audit_arch() == arch)
    }

    /// Bytes of a pointer, a `long` and a `size_t`.
    #[must_use]
    pub const fn word(self) -> usize {
        match self {
            Self::I386 => 4,
            Self::X86_64 | Self::Aarch64 => 8,
        }
    }
}

macro_rules! number {
    (-) => {
        None
    };
    ($number:literal) => {
        Some($number)
    };
}

macro_rules! calls {
    ($($variant:ident $name:ident $x86_64:tt $i386:tt $aarch64:tt;)*) => {
        /// A system call, whichever number it had.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is documented by the manual page of its name")]
        pub enum Syscall {
            $($variant,)*
        }

        impl Syscall {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name, as in its manual page.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($name),)*
                }
            }

            /// Its number, in the ABIs that have it.
            #[must_use]
            pub const fn number(self, abi: Abi) -> Option<u32> {
                match (self, abi) {
                    $(
                        (Self::$variant, Abi::X86_64) => number!($x86_64),
                        (Self::$variant, Abi::I386) => number!($i386),
                        (Self::$variant, Abi::Aarch64) => number!($aarch64),
                    )*
                }
            }
        }
    };
}

calls! {
    // Files opened.
    Open open 2 5 -;
    Creat creat 85 8 -;
    Openat openat 257 295 56;
    Openat2 openat2 437 437 437;
    OpenByHandleAt open_by_handle_at 304 342 265;
    MemfdCreate memfd_create 319 356 279;
    MemfdSecret memfd_secret 447 447 447;
    IoUringSetup io_uring_setup 425 425 425;
    // Names changed.
    Rename rename 82 38 -;
    Renameat renameat 264 302 38;
    Renameat2 renameat2 316 353 276;
    Link link 86 9 -;
    Linkat linkat 265 303 37;
    Symlink symlink 88 83 -;
    Symlinkat symlinkat 266 304 36;
    Unlink unlink 87 10 -;
    Unlinkat unlinkat 263 301 35;
    Rmdir rmdir 84 40 -;
    Mkdir mkdir 83 39 -;
    Mkdirat mkdirat 258 296 34;
    Mknod mknod 133 14 -;
    Mknodat mknodat 259 297 33;
    // Contents and attributes changed.
    Truncate truncate 76 92 45;
    Truncate64 truncate64 - 193 -;
    Ftruncate ftruncate 77 93 46;
    Ftruncate64 ftruncate64 - 194 -;
    Fallocate fallocate 285 324 47;
    CopyFileRange copy_file_range 326 377 285;
    Sendfile sendfile 40 187 71;
    Sendfile64 sendfile64 - 239 -;
    Splice splice 275 313 76;
    Mmap mmap 9 90 222;
    Mmap2 mmap2 - 192 -;
    Chmod chmod 90 15 -;
    Fchmod fchmod 91 94 52;
    Fchmodat fchmodat 268 306 53;
    Fchmodat2 fchmodat2 452 452 452;
    Chown chown 92 182 -;
    Lchown lchown 94 16 -;
    Fchown fchown 93 95 55;
    Fchownat fchownat 260 298 54;
    Chown32 chown32 - 212 -;
    Lchown32 lchown32 - 198 -;
    Fchown32 fchown32 - 207 -;
    Setxattr setxattr 188 226 5;
    Lsetxattr lsetxattr 189 227 6;
    Fsetxattr fsetxattr 190 228 7;
    Utimensat utimensat 280 320 88;
    Utime utime 132 30 -;
    Utimes utimes 235 271 -;
    Futimesat futimesat 261 299 -;
    // Sockets.
    Socket socket 41 359 198;
    Socketpair socketpair 53 360 199;
    Socketcall socketcall - 102 -;
    Connect connect 42 362 203;
    Bind bind 49 361 200;
    Listen listen 50 363 201;
    Accept accept 43 - 202;
    Accept4 accept4 288 364 242;
    Sendto sendto 44 369 206;
    Sendmsg sendmsg 46 370 211;
    Sendmmsg sendmmsg 307 345 269;
    Recvfrom recvfrom 45 371 207;
    Recvmsg recvmsg 47 372 212;
    Recvmmsg recvmmsg 299 337 243;
    // Processes and what they may do.
    Execve execve 59 11 221;
    Execveat execveat 322 358 281;
    Clone clone 56 120 220;
    Clone3 clone3 435 435 435;
    Fork fork 57 2 -;
    Vfork vfork 58 190 -;
    Ptrace ptrace 101 26 117;
    ProcessVmWritev process_vm_writev 311 348 271;
    Setuid setuid 105 23 146;
    Setgid setgid 106 46 144;
    Setreuid setreuid 113 70 145;
    Setregid setregid 114 71 143;
    Setresuid setresuid 117 164 147;
    Setresgid setresgid 119 170 149;
    Setuid32 setuid32 - 213 -;
    Setgid32 setgid32 - 214 -;
    Setreuid32 setreuid32 - 203 -;
    Setregid32 setregid32 - 204 -;
    Setresuid32 setresuid32 - 208 -;
    Setresgid32 setresgid32 - 210 -;
    Setgroups setgroups 116 81 159;
    Setsid setsid 112 66 157;
    Setpgid setpgid 109 57 154;
    Capset capset 126 185 91;
    Prctl prctl 157 172 167;
    Seccomp seccomp 317 354 277;
    Personality personality 135 136 92;
    Kill kill 62 37 129;
    Tkill tkill 200 238 130;
    Tgkill tgkill 234 270 131;
    PidfdSendSignal pidfd_send_signal 424 424 424;
    SchedSetaffinity sched_setaffinity 203 241 122;
    SchedGetaffinity sched_getaffinity 204 242 123;
    SchedSetattr sched_setattr 314 351 274;
    // Namespaces, mounts, the kernel.
    Unshare unshare 272 310 97;
    Setns setns 308 346 268;
    Mount mount 165 21 40;
    Umount umount - 22 -;
    Umount2 umount2 166 52 39;
    MoveMount move_mount 429 429 429;
    OpenTree open_tree 428 428 428;
    Fsopen fsopen 430 430 430;
    Fsconfig fsconfig 431 431 431;
    Fsmount fsmount 432 432 432;
    PivotRoot pivot_root 155 217 41;
    Chroot chroot 161 61 51;
    Chdir chdir 80 12 49;
    Fchdir fchdir 81 133 50;
    Bpf bpf 321 357 280;
    Userfaultfd userfaultfd 323 374 282;
    InitModule init_module 175 128 105;
    FinitModule finit_module 313 350 273;
    DeleteModule delete_module 176 129 106;
    KexecLoad kexec_load 246 283 104;
    KexecFileLoad kexec_file_load 320 - 294;
    Swapon swapon 167 87 224;
    Swapoff swapoff 168 115 225;
    Reboot reboot 169 88 142;
    PerfEventOpen perf_event_open 298 336 241;
    // Descriptors.
    Dup dup 32 41 23;
    Dup2 dup2 33 63 -;
    Dup3 dup3 292 330 24;
    Fcntl fcntl 72 55 25;
    Fcntl64 fcntl64 - 221 -;
    PidfdGetfd pidfd_getfd 438 438 438;
    Pipe pipe 22 42 -;
    Pipe2 pipe2 293 331 59;
    Eventfd2 eventfd2 290 328 19;
    InotifyInit1 inotify_init1 294 332 26;
    TimerfdCreate timerfd_create 283 322 85;
    Signalfd4 signalfd4 289 327 74;
    EpollCreate1 epoll_create1 291 329 20;
}

impl Syscall {
    /// The call with that number.
    #[must_use]
    pub fn from_number(abi: Abi, number: u32) -> Option<Self> {
        static TABLES: OnceLock<[Vec<Option<Syscall>>; 3]> = OnceLock::new();
        let tables =
            TABLES.get_or_init(|| [Abi::X86_64, Abi::I386, Abi::Aarch64].map(numbered_calls));
        let table = match abi {
            Abi::X86_64 => &tables[0],
            Abi::I386 => &tables[1],
            Abi::Aarch64 => &tables[2],
        };
        table.get(number as usize).copied().flatten()
    }

    /// The call of today that an older variant of the 32-bit ABI stands for: `chown32` is `chown`. What differs between the
    /// two is the width of an argument, which has been widened already.
    #[must_use]
    pub const fn modern(self) -> Self {
        match self {
            Self::Truncate64 => Self::Truncate,
            Self::Ftruncate64 => Self::Ftruncate,
            Self::Sendfile64 => Self::Sendfile,
            Self::Mmap2 => Self::Mmap,
            Self::Chown32 => Self::Chown,
            Self::Lchown32 => Self::Lchown,
            Self::Fchown32 => Self::Fchown,
            Self::Setuid32 => Self::Setuid,
            Self::Setgid32 => Self::Setgid,
            Self::Setreuid32 => Self::Setreuid,
            Self::Setregid32 => Self::Setregid,
            Self::Setresuid32 => Self::Setresuid,
            Self::Setresgid32 => Self::Setresgid,
            Self::Fcntl64 => Self::Fcntl,
            Self::Umount => Self::Umount2,
            other => other,
        }
    }
}

fn numbered_calls(abi: Abi) -> Vec<Option<Syscall>> {
    let mut table = vec![None; 512];
    for &call in Syscall::ALL {
        if let Some(number) = call.number(abi) {
            table[number as usize] = Some(call);
        }
    }
    table
}

#[cfg(test)]
#[path = "syscall_test.rs"]
mod tests;
