//! One file of the log: its header, and its frames by their places.
//! Knows of no other segment. Written by `writer`, read by `reader` and `recovery`.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::JournalError;
use crate::frame::{ALIGNMENT, FrameHeader, HEADER};

const MAGIC: [u8; 8] = *b"LANNERJ1";
/// Bytes before the first frame.
pub(crate) const START: u64 = 24;
/// What a device writes whole or not at all: where a write was cut short, these are still zero.
const SECTOR: u64 = 512;

/// A segment, open for reading and writing.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    /// Position of its first record.
    pub(crate) first: u64,
}

impl Segment {
    /// Makes one without frames; its name is durable once the folder was synced.
    pub(crate) fn create(path: PathBuf, first: u64) -> Result<Self, JournalError> {
        let made = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .and_then(|file| {
                file.write_all_at(&header(first), 0)?;
                file.sync_all()?;
                Ok(file)
            });
        match made {
            Ok(file) => Ok(Self { path, file, first }),
            Err(source) => {
                // What is left of it is taken for a segment that was never begun.
                let _ = std::fs::remove_file(&path);
                Err(JournalError::Write { path, source })
            }
        }
    }

    /// Makes one of a file of zeros at `spare`, which takes the name `path`. Header and name last once the first append does.
    pub(crate) fn adopt(file: File, spare: &Path, path: PathBuf, first: u64) -> io::Result<Self> {
        let renamed =
            file.write_all_at(&header(first), 0).and_then(|()| std::fs::rename(spare, &path));
        if let Err(error) = renamed {
            // With its header it could be taken for the segment that is made in its place.
            let _ = std::fs::remove_file(spare);
            return Err(error);
        }
        Ok(Self { path, file, first })
    }

    /// The first position that the header of the file at `path` tells; `None` when it has none.
    pub(crate) fn first_of(path: &Path) -> io::Result<Option<u64>> {
        first_in(&File::open(path)?)
    }

    /// Opens one without looking into it.
    pub(crate) fn open(path: &Path, first: u64) -> Result<Self, JournalError> {
        let opened = OpenOptions::new().read(true).write(true).open(path);
        let file = opened.map_err(|source| JournalError::Open { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), file, first })
    }

    /// Whether its header is as it was written.
    pub(crate) fn has_header(&self) -> Result<bool, JournalError> {
        Ok(first_in(&self.file).map_err(|source| self.unread(source))? == Some(self.first))
    }

    /// Bytes up to the zeros at its end, which is what is left of a file that was made ready. Frames end at multiples of
    /// [`ALIGNMENT`], and a last byte that was turned into a zero is part of its frame still.
    pub(crate) fn written(&self) -> Result<u64, JournalError> {
        const BLOCK: u64 = 64 << 10;
        let whole = self.file.metadata().map_err(|source| self.unread(source))?.len();
        let mut block = Vec::new();
        let mut end = whole;
        while end > 0 {
            let start = end.saturating_sub(BLOCK);
            block.resize((end - start) as usize, 0);
            self.file.read_exact_at(&mut block, start).map_err(|source| self.unread(source))?;
            if let Some(last) = block.iter().rposition(|&byte| byte != 0) {
                let written = (start + last as u64 + 1).next_multiple_of(ALIGNMENT as u64);
                return Ok(written.max(START).min(whole));
            }
            end = start;
        }
        Ok(0)
    }

    /// The header of the frame at `offset`, of a file of `len` bytes; `None` when there is none, or a frame that ends behind it.
    pub(crate) fn frame_header(
        &self,
        offset: u64,
        len: u64,
    ) -> Result<Option<FrameHeader>, JournalError> {
        if len.saturating_sub(offset) < HEADER as u64 {
            return Ok(None);
        }
        let mut bytes = [0; HEADER];
        self.file.read_exact_at(&mut bytes, offset).map_err(|source| self.unread(source))?;
        Ok(FrameHeader::read(&bytes).filter(|frame| frame.size() <= len - offset))
    }

    /// Reads the records of the frame with `header` at `offset`; false when their checksum is another one.
    pub(crate) fn read_records(
        &self,
        offset: u64,
        header: &FrameHeader,
        records: &mut Vec<u8>,
    ) -> Result<bool, JournalError> {
        records.clear();
        records.resize(header.len as usize, 0);
        self.file
            .read_exact_at(records, offset + HEADER as u64)
            .map_err(|source| self.unread(source))?;
        Ok(crc32fast::hash(records) == header.crc)
    }

    /// Whether a write that reached from `from` to the end at `len` was cut short: part of a sector of it is still zero. Neither
    /// JSON nor what fills frames up has zeros, and a header's never fill the part of a sector that a frame has.
    pub(crate) fn is_torn(&self, from: u64, len: u64) -> Result<bool, JournalError> {
        let mut sector = [0; SECTOR as usize];
        let mut at = from;
        while at < len {
            let end = (at / SECTOR + 1) * SECTOR;
            let part = &mut sector[..(end.min(len) - at) as usize];
            self.file.read_exact_at(part, at).map_err(|source| self.unread(source))?;
            if part.iter().all(|&byte| byte == 0) {
                return Ok(true);
            }
            at = end;
        }
        Ok(false)
    }

    pub(crate) fn unread(&self, source: io::Error) -> JournalError {
        JournalError::Read { path: self.path.clone(), source }
    }

    pub(crate) fn unwritten(&self, source: io::Error) -> JournalError {
        JournalError::Write { path: self.path.clone(), source }
    }

    pub(crate) fn damaged(&self, offset: u64, what: impl Into<String>) -> JournalError {
        JournalError::Damaged { path: self.path.clone(), offset, what: what.into() }
    }
}

fn first_in(file: &File) -> io::Result<Option<u64>> {
    let mut bytes = [0; START as usize];
    match file.read_exact_at(&mut bytes, 0) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut first = [0; 8];
    first.copy_from_slice(&bytes[8..16]);
    let first = u64::from_le_bytes(first);
    Ok((bytes == header(first)).then_some(first))
}

fn header(first: u64) -> [u8; START as usize] {
    let mut bytes = [0; START as usize];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..16].copy_from_slice(&first.to_le_bytes());
    bytes[16..20].fill(0xFF);
    let own = crc32fast::hash(&bytes[..20]);
    bytes[20..].copy_from_slice(&own.to_le_bytes());
    bytes
}
