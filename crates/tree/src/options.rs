//! How a scan is run: threads, distrust, cancellation and progress.
//! Says nothing about what is scanned.
//! Used by both passes; the addon keeps the two cells where JavaScript can reach them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::TreeError;

/// How to run a scan.
#[derive(Debug, Clone, Copy)]
pub struct ScanOptions<'a> {
    /// Threads that list and hash; 0 means one for each processor.
    pub threads: usize,
    /// Reads every file again in the product pass, whatever its timestamps say.
    pub rehash: bool,
    /// Set by the caller to stop early with `TreeError::Cancelled`.
    pub cancel: &'a AtomicBool,
    /// Grows by the bytes hashed.
    pub progress: &'a AtomicU64,
}

impl ScanOptions<'_> {
    /// Fails once the caller wants to stop.
    pub(crate) fn proceed(&self) -> Result<(), TreeError> {
        if self.cancel.load(Ordering::Relaxed) { Err(TreeError::Cancelled) } else { Ok(()) }
    }

    /// A pool of its own: the global one belongs to the process, and its size may already be fixed by someone else.
    pub(crate) fn pool(&self) -> Result<ThreadPool, TreeError> {
        let threads = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("lanner-tree-{index}"))
            .build()
            .map_err(|error| TreeError::Threads(error.to_string()))
    }
}
