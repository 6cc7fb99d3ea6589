//! Times as Falco writes them, from nanoseconds since 1970.

const SECOND: u64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// `2026-01-01T00:00:00.001000000` and what closes it: `Z`, or `+0000` before a message.
pub(super) fn iso8601(time: u64, zone: &str, out: &mut Vec<u8>) {
    let seconds = (time / SECOND).cast_signed();
    let (year, month, day) = date(seconds.div_euclid(DAY));
    digits::<4>(year.unsigned_abs(), out);
    for part in [month, day] {
        out.push(b'-');
        digits::<2>(part.unsigned_abs(), out);
    }
    out.push(b'T');
    of_day(seconds, time % SECOND, out);
    out.extend_from_slice(zone.as_bytes());
}

/// `00:00:00.001000000`, so many seconds east of UTC.
pub(super) fn local(time: u64, utc_offset_seconds: i32, out: &mut Vec<u8>) {
    of_day((time / SECOND).cast_signed() + i64::from(utc_offset_seconds), time % SECOND, out);
}

fn of_day(seconds: i64, nanoseconds: u64, out: &mut Vec<u8>) {
    let second = seconds.rem_euclid(DAY);
    for (part, after) in [(second / 3600, b':'), (second / 60 % 60, b':'), (second % 60, b'.')] {
        digits::<2>(part.unsigned_abs(), out);
        out.push(after);
    }
    digits::<9>(nanoseconds, out);
}

/// The last digits of a number, with leading zeros.
fn digits<const N: usize>(mut number: u64, out: &mut Vec<u8>) {
    let mut text = [b'0'; N];
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&text);
}

/// Year, month and day of a day since 1970, in the Gregorian calendar; eras of 400 years that begin in March.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{iso8601, local};

    fn written(time: u64) -> String {
        let mut out = Vec::new();
        iso8601(time, "Z", &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(written(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(written(951_782_400_000_000_001), "2000-02-29T00:00:00.000000001Z");
        assert_eq!(written(1_767_225_600_001_000_000), "2026-01-01T00:00:00.001000000Z");
        assert_eq!(written(4_107_542_399_999_999_999), "2100-02-28T23:59:59.999999999Z");
        assert_eq!(written(4_107_542_400_000_000_000), "2100-03-01T00:00:00.000000000Z");
    }

    #[test]
    fn the_time_of_day_moves_with_the_zone() {
        let mut out = Vec::new();
        local(1_000_000_000, -3_600, &mut out);
        assert_eq!(out, b"23:00:01.000000000");
    }
}
