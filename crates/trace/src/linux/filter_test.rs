//! Runs the filter on a small interpreter of classic BPF (`Documentation/networking/filter.rst`), against the subscription.

use proptest::prelude::*;

use super::*;

/// What seccomp(2) hands to a filter.
#[derive(Debug, Clone, Copy)]
struct Data {
    number: u32,
    arch: u32,
    args: [u64; 6],
}

impl Data {
    fn word(&self, offset: u32) -> u32 {
        match offset {
            NUMBER => self.number,
            ARCH => self.arch,
            _ => {
                let argument = self.args[((offset - ARGUMENTS) / 8) as usize];
                (if offset.is_multiple_of(8) { argument } else { argument >> 32 }) as u32
            }
        }
    }
}

fn run(filter: &Filter, data: &Data) -> u32 {
    let (mut at, mut accumulator) = (0, 0);
    loop {
        let step = &filter.program[at];
        let code = u32::from(step.code);
        at += 1;
        if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS {
            accumulator = data.word(step.k);
        } else if code == libc::BPF_RET | libc::BPF_K {
            return step.k;
        } else if code == libc::BPF_JMP | libc::BPF_JA {
            at += step.k as usize;
        } else {
            let holds = match code & 0xf0 {
                libc::BPF_JEQ => accumulator == step.k,
                libc::BPF_JGT => accumulator > step.k,
                libc::BPF_JGE => accumulator >= step.k,
                libc::BPF_JSET => accumulator & step.k != 0,
                other => panic!("jump {other:x}"),
            };
            at += usize::from(if holds { step.jt } else { step.jf });
        }
    }
}

/// What the condition says, without a filter.
fn holds(condition: Condition, args: &[u64; 6]) -> bool {
    let low = |index: u8| args[usize::from(index)] as u32;
    match condition {
        Condition::Always => true,
        Condition::NotNull(index) => args[usize::from(index)] != 0,
        Condition::OneOf(index, values) => values.contains(&low(index)),
        Condition::AtMost(index, most) => low(index) <= most,
        Condition::Bits(tests) => {
            tests.iter().all(|&(index, any, none)| low(index) & any != 0 && low(index) & none == 0)
        }
    }
}

const STOP: u32 = libc::SECCOMP_RET_TRACE | CALL_STOP as u32;

fn argument() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        0..64_u64,
        any::<u32>().prop_map(u64::from),
        any::<u64>(),
        any::<u32>().prop_map(|high| u64::from(high) << 32)
    ]
}

proptest! {
    #[test]
    fn a_call_stops_exactly_when_its_condition_holds(
        number in 0..512_u32, args in prop::array::uniform6(argument()), compat: bool, events: bool
    ) {
        let abi = if compat { traced_abis()[traced_abis().len() - 1] } else { Abi::NATIVE };
        let subscription = if events { Subscription::with_events(None) } else { Subscription::record() };
        let data = Data { number, arch: abi.audit_arch(), args };
        let condition = Syscall::from_number(abi, number).and_then(|call| subscription.condition(call));
        let expected = if condition.is_some_and(|condition| holds(condition, &args)) { STOP } else { libc::SECCOMP_RET_ALLOW };
        prop_assert_eq!(run(&Filter::new(&subscription), &data), expected);
    }

    #[test]
    fn a_call_of_an_unknown_architecture_does_not_run(number: u32, arch: u32) {
        prop_assume!(!traced_abis().iter().any(|abi| abi.audit_arch() == arch));
        let data = Data { number, arch, args: [0; 6] };
        let answer = run(&Filter::new(&Subscription::record()), &data);
        prop_assert_eq!(answer, libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned());
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn every_x32_call_stops_by_its_own_name() {
    let filter = Filter::new(&Subscription::record());
    for number in [0, 1, 2, 59, 520, 0x3fff_ffff] {
        let data = Data { number: number | X32_BIT, arch: Abi::X86_64.audit_arch(), args: [0; 6] };
        assert_eq!(run(&filter, &data), libc::SECCOMP_RET_TRACE | u32::from(X32_STOP));
    }
}

#[test]
fn a_filter_is_short_enough_for_the_kernel() {
    // BPF_MAXINSNS of linux/bpf_common.h.
    assert!(Filter::new(&Subscription::with_events(None)).program.len() <= 4096);
}
