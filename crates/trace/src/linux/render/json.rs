//! Writes JSON (RFC 8259) member by member, and times as RFC 3339 has them.
//! Knows nothing of traces. Used by `render`.

use std::fmt::Display;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// Appends to a buffer; puts commas where they belong.
#[derive(Debug)]
pub(super) struct Json<'a> {
    out: &'a mut Vec<u8>,
    /// Something stands before what comes next.
    follows: bool,
}

impl<'a> Json<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, follows: false }
    }

    pub(super) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.nested(*b"{}", members);
    }

    pub(super) fn array(&mut self, items: impl FnOnce(&mut Self)) {
        self.nested(*b"[]", items);
    }

    fn nested(&mut self, [open, close]: [u8; 2], inside: impl FnOnce(&mut Self)) {
        self.separate();
        self.out.push(open);
        self.follows = false;
        inside(self);
        self.out.push(close);
        self.follows = true;
    }

    /// The name of a member; its value comes next.
    pub(super) fn key(&mut self, name: &str) -> &mut Self {
        self.string(name);
        self.out.push(b':');
        self.follows = false;
        self
    }

    pub(super) fn string(&mut self, text: &str) {
        self.separate();
        self.out.push(b'"');
        let mut rest = text.as_bytes();
        while let Some(at) =
            rest.iter().position(|&byte| byte < 0x20 || matches!(byte, b'"' | b'\\' | 0x7f))
        {
            self.out.extend_from_slice(&rest[..at]);
            // Writing to a buffer cannot fail.
            let _ = match rest[at] {
                byte @ (b'"' | b'\\') => self.out.write_all(&[b'\\', byte]),
                b'\n' => self.out.write_all(b"\\n"),
                b'\t' => self.out.write_all(b"\\t"),
                byte => write!(self.out, "\\u{byte:04x}"),
            };
            rest = &rest[at + 1..];
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }

    /// A number, `true` or `false`.
    pub(super) fn bare(&mut self, value: impl Display) {
        self.separate();
        let _ = write!(self.out, "{value}");
    }

    pub(super) fn time(&mut self, time: SystemTime) {
        self.string(&rfc3339(time));
    }

    fn separate(&mut self) {
        if self.follows {
            self.out.push(b',');
        }
        self.follows = true;
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| DIGITS[digit as usize] as char)
        .collect()
}

/// RFC 3339 §5.6, in UTC with nanoseconds.
fn rfc3339(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, nanoseconds) = (since.as_secs(), since.subsec_nanos());
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanoseconds:09}Z")
}

/// The date of a day since 1970-01-01 in the Gregorian calendar. Counts from a first of March, so that a leap day is the last
/// of its year, in cycles of 400 years.
const fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (cycle, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (cycle * 400 + year + (month <= 2) as u64, month, day)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::{Json, civil, hex, rfc3339};

    #[test]
    fn times_have_nine_digits_of_a_second() {
        let time = UNIX_EPOCH + Duration::new(1_780_051_808, 717_141_556);
        assert_eq!(rfc3339(time), "2026-05-29T10:50:08.717141556Z");
        assert_eq!(rfc3339(UNIX_EPOCH), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(
            rfc3339(UNIX_EPOCH + Duration::from_secs(951_782_400)),
            "2000-02-29T00:00:00.000000000Z"
        );
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut expected = (1970, 1, 1);
        for day in 0..200_000 {
            assert_eq!(civil(day), expected, "day {day}");
            let (year, month, date) = expected;
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = lengths[month as usize - 1] + u64::from(leap && month == 2);
            expected = match (date < length, month < 12) {
                (true, _) => (year, month, date + 1),
                (_, true) => (year, month + 1, 1),
                _ => (year + 1, 1, 1),
            };
        }
    }

    #[test]
    fn members_and_items_are_separated_by_commas() {
        let mut out = Vec::new();
        Json::new(&mut out).object(|json| {
            json.key("a").bare(1);
            json.key("b").array(|json| {
                json.string("x");
                json.object(|_| {});
                json.array(|_| {});
            });
            json.key("c").bare(true);
        });
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"a":1,"b":["x",{},[]],"c":true}"#);
    }

    #[test]
    fn digests_are_lower_case() {
        assert_eq!(hex(&[0x0f, 0xa0]), "0fa0");
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(text in any::<String>()) {
            let mut out = Vec::new();
            Json::new(&mut out).string(&text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
