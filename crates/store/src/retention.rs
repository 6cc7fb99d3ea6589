//! What is too old or too much goes, oldest first and a slice at a time, so that insertions come between.
//! Freed pages are used again; when there are many, the file shrinks. Ordered by the server now and then, done by `caretaker`.

use rusqlite::Connection;

use crate::block;
use crate::caretaker::Caretaker;
use crate::error::{Fault, StoreError};
use crate::pieces::Kind;
use crate::rows::{RowReader, SHEET};
use crate::segment::{self, Segment};
use crate::store::{Store, used_bytes};
use crate::writer::Writer;

/// Alerts removed in one slice.
const SLICE: usize = 1 << 13;
/// Pages given back to the file system in one slice.
const VACUUM: i64 = 256;
/// Merges that are waited for: more may come for as long as alerts do.
const PATIENCE: usize = 64;

/// What is kept; what is `None` does not limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Alerts from before this time go: nanoseconds since 1970.
    pub since: Option<i64>,
    /// So many bytes of the file may hold something.
    pub bytes: Option<u64>,
}

impl Store {
    /// Removes what is not to be kept, once what is due is merged; gives how many alerts that were.
    pub fn retain(&self, retention: Retention) -> Result<u64, StoreError> {
        self.upkeep()
            .and_then(|upkeep| upkeep.retain(retention))
            .map_err(|fault| self.access.told(fault))
    }
}

impl Caretaker {
    /// See [`Store::retain`]. No merge is under way.
    pub(crate) fn retain(&self, retention: Retention) -> Result<u64, Fault> {
        let mut removed = 0;
        for _ in 0..PATIENCE {
            removed += self.remove(retention)?;
            // A store that is full can't merge, and is not to be full for that.
            if !self.tend().unwrap_or_default() {
                break;
            }
        }
        removed += self.remove(retention)?;
        while !self.is_stopping() && self.access().write_aside(Writer::shrink)? {}
        if removed > 0 {
            // Only then the file is as small as it says.
            self.end_log()?;
        }
        Ok(removed)
    }

    fn remove(&self, retention: Retention) -> Result<u64, Fault> {
        let mut removed = 0;
        while !self.is_stopping() {
            while self.sweep()? {}
            let Some(count) = self.remove_slice(retention)? else { break };
            removed += count;
        }
        Ok(removed)
    }

    /// Removes some alerts; `None` when none are to be removed.
    fn remove_slice(&self, retention: Retention) -> Result<Option<u64>, Fault> {
        let db = self.db();
        let segments = segment::list(db)?;
        let Some(oldest) = segments.iter().min_by_key(|segment| segment.oldest) else {
            return Ok(None);
        };
        let mut until = None;
        if let Some(since) = retention.since.filter(|&since| oldest.oldest < since) {
            let mut rows = RowReader::new(oldest.pieces(db), oldest.docs)?;
            until = Some(if oldest.newest < since { oldest.docs } else { rows.before(since)? });
        } else if let Some(limit) = retention.bytes {
            until = excess(db, &segments, limit)?.map(|count| oldest.first_live + count);
        }
        let Some(until) = until else { return Ok(None) };
        let until = until.min(oldest.docs).min(oldest.first_live + SLICE);
        let blocks = dead_blocks(db, *oldest, until)?;
        let rest = rest_of(db, *oldest, until)?;
        // Removing a block reads it: on a slow disk the writer would wait for that.
        block::fetch(db, &blocks)?;
        self.access().write_aside(|writer| {
            writer.transact(|db| {
                block::remove(db, blocks.into_iter())?;
                match rest {
                    Some(rest) => segment::put(db, rest),
                    None => segment::forget(db, oldest.id),
                }
            })
        })?;
        if rest.is_none() {
            self.left_pieces();
        }
        Ok(Some((until - oldest.first_live) as u64))
    }
}

impl Writer {
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

/// Blocks of lines of which none is left when the alerts of a segment before one of them are gone.
fn dead_blocks(db: &Connection, segment: Segment, until: usize) -> Result<Vec<i64>, Fault> {
    let (mut dead, mut live) = (Vec::new(), Vec::new());
    let sheets = segment.first_live / SHEET..segment.docs.div_ceil(SHEET);
    segment.pieces(db).scan(Kind::Places as u8, sheets, |sheet, places| {
        for (doc, place) in (sheet * SHEET..).zip(places.as_chunks().0) {
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
    Ok(dead)
}

/// What is left of a segment without the alerts before one of them.
fn rest_of(db: &Connection, segment: Segment, until: usize) -> Result<Option<Segment>, Fault> {
    if until == segment.docs {
        return Ok(None);
    }
    let oldest = RowReader::new(segment.pieces(db), segment.docs)?.time(until)?;
    Ok(Some(Segment { first_live: until, oldest, ..segment }))
}
