//! What is posted to the server: a body is cut into alerts, and each is checked before anything is promised for it.
//!
//! A body is one JSON object, an array of them, or a line each; what is bad in it costs only itself. Alerts keep the bytes that
//! were sent. Nothing is stored here: `lanner-journal` keeps what was accepted.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod alert;
mod body;
mod check;
mod element;
mod fault;
mod id;
mod intake;

pub use alert::{Alert, Marks};
pub use fault::AlertFault;
pub use id::{AlertId, IdSource};
pub use intake::{Intake, Limits, Receipt, Refusal, take_in};
