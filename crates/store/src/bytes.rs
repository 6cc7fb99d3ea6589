//! Numbers of variable length in bytes, and a reader that never runs past the end.
//! Knows nothing of what the bytes mean. Used by postings, terms and columns.

use crate::error::Fault;

/// Seven bits a byte, the lowest first.
#[inline]
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// What was written, front to back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, Fault> {
        let mut value = 0;
        let mut shift = 0;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
            if shift > 63 {
                break;
            }
        }
        Err(Fault::Damaged("a number does not end"))
    }

    /// A length or a count.
    pub(crate) fn size(&mut self) -> Result<usize, Fault> {
        usize::try_from(self.varint()?).map_err(|_| Fault::Damaged("a length is too large"))
    }

    /// All that was not read yet.
    pub(crate) fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'b [u8], Fault> {
        let end = self.at.checked_add(len).ok_or(Fault::Damaged("a length is too large"))?;
        let taken = self.bytes.get(self.at..end).ok_or(Fault::Damaged("a piece ends too early"))?;
        self.at = end;
        Ok(taken)
    }
}

/// The little-endian number at an index of a column of such numbers.
#[inline]
pub(crate) fn u64_at(column: &[u8], index: usize) -> Result<u64, Fault> {
    let bytes = column.get(index * 8..index * 8 + 8).and_then(|bytes| bytes.try_into().ok());
    bytes.map(u64::from_le_bytes).ok_or(Fault::Damaged("a column is too short"))
}
