//! The addon: everything Rust does for the command line, as N-API functions and classes. Converts and dispatches only.
//! Decides nothing about evidence, prints nothing, starts no thread at load. Loaded by `src/native/` alone.

#![expect(
    unreachable_pub,
    reason = "exports are reached through N-API, which the compiler does not see"
)]
#![expect(clippy::needless_pass_by_value, reason = "N-API hands arguments over by value")]

mod alert_index;
mod alert_lines;
mod coverage;
mod dead_letters;
mod descriptors;
mod detect;
mod detection_settings;
mod digested;
mod envelope;
mod events;
mod failure;
mod globs;
mod intake;
mod job;
mod journal;
mod leaves;
mod moment;
mod payload;
mod policy;
mod process;
mod proof;
mod redaction;
mod routes;
mod rules;
mod standard_input;
mod statistics;
mod store;
mod store_answers;
mod trace;
mod tree;
mod work;

use napi_derive::napi;

/// Version of the release this addon belongs to; the command refuses to work with another one. The first call after loading.
#[napi(catch_unwind)]
#[must_use]
pub fn addon_version() -> String {
    failure::keep_panics();
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Shows that a bug ends as an error and not as the death of the process. Only tests call it.
///
/// # Panics
/// Always: at once, or on libuv's pool with `off_thread`, where it rejects with `ERR_INTERNAL`.
#[napi(catch_unwind, ts_return_type = "Promise<string>")]
#[must_use]
pub fn panic_for_test(off_thread: bool) -> napi::bindgen_prelude::AsyncTask<job::Job<String>> {
    assert!(off_thread, "a bug on the main thread");
    job::job(|| panic!("a bug off the main thread"))
}
