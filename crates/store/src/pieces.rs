//! The pieces of segments: numbered runs of bytes, found by segment, kind and number.
//! Knows where a piece is, not what it holds. Used by rows and terms.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Fault;

/// What a piece belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Times of alerts, eight bytes each.
    Times = 0,
    /// UUIDs, sixteen bytes each.
    Ids = 1,
    /// Where the lines are, eight bytes each.
    Places = 2,
    /// The time of the first alert in each piece of these.
    Bounds = 3,
    /// Terms, sorted.
    Terms = 4,
    /// The first term of each of these.
    TermIndex = 5,
    /// Postings too long to stand with their term.
    Postings = 6,
    /// The first of the columns that alerts are counted by.
    Dimension = 8,
}

/// A kind, or one of the columns that follow it.
pub(crate) type KindNumber = u8;

/// Where finished pieces and blocks go.
pub(crate) trait Sink {
    /// Takes a piece of the segment that is being made.
    fn put(&mut self, kind: KindNumber, number: usize, data: &[u8]) -> Result<(), Fault>;
    /// Takes a block of lines.
    fn put_block(&mut self, id: i64, data: Vec<u8>) -> Result<(), Fault>;
}

/// The pieces of one segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pieces<'c> {
    pub(crate) db: &'c Connection,
    pub(crate) segment: i64,
}

/// A segment's number takes what 24 bits leave.
pub(crate) fn first_key(segment: i64) -> i64 {
    segment << 24
}

/// Where a piece is.
pub(crate) fn key(segment: i64, kind: KindNumber, number: usize) -> Result<i64, Fault> {
    match u16::try_from(number) {
        Ok(number) => Ok(first_key(segment) | i64::from(kind) << 16 | i64::from(number)),
        Err(_) => Err(Fault::Damaged("a segment has too many pieces")),
    }
}

impl Sink for Pieces<'_> {
    fn put(&mut self, kind: KindNumber, number: usize, data: &[u8]) -> Result<(), Fault> {
        let mut insert = self.db.prepare_cached("INSERT INTO piece(key, data) VALUES (?, ?)")?;
        insert.execute(params![self.key(kind, number)?, data])?;
        Ok(())
    }

    fn put_block(&mut self, id: i64, data: Vec<u8>) -> Result<(), Fault> {
        let mut insert = self.db.prepare_cached("INSERT INTO block(id, data) VALUES (?, ?)")?;
        insert.execute(params![id, data])?;
        Ok(())
    }
}

impl Pieces<'_> {
    fn key(self, kind: KindNumber, number: usize) -> Result<i64, Fault> {
        key(self.segment, kind, number)
    }

    /// Gives one piece to `read`.
    pub(crate) fn with<R>(
        self,
        kind: KindNumber,
        number: usize,
        read: impl FnOnce(&[u8]) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let mut select = self.db.prepare_cached("SELECT data FROM piece WHERE key = ?")?;
        let mut rows = select.query([self.key(kind, number)?])?;
        let row = rows.next()?.ok_or(Fault::Damaged("a piece is missing"))?;
        read(blob(row, 0)?)
    }

    pub(crate) fn get(self, kind: KindNumber, number: usize) -> Result<Vec<u8>, Fault> {
        self.with(kind, number, |data| Ok(data.to_vec()))
    }

    /// Gives the pieces of these numbers to `read`, in order.
    pub(crate) fn scan(
        self,
        kind: KindNumber,
        numbers: Range<usize>,
        mut read: impl FnMut(usize, &[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if numbers.is_empty() {
            return Ok(());
        }
        let mut select = self
            .db
            .prepare_cached("SELECT key, data FROM piece WHERE key BETWEEN ? AND ? ORDER BY key")?;
        let range = params![self.key(kind, numbers.start)?, self.key(kind, numbers.end - 1)?];
        let mut rows = select.query(range)?;
        let mut seen = numbers.start;
        while let Some(row) = rows.next()? {
            let number = (row.get::<_, i64>(0)?.cast_unsigned() & 0xFFFF) as usize;
            if number != seen {
                return Err(Fault::Damaged("a piece is missing"));
            }
            read(number, blob(row, 1)?)?;
            seen += 1;
        }
        if seen < numbers.end { Err(Fault::Damaged("a piece is missing")) } else { Ok(()) }
    }

    /// Removes up to `limit` pieces; gives how many.
    pub(crate) fn remove(self, limit: usize) -> Result<usize, Fault> {
        let mut delete = self.db.prepare_cached(
            "DELETE FROM piece WHERE key IN (SELECT key FROM piece WHERE key >= ? AND key < ? LIMIT ?)",
        )?;
        let (start, end) = (first_key(self.segment), first_key(self.segment + 1));
        Ok(delete.execute(params![start, end, limit as u32])?)
    }
}

/// The bytes in a column of a row.
pub(crate) fn blob<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<&'r [u8], Fault> {
    row.get_ref(column)?.as_blob().map_err(|_| Fault::Damaged("a piece is no bytes"))
}

/// The segments that have pieces, whether they are live or not.
pub(crate) fn segments_with_pieces(db: &Connection) -> Result<Vec<i64>, Fault> {
    let mut next =
        db.prepare_cached("SELECT key FROM piece WHERE key >= ? ORDER BY key LIMIT 1")?;
    let (mut found, mut from) = (Vec::new(), 0_i64);
    while let Some(key) = next.query_row([from], |row| row.get::<_, i64>(0)).optional()? {
        found.push(key >> 24);
        from = first_key((key >> 24) + 1);
    }
    Ok(found)
}
