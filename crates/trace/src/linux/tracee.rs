//! One traced thread as a value whose type is its state: what may be asked of a stopped thread cannot be asked of a running one.
//! Decides nothing. Used by `spawn` and `tracer`. ptrace(2) throughout.

use std::io;

use crate::linux::observer::{Call, Tid};
use crate::linux::syscall::{Abi, Syscall};

/// The thread is gone, killed while it was stopped; its end will be waited for like any other. `ESRCH` of ptrace(2) can
/// mean nothing else for a thread known to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

// linux/ptrace.h, written out because not every C library's headers have them.
const PTRACE_TRACEME: usize = 0;
#[cfg(target_arch = "x86_64")]
const PTRACE_POKEUSER: usize = 6;
const PTRACE_CONT: usize = 7;
const PTRACE_DETACH: usize = 17;
const PTRACE_SYSCALL: usize = 24;
const PTRACE_SETOPTIONS: usize = 0x4200;
const PTRACE_GETEVENTMSG: usize = 0x4201;
const PTRACE_SEIZE: usize = 0x4206;
const PTRACE_INTERRUPT: usize = 0x4207;
const PTRACE_LISTEN: usize = 0x4208;
const PTRACE_GET_SYSCALL_INFO: usize = 0x420e;
const PTRACE_SYSCALL_INFO_EXIT: u8 = 2;
const PTRACE_SYSCALL_INFO_SECCOMP: u8 = 3;

/// What every thread is traced with, and its children after it: `EXITKILL`, `TRACESYSGOOD`, `TRACESECCOMP`, `TRACEFORK`,
/// `TRACEVFORK`, `TRACECLONE`, `TRACEEXEC`. `TRACEEXIT` is left out: waitpid(2) tells an end as well, for one stop less.
pub(crate) const OPTIONS: usize = 1 << 20 | 1 << 7 | 1 << 4 | 1 << 3 | 1 << 2 | 1 << 1 | 1;
/// The same without `EXITKILL`: what was left running must not end because its keeper does.
pub(crate) const KEEPER_OPTIONS: usize = OPTIONS & !(1 << 20);

/// `struct ptrace_syscall_info`: the union at its end is eight words, whatever `op` says they mean.
#[repr(C)]
#[derive(Default)]
struct SyscallInfo {
    op: u8,
    reserved: u8,
    flags: u16,
    arch: u32,
    instruction_pointer: u64,
    stack_pointer: u64,
    words: [u64; 8],
}

/// A thread in a ptrace-stop. Resuming spends it.
#[derive(Debug)]
pub(crate) struct Tracee {
    tid: Tid,
}

/// How far a thread runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// The next subscribed call or event.
    NextEvent,
    /// The end of the call it is about to make, or those.
    CallEnd,
}

/// What `PTRACE_GET_SYSCALL_INFO` says of a stop.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CallInfo {
    /// At a seccomp stop: a call in a known ABI.
    Entry { abi: Abi, number: u64, args: [u64; 6], stop: u16 },
    /// At the end of a call.
    Exit { result: i64 },
    /// Neither.
    None,
}

impl Tracee {
    /// A thread that waitpid(2) has just reported as stopped.
    pub(crate) const fn stopped(tid: Tid) -> Self {
        Self { tid }
    }

    pub(crate) const fn tid(&self) -> Tid {
        self.tid
    }

    /// Lets it run, with `signal` delivered (0: none).
    pub(crate) fn resume(self, until: Until, signal: i32) -> Result<(), Gone> {
        let request = match until {
            Until::NextEvent => PTRACE_CONT,
            Until::CallEnd => PTRACE_SYSCALL,
        };
        request_with(request, self.tid, signal.cast_unsigned() as usize).map_err(|_| Gone)
    }

    /// Keeps it stopped with its process, yet able to report what ends that: `PTRACE_LISTEN`.
    pub(crate) fn listen(self) -> Result<(), Gone> {
        request_with(PTRACE_LISTEN, self.tid, 0).map_err(|_| Gone)
    }

