//! Alerts kept and searched: millions on one machine, in one `SQLite` file.
//!
//! Alerts lie in *segments*, sorted by time: columns for what is counted, a sorted dictionary of terms with the alerts that hold
//! them, and the lines themselves in compressed blocks. `SQLite` keeps the pieces of segments and makes every change whole or
//! not at all; small segments are merged into larger ones little by little. Knows neither N-API nor queues.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod access;
mod alert;
mod bitmap;
mod block;
mod bytes;
mod caretaker;
mod database;
mod dead_letters;
mod dimensions;
mod draft;
mod error;
mod evaluation;
mod facet;
mod histogram;
mod index_batch;
mod insertion;
mod known;
mod listing;
mod merging;
mod names;
mod phrase;
mod pieces;
mod postings;
mod query;
mod retention;
mod rows;
mod segment;
mod store;
mod suggestion;
mod term;
mod term_reader;
mod term_table;
mod term_writer;
mod upkeep;
mod words;
mod writer;

pub use alert::PRIORITIES;
pub use dead_letters::{DeadLetter, DeadLetters, NewDeadLetter};
pub use error::StoreError;
pub use facet::{Facet, FacetCounts};
pub use histogram::{Histogram, Span};
pub use index_batch::{IndexBatch, IndexKey, index_batch, phrases_held};
pub use insertion::Insertion;
pub use listing::{Counted, Page};
pub use query::Query;
pub use retention::Retention;
pub use store::{Extent, Store};
pub use words::{TextItem, text_items};
