//! The text of a loaded file, and the way back from a condition to the bytes it was written with.

use std::sync::Arc;

use crate::diagnostic::{Position, line_and_column};
use crate::document::Mark;

/// A file, kept for snippets.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) name: Arc<str>,
    pub(crate) text: String,
}

impl SourceFile {
    /// The position of a byte.
    fn position(&self, offset: usize) -> Position {
        let (line, column) = line_and_column(&self.text, offset);
        Position { name: Arc::clone(&self.name), line, column, offset }
    }
}

/// A condition as one text, made of the scalars of one or more files.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Piece {
    /// Where it begins in the joined text.
    start: usize,
    file: Arc<SourceFile>,
    mark: Mark,
}

impl Text {
    pub(crate) fn new(text: &str, file: &Arc<SourceFile>, mark: Mark) -> Self {
        Self {
            text: text.to_owned(),
            pieces: vec![Piece { start: 0, file: Arc::clone(file), mark }],
        }
    }

    /// Joins another behind a blank.
    pub(crate) fn append(&mut self, other: Self) {
        self.text.push(' ');
        let start = self.text.len();
        self.text.push_str(&other.text);
        self.pieces.extend(
            other.pieces.into_iter().map(|piece| Piece { start: start + piece.start, ..piece }),
        );
    }

    /// Where a byte of the joined text was written.
    pub(crate) fn place(&self, offset: usize) -> Option<Position> {
        let index = self.pieces.partition_point(|piece| piece.start <= offset).checked_sub(1)?;
        let piece = &self.pieces[index];
        let end = self.pieces.get(index + 1).map_or(self.text.len(), |next| next.start);
        let decoded = self.text.get(piece.start..end)?;
        let source = align(&piece.file.text, piece.mark.offset, decoded, offset - piece.start);
        Some(piece.file.position(source))
    }
}

/// Walks a scalar and its source side by side up to a byte of the scalar. Blanks may be written in many ways (folding, indents,
/// escapes), so only other characters are compared.
fn align(source: &str, start: usize, decoded: &str, target: usize) -> usize {
    let bytes = source.as_bytes();
    let mut at = start;
    let double = bytes.get(at) == Some(&b'"');
    match bytes.get(at) {
        Some(b'|' | b'>') => {
            at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or_default();
        }
        Some(b'"' | b'\'') => at += 1,
        _ => {}
    }
    let mut end = at;
    for (index, char) in decoded.char_indices() {
        if index > target {
            break;
        }
        if char.is_whitespace() {
            continue;
        }
        if index >= target || decoded.get(index..target).is_some() {
            let mut buffer = [0; 4];
            let wanted = char.encode_utf8(&mut buffer).as_bytes();
            while at < bytes.len() && !bytes[at..].starts_with(wanted) {
                let blank_escape = double
                    && bytes[at] == b'\\'
                    && matches!(bytes.get(at + 1), Some(b'n' | b't' | b'r' | b'\n' | b' '));
                at += if blank_escape { 2 } else { 1 };
            }
            // An escaped backslash is written twice.
            let doubled = double && char == '\\' && bytes.get(at + 1) == Some(&b'\\');
            if index >= target {
                return at.min(source.len());
            }
            at += wanted.len() + usize::from(doubled);
            end = at;
        }
    }
    end.min(source.len())
}
