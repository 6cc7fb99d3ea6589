//! The laws of the store, held against a plain list of alerts, and what it does when things go wrong.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "the numbers are small")]

mod dead_letters;
mod faults;
mod model;
mod pages;
mod retention;
mod sample;
