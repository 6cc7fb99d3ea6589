//! JSON strings read run by run: plain bytes as they stand, escapes decoded one by one.
//! Gathers nothing itself; surrogates that find no partner become U+FFFD, as Go's decoder has it.
//! Used for keys, for short fields and for the base64 of a payload, however long.

use std::io::Read;

use super::Window;
use super::plain::plain_run;
use crate::PayloadError;

/// A stretch of a string's content.
#[derive(Debug)]
pub(crate) enum Run<'b> {
    /// Bytes as written.
    Plain(&'b [u8]),
    /// One character written as an escape.
    Escaped(char),
}

impl<R: Read> Window<'_, R> {
    /// Reads the string that begins here and hands over its content with the offset of each run.
    pub(crate) fn string(
        &mut self,
        mut each: impl FnMut(Run<'_>, u64) -> Result<(), PayloadError>,
    ) -> Result<(), PayloadError> {
        self.expect(b'"', "a string")?;
        // The first half of a surrogate pair, until its second half is seen.
        let mut high = None;
        loop {
            let offset = self.offset();
            let bytes = self.bytes("the end of a string")?;
            let run = plain_run(bytes);
            if run > 0 {
                if high.take().is_some() {
                    each(Run::Escaped(char::REPLACEMENT_CHARACTER), offset)?;
                }
                each(Run::Plain(&bytes[..run]), offset)?;
                self.skip(run);
                continue;
            }
            match bytes[0] {
                b'"' => {
                    if high.is_some() {
                        each(Run::Escaped(char::REPLACEMENT_CHARACTER), offset)?;
                    }
                    self.skip(1);
                    return Ok(());
                }
                b'\\' => {
                    self.skip(1);
                    let unit = self.escape()?;
                    if let Some(first) = high.take() {
                        let pair = char::decode_utf16([first, unit]).next();
                        let Some(Ok(whole)) = pair else {
                            each(Run::Escaped(char::REPLACEMENT_CHARACTER), offset)?;
                            high = hold(unit, offset, &mut each)?;
                            continue;
                        };
                        each(Run::Escaped(whole), offset)?;
                        continue;
                    }
                    high = hold(unit, offset, &mut each)?;
                }
                _ => return Err(self.fault("an escaped control character")),
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<u16, PayloadError> {
        const EXPECTED: &str = "an escape of RFC 8259 section 7";
        let unit = match self.bytes(EXPECTED)?[0] {
            b'u' => {
                self.skip(1);
                let mut unit = 0;
                for _ in 0..4 {
                    let Some(digit) = char::from(self.bytes(EXPECTED)?[0]).to_digit(16) else {
                        return Err(self.fault(EXPECTED));
                    };
                    unit = (unit << 4) | digit as u16;
                    self.skip(1);
                }
                return Ok(unit);
            }
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => 0x0a,
            b'r' => 0x0d,
            b't' => 0x09,
            plain @ (b'"' | b'\\' | b'/') => u16::from(plain),
            _ => return Err(self.fault(EXPECTED)),
        };
        self.skip(1);
        Ok(unit)
    }

    /// Gathers a short string. What exceeds `limit` bytes is dropped and the answer is `false`.
    pub(crate) fn short_string(
        &mut self,
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<bool, PayloadError> {
        let mut whole = true;
        out.clear();
        self.string(|run, _| {
            let mut utf8 = [0; 4];
            let bytes = match run {
                Run::Plain(bytes) => bytes,
                Run::Escaped(char) => char.encode_utf8(&mut utf8).as_bytes(),
            };
            let room = limit - out.len();
            whole &= bytes.len() <= room;
            out.extend_from_slice(&bytes[..bytes.len().min(room)]);
            Ok(())
        })?;
        Ok(whole)
    }
}

/// Hands over a code unit that is a character, or keeps it if it is the first half of one.
fn hold(
    unit: u16,
    offset: u64,
    each: &mut impl FnMut(Run<'_>, u64) -> Result<(), PayloadError>,
) -> Result<Option<u16>, PayloadError> {
    if (0xd800..0xdc00).contains(&unit) {
        return Ok(Some(unit));
    }
    each(Run::Escaped(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER)), offset)?;
    Ok(None)
}

/// Bytes of a string as text; what is not UTF-8 becomes U+FFFD.
pub(crate) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether a key names a field, as Go's decoder matches them: letter case does not count, nor do the two characters beyond
/// ASCII that fold to ASCII letters. `name` is lower case.
pub(crate) fn is_field(key: &[u8], name: &str) -> bool {
    let Ok(key) = std::str::from_utf8(key) else { return false };
    key.chars()
        .map(|char| match char {
            '\u{17f}' => 's',
            '\u{212a}' => 'k',
            other => other.to_ascii_lowercase(),
        })
        .eq(name.chars())
}
