//! The queue of accepted alerts on this machine: a log of segments in a folder, kept until every consumer settled what is in it.
//!
//! [`Journal::append`] returns once its alerts survive a crash. [`Consumer`]s read at their own pace and settle in any order; what
//! was not settled is handed out again after a restart. One process at a time has the folder. The addon calls this crate.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod consumer;
mod error;
mod folder;
mod frame;
mod journal;
mod place;
mod places;
mod ranges;
mod reader;
mod recovery;
mod segment;
mod spare;
mod writer;

pub use consumer::{Consumer, Form, TakeLimit, Taken};
pub use error::JournalError;
pub use frame::Entry;
pub use journal::{ConsumerStatus, Journal, Settings, Status};
