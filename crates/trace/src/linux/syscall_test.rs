//! Holds the table against the kernel's own headers, where they are installed.

#![expect(clippy::print_stdout, reason = "a skipped check says so")]

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::*;

fn numbers(header: &Path) -> Option<HashMap<String, u32>> {
    let text = fs::read_to_string(header).ok()?;
    let pairs = text.lines().filter_map(|line| {
        let (name, number) = line.strip_prefix("#define __NR")?.split_once(char::is_whitespace)?;
        let name = name.trim_start_matches("3264").trim_start_matches('_');
        Some((name.to_owned(), number.trim().parse().ok()?))
    });
    Some(pairs.collect())
}

fn assert_agrees(abi: Abi, header: &str) {
    let Some(numbers) = numbers(Path::new(header)) else {
        println!("skipped: no {header}");
        return;
    };
    for call in Syscall::ALL {
        let Some(number) = call.number(abi) else { continue };
        // Headers older than a call do not know it.
        if let Some(theirs) = numbers.get(call.name()) {
            assert_eq!(number, *theirs, "{} on {abi:?}", call.name());
        }
    }
    let known = Syscall::ALL.iter().filter(|call| numbers.contains_key(call.name())).count();
    assert!(known > 60, "the header was read");
}

#[test]
fn numbers_are_those_of_the_kernels_headers() {
    assert_agrees(Abi::X86_64, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h");
    assert_agrees(Abi::I386, "/usr/include/x86_64-linux-gnu/asm/unistd_32.h");
    assert_agrees(Abi::Aarch64, "/usr/include/asm-generic/unistd.h");
}

#[test]
fn a_number_names_the_call_that_has_it() {
    for abi in [Abi::X86_64, Abi::I386, Abi::Aarch64] {
        for &call in Syscall::ALL {
            if let Some(number) = call.number(abi) {
                assert_eq!(Syscall::from_number(abi, number), Some(call));
            }
        }
    }
}

#[test]
fn a_modern_call_is_its_own_modern_form() {
    for call in Syscall::ALL {
        assert_eq!(call.modern().modern(), call.modern());
    }
}
