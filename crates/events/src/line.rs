//! Decides what one line is: blank, an event, or skipped for one named reason.
//! Tries the kernel first and lets the scanner judge what the kernel refuses. Called by `parsed` for every line.

use std::ops::Range;

use crate::error::EventsError;
use crate::ffi::{Kernel, MAX_DOM_LINE};
use crate::fields::EventFields;
use crate::scalar::{Document, Fault, Scanner};
use crate::skipped::SkipReason;

/// The longest line that is read as JSON, without its line end. A longer one is hashed and counted, never held.
pub const MAX_LINE: usize = 64 << 20;

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// Nothing but spaces, tabs and carriage returns.
    Blank,
    /// A whole, valid JSON object with a non-empty string `rule`.
    Event(EventFields<'a>),
    /// Anything else.
    Skipped {
        reason: SkipReason,
        /// The line reads as if it had been cut off: what is there is fine, but more must follow.
        cut_off: bool,
    },
}

/// A kernel and a scanner with their memory: one a thread.
#[derive(Debug)]
pub(crate) struct Classifier {
    max_line: usize,
    kernel: Kernel,
    scanner: Scanner,
}

impl Classifier {
    pub(crate) fn new(max_line: usize) -> Result<Self, EventsError> {
        Ok(Self { max_line, kernel: Kernel::new()?, scanner: Scanner::default() })
    }

    /// Judges the line at `range` of `buffer`; the buffer should go on for `ffi::PADDING` bytes after it.
    pub(crate) fn classify<'a>(&'a mut self, buffer: &'a [u8], range: Range<usize>) -> Line<'a> {
        let line = &buffer[range.clone()];
        if line.len() > self.max_line {
            return skipped(SkipReason::TooLong);
        }
        let Some(first) = line.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) else {
            return Line::Blank;
        };
        // The kernel would also take a byte order mark before the object, which is no JSON in the middle of a file.
        if *first == b'{' && line.len() <= MAX_DOM_LINE && self.kernel.parse(buffer, range).is_ok()
        {
            return event_or_skip(self.kernel.fields());
        }
        match std::str::from_utf8(line) {
            Ok(text) => judge(&mut self.scanner, text),
            Err(error) => {
                Line::Skipped { reason: SkipReason::NotUtf8, cut_off: error.error_len().is_none() }
            }
        }
    }
}

/// Copies nothing: the fields borrow from `line` or from the scanner.
fn judge<'a>(scanner: &'a mut Scanner, line: &'a str) -> Line<'a> {
    match scanner.scan(line) {
        Ok(Document::Object(fields)) => event_or_skip(fields),
        Ok(Document::Other) => skipped(SkipReason::NotObject),
        Err(Fault::Incomplete) => Line::Skipped { reason: SkipReason::NotJson, cut_off: true },
        Err(Fault::Grammar) => skipped(SkipReason::NotJson),
        Err(Fault::TooDeep) => skipped(SkipReason::TooDeep),
        Err(Fault::Trailing) => skipped(SkipReason::TrailingContent),
    }
}

fn event_or_skip(fields: EventFields<'_>) -> Line<'_> {
    if fields.rule.non_empty().is_some() {
        Line::Event(fields)
    } else {
        skipped(SkipReason::NoRule)
    }
}

fn skipped(reason: SkipReason) -> Line<'static> {
    Line::Skipped { reason, cut_off: false }
}
