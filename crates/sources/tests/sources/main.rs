//! Sources from files to alerts, against what a real Falco recorded and against laws of our own.
#![expect(clippy::print_stderr, reason = "a corpus test tells how much it compared")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alerts;
mod catalogs;
#[path = "../corpus/mod.rs"]
mod corpus;
mod detection;
mod fields;
mod ingest;
mod inputs;
mod mended;
mod own_lines;
mod posted;
mod values;
