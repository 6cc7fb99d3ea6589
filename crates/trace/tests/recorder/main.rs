//! Real commands through the tracer: what their record says of them.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod artifacts;
mod files;
mod processes;
mod step;
