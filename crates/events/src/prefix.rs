//! Recognises the prefix that container runtimes put before each log line (the CRI logging format):
//! `2026-05-29T10:50:08.717Z stdout F `, that is time, stream, and `F`ull or `P`artial. Removes nothing. Used by `sniff`.

use crate::time::Instant;

/// Whether `line` begins with such a prefix and goes on with a JSON object.
pub(crate) fn has_runtime_prefix(line: &str) -> bool {
    let mut parts = line.splitn(4, ' ');
    let (time, stream, tag, rest) = (parts.next(), parts.next(), parts.next(), parts.next());
    time.and_then(Instant::parse).is_some()
        && matches!(stream, Some("stdout" | "stderr"))
        // Tags may follow the first, after colons.
        && tag.is_some_and(|tag| matches!(tag.split(':').next(), Some("F" | "P")))
        && rest.is_some_and(|rest| rest.trim_start().starts_with('{'))
}
