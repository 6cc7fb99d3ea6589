//! What alerts are counted and narrowed by without reading them: a column of small numbers each.
//! Knows the columns' form. Used by rows, queries, facets and histograms.

use std::ops::Range;

use crate::error::Fault;
use crate::pieces::{Kind, KindNumber, Pieces};

/// Alerts of one stripe: as many as these columns have in a piece. A page of the file holds two pieces of one byte an alert, or one of two;
/// words of a bitmap end where stripes do.
pub(crate) const STRIPE: usize = 127 * 64;

/// A column of numbers: of priorities, or of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dimension {
    Priority = 0,
    Rule = 1,
    Source = 2,
    Hostname = 3,
    Namespace = 4,
    /// Number of a set of tags.
    Tags = 5,
}

/// How many there are.
pub(crate) const DIMENSIONS: usize = 6;

impl Dimension {
    pub(crate) fn kind(self) -> KindNumber {
        column_kind(self as usize)
    }
}

pub(crate) fn column_kind(dimension: usize) -> KindNumber {
    Kind::Dimension as u8 + dimension as u8
}

/// Numbers as one byte each, or two, or four: the first byte says which.
pub(crate) fn pack(numbers: impl Iterator<Item = u32> + Clone, out: &mut Vec<u8>) {
    out.clear();
    let width = match numbers.clone().max().unwrap_or(0) {
        0..=0xFF => 1,
        0x100..=0xFFFF => 2,
        _ => 4,
    };
    out.push(width);
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes()[..usize::from(width)]);
    }
}

/// What [`pack`] wrote.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column<'b> {
    One(&'b [u8]),
    Two(&'b [[u8; 2]]),
    Four(&'b [[u8; 4]]),
}

impl<'b> Column<'b> {
    pub(crate) fn new(piece: &'b [u8]) -> Result<Self, Fault> {
        match piece.split_first() {
            Some((1, rest)) => Ok(Self::One(rest)),
            Some((2, rest)) => Ok(Self::Two(rest.as_chunks().0)),
            Some((4, rest)) => Ok(Self::Four(rest.as_chunks().0)),
            _ => Err(Fault::Damaged("a column has no width")),
        }
    }

    #[inline]
    pub(crate) fn get(self, index: usize) -> u32 {
        match self {
            Self::One(numbers) => numbers.get(index).map_or(0, |&number| u32::from(number)),
            Self::Two(numbers) => {
                numbers.get(index).map_or(0, |&number| u16::from_le_bytes(number).into())
            }
            Self::Four(numbers) => {
                numbers.get(index).map_or(0, |&number| u32::from_le_bytes(number))
            }
        }
    }

    /// Counts the numbers in a range, each in its place.
    pub(crate) fn tally(self, range: Range<usize>, counts: &mut Counts) {
        match self {
            Self::One(numbers) => {
                for &number in numbers.get(range).unwrap_or_default() {
                    counts.add(u32::from(number), 1);
                }
            }
            Self::Two(numbers) => {
                for &number in numbers.get(range).unwrap_or_default() {
                    counts.add(u16::from_le_bytes(number).into(), 1);
                }
            }
            Self::Four(numbers) => {
                for &number in numbers.get(range).unwrap_or_default() {
                    counts.add(u32::from_le_bytes(number), 1);
                }
            }
        }
    }
}

/// How often each number was met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts(pub(crate) Vec<u64>);

impl Counts {
    #[inline]
    pub(crate) fn add(&mut self, number: u32, count: u64) {
        let at = number as usize;
        if at >= self.0.len() {
            self.0.resize(at + 1, 0);
        }
        self.0[at] += count;
    }
}

/// Gives the column of each stripe that a range of alerts touches, with the part of the range that lies in it.
pub(crate) fn scan(
    pieces: Pieces<'_>,
    dimension: Dimension,
    docs: Range<usize>,
    mut each: impl FnMut(Column<'_>, Range<usize>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let stripes = docs.start / STRIPE..docs.end.div_ceil(STRIPE);
    pieces.scan(dimension.kind(), stripes, |stripe, piece| {
        let base = stripe * STRIPE;
        let part = docs.start.max(base)..docs.end.min(base + STRIPE);
        each(Column::new(piece)?, part)
    })
}
