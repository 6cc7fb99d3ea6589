//! A store of alerts that is open: one writer behind a lock, as many readers as are asked at once, each with its own connection.
//! A reader sees one state from beginning to end and waits for no writer. What is asked and written stands in the other modules.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use crate::alert::uuid;
use crate::block::BlockReader;
use crate::database::{self, ALERTS};
use crate::error::{Fault, StoreError};
use crate::insertion::{Inserter, Insertion, doc_of};
use crate::known::KnownIds;
use crate::merging::{self, Merger};
use crate::names::Names;
use crate::rows::RowReader;
use crate::segment::{self, Segment};
use crate::term::id_term;

/// Readers that are kept open between questions.
const SPARE_READERS: usize = 4;
/// Pieces of dead segments removed at a time.
const SWEEP: usize = 64;

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// Alerts that are kept.
    pub alerts: u64,
    /// Bytes of the file that hold something.
    pub bytes: u64,
    /// Times of the oldest and newest alert: nanoseconds since 1970.
    pub times: Option<(i64, i64)>,
}

/// See the module.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    writer: Option<Mutex<Writer>>,
    /// Writers that wait for their turn: long work in slices lets them go first.
    waiting: AtomicUsize,
    readers: Mutex<Vec<Connection>>,
    names: Mutex<Arc<Names>>,
}

/// What only one may do.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) db: Connection,
    pub(crate) names: Names,
    pub(crate) known: Option<KnownIds>,
    /// The number of the next segment.
    pub(crate) next: i64,
    pub(crate) merger: Option<Merger>,
    /// Whether there may be pieces of dead segments.
    pub(crate) unswept: bool,
    /// Held as long as this writes.
    _lock: File,
}

/// One state of the store, as a question sees it.
#[derive(Debug)]
pub(crate) struct Snapshot<'c> {
    pub(crate) db: &'c Connection,
    pub(crate) names: Arc<Names>,
    pub(crate) segments: Vec<Segment>,
}

