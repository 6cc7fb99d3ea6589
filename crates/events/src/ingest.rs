//! The one pass over a capture: digest, tree, summary, and on demand the events' bytes or each event in turn.
//! Opens and names nothing: the caller gives open files. Used by the addon, and by `prove`.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, AtomicU64};

use crate::chunk::{ChunkReader, Limits};
use crate::collector::{Collector, Visitor};
use crate::error::EventsError;
use crate::pipeline::{Control, Passed, run};
use crate::report::CaptureReport;

pub use crate::collector::EventLine;

/// How to read a capture.
#[derive(Debug, Clone, Copy)]
pub struct IngestOptions<'a> {
    /// Threads to use, the calling one included.
    pub workers: usize,
    /// Gets the accepted lines, in order and joined by commas, from its present position on.
    pub spool: Option<&'a File>,
    /// Makes the pass end with [`EventsError::Cancelled`] after the chunk at hand.
    pub cancel: &'a AtomicBool,
    /// Counts the bytes done with.
    pub progress: &'a AtomicU64,
    /// Sizes that bound memory.
    pub limits: Limits,
}

impl<'a> IngestOptions<'a> {
    /// Without a spool, with the usual limits.
    #[must_use]
    pub fn new(workers: usize, cancel: &'a AtomicBool, progress: &'a AtomicU64) -> Self {
        Self { workers, spool: None, cancel, progress, limits: Limits::default() }
    }
}

/// Reads the whole of `file`, from its first byte, whatever its position is.
pub fn ingest(file: &File, options: IngestOptions<'_>) -> Result<CaptureReport, EventsError> {
    pass(file, options, None)
}

/// As [`ingest`], and shows each event to `visitor`, in file order, as it passes.
pub fn visit_events(
    file: &File,
    options: IngestOptions<'_>,
    visitor: &mut (dyn FnMut(EventLine<'_>) + Send),
) -> Result<CaptureReport, EventsError> {
    pass(file, options, Some(visitor))
}

fn pass<'a>(
    file: &File,
    options: IngestOptions<'a>,
    visitor: Option<Visitor<'a>>,
) -> Result<CaptureReport, EventsError> {
    let IngestOptions { workers, spool, cancel, progress, limits } = options;
    let before = stat(file)?;
    let collector = Collector { spool, visitor, ..Collector::default() };
    let control = Control { workers, limits, cancel, progress };
    let passed = run(ChunkReader::new(file, limits), collector, &control)?;
    let after = stat(file)?;
    let changed = fingerprint(&before) != fingerprint(&after)
        || (after.is_file() && after.len() != passed.bytes);
    Ok(report(passed, changed))
}

fn stat(file: &File) -> Result<Metadata, EventsError> {
    file.metadata().map_err(|source| EventsError::Read { offset: 0, source })
}

/// What differs when someone wrote to the file: ctime can't be set back by a program that means well.
fn fingerprint(metadata: &Metadata) -> [i64; 5] {
    let size = metadata.len().cast_signed();
    [size, metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()]
}

fn report(passed: Passed<'_>, changed_while_read: bool) -> CaptureReport {
    let Passed { collector, sha256, bytes } = passed;
    CaptureReport {
        sha256,
        bytes,
        tree_root: collector.tree.root(),
        events: collector.tree.len(),
        spool_bytes: collector.spool_bytes,
        summary: collector.summary.finish(),
        skipped: collector.skipped,
        blank_lines: collector.blank_lines,
        truncated_last_line: collector.truncated,
        lines: collector.lines,
        changed_while_read,
    }
}
