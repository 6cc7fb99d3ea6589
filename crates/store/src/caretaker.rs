//! What keeps a store quick: merges segments, sweeps away dead ones, moves the log into the file, makes the filter of ids anew.
//! Reads beside the writer and changes in short turns, so that insertions wait for none of it. Runs on the thread of `upkeep`.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use crate::access::Access;
use crate::error::Fault;
use crate::known::KnownIds;
use crate::merging::{self, ANY_SIZE, Size};
use crate::segment::{self, Segment};
use crate::writer::Numbers;

/// Pieces of dead segments removed at a time.
const SWEEP: usize = 64;
/// Changed rows after which the log goes into the file: some ten megabytes.
const LOGGED: u64 = 1500;
/// Pages in the log from which on it is emptied with the writer stopped, as the log starts again only when it is empty.
const LONG_LOG: i64 = 4096;

/// See the module.
#[derive(Debug)]
pub(crate) struct Caretaker {
    access: Arc<Access>,
    db: Connection,
    stopping: Arc<AtomicBool>,
    /// Segments that are being merged.
    merging: RefCell<Vec<i64>>,
    /// Segments in the making.
    making: RefCell<Vec<i64>>,
    /// Whether there may be pieces of dead segments.
    unswept: Cell<bool>,
    /// Rows that had been changed when the log last went into the file.
    logged: Cell<u64>,
}

impl Caretaker {
    pub(crate) fn new(access: Arc<Access>, db: Connection, stopping: Arc<AtomicBool>) -> Self {
        Self {
            access,
            db,
            stopping,
            merging: RefCell::default(),
            making: RefCell::default(),
            unswept: Cell::new(true),
            logged: Cell::new(0),
        }
    }

    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// A connection to read with.
    pub(crate) fn db(&self) -> &Connection {
        &self.db
    }

    pub(crate) fn numbers(&self) -> Result<Arc<Numbers>, Fault> {
        self.access.write_aside(|writer| Ok(writer.numbers()))
    }

    /// Whether the store is being closed.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// There are pieces of dead segments now.
    pub(crate) fn left_pieces(&self) {
        self.unswept.set(true);
    }

    /// Readies the writer for the first insertion, which waits for that.
    pub(crate) fn begin(&self) -> Result<(), Fault> {
        self.access.write_aside(|writer| writer.learn_ids(&|| self.is_stopping()))
    }

    /// Does one thing that is due. Gives whether there was any.
    pub(crate) fn tend(&self) -> Result<bool, Fault> {
        if self.is_stopping() {
            return Ok(false);
        }
        self.empty_log()?;
        if self.sweep()? || self.merge(ANY_SIZE)? {
            return Ok(true);
        }
        self.renew_known()
    }

    /// In the midst of a merge: what can't wait for its end.
    pub(crate) fn between(&self, size: Size) -> Result<(), Fault> {
        self.empty_log()?;
        while !self.is_stopping() && self.merge(size)? {}
        self.sweep()?;
        Ok(())
    }

    /// Removes some pieces of dead segments. Gives whether there were any.
    pub(crate) fn sweep(&self) -> Result<bool, Fault> {
        if !self.unswept.get() {
            return Ok(false);
        }
        let making = self.making.borrow();
        let swept = self
            .access
            .write_aside(|writer| writer.transact(|db| segment::sweep(db, SWEEP, &making)))?;
        self.unswept.set(!swept);
        Ok(true)
    }

    /// Merges segments smaller than that. Gives whether there were enough of them.
    fn merge(&self, below: Size) -> Result<bool, Fault> {
        let mut segments = segment::list(&self.db)?;
        segments.retain(|segment| !self.merging.borrow().contains(&segment.id));
        let Some((size, inputs)) = merging::due(&segments, below) else { return Ok(false) };
        let id = self.numbers()?.segment();
        let before = self.merging.borrow().len();
        self.merging.borrow_mut().extend(inputs.iter().map(|segment| segment.id));
        self.making.borrow_mut().push(id);
        let done = merging::merge(self, (size, &inputs), id);
        self.merging.borrow_mut().truncate(before);
        self.making.borrow_mut().pop();
        // The old ones, or what there is of the new one.
        self.left_pieces();
        done
    }

    /// Makes the filter of ids anew, with more room, when it is full. Gives whether it was.
    fn renew_known(&self) -> Result<bool, Fault> {
        let is_full = |known: Option<&KnownIds>| known.is_some_and(KnownIds::is_full);
        if !self.access.write_aside(|writer| Ok(is_full(writer.known.as_ref())))? {
            return Ok(false);
        }
        let before = segment::list(&self.db)?;
        let Some(mut known) = KnownIds::of(&self.db, &before, &|| self.is_stopping())? else {
            return Ok(false);
        };
        self.access.write_aside(|writer| {
            let inserted: Vec<Segment> = segment::list(&writer.db)?
                .into_iter()
                .filter(|segment| before.iter().all(|known| known.id != segment.id))
                .collect();
            known.add_all(&writer.db, &inserted)?;
            writer.known = Some(known);
            Ok(true)
        })
    }

    /// Moves the log into the file when it has grown.
    fn empty_log(&self) -> Result<(), Fault> {
        let changes = self.access.changes();
        if changes.saturating_sub(self.logged.get()) < LOGGED {
            return Ok(());
        }
        self.logged.set(changes);
        if checkpoint(&self.db)? >= LONG_LOG {
            // What came meanwhile: the less is left, the shorter the writer is stopped.
            checkpoint(&self.db)?;
            self.end_log()?;
        }
        Ok(())
    }

    /// Moves what is left of the log into the file while nobody adds to it.
    pub(crate) fn end_log(&self) -> Result<(), Fault> {
        self.access.write_aside(|writer| checkpoint(&writer.db)).map(|_| ())
    }
}

/// Moves into the file what no reader needs in the log; waits for nobody. Gives the pages of the log.
fn checkpoint(db: &Connection) -> Result<i64, Fault> {
    Ok(db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))?)
}
