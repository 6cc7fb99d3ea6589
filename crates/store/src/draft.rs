//! A segment in the making: its pieces gather in memory and are written in short transactions, so that insertions come between.
//! What is written belongs to no live segment until it is finished. Used by `merging`.

use rusqlite::{Connection, params};

use crate::access::Access;
use crate::error::Fault;
use crate::pieces::{KindNumber, Sink, key};

/// Bytes written in one transaction: some milliseconds.
const TURN: usize = 512 << 10;

/// See the module.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    access: &'a Access,
    segment: i64,
    pieces: Vec<(i64, Vec<u8>)>,
    /// Blocks of lines, which nothing would find again if they were written before the end.
    blocks: Vec<(i64, Vec<u8>)>,
    /// Of the pieces that wait.
    bytes: usize,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(access: &'a Access, segment: i64) -> Self {
        Self { access, segment, pieces: Vec::new(), blocks: Vec::new(), bytes: 0 }
    }

    /// Writes the rest, and what `last` does, as one change.
    pub(crate) fn finish(
        self,
        last: impl FnOnce(&Connection) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.access.write_aside(|writer| {
            writer.transact(|db| {
                write(db, "INSERT INTO piece(key, data) VALUES (?, ?)", &self.pieces)?;
                write(db, "INSERT INTO block(id, data) VALUES (?, ?)", &self.blocks)?;
                last(db)
            })
        })
    }
}

impl Sink for Draft<'_> {
    fn put(&mut self, kind: KindNumber, number: usize, data: &[u8]) -> Result<(), Fault> {
        self.pieces.push((key(self.segment, kind, number)?, data.to_vec()));
        self.bytes += data.len();
        if self.bytes >= TURN {
            let pieces = std::mem::take(&mut self.pieces);
            self.bytes = 0;
            self.access.write_aside(|writer| {
                writer
                    .transact(|db| write(db, "INSERT INTO piece(key, data) VALUES (?, ?)", &pieces))
            })?;
        }
        Ok(())
    }

    fn put_block(&mut self, id: i64, data: Vec<u8>) -> Result<(), Fault> {
        self.blocks.push((id, data));
        Ok(())
    }
}

fn write(db: &Connection, sql: &str, rows: &[(i64, Vec<u8>)]) -> Result<(), Fault> {
    let mut insert = db.prepare_cached(sql)?;
    for (key, data) in rows {
        insert.execute(params![key, data])?;
    }
    Ok(())
}
