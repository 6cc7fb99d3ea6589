//! Puts the chunks' findings together in file order: tree, summary, counts, and the spooled bytes of the events.
//! The only stage that knows line numbers and event indices. Driven by `pipeline`, one chunk at a time.

use std::fs::File;
use std::io::Write;

use lanner_merkle::{Hash, TreeBuilder};

use crate::chunk::Chunk;
use crate::error::EventsError;
use crate::parsed::{Parsed, Span};
use crate::skipped::SkippedLines;
use crate::summary::SummaryBuilder;

/// One accepted line, in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventLine<'a> {
    /// Among the events, from zero: its index in the tree.
    pub index: u64,
    /// Among the lines of the file, from one.
    pub line: u64,
    /// Where `bytes` begin in the file.
    pub offset: u64,
    /// The line without its end.
    pub bytes: &'a [u8],
    /// Its leaf in the tree.
    pub leaf_hash: Hash,
}

/// What sees each event as it passes.
pub(crate) type Visitor<'a> = &'a mut (dyn FnMut(EventLine<'_>) + Send);

#[derive(Default)]
pub(crate) struct Collector<'a> {
    pub(crate) spool: Option<&'a File>,
    pub(crate) visitor: Option<Visitor<'a>>,
    pub(crate) tree: TreeBuilder,
    pub(crate) lines: u64,
    pub(crate) blank_lines: u64,
    pub(crate) skipped: SkippedLines,
    pub(crate) summary: SummaryBuilder,
    pub(crate) spool_bytes: u64,
    pub(crate) truncated: bool,
}

impl Collector<'_> {
    /// Takes the next chunk of the file. Overwrites its buffer when the events are spooled.
    pub(crate) fn append(&mut self, chunk: &mut Chunk, parsed: &Parsed) -> Result<(), EventsError> {
        if let Some(visitor) = self.visitor.as_deref_mut() {
            visit(visitor, chunk, parsed, self.tree.len(), self.lines);
        }
        if let Some(spool) = self.spool
            && !parsed.events.is_empty()
        {
            let separator: &[u8] = if self.tree.is_empty() { b"" } else { b"," };
            let joined = join(&mut chunk.buffer, &parsed.events);
            let mut sink = spool;
            sink.write_all(separator)
                .and_then(|()| sink.write_all(joined))
                .map_err(|source| EventsError::Spool { source })?;
            self.spool_bytes += (separator.len() + joined.len()) as u64;
        }
        for leaf in &parsed.leaves {
            self.tree.push(*leaf);
        }
        self.skipped.append(&parsed.skipped, self.lines);
        self.summary.append(&parsed.summary);
        self.lines += parsed.lines;
        self.blank_lines += parsed.blank_lines;
        self.truncated |= parsed.truncated;
        Ok(())
    }
}

fn visit(
    visitor: Visitor<'_>,
    chunk: &Chunk,
    parsed: &Parsed,
    first_index: u64,
    lines_before: u64,
) {
    let mut line = lines_before + 1;
    let mut counted = 0;
    for ((index, span), leaf) in (first_index..).zip(&parsed.events).zip(&parsed.leaves) {
        let range = span.range();
        line += memchr::memchr_iter(b'\n', &chunk.buffer[counted..range.start]).count() as u64;
        counted = range.start;
        let offset = chunk.offset + range.start as u64;
        visitor(EventLine { index, line, offset, bytes: &chunk.buffer[range], leaf_hash: *leaf });
    }
}

/// Moves the events together, a comma between two, and gives the bytes. A line end always leaves room for the comma.
fn join<'b>(buffer: &'b mut [u8], events: &[Span]) -> &'b [u8] {
    let mut end = 0;
    for (n, span) in events.iter().enumerate() {
        if n > 0 {
            buffer[end] = b',';
            end += 1;
        }
        let range = span.range();
        let length = range.len();
        if range.start != end {
            buffer.copy_within(range, end);
        }
        end += length;
    }
    &buffer[..end]
}
