//! The columns of a segment that identify and place its alerts: times, ids, places of lines; and those they are counted by.
//! Writes them for alerts in order, and finds alerts by time. Used by insertion, merging and everything that lists.

use crate::bytes::u64_at;
use crate::dimensions::{DIMENSIONS, STRIPE, column_kind, pack};
use crate::error::Fault;
use crate::pieces::{Kind, KindNumber, Pieces, Sink};

/// Alerts in a piece of times, ids or places: their ids fill a page of the file, so that one alert costs few pages to look up.
pub(crate) const SHEET: usize = 1000;

/// One alert as the columns have it. Alerts of a segment are in the order of time, then of id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) time: i64,
    pub(crate) id: [u8; 16],
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) key: Key,
    /// Number of the block of lines, and in the lowest eight bits which line.
    pub(crate) place: u64,
    pub(crate) dimensions: [u32; DIMENSIONS],
}

/// Writes all columns of a segment, one after the other: who reads one through reads on in the file.
pub(crate) fn write(sink: &mut impl Sink, rows: &[Row]) -> Result<(), Fault> {
    let mut bounds = Vec::new();
    for sheet in rows.chunks(SHEET) {
        bounds.extend(sheet.first().iter().flat_map(|row| row.key.time.to_le_bytes()));
    }
    sink.put(Kind::Bounds as u8, 0, &bounds)?;
    for dimension in 0..DIMENSIONS {
        write_column(sink, column_kind(dimension), rows.chunks(STRIPE), |stripe, column| {
            pack(stripe.iter().map(|row| row.dimensions[dimension]), column);
        })?;
    }
    write_column(sink, Kind::Times as u8, rows.chunks(SHEET), |sheet, column| {
        column.extend(sheet.iter().flat_map(|row| row.key.time.to_le_bytes()));
    })?;
    write_column(sink, Kind::Ids as u8, rows.chunks(SHEET), |sheet, column| {
        column.extend(sheet.iter().flat_map(|row| row.key.id));
    })?;
    write_column(sink, Kind::Places as u8, rows.chunks(SHEET), |sheet, column| {
        column.extend(sheet.iter().flat_map(|row| row.place.to_le_bytes()));
    })
}

fn write_column<'r>(
    sink: &mut impl Sink,
    kind: KindNumber,
    parts: impl Iterator<Item = &'r [Row]>,
    fill: impl Fn(&[Row], &mut Vec<u8>),
) -> Result<(), Fault> {
    let mut column = Vec::with_capacity(SHEET * 16);
    for (number, part) in parts.enumerate() {
        column.clear();
        fill(part, &mut column);
        sink.put(kind, number, &column)?;
    }
    Ok(())
}

/// Reads times, ids and places, a sheet at a time; remembers the last of each.
#[derive(Debug)]
pub(crate) struct RowReader<'c> {
    pieces: Pieces<'c>,
    docs: usize,
    bounds: Vec<u8>,
    sheets: [Option<(usize, Vec<u8>)>; 3],
}

impl<'c> RowReader<'c> {
    pub(crate) fn new(pieces: Pieces<'c>, docs: usize) -> Result<Self, Fault> {
        let bounds = pieces.get(Kind::Bounds as u8, 0)?;
        Ok(Self { pieces, docs, bounds, sheets: [None, None, None] })
    }

    fn sheet(&mut self, kind: Kind, doc: usize) -> Result<(&[u8], usize), Fault> {
        let number = doc / SHEET;
        let slot = &mut self.sheets[kind as usize % 3];
        let piece = match slot.take() {
            Some((held, piece)) if held == number => piece,
            _ => self.pieces.get(kind as u8, number)?,
        };
        let (_, piece) = slot.insert((number, piece));
        Ok((piece, doc % SHEET))
    }

    pub(crate) fn time(&mut self, doc: usize) -> Result<i64, Fault> {
        let (times, at) = self.sheet(Kind::Times, doc)?;
        u64_at(times, at).map(u64::cast_signed)
    }

    pub(crate) fn id(&mut self, doc: usize) -> Result<[u8; 16], Fault> {
        let (ids, at) = self.sheet(Kind::Ids, doc)?;
        let id = ids.get(at * 16..at * 16 + 16).and_then(|id| id.try_into().ok());
        id.ok_or(Fault::Damaged("a column is too short"))
    }

    pub(crate) fn key(&mut self, doc: usize) -> Result<Key, Fault> {
        Ok(Key { time: self.time(doc)?, id: self.id(doc)? })
    }

    pub(crate) fn place(&mut self, doc: usize) -> Result<u64, Fault> {
        let (places, at) = self.sheet(Kind::Places, doc)?;
        u64_at(places, at)
    }

    /// How many alerts stand before that time.
    pub(crate) fn before(&mut self, time: i64) -> Result<usize, Fault> {
        self.before_key(Key { time, id: [0; 16] })
    }

    /// How many alerts stand before that alert would.
    pub(crate) fn before_key(&mut self, key: Key) -> Result<usize, Fault> {
        // The last sheet that begins before the time, to the end of the last that begins with it.
        let sheets = self.bounds.as_chunks().0;
        let begins = |bound: &[u8; 8]| u64::from_le_bytes(*bound).cast_signed();
        let earlier = sheets.partition_point(|bound| begins(bound) < key.time);
        let not_later = sheets.partition_point(|bound| begins(bound) <= key.time);
        let mut low = earlier.saturating_sub(1) * SHEET;
        let mut high = (not_later * SHEET).min(self.docs);
        while low < high {
            let middle = low.midpoint(high);
            let time = self.time(middle)?;
            let earlier = time < key.time || (time == key.time && self.id(middle)? < key.id);
            if earlier {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}

/// All rows of a segment from one alert on, for merging.
pub(crate) fn read_all(pieces: Pieces<'_>, docs: usize) -> Result<Vec<Row>, Fault> {
    let mut rows = Vec::with_capacity(docs);
    let mut reader = RowReader::new(pieces, docs)?;
    for doc in 0..docs {
        let (key, place) = (reader.key(doc)?, reader.place(doc)?);
        rows.push(Row { key, place, dimensions: [0; DIMENSIONS] });
    }
    for dimension in 0..DIMENSIONS {
        pieces.scan(column_kind(dimension), 0..docs.div_ceil(STRIPE), |stripe, piece| {
            let column = crate::dimensions::Column::new(piece)?;
            for (at, row) in rows.iter_mut().skip(stripe * STRIPE).take(STRIPE).enumerate() {
                row.dimensions[dimension] = column.get(at);
            }
            Ok(())
        })?;
    }
    Ok(rows)
}