impl Store {
    /// Opens the store in a directory to write and to read, and makes it when there is none. One process at a time may.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        database::make_directory(directory)?;
        let lock = database::lock(&directory.join("writer.lock"))?;
        let path = directory.join("alerts.db");
        let db = database::open_writer(&path, &ALERTS)?;
        let writer = Writer::new(db, lock).map_err(|fault| fault.of(&path))?;
        Ok(Self::with(path, Some(Mutex::new(writer))))
    }

    /// Opens the store in a directory to read only, whether another process writes to it or not.
    pub fn open_reader(directory: &Path) -> Result<Self, StoreError> {
        let store = Self::with(directory.join("alerts.db"), None);
        store.read(|_| Ok(()))?;
        Ok(store)
    }

    fn with(path: PathBuf, writer: Option<Mutex<Writer>>) -> Self {
        let (readers, names) = (Mutex::default(), Mutex::default());
        Self { path, writer, waiting: AtomicUsize::new(0), readers, names }
    }

    /// Keeps the alerts in these lines; one whose id is known changes nothing.
    pub fn insert(&self, lines: &[u8]) -> Result<Insertion, StoreError> {
        self.write(|writer| writer.insert(lines))
    }

    /// The line of the alert with this UUID.
    pub fn get(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(id) = uuid(id.as_bytes()) else { return Ok(None) };
        let term = id_term(id);
        self.read(|snapshot| {
            for segment in snapshot.segments.iter().rev() {
                if let Some(doc) = doc_of(*segment, snapshot.db, &term)? {
                    let pieces = segment.pieces(snapshot.db);
                    let place = RowReader::new(pieces, segment.docs)?.place(doc)?;
                    return Ok(Some(BlockReader::new(snapshot.db).line(place)?.to_vec()));
                }
            }
            Ok(None)
        })
    }

    /// How much there is, and since when.
    pub fn extent(&self) -> Result<Extent, StoreError> {
        self.read(|snapshot| {
            let oldest = snapshot.segments.iter().map(|segment| segment.oldest).min();
            let newest = snapshot.segments.iter().map(|segment| segment.newest).max();
            Ok(Extent {
                alerts: snapshot.segments.iter().map(|segment| segment.live() as u64).sum(),
                bytes: used_bytes(snapshot.db)?,
                times: oldest.zip(newest),
            })
        })
    }

    pub(crate) fn read<R>(
        &self,
        ask: impl FnOnce(&Snapshot<'_>) -> Result<R, Fault>,
    ) -> Result<R, StoreError> {
        let spare = lock(&self.readers).pop();
        let db = match spare {
            Some(db) => db,
            None => database::open_reader(&self.path, &ALERTS)?,
        };
        let answer = self.ask(&db, ask).map_err(|fault| fault.of(&self.path));
        let mut readers = lock(&self.readers);
        if readers.len() < SPARE_READERS {
            readers.push(db);
        }
        answer
    }

    fn ask<R>(
        &self,
        db: &Connection,
        ask: impl FnOnce(&Snapshot<'_>) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        // Ends when it is dropped; all that is read in it is of one state.
        let transaction = db.unchecked_transaction()?;
        let segments = segment::list(&transaction)?;
        let names = {
            let mut names = lock(&self.names);
            Arc::make_mut(&mut names).refresh(&transaction)?;
            Arc::clone(&names)
        };
        ask(&Snapshot { db: &transaction, names, segments })
    }

    pub(crate) fn write<R>(
        &self,
        change: impl FnOnce(&mut Writer) -> Result<R, Fault>,
    ) -> Result<R, StoreError> {
        let writer = self.writer.as_ref().ok_or_else(|| StoreError::Database {
            path: self.path.clone(),
            problem: "it was opened to read".to_owned(),
        })?;
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let mut writer = lock(writer);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        change(&mut writer).map_err(|fault| fault.of(&self.path))
    }

    /// Between two slices of long work: lets those that wait have their turn. The lock itself is not fair.
    pub(crate) fn give_way(&self) {
        while self.waiting.load(Ordering::Relaxed) > 0 {
            std::thread::yield_now();
        }
    }
}

impl Writer {
    fn new(db: Connection, lock: File) -> Result<Self, Fault> {
        let mut names = Names::default();
        names.refresh(&db)?;
        let live = segment::list(&db)?.last().map_or(0, |segment| segment.id);
        let written = crate::pieces::segments_with_pieces(&db)?.last().copied().unwrap_or(0);
        let next = live.max(written) + 1;
        Ok(Self { db, names, known: None, next, merger: None, unswept: true, _lock: lock })
    }

    fn insert(&mut self, lines: &[u8]) -> Result<Insertion, Fault> {
        let begin = Instant::now();
        let segments = segment::list(&self.db)?;
        if self.known.as_ref().is_none_or(KnownIds::is_full) {
            self.known = Some(KnownIds::of(&self.db, &segments)?);
        }
        let Some(known) = &mut self.known else { return Err(Fault::Damaged("no filter of ids")) };
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut run = || {
            let (names, next) = (&mut self.names, &mut self.next);
            let mut inserter =
                Inserter { db: &transaction, names, known, segments: &segments, next };
            let done = inserter.insert(lines)?;
            self.names.save(&transaction)?;
            Ok::<_, Fault>(done)
        };
        let outcome = run().and_then(|done| Ok(transaction.commit().map(|()| done)?));
        let (mut done, added) = outcome.inspect_err(|_| self.names.roll_back())?;
        self.names.committed();
        for id in added {
            known.add(id);
        }
        // As long again as the insertion took: enough for merging to keep up with any rate.
        let budget = begin.elapsed().mul_f64(2.0) + Duration::from_millis(2);
        if let Err(fault) = self.tend(budget) {
            self.merger = None;
            self.unswept = true;
            done.upkeep = Some(fault.to_string());
        }
        Ok(done)
    }

    /// Merges segments and removes dead ones, for about so long.
    pub(crate) fn tend(&mut self, budget: Duration) -> Result<bool, Fault> {
        let begin = Instant::now();
        while let Some(left) = budget.checked_sub(begin.elapsed()) {
            if self.merger.is_some() {
                self.merge(left)?;
            } else if self.unswept {
                let transaction =
                    self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
                self.unswept = !segment::sweep(&transaction, SWEEP)?;
                transaction.commit()?;
            } else if let Some(inputs) = merging::due(&segment::list(&self.db)?) {
                self.begin_merge(inputs)?;
            } else {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn begin_merge(&mut self, inputs: Vec<Segment>) -> Result<(), Fault> {
        let id = self.next;
        self.next += 1;
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut merger = Some(Merger::begin(&transaction, inputs, id)?);
        while let Some(small) = merger.take_if(|merger| merger.is_small()) {
            merger = small.step(&transaction, Duration::MAX)?;
            self.unswept |= merger.is_none();
        }
        transaction.commit()?;
        self.merger = merger;
        Ok(())
    }

    fn merge(&mut self, budget: Duration) -> Result<(), Fault> {
        // A step that fails leaves nothing to go on with: its pieces are swept, the merge begins anew.
        let Some(merger) = self.merger.take() else { return Ok(()) };
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let left = merger.step(&transaction, budget)?;
        transaction.commit()?;
        self.unswept |= left.is_none();
        self.merger = left;
        Ok(())
    }
}

/// Bytes of the pages that hold something.
pub(crate) fn used_bytes(db: &Connection) -> Result<u64, Fault> {
    let number = |pragma: &str| db.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let pages = number("PRAGMA page_count")? - number("PRAGMA freelist_count")?;
    Ok((pages * number("PRAGMA page_size")?).cast_unsigned())
}

/// A panic of another call left nothing half done here that a transaction would not have rolled back.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;

    fn lines(from: u32, count: u32) -> String {
        let line = |number: u32| {
            format!(
                "{{\"uuid\":\"00000000-0000-4000-8000-{number:012}\",\"time\":\"2026-06-01T00:00:00Z\",\"rule\":\"r{number}\"}}\n"
            )
        };
        let lines: Vec<String> = (from..from + count).map(line).collect();
        lines.concat()
    }

    #[test]
    fn a_full_disk_refuses_an_insertion_and_leaves_nothing_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let limit = |pages: u32| {
            let set = |writer: &mut Writer| {
                let sql = format!("PRAGMA max_page_count = {pages}");
                Ok(writer.db.query_row(&sql, [], |row| row.get::<_, u32>(0))?)
            };
            store.write(set).unwrap();
        };
        store.insert(lines(0, 100).as_bytes()).unwrap();
        limit(1);
        let before = store.extent().unwrap();
        let error = store.insert(lines(100, 5000).as_bytes()).unwrap_err();
        assert_eq!(error.code(), "ERR_STORE_FULL");
        assert_eq!(store.extent().unwrap(), before);
        limit(1 << 30);
        let done = store.insert(lines(50, 5050).as_bytes()).unwrap();
        assert_eq!((done.added, done.known), (5000, 50));
        let query = Query { rules: vec!["r5099".into(), "r7".into()], ..Query::default() };
        assert_eq!(store.count(&query).unwrap().count, 2);
    }
}
