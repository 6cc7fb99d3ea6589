//! Traces a command without privileges: what it ran, read, wrote and connected to, with digests of what was really opened.
//! seccomp(2) lets all other system calls run at full speed; ptrace(2) stops at those. Used by `run --trace` and `trace`.

mod error;

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod linux;
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod unsupported;

pub use error::TraceError;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub use linux::*;
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub use unsupported::*;
