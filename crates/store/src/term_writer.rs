//! Writes the terms of a segment in their order: pages of them, an index of the pages, and long postings apart.
//! A term shares with the one before what both begin with. Used by insertion and merging; read by `term_reader`.

use crate::bytes::put_varint;
use crate::error::Fault;
use crate::pieces::{Kind, Sink};
use crate::postings;

/// Bytes of a page, about.
const PAGE: usize = 16 << 10;
/// Bytes of postings in a piece.
pub(crate) const POSTINGS: usize = 64 << 10;
/// Postings up to this length stand with their term.
pub(crate) const INLINE: usize = 24;

/// See the module.
#[derive(Debug)]
pub(crate) struct TermWriter {
    /// Alerts in the segment.
    docs: usize,
    page: Vec<u8>,
    pages: usize,
    last: Vec<u8>,
    index: Vec<u8>,
    long: Vec<u8>,
    long_pieces: usize,
    /// Where the next long postings begin, over all pieces.
    offset: u64,
    encoded: Vec<u8>,
}

impl TermWriter {
    pub(crate) fn new(docs: usize) -> Self {
        Self {
            docs,
            page: Vec::with_capacity(PAGE + 512),
            pages: 0,
            last: Vec::new(),
            index: Vec::new(),
            long: Vec::new(),
            long_pieces: 0,
            offset: 0,
            encoded: Vec::new(),
        }
    }

    /// Adds a term greater than all before, with the alerts that hold it, rising.
    pub(crate) fn add(
        &mut self,
        pieces: &mut impl Sink,
        term: &[u8],
        docs: &[u32],
    ) -> Result<(), Fault> {
        if self.page.len() >= PAGE {
            self.end_page(pieces)?;
        }
        if self.page.is_empty() {
            put_varint(&mut self.index, term.len() as u64);
            self.index.extend_from_slice(term);
            put_varint(&mut self.page, self.offset);
            self.last.clear();
        }
        self.encoded.clear();
        let bits = postings::encode(docs, self.docs, &mut self.encoded);
        let shared = self.last.iter().zip(term).take_while(|(a, b)| a == b).count();
        put_varint(&mut self.page, shared as u64);
        put_varint(&mut self.page, (term.len() - shared) as u64);
        self.page.extend_from_slice(&term[shared..]);
        put_varint(&mut self.page, (self.encoded.len() as u64) << 1 | u64::from(bits));
        if self.encoded.len() <= INLINE {
            self.page.extend_from_slice(&self.encoded);
        } else {
            self.long.extend_from_slice(&self.encoded);
            self.offset += self.encoded.len() as u64;
            self.write_long(pieces, POSTINGS)?;
        }
        self.last.truncate(shared);
        self.last.extend_from_slice(&term[shared..]);
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self, pieces: &mut impl Sink) -> Result<(), Fault> {
        self.end_page(pieces)?;
        self.write_long(pieces, 1)?;
        pieces.put(Kind::TermIndex as u8, 0, &self.index)
    }

    fn end_page(&mut self, pieces: &mut impl Sink) -> Result<(), Fault> {
        if !self.page.is_empty() {
            pieces.put(Kind::Terms as u8, self.pages, &self.page)?;
            self.pages += 1;
            self.page.clear();
        }
        Ok(())
    }

    /// Writes pieces of long postings while there is so much.
    fn write_long(&mut self, pieces: &mut impl Sink, least: usize) -> Result<(), Fault> {
        let mut written = 0;
        while self.long.len() - written >= least {
            let end = (written + POSTINGS).min(self.long.len());
            pieces.put(Kind::Postings as u8, self.long_pieces, &self.long[written..end])?;
            self.long_pieces += 1;
            written = end;
        }
        self.long.drain(..written);
        Ok(())
    }
}
