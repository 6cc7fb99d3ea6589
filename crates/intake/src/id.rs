//! The ids of alerts: UUIDs that senders gave, read strictly, and fresh ones of version 7 (RFC 9562 §5.7) for the others.
//! Ids tell deliveries of one alert apart from another alert; they give no order. Used by `check` and `intake`.

use std::time::{SystemTime, UNIX_EPOCH};

/// Random bytes fetched from the system at once.
const FETCHED: usize = 1024;
/// Random bytes of an id.
const RANDOM: usize = 10;

/// A UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AlertId(pub [u8; 16]);

impl AlertId {
    /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
        let mut id = [0; 16];
        let mut digits = 0;
        for (at, &byte) in text.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if byte != b'-' {
                    return None;
                }
                continue;
            }
            let digit = char::from(byte).to_digit(16)? as u8;
            id[digits / 2] = id[digits / 2] << 4 | digit;
            digits += 1;
        }
        Some(Self(id))
    }

    /// Writes it in lower case.
    pub fn write(self, out: &mut Vec<u8>) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for (at, byte) in self.0.into_iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                out.push(b'-');
            }
            out.extend_from_slice(&[
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]);
        }
    }
}

/// Makes ids.
#[derive(Debug)]
pub struct IdSource {
    milliseconds: u64,
    random: [u8; FETCHED],
    used: usize,
}

impl IdSource {
    /// Ids of the present moment. Fails when the system has no random bytes.
    pub fn now() -> Result<Self, getrandom::Error> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut source =
            Self { milliseconds: since.as_millis() as u64, random: [0; FETCHED], used: 0 };
        getrandom::fill(&mut source.random)?;
        Ok(source)
    }

    pub(crate) fn next(&mut self) -> Result<AlertId, getrandom::Error> {
        if self.used + RANDOM > FETCHED {
            getrandom::fill(&mut self.random)?;
            self.used = 0;
        }
        let mut id = [0; 16];
        id[..6].copy_from_slice(&self.milliseconds.to_be_bytes()[2..]);
        id[6..].copy_from_slice(&self.random[self.used..self.used + RANDOM]);
        self.used += RANDOM;
        id[6] = 0x70 | id[6] & 0x0F;
        id[8] = 0x80 | id[8] & 0x3F;
        Ok(AlertId(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_it_was_read() {
        let text = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        let id = AlertId::parse(text).unwrap();
        assert_eq!(AlertId::parse(&text.to_uppercase()), Some(id));
        let mut written = Vec::new();
        id.write(&mut written);
        assert_eq!(written, text.as_bytes());
        for wrong in ["", "0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", &text[..35], &text.replace('e', "g")]
        {
            assert_eq!(AlertId::parse(wrong), None, "{wrong}");
        }
        assert_eq!(AlertId::parse("0193a1b-2c3d4-7e5f-8a9b-0c1d2e3f4a5b"), None);
    }

    #[test]
    fn fresh_ids_are_of_version_7_and_differ() {
        let mut source = IdSource::now().unwrap();
        let ids: std::collections::BTreeSet<_> =
            (0..1000).map(|_| source.next().unwrap()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.0[6] >> 4 == 7 && id.0[8] >> 6 == 2));
    }
}
