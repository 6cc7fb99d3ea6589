//! Turns the parser's places (line from 1, column in characters) into bytes, and moves them to where a reader looks.

use std::collections::HashMap;

use crate::document::Mark;

pub(super) struct Marks<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// Blanks put before lines (from 1) that are not in the text.
    padding: &'t HashMap<usize, usize>,
    /// Line, column in characters and in bytes of the last search, so that a long line is walked once.
    last: (usize, usize, usize),
}

impl<'t> Marks<'t> {
    pub(super) fn new(text: &'t str, padding: &'t HashMap<usize, usize>) -> Self {
        // The parser breaks lines at line feeds and at lone carriage returns.
        let bytes = text.as_bytes();
        let breaks = |at: &usize| {
            bytes[*at] == b'\n' || (bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        };
        let starts =
            std::iter::once(0).chain((0..bytes.len()).filter(breaks).map(|at| at + 1)).collect();
        Self { text, starts, padding, last: (0, 0, 0) }
    }

    pub(super) fn mark(&mut self, line: usize, column: usize) -> Mark {
        let column = column.saturating_sub(self.padding.get(&line).copied().unwrap_or(0));
        let line = line.saturating_sub(1);
        let Some(start) = self.starts.get(line).copied() else {
            return Mark { offset: self.text.len(), line, column };
        };
        let (chars, bytes) = if self.last.0 == line && self.last.1 <= column {
            (self.last.1, self.last.2)
        } else {
            (0, 0)
        };
        let rest = self.text.get(start + bytes..).unwrap_or_default();
        let bytes = bytes + rest.chars().take(column - chars).map(char::len_utf8).sum::<usize>();
        self.last = (line, column, bytes);
        Mark { offset: start + bytes, line, column: bytes }
    }

    fn at(&self, line: usize, column: usize) -> Mark {
        Mark { offset: self.starts.get(line).copied().unwrap_or_default() + column, line, column }
    }

    /// The `|` or `>` of a block, which the parser marks at its first line of text.
    pub(super) fn block_header(&self, mark: Mark) -> Mark {
        let mut line = mark.line;
        while line > 0 {
            line -= 1;
            let start = self.starts.get(line).copied().unwrap_or_default();
            let text =
                self.text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
            if let Some(column) = header_column(text) {
                return self.at(line, column);
            }
            // Only empty lines stand between the header and the text.
            if !text.trim().is_empty() {
                break;
            }
        }
        mark
    }

    /// The first dash of a sequence, which the parser may mark behind it.
    pub(super) fn sequence_start(&self, mark: Mark) -> Mark {
        if matches!(self.text.as_bytes().get(mark.offset), Some(b'[' | b'-')) {
            return mark;
        }
        let start = mark.offset - mark.column;
        let before = self.text.get(start..mark.offset).unwrap_or_default().trim_end_matches(' ');
        if before.ends_with('-') { self.at(mark.line, before.len() - 1) } else { mark }
    }
}

/// Where in a line a block begins: `key: >-  # comment`.
fn header_column(line: &str) -> Option<usize> {
    let candidates = line.match_indices(['|', '>']).map(|(at, _)| at);
    let mut headers = candidates.filter(|at| {
        let before = line[..*at].chars().next_back();
        let rest = line[at + 1..]
            .trim_start_matches(|char: char| char.is_ascii_digit() || matches!(char, '+' | '-'));
        let comment = rest.trim_start();
        before.is_none_or(char::is_whitespace)
            && (comment.is_empty() || (comment.starts_with('#') && comment.len() < rest.len()))
    });
    headers.next()
}
