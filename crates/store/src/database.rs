//! The files of a store: opened with the settings that everything relies on, made when new, refused when they are not ours.
//! Knows the tables, not what is in them. Used by `store` and `dead_letters`.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rustix::fs::{FlockOperation, flock};

use crate::error::{Fault, StoreError};

/// A kind of database: what its file is recognised by, and how it begins.
#[derive(Debug)]
pub(crate) struct Format {
    /// Stands in the file's header.
    pub(crate) application: i32,
    /// Rises when an older release could not read what a newer one wrote.
    pub(crate) version: i32,
    /// Makes the tables.
    pub(crate) tables: &'static str,
}

/// Alerts: `segment` lists what is live, `piece` holds columns and terms by segment, `block` the lines.
pub(crate) const ALERTS: Format = Format {
    application: 0x4c4e_5241,
    version: 1,
    tables: "CREATE TABLE segment(id INTEGER PRIMARY KEY, docs INTEGER NOT NULL, first_live INTEGER NOT NULL,
        oldest INTEGER NOT NULL, newest INTEGER NOT NULL);
        CREATE TABLE piece(key INTEGER PRIMARY KEY, data BLOB NOT NULL);
        CREATE TABLE block(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
        CREATE TABLE name(kind INTEGER NOT NULL, id INTEGER NOT NULL, text TEXT NOT NULL, uses INTEGER NOT NULL,
        PRIMARY KEY(kind, id)) WITHOUT ROWID;",
};

/// Opens a database to write to, and makes it when there is none.
pub(crate) fn open_writer(path: &Path, format: &Format) -> Result<Connection, StoreError> {
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    prepare(&db, path, format)?;
    Ok(db)
}

/// Opens a database that another connection, here or elsewhere, may be writing to.
pub(crate) fn open_reader(path: &Path, format: &Format) -> Result<Connection, StoreError> {
    // Not read-only for SQLite: a reader of a write-ahead log takes part in its index.
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    check(&db, path, format)?;
    db.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -16384;")
        .map_err(|error| Fault::from(error).of(path))?;
    Ok(db)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    // Each connection is used by one thread at a time, behind a lock of ours.
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> Result<Connection, Fault> {
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(Duration::from_secs(10))?;
        db.set_prepared_statement_cache_capacity(64);
        Ok(db)
    };
    open().map_err(|fault| fault.of(path))
}

fn prepare(db: &Connection, path: &Path, format: &Format) -> Result<(), StoreError> {
    let new = check(db, path, format)?;
    let run = || -> Result<(), Fault> {
        if new {
            // Only before the first table.
            db.execute_batch("PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL;")?;
        }
        // What a power cut takes was not settled in the queue, which hands it out again.
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 2000;
             PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;",
        )?;
        if new {
            let Format { application, version, tables } = format;
            db.execute_batch(&format!(
                "BEGIN IMMEDIATE; {tables} PRAGMA application_id = {application}; PRAGMA user_version = {version}; COMMIT;"
            ))?;
        }
        Ok(())
    };
    run().map_err(|fault| fault.of(path))
}

/// Whether the database is still empty; refuses what is not ours, newer than we are, or no database.
fn check(db: &Connection, path: &Path, format: &Format) -> Result<bool, StoreError> {
    let number = |pragma: &str| -> Result<i32, StoreError> {
        db.query_row(pragma, [], |row| row.get(0)).map_err(|error| Fault::from(error).of(path))
    };
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    if tables == 0 {
        return Ok(true);
    }
    if number("PRAGMA application_id")? != format.application {
        let problem = "it is a database of something else".to_owned();
        return Err(StoreError::Corrupt { path: path.to_owned(), problem });
    }
    let found = number("PRAGMA user_version")?;
    if found > format.version {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: format.version });
    }
    Ok(false)
}

/// The directory of a store, for its owner only.
pub(crate) fn make_directory(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| StoreError::Open { path: path.to_owned(), source })
}

/// Makes this process the only one that writes, as long as the file lives.
pub(crate) fn lock(path: &Path) -> Result<File, StoreError> {
    let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = open.map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(StoreError::Locked { path: path.to_owned() }),
        Err(error) => {
            Err(StoreError::Open { path: path.to_owned(), source: io::Error::from(error) })
        }
    }
}
