//! Guesses from its first bytes what a file is, so that a capture is chosen by content and a refusal says what to do.
//! Only looks: a capture counts as such by one event, whatever surrounds it. Used to find the capture among the products.

use memchr::memchr;

use crate::chunk::BOM;
use crate::signs::Signs;

/// Bytes that a guess needs; more make no better one.
pub const SNIFF_LEN: usize = 64 << 10;

/// What a file seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sniff {
    /// At least one line is an event.
    FalcoEvents,
    /// No bytes, or only blank lines.
    Empty,
    /// JSON values line by line, but no event among them.
    OtherJsonLines,
    /// One JSON document over several lines, or an array.
    PrettyPrinted,
    /// Compressed by gzip.
    Gzip,
    /// Compressed by Zstandard.
    Zstd,
    /// Text in UTF-16.
    Utf16,
    /// Lines that a container runtime has prefixed with time and stream.
    PrefixedLog,
    /// Text without JSON.
    Text,
    /// Anything else.
    Other,
}

impl Sniff {
    /// The name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FalcoEvents => "falco_events",
            Self::Empty => "empty",
            Self::OtherJsonLines => "other_json_lines",
            Self::PrettyPrinted => "pretty_printed",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Utf16 => "utf16",
            Self::PrefixedLog => "prefixed_log",
            Self::Text => "text",
            Self::Other => "other",
        }
    }
}

/// Guesses what a file of `file_len` bytes is that begins with `head`.
#[must_use]
pub fn sniff(head: &[u8], file_len: u64) -> Sniff {
    let head = &head[..head.len().min(SNIFF_LEN)];
    let whole = head.len() as u64 >= file_len;
    if let Some(kind) = by_signature(head) {
        return kind;
    }
    let text = head.strip_prefix(BOM).unwrap_or(head);
    let mut signs = Signs::default();
    let mut rest = text;
    while !rest.is_empty() {
        let newline = memchr(b'\n', rest);
        let line = &rest[..newline.unwrap_or(rest.len())];
        rest = newline.map_or(&[], |at| &rest[at + 1..]);
        let line = line.trim_ascii();
        if !line.is_empty() {
            signs.add(line, newline.is_none() && !whole);
        }
        if signs.found_event() {
            break;
        }
    }
    signs.verdict(text, whole)
}

fn by_signature(head: &[u8]) -> Option<Sniff> {
    match head {
        [0x1F, 0x8B, ..] => Some(Sniff::Gzip),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Sniff::Zstd),
        // A byte order mark; or, without one, the `{`, `[` or blank that JSON begins with, beside a zero byte.
        [0xFF, 0xFE, ..]
        | [0xFE, 0xFF, ..]
        | [b'{' | b'[' | b' ' | b'\t' | b'\r' | b'\n', 0, ..]
        | [0, b'{' | b'[' | b' ' | b'\t' | b'\r' | b'\n', ..] => Some(Sniff::Utf16),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Sniff {
        sniff(text.as_bytes(), text.len() as u64)
    }

    const EVENT: &str = r#"{"rule":"a","priority":"Notice","time":"2026-05-29T10:50:09Z"}"#;

    #[test]
    fn one_event_makes_a_capture_whatever_surrounds_it() {
        assert_eq!(of(&format!("Falco initialized\n\n{EVENT}\n")), Sniff::FalcoEvents);
        assert_eq!(of(&format!("dle of a line\"}}\n{EVENT}")), Sniff::FalcoEvents);
        assert_eq!(of(&format!("\u{feff}{EVENT}\r\n")), Sniff::FalcoEvents);
        assert_eq!(of(&format!("{{\"rule\":\n{EVENT}\n")), Sniff::FalcoEvents);
    }

    #[test]
    fn an_event_longer_than_the_head_is_seen_by_its_keys() {
        let event = format!(
            r#"{{"hostname":"h","rule":"a","priority":"Notice","output":"{}"}}"#,
            "x".repeat(SNIFF_LEN)
        );
        assert_eq!(sniff(&event.as_bytes()[..SNIFF_LEN], event.len() as u64), Sniff::FalcoEvents);
        let other = format!(r#"{{"message":"{}"}}"#, "x".repeat(SNIFF_LEN));
        assert_eq!(
            sniff(&other.as_bytes()[..SNIFF_LEN], other.len() as u64),
            Sniff::OtherJsonLines
        );
    }

    #[test]
    fn an_array_is_no_capture_even_if_its_last_line_is_an_event() {
        assert_eq!(of(&format!("[\n{EVENT},\n{EVENT}\n]\n")), Sniff::PrettyPrinted);
        assert_eq!(of(&format!("[{EVENT},{EVENT}]\n")), Sniff::PrettyPrinted);
        assert_eq!(of("{\n  \"rule\": \"a\"\n}\n"), Sniff::PrettyPrinted);
    }

    #[test]
    fn what_holds_no_event_is_told_apart() {
        assert_eq!(of(""), Sniff::Empty);
        assert_eq!(of("\u{feff} \r\n\t\n"), Sniff::Empty);
        assert_eq!(of("{\"a\":1}\n{\"b\":2}\n"), Sniff::OtherJsonLines);
        assert_eq!(of("[info] started\nready\n"), Sniff::Text);
        assert_eq!(of("\u{7f}ELF\0\0"), Sniff::Other);
        assert_eq!(sniff(b"{\0\"\0a\0", 6), Sniff::Utf16);
        assert_eq!(sniff(b"\x28\xB5\x2F\xFD\x04", 5), Sniff::Zstd);
        assert_eq!(of(&format!("2026-05-29T10:50:08.717Z stderr P {EVENT}\n")), Sniff::PrefixedLog);
    }
}
