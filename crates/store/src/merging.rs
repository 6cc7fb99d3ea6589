//! Small segments become a larger one, a step at a time: columns first, then terms, then the new one takes the old ones' place.
//! What is half done belongs to no live segment and is swept away. Driven by `store` after insertions.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::block::{self, BlockReader, BlockWriter};
use crate::error::Fault;
use crate::insertion::BATCH;
use crate::pieces::Pieces;
use crate::rows::{self, Row};
use crate::segment::{self, Segment};
use crate::term_reader::TermReader;
use crate::term_writer::TermWriter;

/// As many segments of like size are merged.
const FAN_IN: usize = 8;
/// A segment with so many alerts is merged no more.
const SEALED: usize = 1 << 18;
/// A segment has no more alerts than these.
const MOST: usize = 1 << 19;
/// Blocks with fewer lines on average are written anew.
const POOR_BLOCK: usize = 16;
/// A merge of no more alerts is done in one transaction.
const SMALL: usize = BATCH;
/// Terms between looks at the clock.
const STRIDE: usize = 256;
/// A removed alert.
const GONE: u32 = u32::MAX;

/// A merge that has begun.
#[derive(Debug)]
pub(crate) struct Merger {
    inputs: Vec<Segment>,
    output: Segment,
    /// For each input, the new numbers of its alerts.
    numbers: Vec<Vec<u32>>,
    /// Blocks whose lines were written anew.
    replaced: Vec<i64>,
    writer: TermWriter,
    /// The last term written.
    last: Vec<u8>,
}

/// Segments that should be merged now: the oldest of the smallest size of which there are enough.
pub(crate) fn due(segments: &[Segment]) -> Option<Vec<Segment>> {
    let class = |segment: &Segment| segment.live().max(1).ilog2() / FAN_IN.ilog2();
    for wanted in 0..=SEALED.ilog2() / FAN_IN.ilog2() {
        let alike =
            segments.iter().filter(|segment| class(segment) == wanted && segment.live() < SEALED);
        let (mut chosen, mut docs) = (Vec::new(), 0);
        for segment in alike {
            docs += segment.live();
            if chosen.len() == FAN_IN || docs > MOST {
                break;
            }
            chosen.push(*segment);
        }
        if chosen.len() == FAN_IN || (docs > MOST && chosen.len() > 1) {
            return Some(chosen);
        }
    }
    None
}

impl Merger {
    /// Writes the columns of the new segment.
    pub(crate) fn begin(db: &Connection, inputs: Vec<Segment>, id: i64) -> Result<Self, Fault> {
        let mut all: Vec<(Row, u32, u32)> = Vec::new();
        let mut numbers = Vec::new();
        for (input, segment) in (0_u32..).zip(&inputs) {
            let rows = rows::read_all(segment.pieces(db), segment.docs)?;
            numbers.push(vec![GONE; rows.len()]);
            let live = (0_u32..).zip(rows).skip(segment.first_live);
            all.extend(live.map(|(doc, row)| (row, input, doc)));
        }
        // Stable: it makes use of what is sorted already.
        all.sort_by_key(|(row, ..)| row.key);
        for (number, &(_, input, doc)) in (0_u32..).zip(&all) {
            numbers[input as usize][doc as usize] = number;
        }
        let mut rows: Vec<Row> = all.into_iter().map(|(row, ..)| row).collect();
        let replaced = rewrite_lines(db, &mut rows)?;
        let pieces = Pieces { db, segment: id };
        rows::write(pieces, &rows)?;
        let time = |row: Option<&Row>| row.map_or(0, |row| row.key.time);
        let (oldest, newest) = (time(rows.first()), time(rows.last()));
        let output = Segment { id, docs: rows.len(), first_live: 0, oldest, newest };
        let writer = TermWriter::new(output.docs);
        Ok(Self { inputs, output, numbers, replaced, writer, last: Vec::new() })
    }

    /// Whether it must be ended in the transaction that began it.
    pub(crate) fn is_small(&self) -> bool {
        self.output.docs <= SMALL
    }

    /// Merges terms for about so long. Gives itself back until it is done.
    pub(crate) fn step(mut self, db: &Connection, budget: Duration) -> Result<Option<Self>, Fault> {
        let begin = Instant::now();
        let mut readers = Vec::with_capacity(self.inputs.len());
        for segment in &self.inputs {
            let mut reader = TermReader::new(segment.pieces(db), &self.last)?;
            if !self.last.is_empty() && reader.term() == Some(&*self.last) {
                reader.advance()?;
            }
            readers.push(reader);
        }
        let (mut docs, mut holders) = (Vec::new(), Vec::new());
        for round in 1.. {
            if !least(&readers, &mut self.last, &mut holders) {
                return self.finish(db).map(|()| None);
            }
            docs.clear();
            for &holder in &holders {
                let start = docs.len();
                readers[holder].docs(&mut docs)?;
                let numbers = &self.numbers[holder];
                for doc in &mut docs[start..] {
                    *doc = numbers.get(*doc as usize).copied().unwrap_or(GONE);
                }
                readers[holder].advance()?;
            }
            docs.retain(|&doc| doc != GONE);
            if !docs.is_sorted() {
                docs.sort_unstable();
            }
            if !docs.is_empty() {
                self.writer.add(self.output.pieces(db), &self.last, &docs)?;
            }
            if round % STRIDE == 0 && begin.elapsed() >= budget {
                break;
            }
        }
        Ok(Some(self))
    }

    /// The new segment takes the place of the old ones.
    fn finish(self, db: &Connection) -> Result<(), Fault> {
        self.writer.finish(self.output.pieces(db))?;
        block::remove(db, self.replaced.into_iter())?;
        for segment in &self.inputs {
            segment::forget(db, segment.id)?;
        }
        if self.output.docs > 0 {
            segment::put(db, self.output)?;
        }
        Ok(())
    }
}

/// Puts the least term that a reader stands at into `term`, and those that stand at it into `holders`.
fn least(readers: &[TermReader<'_>], term: &mut Vec<u8>, holders: &mut Vec<usize>) -> bool {
    holders.clear();
    let mut least: Option<&[u8]> = None;
    for (at, reader) in readers.iter().enumerate() {
        let Some(found) = reader.term() else { continue };
        match least.map_or(std::cmp::Ordering::Less, |least| found.cmp(least)) {
            std::cmp::Ordering::Less => {
                least = Some(found);
                holders.clear();
                holders.push(at);
            }
            std::cmp::Ordering::Equal => holders.push(at),
            std::cmp::Ordering::Greater => {}
        }
    }
    let Some(least) = least else { return false };
    term.clear();
    term.extend_from_slice(least);
    true
}

/// Writes lines anew that lie few to a block, as they do after many small insertions. Gives the blocks they were in.
fn rewrite_lines(db: &Connection, rows: &mut [Row]) -> Result<Vec<i64>, Fault> {
    let mut blocks: Vec<i64> = rows.iter().map(|row| (row.place >> 8).cast_signed()).collect();
    blocks.sort_unstable();
    blocks.dedup();
    // Only in a merge that ends in the same transaction: nothing would remember the new blocks of one that breaks off.
    if blocks.len() < 2 || rows.len() > SMALL || rows.len() >= blocks.len() * POOR_BLOCK {
        return Ok(Vec::new());
    }
    let mut reader = BlockReader::new(db);
    let mut writer = BlockWriter::new(db)?;
    for row in rows {
        row.place = writer.add(reader.line(row.place)?)?;
    }
    writer.finish()?;
    Ok(blocks)
}
