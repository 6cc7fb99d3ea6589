//! Opening a log that ended somehow: what a crash left of an unfinished append is cut off, damage to anything else is told.
//! Looks at the last segment whole; earlier ones are checked as they are read. Used by `journal` alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::JournalError;
use crate::folder::{Folder, Listing};
use crate::frame::{FrameHeader, HEADER, MAGIC};
use crate::segment::{START, Segment};

/// A log as it was found.
#[derive(Debug)]
pub(crate) struct Recovered {
    /// In order, with their bytes; the last is written to.
    pub(crate) segments: Vec<(Arc<Segment>, u64)>,
    /// Behind the last position.
    pub(crate) end: u64,
    /// First positions of segments that a person set aside.
    pub(crate) set_aside: BTreeSet<u64>,
}

/// Gives a segment its name that was begun in the spare file, if a crash took the name away; removes a spare that was not used. A
/// segment of that name was made because the spare could not be: nothing was ever acknowledged in the spare.
pub(crate) fn take_up_spare(folder: &Folder) -> Result<(), JournalError> {
    let path = folder.spare();
    let taken = Segment::first_of(&path).and_then(|first| match first {
        Some(first) if !folder.segment(first).exists() => {
            std::fs::rename(&path, folder.segment(first))
        }
        _ => std::fs::remove_file(&path),
    });
    match taken.and_then(|()| folder.sync()) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(JournalError::Open { path, source })
        }
        _ => Ok(()),
    }
}

/// Opens the segments of `folder`. `known_end`: so many positions were there when places were written down last.
pub(crate) fn recover(
    folder: &Folder,
    listing: Listing,
    known_end: u64,
) -> Result<Recovered, JournalError> {
    let Listing { segments: firsts, set_aside } = listing;
    let mut segments = Vec::new();
    for first in firsts {
        let segment = Segment::open(&folder.segment(first), first)?;
        let len = segment.written()?;
        segments.push((Arc::new(segment), len));
    }
    forget_unbegun(&mut segments)?;
    for (segment, _) in &segments {
        if !segment.has_header()? {
            return Err(segment.damaged(0, "this is not the beginning of a segment"));
        }
    }
    let mut end = 0;
    if let Some((segment, len)) = segments.last_mut() {
        let (kept, frames_end) = checked(segment, *len)?;
        if kept < *len {
            let cut = segment.file.set_len(kept).and_then(|()| segment.file.sync_all());
            cut.map_err(|source| segment.unwritten(source))?;
            *len = kept;
        }
        end = frames_end;
        // What follows was set aside, or it is missing.
        let aside = set_aside.iter().any(|&first| first >= end);
        if end < known_end && !aside {
            let what = format!("the log ends at position {end}, and {known_end} were written");
            return Err(segment.damaged(kept, what));
        }
    }
    let last = segments.last().map(|(segment, _)| segment.first);
    if last.is_none() || end < known_end {
        // Positions are never used twice: places may have been written down behind what is left.
        end = end.max(known_end).max(set_aside.last().map_or(0, |first| first + 1));
        let segment = Segment::create(folder.segment(end), end)?;
        folder.sync().map_err(|source| segment.unwritten(source))?;
        segments.push((Arc::new(segment), START));
    }
    Ok(Recovered { segments, end, set_aside })
}

/// Removes a last segment that a crash left without a header: nothing was ever acknowledged in it.
fn forget_unbegun(segments: &mut Vec<(Arc<Segment>, u64)>) -> Result<(), JournalError> {
    if let Some((segment, len)) = segments.last()
        && !segment.has_header()?
        && (*len < START || segment.is_torn(0, *len)?)
        && segment.frame_header(START, *len)?.is_none()
    {
        let removed = std::fs::remove_file(&segment.path);
        removed.map_err(|source| segment.unwritten(source))?;
        segments.pop();
    }
    Ok(())
}

/// So many bytes of the last segment are good, and the position behind them.
fn checked(segment: &Segment, len: u64) -> Result<(u64, u64), JournalError> {
    let (mut at, mut position) = (START, segment.first);
    let mut records = Vec::new();
    while at < len {
        let header = segment.frame_header(at, len)?;
        let whole = match &header {
            Some(header) => segment.read_records(at, header, &mut records)?,
            None => false,
        };
        match header {
            Some(header) if whole && header.first == position => {
                at += header.size();
                position = header.end();
            }
            Some(header) if whole => {
                let what = format!("position {} where {position} belongs", header.first);
                return Err(segment.damaged(at, what));
            }
            _ => {
                torn_or_damaged(segment, at, len, position)?;
                break;
            }
        }
    }
    Ok((at, position))
}

/// Whether what is from `at` on is left of an append that was never acknowledged.
fn torn_or_damaged(
    segment: &Segment,
    at: u64,
    len: u64,
    position: u64,
) -> Result<(), JournalError> {
    if later_append(segment, at + 1, len, position)?
        || !(is_short(segment, at, len)? || segment.is_torn(at, len)?)
    {
        return Err(segment.damaged(at, "the checksum of what was written there is another one"));
    }
    Ok(())
}

/// Whether the file ends within the frame at `at`, as far as its header tells.
fn is_short(segment: &Segment, at: u64, len: u64) -> Result<bool, JournalError> {
    let left = len - at;
    if left < HEADER as u64 {
        // Of a header that was cut off, what is there begins as all do.
        let mut start = vec![0; left.min(4) as usize];
        let read = std::os::unix::fs::FileExt::read_exact_at(&segment.file, &mut start, at);
        read.map_err(|source| segment.unread(source))?;
        return Ok(MAGIC.starts_with(&start));
    }
    Ok(segment.frame_header(at, u64::MAX)?.is_some_and(|header| header.size() > left))
}

/// Whether an append that began later is there: then the one before it was acknowledged.
fn later_append(
    segment: &Segment,
    from: u64,
    len: u64,
    position: u64,
) -> Result<bool, JournalError> {
    const BLOCK: u64 = 1 << 20;
    let mut at = from;
    let mut block = Vec::new();
    while at < len {
        let size = BLOCK.min(len - at);
        block.resize(size as usize, 0);
        let read = std::os::unix::fs::FileExt::read_exact_at(&segment.file, &mut block, at);
        read.map_err(|source| segment.unread(source))?;
        let later = block.windows(HEADER).any(|bytes| {
            bytes.starts_with(&MAGIC)
                && FrameHeader::read(bytes).is_some_and(|header| header.append > position)
        });
        if later {
            return Ok(true);
        }
        if size < BLOCK {
            break;
        }
        // Headers that lie across the end of the block.
        at += size - (HEADER as u64 - 1);
    }
    Ok(false)
}
