//! The writing end of a log: appends are written behind the last and synced, or leave no trace.
//! Decides when a new segment begins; removes none. One thread at a time, under `journal`'s lock.

use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::error::JournalError;
use crate::folder::Folder;
use crate::frame::{Entry, frames, write_frame};
use crate::segment::{START, Segment};
use crate::spare::Spare;

/// Bytes that are written at once.
const BLOCK: usize = 1 << 20;
/// The next segment is made ready once one has the limit divided by this; an idle journal makes none.
const SOON: u64 = 64;
/// A segment that was not made ready is left for one that is, once it has the limit divided by this.
const EARLY: u64 = 8;

/// The segment that is written to.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) segment: Arc<Segment>,
    /// Bytes of it that were acknowledged.
    pub(crate) len: u64,
    /// Position of the next alert.
    pub(crate) next: u64,
    /// A segment that has so many bytes gets no more.
    limit: u64,
    /// What a failed append left could not be taken away.
    dirty: bool,
    /// Syncing failed, after which a file's state on the disk is uncertain: no more goes into this segment.
    full: bool,
    /// The segment was made of a spare: its zeros are on the disk.
    prepared: bool,
    spare: Spare,
    buffer: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(segment: Arc<Segment>, len: u64, next: u64, limit: u64) -> Self {
        Self {
            segment,
            len,
            next,
            limit,
            dirty: false,
            full: false,
            prepared: false,
            spare: Spare::default(),
            buffer: Vec::new(),
        }
    }

    /// Begins a new segment when it is time; gives it then.
    pub(crate) fn rotate(&mut self, folder: &Folder) -> Result<Option<Arc<Segment>>, JournalError> {
        self.clean()?;
        if self.len >= self.limit / SOON {
            self.spare.prepare(folder, self.limit);
        }
        let better = !self.prepared && self.len >= self.limit / EARLY && self.spare.is_ready();
        if !(self.full || better || self.len >= self.limit)
            || self.len == START && self.next == self.segment.first
        {
            return Ok(None);
        }
        let adopted = self.spare.take().and_then(|(file, spare)| {
            Segment::adopt(file, &spare, folder.segment(self.next), self.next).ok()
        });
        let prepared = adopted.is_some();
        let segment = if let Some(segment) = adopted {
            segment
        } else {
            let segment = Segment::create(folder.segment(self.next), self.next)?;
            folder.sync().map_err(|source| segment.unwritten(source))?;
            segment
        };
        let segment = Arc::new(segment);
        self.segment = Arc::clone(&segment);
        self.len = START;
        self.full = false;
        self.prepared = prepared;
        Ok(Some(segment))
    }

    /// Writes `entries` and syncs them. After an error the log is as it was.
    pub(crate) fn append(
        &mut self,
        entries: &[Entry<'_>],
        accepted: i64,
    ) -> Result<(), JournalError> {
        self.clean()?;
        let written = self.write(entries, accepted);
        match written {
            Ok(len) => {
                self.len = len;
                self.next += entries.len() as u64;
                Ok(())
            }
            Err(source) => {
                let error = self.segment.unwritten(source);
                self.dirty = true;
                // The next append tries again when this fails too.
                let _ = self.clean();
                Err(error)
            }
        }
    }

    fn write(&mut self, entries: &[Entry<'_>], accepted: i64) -> std::io::Result<u64> {
        let mut at = self.len;
        let mut position = self.next;
        self.buffer.clear();
        for frame in frames(entries) {
            write_frame(frame, position, self.next, accepted, &mut self.buffer);
            position += frame.len() as u64;
            if self.buffer.len() >= BLOCK {
                self.segment.file.write_all_at(&self.buffer, at)?;
                at += self.buffer.len() as u64;
                self.buffer.clear();
            }
        }
        self.segment.file.write_all_at(&self.buffer, at)?;
        at += self.buffer.len() as u64;
        if self.buffer.capacity() > 4 * BLOCK {
            self.buffer = Vec::new();
        }
        self.segment.file.sync_data().inspect_err(|_| self.full = true)?;
        Ok(at)
    }

    /// Lets go of what was made ready.
    pub(crate) fn close(&mut self) {
        self.spare.remove();
    }

    /// Takes away what a failed append left.
    fn clean(&mut self) -> Result<(), JournalError> {
        if self.dirty {
            let cut = self.segment.file.set_len(self.len);
            cut.map_err(|source| self.segment.unwritten(source))?;
            self.dirty = false;
            self.prepared = false;
        }
        Ok(())
    }
}
