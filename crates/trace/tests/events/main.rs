//! Real steps and their events in Falco's terms: types, arguments, descriptors, processes, and what is kept from them.
//! Steps run on the thread of their test, so that tests may run beside each other.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;
mod network;
mod processes;
mod saved;
mod step;
