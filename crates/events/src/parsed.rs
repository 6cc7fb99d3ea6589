//! Everything that one chunk says about itself, found without knowing what comes before it.
//! Line numbers count from the chunk's first line; `collector` puts them in place. Made by `pipeline`'s workers.

use std::ops::Range;

use lanner_merkle::{Hash, leaf_hash};
use memchr::memchr;

use crate::chunk::{BOM, Chunk, ChunkKind};
use crate::line::{Classifier, Line};
use crate::skipped::{SkipReason, SkippedLines};
use crate::summary::SummaryBuilder;

/// Where an event lies in its chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    pub(crate) fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.len as usize
    }
}

/// The lines of a chunk, judged.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) lines: u64,
    pub(crate) blank_lines: u64,
    pub(crate) skipped: SkippedLines,
    pub(crate) events: Vec<Span>,
    /// One for each of `events`.
    pub(crate) leaves: Vec<Hash>,
    pub(crate) summary: SummaryBuilder,
    /// The last line lacks its newline and reads as if it had been cut off.
    pub(crate) truncated: bool,
}

impl Parsed {
    pub(crate) fn of(chunk: &Chunk, classifier: &mut Classifier) -> Self {
        let mut parsed = Self::default();
        match chunk.kind {
            ChunkKind::Lines => parsed.read_lines(chunk, classifier),
            ChunkKind::LongPiece => {}
            ChunkKind::LongEnd(length) => {
                parsed.lines = 1;
                parsed.skipped.add(SkipReason::TooLong, 1, length);
            }
        }
        parsed
    }

    /// Bytes held until the chunk is merged: for the shortest events, several times the chunk's own.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.events) + size_of_val(&*self.leaves)
    }

    fn read_lines(&mut self, chunk: &Chunk, classifier: &mut Classifier) {
        let bytes = chunk.bytes();
        let mut start = if chunk.offset == 0 && bytes.starts_with(BOM) { BOM.len() } else { 0 };
        while start < bytes.len() {
            let newline = memchr(b'\n', &bytes[start..]).map(|length| start + length);
            let end = newline.unwrap_or(bytes.len());
            // A carriage return belongs to the line end only where there is one.
            let cr = newline.is_some() && end > start && bytes[end - 1] == b'\r';
            self.add(&chunk.buffer, start..end - usize::from(cr), newline.is_none(), classifier);
            start = end + 1;
        }
    }

    fn add(
        &mut self,
        buffer: &[u8],
        range: Range<usize>,
        unterminated: bool,
        classifier: &mut Classifier,
    ) {
        self.lines += 1;
        match classifier.classify(buffer, range.clone()) {
            Line::Blank => self.blank_lines += 1,
            Line::Event(fields) => {
                self.summary.add(&fields);
                self.leaves.push(leaf_hash(&buffer[range.clone()]));
                // A chunk of lines is little longer than the longest line, 64 MiB.
                self.events.push(Span { start: range.start as u32, len: range.len() as u32 });
            }
            Line::Skipped { reason, cut_off } => {
                self.skipped.add(reason, self.lines, range.len() as u64);
                let broken = cut_off || reason == SkipReason::NotJson;
                self.truncated = unterminated && broken;
            }
        }
    }
}
