//! Times as RFC 3339 has them, to the nanosecond, in UTC.
//! Knows no leap second, as the clock does not. Used for `evt.time` and back.

use std::time::{Duration, SystemTime};

const DAY: u64 = 86_400;

/// `2025-11-21T14:02:33.000000001Z`. Times before 1970 are shown as its beginning.
pub(super) fn time_text(time: SystemTime) -> String {
    let mut text = String::with_capacity(30);
    write_time(time, &mut text);
    text
}

pub(super) fn write_time(time: SystemTime, out: &mut String) {
    use std::fmt::Write;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = date(since.as_secs() / DAY);
    let second = since.as_secs() % DAY;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let nanosecond = since.subsec_nanos();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanosecond:09}Z"
    );
}

/// The time such a text stands for.
pub(super) fn parse_time(text: &str) -> Option<SystemTime> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    if text.len() != 30 || !text.ends_with('Z') {
        return None;
    }
    let days = days(number(0..4)?, number(5..7)?, number(8..10)?)?;
    let seconds = days * DAY + number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
    let nanosecond = u32::try_from(number(20..29)?).ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::new(seconds, nanosecond))
}

/// The date so many days after 1970-01-01, in years that begin with March, where the leap day comes last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

/// Days from 1970-01-01 to that date.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = year.checked_sub(u64::from(month <= 2))?;
    let (era, year) = (year / 400, year % 400);
    let month = if month > 2 { month - 3 } else { month + 9 };
    let day = (153 * month + 2) / 5 + day - 1;
    (era * 146_097 + year * 365 + year / 4 - year / 100 + day).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_leap_day_of_2000_is_the_29th_of_february() {
        let time = SystemTime::UNIX_EPOCH + Duration::new(951_782_400, 1);
        assert_eq!(time_text(time), "2000-02-29T00:00:00.000000001Z");
    }

    proptest! {
        #[test]
        fn a_time_is_read_as_it_was_written(seconds in 0..4_102_444_800u64, nanosecond in 0..1_000_000_000u32) {
            let time = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanosecond);
            prop_assert_eq!(parse_time(&time_text(time)), Some(time));
        }
    }
}
