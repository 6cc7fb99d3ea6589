//! The files that a material or product attestation lists, read row by row from where they lie in the payload.
//! Knows the keys of a row and nothing of digests or trees; a list of any other shape is left to a reader that knows more.
//! Used to fill tables of millions of files without an object for each.

use std::io::Read;

use crate::text::{Document, Window};
use crate::{Payload, PayloadError, Work};

/// Rows have few keys; one with more is left to others before looking for repeated keys costs anything.
const KEYS: usize = 32;

/// One listed file, its strings without escapes; what is no UTF-8 has become U+FFFD.
#[derive(Debug, Default)]
pub struct LeafRow {
    /// `path`.
    pub path: String,
    /// `fileDigest`, as written.
    pub digest: String,
    /// `leafHash`, as written; `None` when absent or null.
    pub leaf_hash: Option<String>,
}

/// Reads the array of `len` bytes at `offset` and hands each row to `each`, which may end it with an error.
///
/// `false` when the list is not of the plain shape: objects with a string `path` and a string `fileDigest`, perhaps a `leafHash`
/// that is a string or null, perhaps other keys with scalars, no key twice or in other letters than these. The rows handed over
/// until then mean nothing. A string longer than `limit` is [`PayloadError::StatementTooLarge`].
pub fn leaf_rows(
    payload: &Payload,
    (offset, len): (u64, u64),
    limit: usize,
    work: Work<'_>,
    mut each: impl FnMut(&LeafRow, u64) -> Result<(), PayloadError>,
) -> Result<bool, PayloadError> {
    let reader = payload.reader_of(offset, len)?;
    let mut window = Window::new(reader, offset, Document::Statement, work);
    let mut reading = Reading { row: LeafRow::default(), buffer: Vec::new(), limit, plain: true };
    window.array(|window, _| {
        let at = window.offset();
        if !reading.plain || window.peek("a value")? != b'{' {
            reading.plain = false;
            return window.value().map(drop);
        }
        if reading.object(window)? { each(&reading.row, at) } else { Ok(()) }
    })?;
    window.finish()?;
    Ok(reading.plain)
}

struct Reading {
    row: LeafRow,
    buffer: Vec<u8>,
    limit: usize,
    plain: bool,
}

impl Reading {
    /// Reads one object into the row and says whether it is one.
    fn object<R: Read>(&mut self, window: &mut Window<'_, R>) -> Result<bool, PayloadError> {
        let (mut path, mut digest, mut leaf_hash) = (false, false, false);
        let mut others: Vec<Vec<u8>> = Vec::new();
        self.row.leaf_hash = None;
        window.object(|window, key| {
            let is_text = window.peek("a value")? == b'"';
            match key {
                b"path" if is_text && !path => {
                    path = true;
                    self.text(window, |row| &mut row.path)
                }
                b"fileDigest" if is_text && !digest => {
                    digest = true;
                    self.text(window, |row| &mut row.digest)
                }
                b"leafHash" if !leaf_hash => {
                    leaf_hash = true;
                    self.leaf_hash(window, is_text)
                }
                _ => {
                    self.plain &= is_stranger(key, &others)
                        && !matches!(window.peek("a value")?, b'{' | b'[');
                    if self.plain {
                        others.push(key.to_vec());
                    }
                    window.value().map(drop)
                }
            }
        })?;
        self.plain &= path && digest;
        Ok(self.plain)
    }

    fn leaf_hash<R: Read>(
        &mut self,
        window: &mut Window<'_, R>,
        is_text: bool,
    ) -> Result<(), PayloadError> {
        if is_text {
            return self.text(window, |row| row.leaf_hash.get_or_insert_default());
        }
        self.plain &= window.peek("a value")? == b'n';
        window.value().map(drop)
    }

    fn text<R: Read>(
        &mut self,
        window: &mut Window<'_, R>,
        field: impl FnOnce(&mut LeafRow) -> &mut String,
    ) -> Result<(), PayloadError> {
        let offset = window.offset();
        if !window.short_string(&mut self.buffer, self.limit)? {
            return Err(PayloadError::StatementTooLarge { offset, limit: self.limit as u64 });
        }
        let field = field(&mut self.row);
        field.clear();
        field.push_str(&String::from_utf8_lossy(&self.buffer));
        Ok(())
    }
}

/// Whether a key is surely neither one of ours in other letters nor there for the second time. The empty key may be one that was
/// too long to be handed over.
fn is_stranger(key: &[u8], others: &[Vec<u8>]) -> bool {
    !key.is_empty()
        && key.is_ascii()
        && others.len() < KEYS
        && !["path", "fileDigest", "leafHash"]
            .iter()
            .any(|own| own.as_bytes().eq_ignore_ascii_case(key))
        && !others.iter().any(|other| other == key)
}

#[cfg(test)]
#[path = "leaf_rows_test.rs"]
mod test;
