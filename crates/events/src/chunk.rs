//! Cuts a file into chunks of whole lines, read once and in order into buffers of bounded size.
//! Knows lines only as what ends in a newline; judges nothing. Driven by `pipeline`, one step at a time.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use memchr::{memchr, memrchr};

use crate::ffi::PADDING;
use crate::line::MAX_LINE;

/// Sizes that bound the memory of a pass. The result never depends on them, but for lines beyond `line`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes read at a time; a chunk grows beyond it only to hold a whole line.
    pub chunk: usize,
    /// Longest line that is held and parsed.
    pub line: usize,
}

impl Default for Limits {
    /// Chunks fit a core's own cache, so that what one stage has read is near when the next one needs it.
    fn default() -> Self {
        Self { chunk: 512 << 10, line: MAX_LINE }
    }
}

/// UTF-8's byte order mark: part of the file, not of its first line.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A byte order mark and a carriage return may surround a line of the greatest length.
const SURROUNDINGS: usize = BOM.len() + 1;

/// A line of more chunks than this gets room for the longest line.
const GROWN: usize = 4;

/// What the bytes of a chunk are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkKind {
    /// Whole lines; only the last of the file may lack its newline.
    Lines,
    /// Part of a line too long to hold; more follows.
    LongPiece,
    /// The end of such a line, and the line's length without its end.
    LongEnd(u64),
}

/// Bytes of the file, in order and without gaps from chunk to chunk.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    pub(crate) kind: ChunkKind,
    /// Where in the file.
    pub(crate) offset: u64,
    /// `len` bytes of the file and at least [`PADDING`] more.
    pub(crate) buffer: Vec<u8>,
    pub(crate) len: usize,
}

impl Chunk {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.len]
    }
}

/// The reading end.
#[derive(Debug)]
pub(crate) struct ChunkReader<'f> {
    file: &'f File,
    limits: Limits,
    /// What is read and not handed out yet.
    buffer: Vec<u8>,
    filled: usize,
    /// So many bytes of `buffer` hold no newline.
    scanned: usize,
    /// Where `buffer` begins in the file.
    offset: u64,
    /// The too long line that goes on at `buffer`.
    long: Option<LongLine>,
    ended: bool,
    spares: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, Copy)]
struct LongLine {
    length: u64,
    last: u8,
}

impl<'f> ChunkReader<'f> {
    pub(crate) fn new(file: &'f File, limits: Limits) -> Self {
        let limits = Limits { chunk: limits.chunk.max(1), ..limits };
        let (buffer, spares) = (Vec::new(), Vec::new());
        Self {
            file,
            limits,
            buffer,
            filled: 0,
            scanned: 0,
            offset: 0,
            long: None,
            ended: false,
            spares,
        }
    }

    /// Whether everything was handed out.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Where the next read will be.
    pub(crate) fn position(&self) -> u64 {
        self.offset + self.filled as u64
    }

    /// Reads about one chunk more; `None` when no line ended yet. `spare` is memory to use again.
    pub(crate) fn step(&mut self, spare: Option<Vec<u8>>) -> io::Result<Option<Chunk>> {
        self.spares.extend(spare);
        self.fill()?;
        if let Some(line) = self.long {
            return Ok(Some(self.continue_long(line)));
        }
        let newline =
            memrchr(b'\n', &self.buffer[self.scanned..self.filled]).map(|at| self.scanned + at);
        if self.ended {
            return Ok((self.filled > 0).then(|| self.cut(self.filled, ChunkKind::Lines)));
        }
        if let Some(at) = newline {
            return Ok(Some(self.cut(at + 1, ChunkKind::Lines)));
        }
        self.scanned = self.filled;
        if self.filled > self.limits.line.saturating_add(SURROUNDINGS) {
            let mark = if self.offset == 0 && self.buffer.starts_with(BOM) { BOM.len() } else { 0 };
            let last = self.buffer[self.filled - 1];
            self.long = Some(LongLine { length: (self.filled - mark) as u64, last });
            return Ok(Some(self.cut(self.filled, ChunkKind::LongPiece)));
        }
        Ok(None)
    }

    /// Fills the buffer up to its next size, or to the end of the file.
    fn fill(&mut self) -> io::Result<()> {
        let chunk = self.limits.chunk;
        let target = if self.filled < chunk.div_ceil(2) { chunk } else { self.filled + chunk };
        if self.buffer.len() < target + PADDING {
            if self.filled > chunk.saturating_mul(GROWN) {
                // All at once: what is never used costs nothing, while growing by steps leaves as much again in pieces.
                let most = self.limits.line.saturating_add(SURROUNDINGS + chunk + PADDING);
                self.buffer.reserve_exact(most.saturating_sub(self.buffer.len()));
            }
            self.buffer.resize(target + PADDING, 0);
        }
        while self.filled < target {
            match self
                .file
                .read_at(&mut self.buffer[self.filled..target], self.offset + self.filled as u64)
            {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn continue_long(&mut self, line: LongLine) -> Chunk {
        let bytes = &self.buffer[..self.filled];
        if let Some(at) = memchr(b'\n', bytes) {
            let before = if at == 0 { line.last } else { bytes[at - 1] };
            let length = line.length + at as u64 - u64::from(before == b'\r');
            self.long = None;
            // What follows the line may be shorter than a line or hold many: the end of the file is for the next step.
            self.ended = false;
            return self.cut(at + 1, ChunkKind::LongEnd(length));
        }
        let length = line.length + self.filled as u64;
        let last = bytes.last().copied().unwrap_or(line.last);
        if self.ended {
            self.long = None;
            return self.cut(self.filled, ChunkKind::LongEnd(length));
        }
        self.long = Some(LongLine { length, last });
        self.cut(self.filled, ChunkKind::LongPiece)
    }

    /// Hands out the first `len` bytes and keeps the rest for the next chunk.
    fn cut(&mut self, len: usize, kind: ChunkKind) -> Chunk {
        let rest = len..self.filled;
        let mut next = self.spares.pop().unwrap_or_default();
        if next.len() < rest.len() {
            next.resize(rest.len(), 0);
        }
        next[..rest.len()].copy_from_slice(&self.buffer[rest.clone()]);
        let buffer = std::mem::replace(&mut self.buffer, next);
        let offset = self.offset;
        self.offset += len as u64;
        self.filled = rest.len();
        self.scanned = 0;
        Chunk { kind, offset, buffer, len }
    }
}
