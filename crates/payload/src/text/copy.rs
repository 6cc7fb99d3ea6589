//! Keeps a copy of the text that passes through a window, with parts of it replaced.
//! Copies a chunk at a time, just before the window moves on, so that reading itself pays nothing for it.
//! Used for outlines, which copy all but what is elided, and for single elements.

use std::io::Read;

use super::{Document, Window};
use crate::PayloadError;

/// What is being copied, and up to where it has been.
#[derive(Debug)]
pub(super) struct Copy {
    out: Vec<u8>,
    /// Where in the chunk the part begins that is still to be copied.
    from: usize,
    limit: usize,
    paused: bool,
}

impl Copy {
    /// The window shows a new chunk.
    pub(super) const fn restart(&mut self) {
        self.from = 0;
    }
}

impl<R: Read> Window<'_, R> {
    /// From here on keeps a copy of what is read, up to `limit` bytes, appended to `out`.
    pub(crate) fn start_copy(&mut self, out: Vec<u8>, limit: usize) {
        self.copy = Some(Copy { out, from: self.at, limit, paused: false });
    }

    /// Ends the copy and hands it over.
    pub(crate) fn take_copy(&mut self) -> Result<Vec<u8>, PayloadError> {
        self.flush()?;
        Ok(self.copy.take().map(|copy| copy.out).unwrap_or_default())
    }

    /// Reads something with the copy stopped and puts `instead` in its place.
    pub(crate) fn replaced<T>(
        &mut self,
        instead: &[u8],
        read: impl FnOnce(&mut Self) -> Result<T, PayloadError>,
    ) -> Result<T, PayloadError> {
        self.flush()?;
        if let Some(copy) = &mut self.copy {
            copy.paused = true;
        }
        let outcome = read(self)?;
        if let Some(copy) = &mut self.copy {
            copy.out.extend_from_slice(instead);
            (copy.paused, copy.from) = (false, self.at);
        }
        Ok(outcome)
    }

    /// Copies what has been read of the chunk and not been copied yet.
    pub(super) fn flush(&mut self) -> Result<(), PayloadError> {
        let Some(copy) = &mut self.copy else { return Ok(()) };
        if copy.paused {
            return Ok(());
        }
        let part = &self.chunk[copy.from..self.at];
        if copy.out.len() + part.len() > copy.limit {
            let (offset, limit) = (self.base + copy.from as u64, copy.limit as u64);
            return Err(match self.document {
                Document::Envelope => PayloadError::EnvelopeTooLarge { offset, limit },
                Document::Statement => PayloadError::StatementTooLarge { offset, limit },
            });
        }
        copy.out.extend_from_slice(part);
        copy.from = self.at;
        Ok(())
    }
}
