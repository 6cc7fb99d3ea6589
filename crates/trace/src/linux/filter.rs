//! The seccomp filter of a step: stops at what was subscribed to, lets everything else pass untouched.
//! Built before the fork, installed in the child after it. seccomp(2), `Documentation/userspace-api/seccomp_filter.rst`.

use std::io;

use crate::linux::subscription::{Condition, Subscription};
use crate::linux::syscall::{Abi, Syscall};

/// `SECCOMP_RET_DATA` of a stop at a call that was subscribed to. A step may install filters that ask for a tracer too, whose
/// stops must not be taken for ours: hence no small number.
pub(crate) const CALL_STOP: u16 = 0x1a77;
/// The same for an x32 call, whose numbers have a bit of their own.
pub(crate) const X32_STOP: u16 = 0x1a78;

/// `__X32_SYSCALL_BIT` of `asm/unistd.h`.
const X32_BIT: u32 = 0x4000_0000;

/// Offsets in `struct seccomp_data`, little-endian.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const ARGUMENTS: u32 = 16;

/// A filter program.
#[derive(Debug)]
pub(crate) struct Filter {
    program: Vec<libc::sock_filter>,
}

impl Filter {
    /// The program for a subscription.
    pub(crate) fn new(subscription: &Subscription) -> Self {
        let mut program = vec![load(ARCH)];
        for abi in traced_abis() {
            let section = section(*abi, subscription);
            // Jumps reach 255 instructions; `ja` has 32 bits.
            program.push(jump_equal(abi.audit_arch(), 1, 0));
            program.push(statement(libc::BPF_JMP | libc::BPF_JA, section.len() as u32));
            program.extend(section);
        }
        // No such ABI exists on this processor; whatever it is, it must not run unseen.
        program.push(answer(libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned()));
        Self { program }
    }

    /// Installs the filter in this thread. Makes system calls only, so it may run between fork and exec. The result tells
    /// whether `no_new_privs` had to be set: seccomp(2) demands it of those without `CAP_SYS_ADMIN`.
    pub(crate) fn install(&self) -> io::Result<bool> {
        match self.load() {
            Err(error) if error.raw_os_error() == Some(libc::EACCES) => {
                // SAFETY: prctl(2) with integers only.
                if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } == -1 {
                    return Err(io::Error::last_os_error());
                }
                self.load().map(|()| true)
            }
            loaded => loaded.map(|()| false),
        }
    }

    fn load(&self) -> io::Result<()> {
        let program = libc::sock_fprog {
            len: self.program.len() as u16,
            filter: self.program.as_ptr().cast_mut(),
        };
        // SAFETY: `program` points to `len` initialised instructions that outlive the call; the kernel copies them and checks
        // them. SPEC_ALLOW keeps kernels before 5.16 from switching on a costly mitigation the step would not have had.
        let loaded = unsafe {
            libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                &raw const program,
            )
        };
        if loaded == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// The ABIs a process on this processor can make calls in, the usual one first.
pub(crate) const fn traced_abis() -> &'static [Abi] {
    match Abi::NATIVE {
        Abi::X86_64 | Abi::I386 => &[Abi::X86_64, Abi::I386],
        Abi::Aarch64 => &[Abi::Aarch64],
    }
}

/// The instructions for one ABI, ending in an answer.
fn section(abi: Abi, subscription: &Subscription) -> Vec<libc::sock_filter> {
    let mut program = vec![load(NUMBER)];
    if abi == Abi::X86_64 {
        program.push(jump(libc::BPF_JGE, X32_BIT, 0, 1));
        program.push(answer(libc::SECCOMP_RET_TRACE | u32::from(X32_STOP)));
    }
    for &call in Syscall::ALL {
        let (Some(number), Some(condition)) = (call.number(abi), subscription.condition(call))
        else {
            continue;
        };
        let body = body(condition);
        program.push(jump_equal(number, 0, body.len() as u8));
        program.extend(body);
    }
    program.push(answer(libc::SECCOMP_RET_ALLOW));
    program
}

/// What happens once the number matched: an answer in every case.
fn body(condition: Condition) -> Vec<libc::sock_filter> {
    let stop = answer(libc::SECCOMP_RET_TRACE | u32::from(CALL_STOP));
    let pass = answer(libc::SECCOMP_RET_ALLOW);
    match condition {
        Condition::Always => vec![stop],
        Condition::NotNull(argument) => vec![
            load(low(argument)),
            jump_equal(0, 0, 2),
            load(low(argument) + 4),
            jump_equal(0, 1, 0),
            stop,
            pass,
        ],
        Condition::AtMost(argument, most) => {
            vec![load(low(argument)), jump(libc::BPF_JGT, most, 1, 0), stop, pass]
        }
        Condition::OneOf(argument, values) => {
            let mut program = vec![load(low(argument))];
            for (index, &value) in values.iter().enumerate() {
                program.push(jump_equal(value, (values.len() - 1 - index) as u8 + 1, 0));
            }
            program.extend([pass, stop]);
            program
        }
        Condition::Bits(tests) => {
            let mut program = Vec::new();
            for &(argument, any, none) in tests {
                program.push(load(low(argument)));
                program.extend([jump(libc::BPF_JSET, any, 1, 0), pass]);
                if none != 0 {
                    program.extend([jump(libc::BPF_JSET, none, 0, 1), pass]);
                }
            }
            program.push(stop);
            program
        }
    }
}

const fn low(argument: u8) -> u32 {
    ARGUMENTS + 8 * argument as u32
}

const fn load(offset: u32) -> libc::sock_filter {
    statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset)
}

const fn answer(action: u32) -> libc::sock_filter {
    statement(libc::BPF_RET | libc::BPF_K, action)
}

const fn jump_equal(value: u32, if_true: u8, if_false: u8) -> libc::sock_filter {
    jump(libc::BPF_JEQ, value, if_true, if_false)
}

const fn jump(test: u32, value: u32, if_true: u8, if_false: u8) -> libc::sock_filter {
    libc::sock_filter {
        code: (libc::BPF_JMP | test | libc::BPF_K) as u16,
        jt: if_true,
        jf: if_false,
        k: value,
    }
}

const fn statement(code: u32, k: u32) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

#[cfg(test)]
#[path = "filter_test.rs"]
mod tests;
