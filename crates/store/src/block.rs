//! Lines of alerts, some dozens together and compressed: written in the order of time, read one or all of a block.
//! Knows nothing of alerts but their bytes. Used by insertion, merging and lists.

use rusqlite::Connection;

use crate::bytes::{Reader, put_varint};
use crate::error::Fault;
use crate::pieces::Sink;
use crate::writer::Numbers;

/// Bytes of lines in a block before it is compressed.
const BLOCK: usize = 48 << 10;
/// Lines in a block: their number has eight bits.
const LINES: usize = 256;
/// What a damaged block may claim to be.
const MAX_BLOCK: usize = 64 << 20;

/// Fills blocks and writes each when it is full.
#[derive(Debug)]
pub(crate) struct BlockWriter<'n> {
    numbers: &'n Numbers,
    /// The number of the block that is being filled.
    block: i64,
    lines: Vec<u8>,
    lengths: Vec<usize>,
}

impl<'n> BlockWriter<'n> {
    pub(crate) fn new(numbers: &'n Numbers) -> Self {
        let lines = Vec::with_capacity(BLOCK * 2);
        Self { numbers, block: numbers.block(), lines, lengths: Vec::new() }
    }

    /// Gives the line's place.
    pub(crate) fn add(&mut self, sink: &mut impl Sink, line: &[u8]) -> Result<u64, Fault> {
        if self.lengths.len() == LINES
            || (!self.lengths.is_empty() && self.lines.len() + line.len() > BLOCK)
        {
            self.finish(sink)?;
        }
        let place = self.block.cast_unsigned() << 8 | self.lengths.len() as u64;
        self.lengths.push(line.len());
        self.lines.extend_from_slice(line);
        Ok(place)
    }

    /// Writes what is left.
    pub(crate) fn finish(&mut self, sink: &mut impl Sink) -> Result<(), Fault> {
        if self.lengths.is_empty() {
            return Ok(());
        }
        let mut data = Vec::new();
        put_varint(&mut data, self.lengths.len() as u64);
        for &length in &self.lengths {
            put_varint(&mut data, length as u64);
        }
        data.extend_from_slice(&lz4_flex::compress(&self.lines));
        sink.put_block(self.block, data)?;
        self.block = self.numbers.block();
        self.lines.clear();
        self.lengths.clear();
        Ok(())
    }
}

/// Reads lines; remembers the last block.
#[derive(Debug)]
pub(crate) struct BlockReader<'c> {
    db: &'c Connection,
    held: i64,
    lines: Vec<u8>,
    ends: Vec<usize>,
}

impl<'c> BlockReader<'c> {
    pub(crate) fn new(db: &'c Connection) -> Self {
        Self { db, held: -1, lines: Vec::new(), ends: Vec::new() }
    }

    pub(crate) fn line(&mut self, place: u64) -> Result<&[u8], Fault> {
        let block = (place >> 8).cast_signed();
        if block != self.held {
            self.held = -1;
            self.load(block)?;
            self.held = block;
        }
        let at = (place & 0xFF) as usize;
        let start = if at == 0 { 0 } else { self.ends.get(at - 1).copied().unwrap_or(usize::MAX) };
        let end = self.ends.get(at).copied().unwrap_or(0);
        self.lines.get(start..end).ok_or(Fault::Damaged("a line is missing"))
    }

    fn load(&mut self, block: i64) -> Result<(), Fault> {
        let mut select = self.db.prepare_cached("SELECT data FROM block WHERE id = ?")?;
        let mut rows = select.query([block])?;
        let row = rows.next()?.ok_or(Fault::Damaged("a block of lines is missing"))?;
        let mut reader = Reader::new(crate::pieces::blob(row, 0)?);
        self.ends.clear();
        let mut end = 0_usize;
        for _ in 0..reader.size()?.min(LINES) {
            end = end.saturating_add(reader.size()?);
            self.ends.push(end);
        }
        if end > MAX_BLOCK {
            return Err(Fault::Damaged("a block of lines is too large"));
        }
        self.lines.resize(end, 0);
        let length = lz4_flex::decompress_into(reader.rest(), &mut self.lines);
        match length {
            Ok(length) if length == end => Ok(()),
            _ => Err(Fault::Damaged("a block of lines can't be unpacked")),
        }
    }
}

/// Reads blocks, so that the system has them at hand.
pub(crate) fn fetch(db: &Connection, blocks: &[i64]) -> Result<(), Fault> {
    let mut select = db.prepare_cached("SELECT data FROM block WHERE id = ?")?;
    for block in blocks {
        let mut rows = select.query([block])?;
        if let Some(row) = rows.next()? {
            crate::pieces::blob(row, 0)?;
        }
    }
    Ok(())
}

/// Removes blocks.
pub(crate) fn remove(db: &Connection, blocks: impl Iterator<Item = i64>) -> Result<(), Fault> {
    let mut delete = db.prepare_cached("DELETE FROM block WHERE id = ?")?;
    for block in blocks {
        delete.execute([block])?;
    }
    Ok(())
}
