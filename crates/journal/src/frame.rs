//! Frames, of which segments consist: a header with its own checksum, and records that were appended together with theirs.
//! Knows no file. Written by `writer`, read by `reader` and `recovery`.

use lanner_intake::{Alert, AlertId, Marks};

/// Bytes of a frame's header.
pub(crate) const HEADER: usize = 48;
/// Frames begin at multiples of this, so that no sector has but a byte or two of one.
pub(crate) const ALIGNMENT: usize = 8;
/// What fills a frame up; not zero, which is what a torn write leaves.
const FILLER: u8 = 0xFF;
/// Records are put together up to so many bytes, unless one alone has more: as much is read at once.
pub(crate) const FRAME: usize = 128 << 10;

pub(crate) const MAGIC: [u8; 4] = *b"LNF1";
/// Bytes of a record besides its input's name and its alert.
const RECORD: usize = 22;

/// An alert on its way into the journal.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// By which input it came; the first 255 bytes of its name are kept.
    pub input: &'a str,
    /// What was accepted.
    pub alert: &'a Alert<'a>,
}

impl Entry<'_> {
    /// Bytes of its record, before a frame is filled up.
    pub(crate) fn size(&self) -> usize {
        RECORD + self.input_name().len() + self.alert.raw.len()
    }

    fn input_name(&self) -> &[u8] {
        &self.input.as_bytes()[..self.input.len().min(usize::from(u8::MAX))]
    }

    fn write(&self, out: &mut Vec<u8>) {
        let input = self.input_name();
        out.extend_from_slice(&(self.alert.raw.len() as u32).to_le_bytes());
        out.extend_from_slice(&[self.alert.marks.bits(), input.len() as u8]);
        out.extend_from_slice(&self.alert.id.0);
        out.extend_from_slice(input);
        out.extend_from_slice(&self.alert.raw);
    }
}

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// Bytes after the header.
    pub(crate) len: u32,
    /// Position of the first record.
    pub(crate) first: u64,
    /// Position of the first record of the whole append.
    pub(crate) append: u64,
    /// Nanoseconds since 1970.
    pub(crate) accepted: i64,
    /// Records.
    pub(crate) count: u32,
    /// CRC-32 of what follows the header.
    pub(crate) crc: u32,
}

impl FrameHeader {
    pub(crate) fn write(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&self.len.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.first.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.append.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.accepted.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.count.to_le_bytes());
        bytes[36..40].copy_from_slice(&self.crc.to_le_bytes());
        bytes[40..44].fill(FILLER);
        let own = crc32fast::hash(&bytes[..44]);
        bytes[44..].copy_from_slice(&own.to_le_bytes());
        bytes
    }

    /// `None` when its checksum is not that of its bytes.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.get(..HEADER)?;
        if rest[..4] != MAGIC || crc32fast::hash(&rest[..44]).to_le_bytes() != rest[44..] {
            return None;
        }
        rest = &rest[4..];
        Some(Self {
            len: u32::from_le_bytes(take(&mut rest)?),
            first: u64::from_le_bytes(take(&mut rest)?),
            append: u64::from_le_bytes(take(&mut rest)?),
            accepted: i64::from_le_bytes(take(&mut rest)?),
            count: u32::from_le_bytes(take(&mut rest)?),
            crc: u32::from_le_bytes(take(&mut rest)?),
        })
    }

    /// Behind the position of the last record.
    pub(crate) fn end(&self) -> u64 {
        self.first + u64::from(self.count)
    }

    /// Bytes of the whole frame.
    pub(crate) fn size(&self) -> u64 {
        HEADER as u64 + u64::from(self.len)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

/// Splits entries into those of one frame each, by their sizes.
pub(crate) fn frames<'e, 'a>(entries: &'e [Entry<'a>]) -> impl Iterator<Item = &'e [Entry<'a>]> {
    let mut rest = entries;
    std::iter::from_fn(move || {
        let mut size = rest.first()?.size();
        let mut count = 1;
        while let Some(next) = rest.get(count)
            && size + next.size() <= FRAME
        {
            size += next.size();
            count += 1;
        }
        let (frame, tail) = rest.split_at(count);
        rest = tail;
        Some(frame)
    })
}

/// At most so many bytes [`write_frame`] makes of each of [`frames`].
pub(crate) fn size_of_frames(entries: &[Entry<'_>]) -> u64 {
    frames(entries)
        .map(|frame| {
            let records: usize = frame.iter().map(Entry::size).sum();
            (HEADER + records).next_multiple_of(ALIGNMENT) as u64
        })
        .sum()
}

/// Appends the frame of `entries`, the first of which has the position `first`.
pub(crate) fn write_frame(
    entries: &[Entry<'_>],
    first: u64,
    append: u64,
    accepted: i64,
    out: &mut Vec<u8>,
) {
    let start = out.len();
    out.resize(start + HEADER, 0);
    for entry in entries {
        entry.write(out);
    }
    let filled = (out.len() - start).next_multiple_of(ALIGNMENT);
    out.resize(start + filled, FILLER);
    let records = &out[start + HEADER..];
    let header = FrameHeader {
        len: records.len() as u32,
        first,
        append,
        accepted,
        count: entries.len() as u32,
        crc: crc32fast::hash(records),
    };
    out[start..start + HEADER].copy_from_slice(&header.write());
}

/// An alert as it is in a frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'f> {
    pub(crate) id: AlertId,
    pub(crate) marks: Marks,
    pub(crate) raw: &'f [u8],
}

/// The record at the start of `rest`, which moves behind it. `None` when it is not whole, which a right checksum rules out.
pub(crate) fn next_record<'f>(rest: &mut &'f [u8]) -> Option<Record<'f>> {
    let len = u32::from_le_bytes(take(rest)?) as usize;
    let [marks, input] = take(rest)?;
    let id = AlertId(take(rest)?);
    *rest = rest.get(usize::from(input)..)?;
    let (raw, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(Record { id, marks: Marks::from_bits(marks)?, raw })
}
