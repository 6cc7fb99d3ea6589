//! The cell a long job shares with JavaScript: how far it is, and whether to stop.
//! One cell may serve several jobs in turn; their bytes add up. Given to every asynchronous export.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use napi::bindgen_prelude::BigInt;
use napi_derive::napi;

/// The two cells.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    pub(crate) cancel: AtomicBool,
    pub(crate) progress: AtomicU64,
}

/// Progress and cancellation of long work.
#[napi]
#[derive(Debug, Default)]
pub struct Work {
    cells: Arc<Cells>,
}

#[napi]
impl Work {
    /// A cell that has counted nothing.
    #[napi(constructor, catch_unwind)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes done so far, over all jobs this was given to.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn done(&self) -> BigInt {
        BigInt::from(self.cells.progress.load(Ordering::Relaxed))
    }

    /// Makes running jobs end with `ERR_CANCELLED` at their next chunk.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.cells.cancel.store(true, Ordering::Relaxed);
    }

    pub(crate) fn cells(&self) -> Arc<Cells> {
        Arc::clone(&self.cells)
    }
}
