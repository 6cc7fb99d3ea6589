//! A payload as a rope: pieces of memory and spans of files that together are one run of bytes.
//! Copies no piece together and never loads a file span; what is signed is what the pieces say at that moment.
//! Used by everything that hashes, encodes or scans a payload.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::{PayloadError, Work};

/// How much of a file span is looked at together.
const CHUNK: usize = 256 << 10;

#[derive(Debug)]
enum Piece {
    Bytes(Vec<u8>),
    File { file: Arc<File>, offset: u64, len: u64 },
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { len, .. } => *len,
        }
    }
}

/// Bytes to be signed or that were signed, however many.
///
/// A file given to it must be out of reach of others (see [`spool_file`](crate::spool_file)): it is read once for each
/// pass of a signature, and an Ed25519 signature whose two passes saw different bytes could give the key away.
#[derive(Debug, Default)]
pub struct Payload {
    pieces: Vec<Piece>,
    /// Where each piece begins.
    starts: Vec<u64>,
    len: u64,
}

impl Payload {
    /// No bytes at all.
    #[must_use]
    pub const fn new() -> Self {
        Self { pieces: Vec::new(), starts: Vec::new(), len: 0 }
    }

    /// Number of bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends bytes from memory.
    pub fn push_bytes(&mut self, bytes: Vec<u8>) {
        let added = bytes.len() as u64;
        if added == 0 {
            return;
        }
        match self.pieces.last_mut() {
            Some(Piece::Bytes(last)) if last.len() + bytes.len() <= CHUNK => {
                last.extend_from_slice(&bytes);
            }
            _ => self.push(Piece::Bytes(bytes)),
        }
        self.len += added;
    }

    /// Appends `len` bytes of `file` from `offset` on.
    pub fn push_file(&mut self, file: impl Into<Arc<File>>, offset: u64, len: u64) {
        if len == 0 {
            return;
        }
        self.push(Piece::File { file: file.into(), offset, len });
        self.len += len;
    }

    fn push(&mut self, piece: Piece) {
        self.starts.push(self.len);
        self.pieces.push(piece);
    }

    /// Fills `buf` from `offset` on and says how much of it; less than all only where the payload ends.
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize, PayloadError> {
        let mut done = 0;
        while done < buf.len() {
            let Some((piece, within)) = self.locate(offset + done as u64) else { break };
            let left = usize::try_from(piece.len() - within).unwrap_or(usize::MAX);
            let part = &mut buf[done..];
            let take = left.min(part.len());
            match piece {
                Piece::Bytes(bytes) => {
                    let from = within as usize;
                    part[..take].copy_from_slice(&bytes[from..from + take]);
                }
                Piece::File { file, offset, .. } => file
                    .read_exact_at(&mut part[..take], offset + within)
                    .map_err(|source| PayloadError::PayloadRead { source })?,
            }
            done += take;
        }
        Ok(done)
    }

    /// The piece that holds byte `offset`, and where in it.
    fn locate(&self, offset: u64) -> Option<(&Piece, u64)> {
        if offset >= self.len {
            return None;
        }
        let index = self.starts.partition_point(|&start| start <= offset) - 1;
        Some((&self.pieces[index], offset - self.starts[index]))
    }

    /// A sequential reader of all of it.
    #[must_use]
    pub const fn reader(&self) -> PayloadReader<'_> {
        PayloadReader { payload: self, next: 0, end: self.len }
    }

    /// A sequential reader of `len` bytes from `offset` on.
    pub fn reader_of(&self, offset: u64, len: u64) -> Result<PayloadReader<'_>, PayloadError> {
        match offset.checked_add(len) {
            Some(end) if end <= self.len => Ok(PayloadReader { payload: self, next: offset, end }),
            _ => Err(PayloadError::PayloadRange { offset, len, size: self.len }),
        }
    }

    /// Hands every byte to `each`, in order, in runs that need no copy where the piece is in memory.
    pub(crate) fn for_each_run(
        &self,
        work: Work<'_>,
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), PayloadError> {
        let mut buf = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Bytes(bytes) => {
                    for run in bytes.chunks(CHUNK) {
                        each(run);
                        work.advance(run.len())?;
                    }
                }
                Piece::File { file, offset, len } => {
                    buf.resize(CHUNK, 0);
                    let mut done = 0;
                    while done < *len {
                        let take = (*len - done).min(CHUNK as u64) as usize;
                        file.read_exact_at(&mut buf[..take], offset + done)
                            .map_err(|source| PayloadError::PayloadRead { source })?;
                        each(&buf[..take]);
                        work.advance(take)?;
                        done += take as u64;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Reads a span of a [`Payload`] from front to back.
#[derive(Clone, Debug)]
pub struct PayloadReader<'p> {
    payload: &'p Payload,
    next: u64,
    end: u64,
}

impl Read for PayloadReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.end - self.next).unwrap_or(usize::MAX).min(buf.len());
        let done =
            self.payload.read_at(self.next, &mut buf[..want]).map_err(|error| match error {
                PayloadError::PayloadRead { source } => source,
                other => io::Error::other(other),
            })?;
        self.next += done as u64;
        Ok(done)
    }
}