    /// Lets it go, with `signal` delivered (0: none). Its filter stays.
    pub(crate) fn detach(self, signal: i32) -> Result<(), Gone> {
        request_with(PTRACE_DETACH, self.tid, signal.cast_unsigned() as usize).map_err(|_| Gone)
    }

    /// The number that comes with an event: a new thread's id, or the former id of one that executed a program.
    pub(crate) fn event_message(&self) -> Result<Tid, Gone> {
        let mut message: u64 = 0;
        // SAFETY: PTRACE_GETEVENTMSG writes one unsigned long, which `message` has room for.
        unsafe { ptrace(PTRACE_GETEVENTMSG, self.tid, 0, (&raw mut message) as usize) }
            .map_err(|_| Gone)?;
        Ok(message as Tid)
    }

    /// The process that sent the signal about to be delivered; `None` for one of the kernel's.
    pub(crate) fn signal_sender(&self) -> Option<Tid> {
        const PTRACE_GETSIGINFO: usize = 0x4202;
        // SAFETY: all-zero bytes are a value of this plain C structure.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: PTRACE_GETSIGINFO writes one siginfo_t, which `info` is.
        unsafe { ptrace(PTRACE_GETSIGINFO, self.tid, 0, (&raw mut info) as usize) }.ok()?;
        // SAFETY: SI_USER and SI_TKILL, the codes up to zero, come with a sender (sigaction(2)).
        (info.si_code <= 0).then(|| unsafe { info.si_pid() })
    }

    /// What the stop says about the call the thread is in. Needs Linux 5.3.
    pub(crate) fn call_info(&self) -> Result<CallInfo, Gone> {
        let mut info = SyscallInfo::default();
        let place = (&raw mut info) as usize;
        // SAFETY: the kernel writes at most the size given, which is that of `info`; any bytes are a value of its integers.
        unsafe { ptrace(PTRACE_GET_SYSCALL_INFO, self.tid, size_of::<SyscallInfo>(), place) }
            .map_err(|_| Gone)?;
        let [first, args @ .., last] = info.words;
        Ok(match info.op {
            PTRACE_SYSCALL_INFO_SECCOMP => CallInfo::Entry {
                abi: Abi::from_audit_arch(info.arch).unwrap_or(Abi::NATIVE),
                number: first,
                args,
                stop: last as u16,
            },
            PTRACE_SYSCALL_INFO_EXIT => CallInfo::Exit { result: first.cast_signed() },
            _ => CallInfo::None,
        })
    }

    /// Changes the first argument of the call it is about to make, at a seccomp stop.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn set_first_argument(&self, abi: Abi, value: u64) -> Result<(), Gone> {
        let offset = match abi {
            Abi::I386 => std::mem::offset_of!(libc::user_regs_struct, rbx),
            Abi::X86_64 | Abi::Aarch64 => std::mem::offset_of!(libc::user_regs_struct, rdi),
        };
        // SAFETY: as in `refuse_call`.
        unsafe { ptrace(PTRACE_POKEUSER, self.tid, offset, value as usize) }.map_err(|_| Gone)
    }

    /// Not possible without the whole set of registers; the call is refused instead.
    #[cfg(target_arch = "aarch64")]
    pub(crate) fn set_first_argument(&self, _abi: Abi, _value: u64) -> Result<(), Gone> {
        self.refuse_call()
    }

    /// Makes the call it is about to make fail with `ENOSYS`, at a seccomp stop.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn refuse_call(&self) -> Result<(), Gone> {
        // A number of -1 is skipped, and the entry code has put -ENOSYS into rax already (seccomp(2), SECCOMP_RET_TRACE).
        let offset = std::mem::offset_of!(libc::user_regs_struct, orig_rax);
        // SAFETY: writes one register of a stopped tracee; the offset is that of `orig_rax` in `struct user`, which begins
        // with the registers. Nothing of this process is touched.
        unsafe { ptrace(PTRACE_POKEUSER, self.tid, offset, usize::MAX) }.map_err(|_| Gone)
    }

    /// Makes the call it is about to make fail with `ENOSYS`, at a seccomp stop.
    #[cfg(target_arch = "aarch64")]
    pub(crate) fn refuse_call(&self) -> Result<(), Gone> {
        const PTRACE_SETREGSET: usize = 0x4205;
        /// `NT_ARM_SYSTEM_CALL` of linux/elf.h.
        const NT_ARM_SYSTEM_CALL: usize = 0x404;
        let mut number: i32 = -1;
        let data = libc::iovec { iov_base: (&raw mut number).cast(), iov_len: size_of::<i32>() };
        // SAFETY: PTRACE_SETREGSET reads `iov_len` bytes from `number`. A skipped call leaves x0 as the kernel set it: -ENOSYS.
        unsafe {
            ptrace(PTRACE_SETREGSET, self.tid, NT_ARM_SYSTEM_CALL, (&raw const data) as usize)
        }
        .map_err(|_| Gone)
    }
}

