//! Reads the terms of a segment: one after the other from any beginning, and the alerts that hold one.
//! Used by queries, which look terms up, and by merging, which reads all.

use crate::bitmap::Bitmap;
use crate::bytes::Reader;
use crate::error::Fault;
use crate::pieces::{Kind, Pieces};
use crate::postings;
use crate::term_writer::{INLINE, POSTINGS};

/// Stands at one term of a segment, or behind the last.
#[derive(Debug)]
pub(crate) struct TermReader<'c> {
    pieces: Pieces<'c>,
    pages: usize,
    page: Vec<u8>,
    number: usize,
    /// Where the next term begins in the page.
    next: usize,
    term: Vec<u8>,
    at_end: bool,
    /// Where the long postings of the next term that has some begin.
    offset: u64,
    found: Postings,
}

/// Where the postings of the current term are.
#[derive(Clone, Debug, Default)]
struct Postings {
    bits: bool,
    len: usize,
    /// In the page, or among the long ones.
    start: u64,
}

impl<'c> TermReader<'c> {
    /// At the first term that is not less than `from`.
    pub(crate) fn new(pieces: Pieces<'c>, from: &[u8]) -> Result<Self, Fault> {
        let (number, pages) =
            pieces.with(Kind::TermIndex as u8, 0, |index| page_of(index, from))?;
        let mut reader = Self {
            pieces,
            pages,
            page: Vec::new(),
            number,
            next: 0,
            term: Vec::new(),
            at_end: false,
            offset: 0,
            found: Postings::default(),
        };
        reader.open_page()?;
        while !reader.at_end && &*reader.term < from {
            reader.advance()?;
        }
        Ok(reader)
    }

    /// The current term, `None` behind the last.
    pub(crate) fn term(&self) -> Option<&[u8]> {
        (!self.at_end).then_some(&*self.term)
    }

    fn open_page(&mut self) -> Result<(), Fault> {
        if self.number >= self.pages {
            self.at_end = true;
            return Ok(());
        }
        self.page.clear();
        let page = &mut self.page;
        self.pieces.with(Kind::Terms as u8, self.number, |piece| {
            page.extend_from_slice(piece);
            Ok(())
        })?;
        let mut reader = Reader::new(&self.page);
        self.offset = reader.varint()?;
        self.next = self.page.len() - reader.rest().len();
        self.term.clear();
        self.read_term()
    }

    /// Goes to the next term.
    pub(crate) fn advance(&mut self) -> Result<(), Fault> {
        if self.next >= self.page.len() {
            self.number += 1;
            return self.open_page();
        }
        self.read_term()
    }

    fn read_term(&mut self) -> Result<(), Fault> {
        let mut reader = Reader::new(self.page.get(self.next..).unwrap_or_default());
        let (shared, own) = (reader.size()?, reader.size()?);
        let own = reader.take(own)?;
        if shared > self.term.len() {
            return Err(Fault::Damaged("a term shares more than there is"));
        }
        self.term.truncate(shared);
        self.term.extend_from_slice(own);
        let header = reader.size()?;
        let (bits, len) = (header & 1 == 1, header >> 1);
        let start = (self.page.len() - reader.rest().len()) as u64;
        if len <= INLINE {
            self.found = Postings { bits, len, start };
            reader.take(len)?;
        } else {
            self.found = Postings { bits, len, start: self.offset };
            self.offset += len as u64;
        }
        self.next = self.page.len() - reader.rest().len();
        Ok(())
    }

    fn postings<R>(&self, read: impl FnOnce(&[u8], bool) -> Result<R, Fault>) -> Result<R, Fault> {
        let Postings { bits, len, start } = self.found;
        let start = usize::try_from(start).map_err(|_| Fault::Damaged("an offset is too large"))?;
        if len <= INLINE {
            let bytes = self.page.get(start..start + len);
            return read(bytes.ok_or(Fault::Damaged("a page ends too early"))?, bits);
        }
        let mut bytes = Vec::with_capacity(len.min(1 << 20));
        let end = start + len;
        let numbers = start / POSTINGS..end.div_ceil(POSTINGS);
        self.pieces.scan(Kind::Postings as u8, numbers, |number, piece| {
            let base = number * POSTINGS;
            let part = start.max(base) - base..end.min(base + POSTINGS) - base;
            let part = piece.get(part).ok_or(Fault::Damaged("postings end too early"))?;
            bytes.extend_from_slice(part);
            Ok(())
        })?;
        read(&bytes, bits)
    }

    /// Adds the numbers of the alerts that hold the current term.
    pub(crate) fn docs(&self, into: &mut Vec<u32>) -> Result<(), Fault> {
        self.postings(|bytes, bits| postings::decode(bytes, bits, into))
    }

    /// Sets the bits of these alerts.
    pub(crate) fn union(&self, into: &mut Bitmap) -> Result<(), Fault> {
        self.postings(|bytes, bits| postings::union(bytes, bits, into))
    }
}

/// The page in which the first term not less than `from` is or would be, and how many pages there are.
fn page_of(index: &[u8], from: &[u8]) -> Result<(usize, usize), Fault> {
    let mut reader = Reader::new(index);
    let (mut page, mut pages) = (0, 0);
    while !reader.is_empty() {
        let len = reader.size()?;
        if reader.take(len)? <= from {
            page = pages;
        }
        pages += 1;
    }
    Ok((page, pages))
}

/// Sets the bits of the alerts that hold a term, or one that begins so.
pub(crate) fn union_of(
    pieces: Pieces<'_>,
    term: &[u8],
    prefix: bool,
    into: &mut Bitmap,
) -> Result<(), Fault> {
    let mut reader = TermReader::new(pieces, term)?;
    while let Some(found) = reader.term() {
        if found != term && !(prefix && found.starts_with(term)) {
            break;
        }
        reader.union(into)?;
        if !prefix {
            break;
        }
        reader.advance()?;
    }
    Ok(())
}
