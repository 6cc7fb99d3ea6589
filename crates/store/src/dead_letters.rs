//! Alerts that an output could not deliver: kept with the reason until someone has them tried again or drops them.
//! A database of its own, which the server and the command line use at the same time.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rusqlite::{Connection, Row, TransactionBehavior, params};

use crate::access::lock;
use crate::database::{self, Format};
use crate::error::{Fault, StoreError};

const FORMAT: Format = Format {
    application: 0x4c4e_5244,
    version: 1,
    tables: "CREATE TABLE letter(id INTEGER PRIMARY KEY AUTOINCREMENT, output TEXT NOT NULL, alert TEXT NOT NULL,
        line BLOB NOT NULL, attempts INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        error TEXT NOT NULL, due INTEGER NOT NULL DEFAULT 0, UNIQUE(output, alert));
        CREATE INDEX due_letter ON letter(output, id) WHERE due = 1;",
};

/// A delivery that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeadLetter {
    /// Name of the output.
    pub output: String,
    /// UUID of the alert.
    pub alert: String,
    /// The alert's line.
    pub line: Vec<u8>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it failed first and last: nanoseconds since 1970.
    pub first: i64,
    /// See `first`.
    pub last: i64,
    /// What went wrong last.
    pub error: String,
}

/// One that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Rises with every new letter.
    pub id: i64,
    /// Whether it is to be tried again.
    pub due: bool,
    /// All else.
    pub letter: NewDeadLetter,
}

/// See the module.
#[derive(Debug)]
pub struct DeadLetters {
    path: PathBuf,
    db: Mutex<Connection>,
}

impl DeadLetters {
    /// Opens the database, and makes it when there is none.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(directory) = path.parent() {
            database::make_directory(directory)?;
        }
        let db = database::open_writer(path, &FORMAT)?;
        Ok(Self { path: path.to_owned(), db: Mutex::new(db) })
    }

    fn change<R>(
        &self,
        run: impl FnOnce(&Connection) -> Result<R, Fault>,
    ) -> Result<R, StoreError> {
        let mut db = lock(&self.db);
        let inside = || {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = run(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        inside().map_err(|fault: Fault| fault.of(&self.path))
    }

    /// Keeps letters, all or none. One for the same alert and output takes the new reason, its attempts add up, and it is no
    /// longer due.
    pub fn bury(&self, letters: &[NewDeadLetter]) -> Result<(), StoreError> {
        self.change(|db| {
            let mut insert = db.prepare_cached(
                "INSERT INTO letter(output, alert, line, attempts, first, last, error) VALUES (?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT(output, alert) DO UPDATE SET attempts = attempts + excluded.attempts,
                 last = excluded.last, error = excluded.error, due = 0",
            )?;
            for NewDeadLetter { output, alert, line, attempts, first, last, error } in letters {
                insert.execute(params![output, alert, line, attempts, first, last, error])?;
            }
            Ok(())
        })
    }

    /// Letters with ids greater than `after`, rising; of one output, or of all.
    pub fn list(
        &self,
        output: Option<&str>,
        limit: u32,
        after: i64,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.select("(?1 IS NULL OR output = ?1) AND id > ?3", output, limit, after)
    }

    /// Letters of one output that are to be tried again, oldest first. They stay until they are dropped or buried anew.
    pub fn due(&self, output: &str, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.select("output = ?1 AND due = 1 AND id > ?3", Some(output), limit, 0)
    }

    fn select(
        &self,
        condition: &str,
        output: Option<&str>,
        limit: u32,
        after: i64,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let db = lock(&self.db);
        let run = || {
            let mut select = db.prepare_cached(&format!(
                "SELECT id, due, output, alert, line, attempts, first, last, error FROM letter WHERE {condition}
                 ORDER BY id LIMIT ?2"
            ))?;
            let rows = select.query_map(params![output, limit, after], letter)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        };
        run().map_err(|fault: Fault| fault.of(&self.path))
    }

    /// Has letters tried again: those with these ids, or all of an output, or all. Gives how many.
    pub fn retry(&self, output: Option<&str>, ids: Option<&[i64]>) -> Result<u64, StoreError> {
        self.each("UPDATE letter SET due = 1 WHERE due = 0 AND", output, ids)
    }

    /// Forgets letters: those with these ids, or all of an output, or all. Gives how many.
    pub fn drop_letters(
        &self,
        output: Option<&str>,
        ids: Option<&[i64]>,
    ) -> Result<u64, StoreError> {
        self.each("DELETE FROM letter WHERE", output, ids)
    }

    fn each(
        &self,
        change: &str,
        output: Option<&str>,
        ids: Option<&[i64]>,
    ) -> Result<u64, StoreError> {
        self.change(|db| {
            let Some(ids) = ids else {
                let sql = format!("{change} (?1 IS NULL OR output = ?1)");
                return Ok(db.prepare_cached(&sql)?.execute([output])? as u64);
            };
            let sql = format!("{change} (?1 IS NULL OR output = ?1) AND id = ?2");
            let mut statement = db.prepare_cached(&sql)?;
            ids.iter()
                .try_fold(0, |sum, id| Ok(sum + statement.execute(params![output, id])? as u64))
        })
    }

    /// How many letters each output has.
    pub fn counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let db = lock(&self.db);
        let run = || {
            let mut select = db.prepare_cached(
                "SELECT output, count(*) FROM letter GROUP BY output ORDER BY output",
            )?;
            let rows = select
                .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        };
        run().map_err(|fault: Fault| fault.of(&self.path))
    }
}

fn letter(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    let letter = NewDeadLetter {
        output: row.get(2)?,
        alert: row.get(3)?,
        line: row.get(4)?,
        attempts: row.get(5)?,
        first: row.get(6)?,
        last: row.get(7)?,
        error: row.get(8)?,
    };
    Ok(DeadLetter { id: row.get(0)?, due: row.get(1)?, letter })
}