/// Asks to be traced by the parent. Between fork and exec.
pub(crate) fn trace_me() -> io::Result<()> {
    request_with(PTRACE_TRACEME, 0, 0)
}

/// Sets the options of a thread that asked to be traced and is stopped.
pub(crate) fn set_options(tracee: &Tracee) -> io::Result<()> {
    request_with(PTRACE_SETOPTIONS, tracee.tid, OPTIONS)
}

/// Attaches in the way that lets stopped processes stay stopped (`PTRACE_SEIZE`).
pub(crate) fn seize(tid: Tid, options: usize) -> io::Result<()> {
    request_with(PTRACE_SEIZE, tid, options)
}

/// Makes a running thread stop (`PTRACE_INTERRUPT`).
pub(crate) fn interrupt(tid: Tid) -> Result<(), Gone> {
    request_with(PTRACE_INTERRUPT, tid, 0).map_err(|_| Gone)
}

/// A request that takes no pointer.
fn request_with(request: usize, tid: Tid, data: usize) -> io::Result<()> {
    // SAFETY: none of the requests made through here makes the kernel read or write memory of this process.
    unsafe { ptrace(request, tid, 0, data) }
}

/// ptrace(2) itself.
///
/// # Safety
/// Where `request` takes a pointer in `address` or `data`, it must be valid for what the request reads or writes.
unsafe fn ptrace(request: usize, tid: Tid, address: usize, data: usize) -> io::Result<()> {
    // SAFETY: the caller answers for the pointers; the kernel checks that `tid` is a tracee of this thread in the right state.
    let result = unsafe { libc::syscall(libc::SYS_ptrace, request, tid, address, data) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The call at a seccomp stop, with socketcall(2) and the old mmap(2) of the 32-bit ABI taken apart; `None` for a number
/// that was not subscribed to by name.
pub(crate) fn call_of(
    memory: crate::linux::memory::Memory,
    abi: Abi,
    number: u64,
    args: [u64; 6],
) -> Option<Call> {
    let syscall = Syscall::from_number(abi, number as u32)?;
    match (syscall, abi) {
        (Syscall::Socketcall, _) => socket_call(memory, abi, args),
        (Syscall::Mmap, Abi::I386) => {
            let words = memory.words(args[0], 6, abi).ok()?;
            Some(Call { syscall, abi, args: words.try_into().ok()? })
        }
        _ => Some(Call { syscall: syscall.modern(), abi, args }),
    }
}

/// socketcall(2): the first argument says which call, the second points to its arguments (linux/net.h).
fn socket_call(memory: crate::linux::memory::Memory, abi: Abi, args: [u64; 6]) -> Option<Call> {
    use Syscall as S;
    let (syscall, count) = match args[0] {
        1 => (S::Socket, 3),
        2 => (S::Bind, 3),
        3 => (S::Connect, 3),
        4 => (S::Listen, 2),
        5 => (S::Accept, 3),
        8 => (S::Socketpair, 4),
        11 => (S::Sendto, 6),
        12 => (S::Recvfrom, 6),
        16 => (S::Sendmsg, 3),
        17 => (S::Recvmsg, 3),
        18 => (S::Accept4, 4),
        19 => (S::Recvmmsg, 5),
        20 => (S::Sendmmsg, 4),
        _ => return None,
    };
    let mut words = memory.words(args[1], count, abi).ok()?;
    words.resize(6, 0);
    Some(Call { syscall, abi, args: words.try_into().ok()? })
}
