//! A store of alerts that is open: what may be asked of it and told to it.
//! How it is reached stands in `access`, what is asked and written in the other modules. Used by the addon.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use crate::access::{Access, Snapshot};
use crate::alert::uuid;
use crate::block::BlockReader;
use crate::database::{self, ALERTS};
use crate::error::{Fault, StoreError};
use crate::insertion::{Insertion, doc_of};
use crate::rows::RowReader;
use crate::term::id_term;
use crate::upkeep::Upkeep;
use crate::writer::Writer;

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
    /// None where it is only read. Before `access`: its thread ends first.
    upkeep: Option<Upkeep>,
    pub(crate) access: Arc<Access>,
}

impl Store {
    /// Opens the store in a directory to write and to read, and makes it when there is none. One process at a time may.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        database::make_directory(directory)?;
        let lock = database::lock(&directory.join("writer.lock"))?;
        let path = directory.join("alerts.db");
        let db = database::open_writer(&path, &ALERTS)?;
        // Moving the log into the file is the caretaker's work; this is for when it can't.
        db.execute_batch("PRAGMA wal_autocheckpoint = 16000")
            .map_err(|error| told(error, &path))?;
        let writer = Writer::new(db, lock).map_err(|fault| fault.of(&path))?;
        let access = Arc::new(Access::new(path.clone(), Some(writer)));
        let reader = database::open_reader(&path, &ALERTS)?;
        let upkeep = Upkeep::start(Arc::clone(&access), reader)
            .map_err(|source| StoreError::Open { path, source })?;
        Ok(Self { upkeep: Some(upkeep), access })
    }

    /// Opens the store in a directory to read only, whether another process writes to it or not.
    pub fn open_reader(directory: &Path) -> Result<Self, StoreError> {
        let access = Arc::new(Access::new(directory.join("alerts.db"), None));
        access.read(|_| Ok(()))?;
        Ok(Self { upkeep: None, access })
    }

    /// Keeps the alerts in these lines; one whose id is known changes nothing.
    pub fn insert(&self, lines: &[u8]) -> Result<Insertion, StoreError> {
        let outcome = self.access.write(|writer| writer.insert(lines));
        let (mut done, segments) = outcome.map_err(|fault| self.access.told(fault))?;
        done.upkeep = self.upkeep.as_ref().and_then(|upkeep| upkeep.wake(segments));
        Ok(done)
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
        self.access.read(ask)
    }

    pub(crate) fn upkeep(&self) -> Result<&Upkeep, Fault> {
        self.upkeep.as_ref().ok_or(Fault::OpenedToRead)
    }
}

fn told(error: rusqlite::Error, path: &Path) -> StoreError {
    Fault::from(error).of(path)
}

/// Bytes of the pages that hold something.
pub(crate) fn used_bytes(db: &Connection) -> Result<u64, Fault> {
    let number = |pragma: &str| db.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let pages = number("PRAGMA page_count")? - number("PRAGMA freelist_count")?;
    Ok((pages * number("PRAGMA page_size")?).cast_unsigned())
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
            store.access.write(set).unwrap();
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
