//! Small segments become a larger one: columns first, then terms, then the new one takes the old ones' place.
//! What is half done belongs to no live segment and is swept away. Done by `caretaker`.

use rusqlite::Connection;

use crate::block::{self, BlockReader, BlockWriter};
use crate::caretaker::Caretaker;
use crate::draft::Draft;
use crate::error::Fault;
use crate::insertion::BATCH;
use crate::pieces::Sink;
use crate::rows::{self, Row};
use crate::segment::{self, Segment};
use crate::term_reader::TermReader;
use crate::term_writer::TermWriter;
use crate::writer::Numbers;

/// As many segments of like size are merged.
const FAN_IN: usize = 8;
/// A segment with so many alerts is merged no more.
const SEALED: usize = 1 << 18;
/// A segment has no more alerts than these.
const MOST: usize = 1 << 19;
/// Blocks with fewer lines on average are written anew.
const POOR_BLOCK: usize = 16;
/// Lines are written anew in a merge of no more alerts.
const SMALL: usize = BATCH;
/// Terms between looks at what else is to be done.
const STRIDE: usize = 1024;
/// A removed alert.
const GONE: u32 = u32::MAX;

/// How large a segment is, in powers of the number of segments that are merged.
pub(crate) type Size = u32;
/// Larger than every segment that is merged.
pub(crate) const ANY_SIZE: Size = SEALED.ilog2() / FAN_IN.ilog2() + 1;

/// Segments that should be merged now, with their size: the oldest of the smallest size of which there are enough.
pub(crate) fn due(segments: &[Segment], below: Size) -> Option<(Size, Vec<Segment>)> {
    let size = |segment: &Segment| segment.live().max(1).ilog2() / FAN_IN.ilog2();
    for wanted in 0..below {
        let alike =
            segments.iter().filter(|segment| size(segment) == wanted && segment.live() < SEALED);
        let (mut chosen, mut docs) = (Vec::new(), 0);
        for segment in alike {
            docs += segment.live();
            if chosen.len() == FAN_IN || docs > MOST {
                break;
            }
            chosen.push(*segment);
        }
        if chosen.len() == FAN_IN || (docs > MOST && chosen.len() > 1) {
            return Some((wanted, chosen));
        }
    }
    None
}

/// What is merged, in its new order.
struct Merged {
    rows: Vec<Row>,
    /// For each input, the new numbers of its alerts.
    numbers: Vec<Vec<u32>>,
}

/// Merges segments into the one with the number `id`, with smaller merges in between. Gives whether it came to its end.
pub(crate) fn merge(
    keeper: &Caretaker,
    (size, inputs): (Size, &[Segment]),
    id: i64,
) -> Result<bool, Fault> {
    let db = keeper.db();
    let mut draft = Draft::new(keeper.access(), id);
    let Merged { mut rows, numbers } = merged(db, inputs)?;
    let block_numbers = keeper.numbers()?;
    let replaced = rewrite_lines(db, &block_numbers, &mut draft, &mut rows)?;
    rows::write(&mut draft, &rows)?;
    let time = |row: Option<&Row>| row.map_or(0, |row| row.key.time);
    let (oldest, newest) = (time(rows.first()), time(rows.last()));
    let output = Segment { id, docs: rows.len(), first_live: 0, oldest, newest };
    drop(rows);

    let mut terms = Terms::new(db, inputs, &numbers)?;
    let mut writer = TermWriter::new(output.docs);
    while terms.write(&mut writer, &mut draft, STRIDE)? {
        keeper.between(size)?;
        if keeper.is_stopping() {
            return Ok(false);
        }
    }
    writer.finish(&mut draft)?;
    draft.finish(|db| {
        block::remove(db, replaced.into_iter())?;
        for segment in inputs {
            segment::forget(db, segment.id)?;
        }
        if output.docs > 0 {
            segment::put(db, output)?;
        }
        Ok(())
    })?;
    Ok(true)
}

fn merged(db: &Connection, inputs: &[Segment]) -> Result<Merged, Fault> {
    let mut all: Vec<(Row, u32, u32)> =
        Vec::with_capacity(inputs.iter().map(|segment| segment.live()).sum());
    let mut numbers = Vec::new();
    for (input, segment) in (0_u32..).zip(inputs) {
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
    Ok(Merged { rows: all.into_iter().map(|(row, ..)| row).collect(), numbers })
}

/// The terms of several segments as one list.
struct Terms<'m> {
    readers: Vec<TermReader<'m>>,
    numbers: &'m [Vec<u32>],
    term: Vec<u8>,
    holders: Vec<usize>,
    docs: Vec<u32>,
}

impl<'m> Terms<'m> {
    fn new(db: &'m Connection, inputs: &[Segment], numbers: &'m [Vec<u32>]) -> Result<Self, Fault> {
        let open = |segment: &Segment| TermReader::new(segment.pieces(db), &[]);
        let readers = inputs.iter().map(open).collect::<Result<_, _>>()?;
        let (term, holders, docs) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { readers, numbers, term, holders, docs })
    }

    /// Writes so many terms. Gives whether there may be more.
    fn write(
        &mut self,
        writer: &mut TermWriter,
        sink: &mut impl Sink,
        count: usize,
    ) -> Result<bool, Fault> {
        for _ in 0..count {
            if !least(&self.readers, &mut self.term, &mut self.holders) {
                return Ok(false);
            }
            let docs = &mut self.docs;
            docs.clear();
            for &holder in &self.holders {
                let start = docs.len();
                self.readers[holder].docs(docs)?;
                let numbers = &self.numbers[holder];
                for doc in &mut docs[start..] {
                    *doc = numbers.get(*doc as usize).copied().unwrap_or(GONE);
                }
                self.readers[holder].advance()?;
            }
            docs.retain(|&doc| doc != GONE);
            if !docs.is_sorted() {
                docs.sort_unstable();
            }
            if !docs.is_empty() {
                writer.add(sink, &self.term, docs)?;
            }
        }
        Ok(true)
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
fn rewrite_lines(
    db: &Connection,
    numbers: &Numbers,
    draft: &mut Draft<'_>,
    rows: &mut [Row],
) -> Result<Vec<i64>, Fault> {
    let mut blocks: Vec<i64> = rows.iter().map(|row| (row.place >> 8).cast_signed()).collect();
    blocks.sort_unstable();
    blocks.dedup();
    // The new blocks wait in memory for the end of the merge: nothing would remember those of one that breaks off.
    if blocks.len() < 2 || rows.len() > SMALL || rows.len() >= blocks.len() * POOR_BLOCK {
        return Ok(Vec::new());
    }
    let mut reader = BlockReader::new(db);
    let mut writer = BlockWriter::new(numbers);
    for row in rows {
        row.place = writer.add(draft, reader.line(row.place)?)?;
    }
    writer.finish(draft)?;
    Ok(blocks)
}
