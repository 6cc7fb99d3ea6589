//! What is too old or too much goes, oldest first and a slice at a time, so that insertions come between.
//! Freed pages are used again; when there are many, the file shrinks. Called by the server now and then.

use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::block;
use crate::dimensions::STRIPE;
use crate::error::{Fault, StoreError};
use crate::pieces::Kind;
use crate::rows::RowReader;
use crate::segment::{self, Segment};
use crate::store::{Store, Writer, used_bytes};

/// Alerts removed in one slice.
const SLICE: usize = 1 << 16;
/// Pages given back to the file system in one slice.
const VACUUM: i64 = 256;

/// What is kept; what is `None` does not limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Alerts from before this time go: nanoseconds since 1970.
    pub since: Option<i64>,
    /// So many bytes of the file may hold something.
    pub bytes: Option<u64>,
}

impl Store {
    /// Removes what is not to be kept; gives how many alerts that were.
    pub fn retain(&self, retention: Retention) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            self.give_way();
            match self.write(|writer| writer.remove_slice(retention))? {
                Some(count) => removed += count,
                None => break,
            }
        }
        while self.write(Writer::shrink)? {
            self.give_way();
        }
        Ok(removed)
    }
}

impl Writer {
    /// Removes some alerts, or what dead segments left; `None` when nothing is to be removed.
    fn remove_slice(&mut self, retention: Retention) -> Result<Option<u64>, Fault> {
        if self.unswept && self.merger.is_none() {
            self.sweep()?;
            return Ok(Some(0));
        }
        let segments = segment::list(&self.db)?;
        let Some(oldest) = segments.iter().min_by_key(|segment| segment.oldest) else {
            return Ok(None);
        };
        let mut until = None;
        if let Some(since) = retention.since.filter(|&since| oldest.oldest < since) {
            let mut rows = RowReader::new(oldest.pieces(&self.db), oldest.docs)?;
            until = Some(if oldest.newest < since { oldest.docs } else { rows.before(since)? });
        } else if let Some(limit) = retention.bytes {
            until = excess(&self.db, &segments, limit)?.map(|count| oldest.first_live + count);
        }
        let Some(until) = until else { return Ok(None) };
        // What is being merged would come back.
        if self.merger.take().is_some() {
            self.unswept = true;
        }
        let until = until.min(oldest.docs).min(oldest.first_live + SLICE);
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        trim(&transaction, *oldest, until)?;
        transaction.commit()?;
        self.unswept |= until == oldest.docs;
        Ok(Some((until - oldest.first_live) as u64))
    }

    fn sweep(&mut self) -> Result<(), Fault> {
        self.tend(Duration::from_millis(20)).map(|_| ())
    }

    /// Gives some pages back when a quarter of the file is free. Gives whether there is more to do.
    fn shrink(&mut self) -> Result<bool, Fault> {
        let number = |pragma: &str| self.db.query_row(pragma, [], |row| row.get::<_, i64>(0));
        let (pages, free) = (number("PRAGMA page_count")?, number("PRAGMA freelist_count")?);
        if free < VACUUM || free * 4 < pages {
            return Ok(false);
        }
        self.db.execute_batch(&format!("PRAGMA incremental_vacuum({VACUUM})"))?;
        Ok(number("PRAGMA freelist_count")? < free)
    }
}

/// How many alerts must go for the rest to fit, about; `None` when it fits.
fn excess(db: &Connection, segments: &[Segment], limit: u64) -> Result<Option<usize>, Fault> {
    let used = used_bytes(db)?;
    let alerts: usize = segments.iter().map(|segment| segment.live()).sum();
    if used <= limit || alerts == 0 {
        return Ok(None);
    }
    let part = u128::from(used - limit) * alerts as u128 / u128::from(used);
    Ok(Some((part as usize).clamp(1, SLICE)))
}

/// Removes the alerts of a segment before one of them.
fn trim(db: &Connection, segment: Segment, until: usize) -> Result<(), Fault> {
    let pieces = segment.pieces(db);
    let (mut dead, mut live) = (Vec::new(), Vec::new());
    let stripes = segment.first_live / STRIPE..segment.docs.div_ceil(STRIPE);
    pieces.scan(Kind::Places as u8, stripes, |stripe, places| {
        for (doc, place) in (stripe * STRIPE..).zip(places.as_chunks().0) {
            let block = (u64::from_le_bytes(*place) >> 8).cast_signed();
            let side = if doc < until { &mut dead } else { &mut live };
            if doc >= segment.first_live && side.last() != Some(&block) {
                side.push(block);
            }
        }
        Ok(())
    })?;
    live.sort_unstable();
    dead.sort_unstable();
    dead.dedup();
    dead.retain(|block| live.binary_search(block).is_err());
    block::remove(db, dead.into_iter())?;
    if until == segment.docs {
        return segment::forget(db, segment.id);
    }
    let oldest = RowReader::new(pieces, segment.docs)?.time(until)?;
    segment::put(db, Segment { first_live: until, oldest, ..segment })
}
