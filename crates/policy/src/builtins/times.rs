//! `time.parse_rfc3339_ns`, as strict as Go's: the engine's own takes a space for the `T`.
//! Leaves the other `time.*` to the engine. Used by `install`.

use regorus::Value;

use super::{Builtin, Fault, text};

pub(super) const BUILTINS: &[Builtin] = &[("time.parse_rfc3339_ns", 1, parse)];

fn parse(args: &[Value]) -> Result<Value, Fault> {
    let time = text("time.parse_rfc3339_ns", &args[0])?;
    nanoseconds(time)
        .and_then(|nanoseconds| i64::try_from(nanoseconds).ok())
        .map(Value::from)
        .ok_or_else(|| {
            Fault::new(format!(
                "time.parse_rfc3339_ns: `{time}` is not a time of RFC 3339 within range"
            ))
        })
}

/// Nanoseconds since 1970 of `2006-01-02T15:04:05[.999999999](Z|±07:00)`.
fn nanoseconds(time: &str) -> Option<i128> {
    let bytes = time.as_bytes();
    let digits = |from: usize, to: usize| -> Option<i128> {
        let part = bytes.get(from..to)?;
        part.iter()
            .all(u8::is_ascii_digit)
            .then(|| part.iter().fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0')))
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators.iter().any(|&(at, byte)| bytes.get(at) != Some(&byte)) {
        return None;
    }
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i128::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction, zone) = fraction(&time[19..])?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
        - offset(zone)?;
    Some(seconds * 1_000_000_000 + fraction)
}

/// Digits beyond nanoseconds are cut, as Go does.
fn fraction(rest: &str) -> Option<(i128, &str)> {
    let Some(rest) = rest.strip_prefix('.') else { return Some((0, rest)) };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let nine: String = rest[..length].chars().chain("000000000".chars()).take(9).collect();
    if length == 0 { None } else { Some((nine.parse().ok()?, &rest[length..])) }
}

fn offset(zone: &str) -> Option<i128> {
    if zone == "Z" {
        return Some(0);
    }
    let [sign, h1, h2, b':', m1, m2] = *zone.as_bytes() else { return None };
    let two = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit())
            .then(|| i128::from(tens - b'0') * 10 + i128::from(ones - b'0'))
    };
    let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    (hours <= 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Days of the proleptic Gregorian calendar, counted in years that begin in March.
fn days_since_1970(year: i128, month: i128, day: i128) -> i128 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}
