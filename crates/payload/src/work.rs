//! What a long call reports while it runs and how it is told to stop.
//! Owns neither cell: the caller keeps both and may share one pair among several calls.
//! Every loop over a payload calls `advance` once a chunk, so a cancel is seen within milliseconds.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::PayloadError;

/// A cancel flag to obey and a counter of bytes done to raise.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// Set by the caller to end the call with [`PayloadError::Cancelled`].
    pub cancel: &'a AtomicBool,
    /// Raised by the number of input bytes each chunk held.
    pub progress: &'a AtomicU64,
}

impl<'a> Work<'a> {
    /// Pairs the two cells.
    #[must_use]
    pub const fn new(cancel: &'a AtomicBool, progress: &'a AtomicU64) -> Self {
        Self { cancel, progress }
    }

    /// Counts `bytes` as done, then says whether to go on.
    pub(crate) fn advance(&self, bytes: usize) -> Result<(), PayloadError> {
        self.progress.fetch_add(bytes as u64, Ordering::Relaxed);
        if self.cancel.load(Ordering::Relaxed) { Err(PayloadError::Cancelled) } else { Ok(()) }
    }
}
