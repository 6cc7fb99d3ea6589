//! Cuts one stream into batches of bounded size that hold whole documents.
//! Lines are cut at newlines, which costs nothing; documents over several lines, or of a line too long to hold, by the splitter.

use std::io::{self, Read};
use std::ops::Range;

use memchr::{memchr, memrchr};

use super::splitter::Splitter;
use crate::batch::{Batch, Layout};
use crate::json::{Malformed, TokenIndex, Tokens, Walker};
use crate::skipped::{Place, SkipReason, Skipped};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Sizes that bound memory. What is found does not depend on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a batch, unless a document is larger.
    pub batch: usize,
    /// A document of more bytes is opened, if it is a list.
    pub list: usize,
    /// An event of more bytes is passed over.
    pub event: usize,
}

impl Default for Limits {
    /// A batch and its tokens fit a core's own cache.
    fn default() -> Self {
        Self { batch: 256 << 10, list: 4 << 20, event: 1 << 30 }
    }
}

#[derive(Debug)]
enum Mode {
    /// Not known before the first line.
    Unknown,
    Lines,
    Documents(Splitter),
    /// The rest of a line that is no JSON.
    Dropping,
}

/// The reading end of one input.
pub struct Cutter {
    stream: Box<dyn Read + Send>,
    input: u32,
    limits: Limits,
    buffer: Vec<u8>,
    filled: usize,
    /// So many bytes of `buffer` hold no newline, in lines.
    scanned: usize,
    /// Where `buffer` begins, after unpacking.
    offset: u64,
    ended: bool,
    mode: Mode,
    /// A document of more bytes is tried to be opened; doubled when that was in vain, so that all tries cost but one pass more.
    open_from: usize,
    /// What was passed over without becoming part of a batch.
    pub skipped: Skipped,
}

impl Cutter {
    /// Cuts `stream`, which is the input at that position in the list.
    #[must_use]
    pub fn new(stream: Box<dyn Read + Send>, input: u32, limits: Limits) -> Self {
        Self {
            stream,
            input,
            limits,
            buffer: Vec::new(),
            filled: 0,
            scanned: 0,
            offset: 0,
            ended: false,
            mode: Mode::Unknown,
            open_from: limits.list,
            skipped: Skipped::default(),
        }
    }

    /// The next batch; `None` at the end. `spare` is memory to use again.
    pub fn next(&mut self, spare: &mut Vec<Vec<u8>>) -> io::Result<Option<Batch>> {
        loop {
            let grew = self.fill()?;
            let held = self.filled;
            if matches!(self.mode, Mode::Unknown) {
                self.decide();
            }
            let batch = match &mut self.mode {
                Mode::Unknown => None,
                Mode::Lines => self.cut_lines(spare),
                Mode::Documents(_) => self.cut_documents(spare),
                Mode::Dropping => {
                    self.drop_line();
                    None
                }
            };
            if batch.is_some() {
                return Ok(batch);
            }
            // What was taken off the buffer may leave lines behind it.
            if self.ended && !grew && self.filled == held {
                return Ok(None);
            }
        }
    }

