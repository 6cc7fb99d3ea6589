//! Turns the raw text between two quotes into the string it means (RFC 8259 §7).
//! Trusts that `cursor` validated the text and judges nothing itself. Used by `scalar`, `keys` and `lanner-intake`.

use std::borrow::Cow;

/// The string that `raw` stands for; borrowed when nothing is escaped.
#[must_use]
pub fn unescaped(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let (meant, length) = escape(&rest[at..]);
        text.push(meant);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The raw text of a string whose first character stands at `start` of `line`.
pub(crate) fn key_at(line: &str, start: usize) -> &str {
    let bytes = line.as_bytes();
    let mut end = start;
    while let Some(step) = memchr::memchr2(b'"', b'\\', &bytes[end..]) {
        end += step;
        if bytes[end] == b'"' {
            break;
        }
        end += 2;
    }
    &line[start..end]
}

/// The character of the escape that `text` begins with, and the escape's length.
fn escape(text: &str) -> (char, usize) {
    let meant = match text.as_bytes().get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(text),
        // `"`, `\` and `/` stand for themselves.
        Some(other) => char::from(*other),
        None => char::REPLACEMENT_CHARACTER,
    };
    (meant, 2)
}

/// `\uXXXX`, or two of them for a character beyond the basic plane.
fn unicode_escape(text: &str) -> (char, usize) {
    let unit = |at: usize| {
        text.get(at..at + 4)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .unwrap_or(0xFFFD)
    };
    let first = unit(2);
    if (0xD800..0xDC00).contains(&first) {
        let second = unit(8);
        let joined = 0x10000 + ((first - 0xD800) << 10) + (second.wrapping_sub(0xDC00) & 0x3FF);
        (char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
    } else {
        (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_means_what_the_standard_says() {
        let raw = r#"\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\udc26é"#;
        assert_eq!(unescaped(raw), "\"\\/\u{8}\u{c}\n\r\t\0é🐦é");
    }

    #[test]
    fn a_key_ends_at_its_first_unescaped_quote() {
        assert_eq!(key_at(r#"{"a\"b\\":1}"#, 2), r#"a\"b\\"#);
    }
}
