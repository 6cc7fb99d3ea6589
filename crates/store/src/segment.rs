//! The list of segments: which are live, how large, from when to when.
//! Used by everything that reads or changes alerts.

use rusqlite::{Connection, params};

use crate::error::Fault;
use crate::pieces::{Pieces, segments_with_pieces};

/// Alerts in the order of time, with all they are found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) id: i64,
    /// Alerts, those that were removed too.
    pub(crate) docs: usize,
    /// The alerts before this one were removed.
    pub(crate) first_live: usize,
    /// Times of the first live alert and of the last.
    pub(crate) oldest: i64,
    pub(crate) newest: i64,
}

impl Segment {
    pub(crate) fn pieces(self, db: &Connection) -> Pieces<'_> {
        Pieces { db, segment: self.id }
    }

    /// Alerts that were not removed.
    pub(crate) fn live(self) -> usize {
        self.docs.saturating_sub(self.first_live)
    }
}

/// All live segments, in the order in which they were made.
pub(crate) fn list(db: &Connection) -> Result<Vec<Segment>, Fault> {
    let mut select =
        db.prepare_cached("SELECT id, docs, first_live, oldest, newest FROM segment ORDER BY id")?;
    let rows = select.query_map([], |row| {
        Ok(Segment {
            id: row.get(0)?,
            docs: row.get::<_, u32>(1)? as usize,
            first_live: row.get::<_, u32>(2)? as usize,
            oldest: row.get(3)?,
            newest: row.get(4)?,
        })
    })?;
    rows.map(|row| Ok(row?)).collect()
}

/// Makes a segment live, or changes what is known of it.
pub(crate) fn put(db: &Connection, segment: Segment) -> Result<(), Fault> {
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO segment(id, docs, first_live, oldest, newest) VALUES (?, ?, ?, ?, ?)",
    )?;
    let Segment { id, docs, first_live, oldest, newest } = segment;
    insert.execute(params![id, docs as u32, first_live as u32, oldest, newest])?;
    Ok(())
}

/// Makes a segment dead; its pieces are left to [`sweep`].
pub(crate) fn forget(db: &Connection, id: i64) -> Result<(), Fault> {
    db.prepare_cached("DELETE FROM segment WHERE id = ?")?.execute([id])?;
    Ok(())
}

/// Removes up to `limit` pieces of segments that are neither live nor in the making. Gives whether none are left.
pub(crate) fn sweep(db: &Connection, limit: usize, making: &[i64]) -> Result<bool, Fault> {
    let live = list(db)?;
    let mut left = limit;
    for id in segments_with_pieces(db)? {
        if !making.contains(&id) && !live.iter().any(|segment| segment.id == id) {
            left -= Pieces { db, segment: id }.remove(left)?;
            if left == 0 {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
