//! Whole steps under the tracer: hostile programs, strace as the oracle, and behaviour that must stay as it is.
//! Each test runs its step in a process of its own (`support::isolation`), so that a hang or a leak is that test's alone.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a skipped test must say so")]

mod behaviour;
mod hostile;
mod oracle;
mod support;
