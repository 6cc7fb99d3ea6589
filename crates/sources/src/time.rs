//! Times of events: RFC 3339 to nanoseconds since 1970, and back to the forms that rules and outputs see.
//! Years that 64 bits of nanoseconds can't hold wrap as they do in Falco. Used by all sources.

use lanner_events::calendar::{date_of, days_in, days_since_1970, number};

/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000_000_000;

/// Reads a date and time with offset, as Go's `time.RFC3339Nano` does: digits after the ninth are dropped. Times before 1970
/// come out as 64-bit two's complement.
#[must_use]
pub fn parse(text: &[u8]) -> Option<u64> {
    let fixed = text.get(..19)?;
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators.iter().any(|&(at, byte)| fixed[at] != byte) {
        return None;
    }
    let (year, month, day) = (number(&fixed[..4])?, number(&fixed[5..7])?, number(&fixed[8..10])?);
    let (hour, minute, second) =
        (number(&fixed[11..13])?, number(&fixed[14..16])?, number(&fixed[17..19])?);
    let in_range = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !in_range {
        return None;
    }
    let mut rest = &text[19..];
    let mut nanoseconds = 0_i64;
    if let [b'.' | b',', digits @ ..] = rest {
        let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return None;
        }
        let (kept, zeros) = (count.min(9), 9 - count.min(9));
        nanoseconds = number(&digits[..kept])? * 10_i64.pow(zeros as u32);
        rest = &digits[count..];
    }
    let days = days_since_1970(year, month, day);
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset(rest)?;
    Some(seconds.wrapping_mul(SECOND.cast_signed()).wrapping_add(nanoseconds).cast_unsigned())
}

/// Seconds east of UTC: `Z` or `±hh:mm`.
fn offset(text: &[u8]) -> Option<i64> {
    let &[sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = text else {
        return (text == b"Z").then_some(0);
    };
    let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
    let seconds = hours * 3600 + minutes * 60;
    (hours < 24 && minutes < 60).then_some(if sign == b'-' { -seconds } else { seconds })
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// With the date in front, then this.
    pub date: Option<char>,
    /// With nine digits of a second.
    pub nanoseconds: bool,
    /// With `+0000` at the end.
    pub zone: bool,
}

impl Form {
    /// Writes a time. `offset` is in seconds east of UTC.
    #[must_use]
    pub fn write(self, nanoseconds: u64, offset: i32) -> String {
        let seconds = (nanoseconds / SECOND).cast_signed() + i64::from(offset);
        let (year, month, day) = date_of(seconds.div_euclid(86_400));
        let of_day = seconds.rem_euclid(86_400);
        let mut text = String::with_capacity(36);
        let mut write = |piece: std::fmt::Arguments<'_>| {
            // A String takes all.
            let _ = std::fmt::Write::write_fmt(&mut text, piece);
        };
        if let Some(between) = self.date {
            write(format_args!("{year:04}-{month:02}-{day:02}{between}"));
        }
        write(format_args!("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60));
        if self.nanoseconds {
            write(format_args!(".{:09}", nanoseconds % SECOND));
        }
        if self.zone {
            write(format_args!("+0000"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_nanoseconds_since_1970_and_wrap_as_in_falco() {
        for (text, nanoseconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-01T00:00:00.001000Z", 1_767_225_600_001_000_000),
            ("2026-01-01T02:00:00.1234567890123+02:00", 1_767_225_600_123_456_789),
            ("1969-12-31T23:59:59Z", (-1_000_000_000_i64).cast_unsigned()),
            ("9999-12-31T23:59:59Z", (-4_852_116_232_933_722_624_i64).cast_unsigned()),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(nanoseconds), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01t00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00.Z",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let form = Form { date: Some('T'), nanoseconds: true, zone: false };
        for nanoseconds in [0, 951_868_799_000_000_001, 1_767_225_600_001_000_000, u64::MAX] {
            let text = form.write(nanoseconds, 0);
            assert_eq!(parse(format!("{text}Z").as_bytes()), Some(nanoseconds), "{text}");
        }
        let iso = Form { zone: true, ..form };
        assert_eq!(iso.write(1_767_225_600_001_000_000, 0), "2026-01-01T00:00:00.001000000+0000");
        let local = Form { date: None, nanoseconds: false, zone: false };
        assert_eq!(local.write(1_767_225_600_001_000_000, -3600), "23:00:00");
    }
}
