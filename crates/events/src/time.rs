//! RFC 3339 times as instants that compare exactly: any offset, any number of fraction digits, leap seconds.
//! Converts nothing back; the text is what gets recorded. Used by `summary` for the window of a capture.

use crate::calendar::{days_in, days_since_1970, number};

/// A point in time. The order of the fields makes the derived order the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant<'a> {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted.
    seconds: i64,
    /// Within the leap second that follows `seconds`.
    leap: bool,
    /// Digits without trailing zeros: such texts compare as the numbers do.
    fraction: &'a str,
}

impl<'a> Instant<'a> {
    /// Reads `date-time` of RFC 3339 §5.6; `T` and `Z` may be lower case there.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let fixed = bytes.get(..19)?;
        if fixed[4] != b'-'
            || fixed[7] != b'-'
            || !matches!(fixed[10], b'T' | b't')
            || fixed[13] != b':'
            || fixed[16] != b':'
        {
            return None;
        }
        let (year, month, day) =
            (number(&fixed[..4])?, number(&fixed[5..7])?, number(&fixed[8..10])?);
        let (hour, minute, second) =
            (number(&fixed[11..13])?, number(&fixed[14..16])?, number(&fixed[17..19])?);
        if !(1..=12).contains(&month)
            || day < 1
            || day > days_in(year, month)
            || hour > 23
            || minute > 59
            || second > 60
        {
            return None;
        }
        let mut rest = &text[19..];
        let mut fraction = "";
        if let Some(digits) = rest.strip_prefix('.') {
            let count = digits.bytes().take_while(u8::is_ascii_digit).count();
            if count == 0 {
                return None;
            }
            fraction = digits[..count].trim_end_matches('0');
            rest = &digits[count..];
        }
        let leap = second == 60;
        let of_day = hour * 3600 + minute * 60 + second - i64::from(leap);
        let seconds = days_since_1970(year, month, day) * 86400 + of_day - offset(rest)?;
        // A leap second is the last of a UTC day.
        if leap && seconds.rem_euclid(86400) != 86399 {
            return None;
        }
        Some(Self { seconds, leap, fraction })
    }
}

/// Whether `text` is a `date-time` of RFC 3339 §5.6, on a day that the calendar has.
#[must_use]
pub fn is_date_time(text: &str) -> bool {
    Instant::parse(text).is_some()
}

/// An instant with the text it was read from, kept while others are compared with it.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    text: String,
    seconds: i64,
    leap: bool,
    fraction_len: usize,
}

/// A fraction begins after `YYYY-MM-DDThh:mm:ss.`
const FRACTION_START: usize = 20;

impl Moment {
    pub(crate) fn new(text: &str, instant: Instant<'_>) -> Self {
        let Instant { seconds, leap, fraction } = instant;
        Self { text: text.to_owned(), seconds, leap, fraction_len: fraction.len() }
    }

    /// As [`Moment::new`], in the memory at hand: in a capture in order every event is the latest so far.
    pub(crate) fn set(&mut self, text: &str, instant: Instant<'_>) {
        self.text.clear();
        self.text.push_str(text);
        (self.seconds, self.leap, self.fraction_len) =
            (instant.seconds, instant.leap, instant.fraction.len());
    }

    pub(crate) fn instant(&self) -> Instant<'_> {
        let fraction =
            self.text.get(FRACTION_START..FRACTION_START + self.fraction_len).unwrap_or_default();
        Instant { seconds: self.seconds, leap: self.leap, fraction }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// Seconds east of UTC: `Z` or `±hh:mm`.
fn offset(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = *text.as_bytes() else { return None };
    let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    Some(if sign == b'-' { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant<'_> {
        Instant::parse(text).unwrap()
    }

    #[test]
    fn known_dates_have_their_unix_time() {
        assert_eq!(at("1970-01-01T00:00:00Z").seconds, 0);
        assert_eq!(at("2000-02-29T23:59:59Z").seconds, 951_868_799);
        assert_eq!(at("2026-05-29T10:50:08.717141556Z").seconds, 1_780_051_808);
        assert_eq!(at("0000-01-01T00:00:00Z").seconds, -62_167_219_200);
        assert_eq!(at("9999-12-31T23:59:59Z").seconds, 253_402_300_799);
    }

    #[test]
    fn order_is_the_order_of_time_not_of_text() {
        let ordered = [
            "2026-05-29T12:50:08.9+02:00",
            "2026-05-29T10:50:08.999999999z",
            "2026-05-29T10:50:08.9999999991Z",
            "2026-05-29t05:20:09-05:30",
            "2026-05-29T10:50:09.10Z",
            "2026-06-30T23:59:59.9Z",
            "2026-07-01T01:59:60.5+02:00",
            "2026-07-01T00:00:00.1Z",
        ];
        assert!(ordered.is_sorted_by(|a, b| at(a) < at(b)));
        assert_eq!(at("2026-05-29T10:50:09.50Z"), at("2026-05-29T12:50:09.5+02:00"));
    }

    #[test]
    fn a_kept_moment_is_the_instant_it_was_made_from() {
        let mut moment = Moment::new("2026-05-29T10:50:09Z", at("2026-05-29T10:50:09Z"));
        for text in
            ["2026-05-29T10:50:09.500+00:00", "2026-05-29T10:50:09.0Z", "2026-06-30T23:59:60.25Z"]
        {
            moment.set(text, at(text));
            assert_eq!((moment.instant(), moment.text()), (at(text), text));
        }
    }

    #[test]
    fn what_is_not_a_date_time_is_refused() {
        for text in [
            "",
            "not a time",
            "2026-05-29",
            "2026-05-29T10:50:09",
            "2026-05-29 10:50:09Z",
            "2026-05-29T10:50:09.Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:61Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00+0200",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00Zx",
            "2026-01-01T00:00:0éZ",
            "+026-01-01T00:00:00Z",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }
}
