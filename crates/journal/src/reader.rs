//! The reading end of one consumer: the frame at hand, and the way to the one that has a position.
//! Checks every frame that it reads. Moved on by `consumer`.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::JournalError;
use crate::frame::{FrameHeader, Record, next_record};
use crate::place::{Spot, TakenFrame};
use crate::segment::{START, Segment};

/// What a reader must know of the log: taken down under the lock, used without.
#[derive(Debug)]
pub(crate) struct View {
    /// From the one that has the spot; with the bytes that were acknowledged.
    pub(crate) segments: Vec<(Arc<Segment>, u64)>,
    /// Behind the last position.
    pub(crate) end: u64,
}

/// A frame that was read.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    held: Option<Held>,
    records: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    spot: Spot,
    header: FrameHeader,
    /// Of the record at `at`.
    position: u64,
    at: usize,
}

impl Reader {
    /// Holds the frame that has `position`, which lies at `spot` or behind it and before the view's end. Positions of segments that
    /// were set aside are skipped: gives the first that is there, or `None` when nothing is left.
    pub(crate) fn seek(
        &mut self,
        view: &View,
        spot: Spot,
        position: u64,
        set_aside: &BTreeSet<u64>,
    ) -> Result<Option<u64>, JournalError> {
        if let Some(held) = &self.held
            && (held.position..held.header.end()).contains(&position)
        {
            self.skip_to(position)?;
            return Ok(Some(position));
        }
        self.held = None;
        let mut expected = None;
        for (segment, len) in &view.segments {
            if let Some(expected) = expected
                && segment.first != expected
                && !set_aside.contains(&expected)
            {
                let what = format!("the segment with position {expected} is missing before it");
                return Err(segment.damaged(0, what));
            }
            let mut at = START;
            if segment.first == spot.segment {
                at = spot.offset.max(START);
                expected = (at == *len).then_some(position);
            }
            while at < *len {
                let Some(header) = segment.frame_header(at, *len)? else {
                    return Err(segment.damaged(at, "this is not the beginning of a frame"));
                };
                if header.end() > position {
                    let spot = Spot { segment: segment.first, offset: at };
                    let position = position.max(header.first);
                    self.hold(segment, spot, header, position)?;
                    return Ok(Some(position));
                }
                at += header.size();
                expected = Some(header.end());
            }
        }
        Ok(None)
    }

    fn hold(
        &mut self,
        segment: &Segment,
        spot: Spot,
        header: FrameHeader,
        position: u64,
    ) -> Result<(), JournalError> {
        if !segment.read_records(spot.offset, &header, &mut self.records)? {
            let what = "the checksum of what was written there is another one";
            return Err(segment.damaged(spot.offset, what));
        }
        self.held = Some(Held { spot, header, position: header.first, at: 0 });
        self.skip_to(position)
    }

    fn skip_to(&mut self, position: u64) -> Result<(), JournalError> {
        while self.held.is_some_and(|held| held.position < position) {
            self.next()?;
        }
        Ok(())
    }

    /// The next record of the frame at hand, with its position; `None` behind the last.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Record<'_>)>, JournalError> {
        let Some(held) = &mut self.held else { return Ok(None) };
        if held.position == held.header.end() {
            return Ok(None);
        }
        let mut rest = &self.records[held.at..];
        let record = next_record(&mut rest);
        let position = held.position;
        held.position += 1;
        held.at = self.records.len() - rest.len();
        match record {
            Some(record) => Ok(Some((position, record))),
            // The checksum was right: whoever wrote it knows other frames than we do.
            None => Err(JournalError::Damaged {
                path: format!("{:020}.log", held.spot.segment).into(),
                offset: held.spot.offset,
                what: "a record that this version can't read".to_owned(),
            }),
        }
    }

    /// The frame at hand as its consumer's place keeps it, and where the one behind it begins.
    pub(crate) fn frame(&self) -> Option<(TakenFrame, Spot)> {
        let Held { spot, header, .. } = self.held?;
        let behind = Spot { offset: spot.offset + header.size(), ..spot };
        Some((TakenFrame { spot, end: header.end(), accepted: header.accepted }, behind))
    }
}
