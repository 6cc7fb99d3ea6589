//! The connections of an open store: one writer behind a lock, as many readers as are asked at once, each with its own connection.
//! A reader sees one state from beginning to end and waits for no writer. Used by `store` and `caretaker`.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::database::{self, ALERTS};
use crate::error::{Fault, StoreError};
use crate::names::Names;
use crate::segment::{self, Segment};
use crate::writer::Writer;

/// Readers that are kept open between questions.
const SPARE_READERS: usize = 4;

/// See the module.
#[derive(Debug)]
pub(crate) struct Access {
    path: PathBuf,
    writer: Option<Mutex<Writer>>,
    /// Writers that wait for their turn: who changes something aside lets them go first.
    waiting: AtomicUsize,
    /// Rows that the writer has changed.
    changes: AtomicU64,
    readers: Mutex<Vec<Connection>>,
    names: Mutex<Arc<Names>>,
}

/// One state of the store, as a question sees it.
#[derive(Debug)]
pub(crate) struct Snapshot<'c> {
    pub(crate) db: &'c Connection,
    pub(crate) names: Arc<Names>,
    pub(crate) segments: Vec<Segment>,
}

impl Access {
    /// To the store in a file; without a writer only to read.
    pub(crate) fn new(path: PathBuf, writer: Option<Writer>) -> Self {
        Self {
            path,
            writer: writer.map(Mutex::new),
            waiting: AtomicUsize::new(0),
            changes: AtomicU64::new(0),
            readers: Mutex::default(),
            names: Mutex::default(),
        }
    }

    /// A fault, told with the file it happened in.
    pub(crate) fn told(&self, fault: Fault) -> StoreError {
        fault.of(&self.path)
    }

    /// Asks one state of the store.
    pub(crate) fn read<R>(
        &self,
        ask: impl FnOnce(&Snapshot<'_>) -> Result<R, Fault>,
    ) -> Result<R, StoreError> {
        let spare = lock(&self.readers).pop();
        let db = match spare {
            Some(db) => db,
            None => database::open_reader(&self.path, &ALERTS)?,
        };
        let answer = self.ask(&db, ask).map_err(|fault| self.told(fault));
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

    /// Changes something as soon as the change before is done.
    pub(crate) fn write<R>(
        &self,
        change: impl FnOnce(&mut Writer) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let writer = self.writer.as_ref().ok_or(Fault::OpenedToRead)?;
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let mut writer = lock(writer);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        let outcome = change(&mut writer);
        self.changes.store(writer.db.total_changes(), Ordering::Relaxed);
        outcome
    }

    /// A slice of long work: lets those that wait have their turn before. The lock itself is not fair.
    pub(crate) fn write_aside<R>(
        &self,
        change: impl FnOnce(&mut Writer) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        while self.waiting.load(Ordering::Relaxed) > 0 {
            std::thread::yield_now();
        }
        self.write(change)
    }

    /// Rows that were changed since it was opened.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }
}

/// A panic of another call left nothing half done here that a transaction would not have rolled back.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
