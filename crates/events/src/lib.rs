//! Captures of Falco events: line-delimited JSON of any size, read once, with memory that does not grow with the file.
//!
//! One pass gives the digest of the file, an RFC 6962 leaf for the bytes of every event line, and a summary; what is no
//! event is counted by reason and never stops the pass. Lines are judged by simdjson (C++) and, where that refuses, by a
//! strict scanner. The addon calls this crate; it knows neither N-API nor attestations.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test fails by panicking"))]

pub mod calendar;
mod chunk;
mod collector;
mod cursor;
mod error;
mod ffi;
mod fields;
mod ingest;
mod keys;
mod line;
mod parsed;
mod pipeline;
mod prefix;
mod priority;
mod prove;
mod report;
mod scalar;
mod schedule;
mod signs;
mod skipped;
mod sniff;
mod structure;
mod summary;
mod time;
mod unescape;

pub use chunk::Limits;
pub use cursor::{Cursor, Fault};
pub use error::EventsError;
pub use ingest::{EventLine, IngestOptions, ingest, visit_events};
pub use line::MAX_LINE;
pub use priority::Priority;
pub use prove::{EventProof, prove, prove_all};
pub use report::CaptureReport;
pub use skipped::{SkipReason, SkipTally, SkippedLines};
pub use sniff::{SNIFF_LEN, Sniff, sniff};
pub use structure::{NotIndexed, StructureIndexer};
pub use summary::{RuleHit, Summary};
pub use time::is_date_time;
pub use unescape::unescaped;

#[cfg(test)]
mod agreement;
