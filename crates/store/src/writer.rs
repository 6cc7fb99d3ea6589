//! What only one may do: change the file, number segments and blocks, know which ids are kept.
//! Does nothing of its own accord. Behind a lock in `access`; used by insertions and `caretaker`.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::error::Fault;
use crate::insertion::{Inserter, Insertion};
use crate::known::KnownIds;
use crate::names::Names;
use crate::pieces::segments_with_pieces;
use crate::segment;

/// See the module.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) db: Connection,
    names: Names,
    pub(crate) known: Option<KnownIds>,
    numbers: Arc<Numbers>,
    /// Held as long as this writes.
    _lock: File,
}

/// The numbers of the next segment and the next block. One that is not used after all leaves a gap.
#[derive(Debug)]
pub(crate) struct Numbers {
    segment: AtomicI64,
    block: AtomicI64,
}

impl Numbers {
    fn of(db: &Connection) -> Result<Self, Fault> {
        let live = segment::list(db)?.last().map_or(0, |segment| segment.id);
        let written = segments_with_pieces(db)?.last().copied().unwrap_or(0);
        let block: Option<i64> = db
            .prepare_cached("SELECT id FROM block ORDER BY id DESC LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let next = |last: i64| AtomicI64::new(last + 1);
        Ok(Self { segment: next(live.max(written)), block: next(block.unwrap_or(0)) })
    }

    pub(crate) fn segment(&self) -> i64 {
        self.segment.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn block(&self) -> i64 {
        self.block.fetch_add(1, Ordering::Relaxed)
    }
}

impl Writer {
    pub(crate) fn new(db: Connection, lock: File) -> Result<Self, Fault> {
        let mut names = Names::default();
        names.refresh(&db)?;
        let numbers = Arc::new(Numbers::of(&db)?);
        Ok(Self { db, names, known: None, numbers, _lock: lock })
    }

    pub(crate) fn numbers(&self) -> Arc<Numbers> {
        Arc::clone(&self.numbers)
    }

    /// Changes all or nothing.
    pub(crate) fn transact<R>(
        &mut self,
        change: impl FnOnce(&Connection) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = change(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Reads the ids of all that is kept, unless it did: seconds for millions. Gives up when it is to stop.
    pub(crate) fn learn_ids(&mut self, stopping: &dyn Fn() -> bool) -> Result<(), Fault> {
        if self.known.is_none() {
            self.known = KnownIds::of(&self.db, &segment::list(&self.db)?, stopping)?;
        }
        Ok(())
    }

    /// Keeps lines that are new. Gives how many segments there are then, too.
    pub(crate) fn insert(&mut self, lines: &[u8]) -> Result<(Insertion, usize), Fault> {
        self.learn_ids(&|| false)?;
        let segments = segment::list(&self.db)?;
        let Some(known) = &mut self.known else { return Err(Fault::Damaged("no filter of ids")) };
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut run = || {
            let (names, numbers) = (&mut self.names, &*self.numbers);
            let mut inserter =
                Inserter { db: &transaction, names, known, segments: &segments, numbers };
            let done = inserter.insert(lines)?;
            self.names.save(&transaction)?;
            Ok::<_, Fault>(done)
        };
        let outcome = run().and_then(|done| Ok(transaction.commit().map(|()| done)?));
        let (done, added) = outcome.inspect_err(|_| self.names.roll_back())?;
        self.names.committed();
        for id in added {
            known.add(id);
        }
        Ok((done, segments.len() + 1))
    }
}
