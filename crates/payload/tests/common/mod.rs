//! What the tests of this crate share.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses its own part, and some use all"
)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64};

use lanner_payload::{Payload, Work};

/// Cells for a call that nobody watches.
pub(crate) struct Cells {
    pub(crate) cancel: AtomicBool,
    pub(crate) progress: AtomicU64,
}

impl Cells {
    pub(crate) const fn new() -> Self {
        Self { cancel: AtomicBool::new(false), progress: AtomicU64::new(0) }
    }

    pub(crate) const fn work(&self) -> Work<'_> {
        Work::new(&self.cancel, &self.progress)
    }
}

pub(crate) fn payload_of(bytes: &[u8]) -> Payload {
    let mut payload = Payload::new();
    payload.push_bytes(bytes.to_vec());
    payload
}

pub(crate) fn bytes_of(payload: &Payload) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(payload.len()).unwrap()];
    assert_eq!(payload.read_at(0, &mut bytes).unwrap(), bytes.len());
    bytes
}

/// The recorded cases, where they are at hand.
pub(crate) fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("LANNER_CORPUS").map(PathBuf::from);
    if corpus.is_none() {
        skipped("no corpus");
    }
    corpus
}

#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
pub(crate) fn skipped(reason: &str) {
    println!("skipped: {reason}");
}