    /// Reads about a batch more; false when nothing came.
    fn fill(&mut self) -> io::Result<bool> {
        let batch = self.limits.batch.max(64);
        let target = if self.filled < batch / 2 { batch } else { self.filled + batch };
        if self.buffer.len() < target {
            self.buffer.resize(target, 0);
        }
        let before = self.filled;
        while self.filled < target && !self.ended {
            match self.stream.read(&mut self.buffer[self.filled..target]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.filled > before)
    }

    /// Lines, unless the first value goes on after its line and is well formed as far as it is known.
    fn decide(&mut self) {
        if self.offset == 0 && self.buffer[..self.filled].starts_with(BOM) {
            self.discard(BOM.len());
        }
        let text = &self.buffer[..self.filled];
        let Some(start) = text.iter().position(|byte| !byte.is_ascii_whitespace()) else {
            self.discard(self.filled);
            return;
        };
        let line_end = memchr(b'\n', &text[start..]).map(|end| start + end);
        if line_end.is_none() && !self.ended && self.filled < self.limits.list {
            return;
        }
        let goes_on = matches!(text[start], b'{' | b'[')
            && match line_end {
                Some(end) => goes_on_after(text, start, end),
                None => !self.ended,
            };
        self.mode = if goes_on { Mode::Documents(Splitter::default()) } else { Mode::Lines };
    }

    fn cut_lines(&mut self, spare: &mut Vec<Vec<u8>>) -> Option<Batch> {
        let text = &self.buffer[..self.filled];
        if self.ended {
            return (self.filled > 0).then(|| self.cut(self.filled, Layout::Lines, spare));
        }
        if let Some(at) = memrchr(b'\n', &text[self.scanned..]) {
            return Some(self.cut(self.scanned + at + 1, Layout::Lines, spare));
        }
        self.scanned = self.filled;
        if self.filled > self.limits.list {
            let json = text.iter().find(|byte| !byte.is_ascii_whitespace());
            self.mode = if json.is_some_and(|byte| matches!(byte, b'{' | b'[')) {
                Mode::Documents(Splitter::for_one())
            } else {
                self.note(SkipReason::NotJson, 0);
                Mode::Dropping
            };
            // What is held may end a document already.
            if matches!(self.mode, Mode::Documents(_)) {
                return self.cut_documents(spare);
            }
            self.drop_line();
        }
        None
    }

    fn drop_line(&mut self) {
        let text = &self.buffer[..self.filled];
        if let Some(end) = memchr(b'\n', text) {
            self.discard(end + 1);
            self.mode = Mode::Lines;
        } else {
            self.discard(self.filled);
        }
    }

    fn cut_documents(&mut self, spare: &mut Vec<Vec<u8>>) -> Option<Batch> {
        let Mode::Documents(splitter) = &mut self.mode else { return None };
        let text = &self.buffer[..self.filled];
        let mut ranges: Vec<Range<u32>> = Vec::new();
        splitter.scan(text, &mut ranges);
        let open = splitter.needed_from();
        if splitter.done().is_none() && self.filled - open > self.open_from {
            let opened = splitter.open(text, &mut ranges);
            self.open_from =
                if opened { self.limits.list } else { self.open_from.saturating_mul(2) };
        }
        let mut end = splitter.needed_from();
        let mut too_long = false;
        if let Some(done) = splitter.done() {
            end = done;
            self.mode = Mode::Lines;
        } else if self.ended && end < self.filled {
            // Cut off in the middle: told as what it is, not JSON.
            ranges.push(end as u32..self.filled as u32);
            end = self.filled;
            *splitter = Splitter::default();
        } else if self.filled - end > self.limits.event {
            too_long = true;
            *splitter = Splitter::default();
        } else {
            splitter.shift(end);
        }
        if too_long {
            self.note(SkipReason::TooLong, end);
            self.mode = Mode::Dropping;
        }
        if ranges.is_empty() {
            self.discard(end);
            return None;
        }
        Some(self.cut(end, Layout::Documents(ranges), spare))
    }

    fn note(&mut self, reason: SkipReason, at: usize) {
        self.skipped.note(reason, Place { input: self.input, offset: self.offset + at as u64 });
    }

    /// Hands out the first `len` bytes and keeps the rest.
    fn cut(&mut self, len: usize, layout: Layout, spare: &mut Vec<Vec<u8>>) -> Batch {
        let mut next = spare.pop().unwrap_or_default();
        let rest = &self.buffer[len..self.filled];
        if next.len() < rest.len() {
            next.resize(rest.len(), 0);
        }
        next[..rest.len()].copy_from_slice(rest);
        let filled = rest.len();
        let mut text = std::mem::replace(&mut self.buffer, next);
        text.truncate(len);
        let batch = Batch { input: self.input, offset: self.offset, text, layout };
        self.offset += len as u64;
        self.filled = filled;
        self.scanned = 0;
        batch
    }

    fn discard(&mut self, count: usize) {
        self.buffer.copy_within(count..self.filled, 0);
        self.filled -= count;
        self.offset += count as u64;
        self.scanned = 0;
    }
}

impl std::fmt::Debug for Cutter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cutter")
            .field("offset", &self.offset)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

/// Whether the value at `start` is still open at the end of its line, and what is known of it afterwards is well formed.
fn goes_on_after(text: &[u8], start: usize, line_end: usize) -> bool {
    let Ok(mut index) = TokenIndex::new(text.len()) else { return false };
    // Most first lines are whole documents: then there is no need to look further.
    let line = &text[start..line_end];
    let whole = |at: &[u32]| Walker::default().check(Tokens { bytes: line, at }, 0).is_ok();
    if index.whole(line).is_some_and(whole) {
        return false;
    }
    let rest = &text[start..];
    // A string that the end of the text cuts off is left out.
    let known = rest.len() - rest.iter().rev().position(|&byte| byte == b'\n').unwrap_or(0);
    let Some(at) = index.whole(&rest[..known]) else { return false };
    match Walker::default().check(Tokens { bytes: rest, at }, 0) {
        Ok(last) => last > 0 && at[last as usize - 1] as usize > line.len(),
        Err(Malformed::Syntax(place)) => place >= known,
        Err(Malformed::TooDeep) => false,
    }
}
