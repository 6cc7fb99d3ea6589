//! How many alerts of a query fall into each part of a span of time, by the values of one kind.
//! Alerts lie in the order of time, so that a part is a range of them. Used by the page's charts.

use std::collections::HashMap;

use crate::access::Snapshot;
use crate::dimensions::{self, STRIPE};
use crate::error::{Fault, StoreError};
use crate::evaluation::Prepared;
use crate::facet::Facet;
use crate::listing::Found;
use crate::query::Query;
use crate::rows::RowReader;
use crate::segment::Segment;
use crate::store::Store;

/// Rows that a histogram has at most: the values with the most alerts.
const MOST_SERIES: usize = 100;
/// Parts that a span may be divided into.
const MOST_BUCKETS: usize = 10_000;

/// A span of time in equal parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Nanoseconds since 1970, inclusive.
    pub from: i64,
    /// Exclusive.
    pub to: i64,
    /// How many parts.
    pub buckets: usize,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Nanoseconds of one part; the last may reach beyond the span.
    pub width: i64,
    /// When each begins.
    pub starts: Vec<i64>,
    /// A row a value, the one with the most alerts first.
    pub series: Vec<(String, Vec<u64>)>,
}

impl Store {
    /// Counts the alerts of a query over time.
    pub fn histogram(&self, query: &Query, by: Facet, span: Span) -> Result<Histogram, StoreError> {
        let buckets = span.buckets.clamp(1, MOST_BUCKETS);
        let length = i128::from(span.to) - i128::from(span.from);
        let width = length.max(1).cast_unsigned().div_ceil(buckets as u128);
        let width = i64::try_from(width).unwrap_or(i64::MAX).max(1);
        let starts: Vec<i64> = (0_i64..)
            .take(buckets)
            .map(|bucket| span.from.saturating_add(width.saturating_mul(bucket)))
            .take_while(|&start| start < span.to)
            .collect();
        let mut query = query.clone();
        query.from = Some(query.from.map_or(span.from, |from| from.max(span.from)));
        query.to = Some(query.to.map_or(span.to, |to| to.min(span.to)));
        self.read(|snapshot| {
            let found = Found::new(snapshot, &Prepared::new(&query, &snapshot.names))?;
            let mut counts = Vec::new();
            for (segment, bits) in &found.segments {
                let bounds = bounds(snapshot, *segment, &starts)?;
                add(snapshot, (*segment, bits), by, &bounds, &mut counts)?;
            }
            let series = series(&counts, by, snapshot, starts.len());
            Ok(Histogram { width, starts, series })
        })
    }
}

/// Where each part ends among the alerts of a segment.
fn bounds(snapshot: &Snapshot<'_>, segment: Segment, starts: &[i64]) -> Result<Vec<usize>, Fault> {
    let mut rows = RowReader::new(segment.pieces(snapshot.db), segment.docs)?;
    let mut ends = Vec::with_capacity(starts.len());
    for &end in starts.iter().skip(1) {
        ends.push(match end {
            end if end <= segment.oldest => 0,
            end if end > segment.newest => segment.docs,
            end => rows.before(end)?,
        });
    }
    ends.push(segment.docs);
    Ok(ends)
}

/// Adds a segment's alerts to the counts: a row a number of the column.
fn add(
    snapshot: &Snapshot<'_>,
    (segment, bits): (Segment, &crate::bitmap::Bitmap),
    by: Facet,
    bounds: &[usize],
    counts: &mut Vec<Vec<u64>>,
) -> Result<(), Fault> {
    let docs = segment.first_live..segment.docs;
    let mut bucket = 0;
    dimensions::scan(segment.pieces(snapshot.db), by.dimension(), docs, |column, part| {
        let base = part.start / STRIPE * STRIPE;
        let mut start = part.start;
        while start < part.end && bucket < bounds.len() {
            let end = bounds[bucket].min(part.end);
            for doc in bits.within(start..end) {
                let number = column.get(doc - base) as usize;
                if number >= counts.len() {
                    counts.resize(number + 1, Vec::new());
                }
                let row = &mut counts[number];
                if row.is_empty() {
                    row.resize(bounds.len(), 0);
                }
                row[bucket] += 1;
            }
            start = start.max(end);
            if bounds[bucket] <= start {
                bucket += 1;
            }
        }
        // A part that ends with a stripe is not left before the next begins.
        bucket = bounds.partition_point(|&end| end <= part.end).min(bounds.len() - 1);
        Ok(())
    })
}

fn series(
    counts: &[Vec<u64>],
    by: Facet,
    snapshot: &Snapshot<'_>,
    buckets: usize,
) -> Vec<(String, Vec<u64>)> {
    let mut rows: HashMap<&str, Vec<u64>> = HashMap::new();
    for (number, row) in (0_u32..).zip(counts) {
        if row.is_empty() {
            continue;
        }
        for value in by.values(number, &snapshot.names) {
            let sums = rows.entry(value).or_insert_with(|| vec![0; buckets]);
            sums.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
        }
    }
    let mut series: Vec<(u64, String, Vec<u64>)> =
        rows.into_iter().map(|(value, row)| (row.iter().sum(), value.to_owned(), row)).collect();
    series.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    series.truncate(MOST_SERIES);
    series.into_iter().map(|(_, value, row)| (value, row)).collect()
}
