//! Base64 as Go's `encoding/base64` reads it: standard alphabet, padding required, stray trailing bits forgiven.
//! Sees one string in arbitrary runs and keeps at most three characters between them; line breaks are the caller's case.
//! Used for every base64 field of an envelope.

use base64_simd::{AsOut, STANDARD_NO_PAD};

/// Decodes one base64 string handed over in runs.
#[derive(Debug, Default)]
pub(crate) struct Base64Decoder {
    /// Six-bit values of the unfinished group of four.
    group: u32,
    filled: u8,
    /// Once there is padding, nothing but padding may follow, and only until the group is full.
    padding: u8,
    output: Vec<u8>,
    used: usize,
}

/// The character at this index of the run has no place there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotBase64(pub(crate) usize);

impl Base64Decoder {
    /// Decodes the next run; the bytes are valid until the next call.
    pub(crate) fn push(&mut self, run: &[u8]) -> Result<&[u8], NotBase64> {
        self.used = 0;
        let room = run.len() / 4 * 3 + 6;
        if self.output.len() < room {
            self.output.resize(room, 0);
        }
        let mut at = 0;
        while self.filled != 0 && at < run.len() {
            self.character(run[at]).map_err(|()| NotBase64(at))?;
            at += 1;
        }
        at += self.groups(&run[at..]);
        for (index, &byte) in run.iter().enumerate().skip(at) {
            self.character(byte).map_err(|()| NotBase64(index))?;
        }
        Ok(&self.output[..self.used])
    }

    /// Decodes whole groups at once and says how many characters that took: all that make whole groups, or, when one of
    /// them is not of the alphabet, none, so that the slow path finds which.
    fn groups(&mut self, run: &[u8]) -> usize {
        let mut whole = run.len() / 4 * 4;
        if whole != 0 && run[whole - 1] == b'=' {
            whole -= 4;
        }
        if whole == 0 || self.padding != 0 {
            return 0;
        }
        let out = &mut self.output[self.used..];
        match STANDARD_NO_PAD.decode(&run[..whole], out.as_out()) {
            Ok(decoded) => {
                self.used += decoded.len();
                whole
            }
            Err(_) => 0,
        }
    }

    fn character(&mut self, byte: u8) -> Result<(), ()> {
        if byte == b'=' {
            if self.filled < 2 {
                return Err(());
            }
            self.padding += 1;
            if self.filled + self.padding == 4 {
                self.emit();
            }
            return Ok(());
        }
        let value = sextet(byte).filter(|_| self.padding == 0).ok_or(())?;
        self.group = (self.group << 6) | u32::from(value);
        self.filled += 1;
        if self.filled == 4 {
            self.emit();
        }
        Ok(())
    }

    /// Writes out the bytes of the group; bits beyond the last whole byte are dropped unread.
    fn emit(&mut self) {
        let bits = self.group << (6 * u32::from(4 - self.filled));
        for byte in &bits.to_be_bytes()[1..usize::from(self.filled)] {
            self.output[self.used] = *byte;
            self.used += 1;
        }
        self.group = 0;
        self.filled = 0;
    }

    /// Whether the string may end here.
    pub(crate) const fn is_complete(&self) -> bool {
        self.filled == 0
    }
}

/// RFC 4648 table 1.
const fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
#[path = "base64_test.rs"]
mod test;
