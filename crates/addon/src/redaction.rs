//! Takes secrets out of recorded texts, as `src/attestors/redaction.ts` does out of recorded output.
//! Knows nothing about which texts may hold one. Used where a trace is written into a predicate.

use std::borrow::Cow;

/// What stands in place of a secret.
const REDACTED: &str = "[REDACTED]";

/// A fixed set of secrets.
#[derive(Debug)]
pub(crate) struct Redactor {
    needles: Vec<String>,
}

impl Redactor {
    /// For texts in which backslashes may be doubled, as names in a record are.
    pub(crate) fn new(secrets: Vec<String>) -> Self {
        let mut needles = secrets;
        needles.retain(|secret| !secret.is_empty());
        let doubled: Vec<_> = needles.iter().map(|secret| secret.replace('\\', r"\\")).collect();
        needles.extend(doubled);
        needles.sort_unstable();
        needles.dedup();
        Self { needles }
    }

    /// The text without secrets. Those that overlap are replaced as one: replaced one after the other, the rest of the second
    /// would stay where the first has eaten its head.
    pub(crate) fn text<'text>(&self, text: &'text str) -> Cow<'text, str> {
        let mut ranges = self.occurrences(text);
        if ranges.is_empty() {
            return Cow::Borrowed(text);
        }
        ranges.sort_unstable();
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for (start, stop) in ranges {
            // Touching secrets stay two: that is what replacing each gives.
            if start >= end {
                out.push_str(&text[end..start]);
                out.push_str(REDACTED);
            }
            end = end.max(stop);
        }
        out.push_str(&text[end..]);
        Cow::Owned(out)
    }

    /// Where each secret is, also where it overlaps itself.
    fn occurrences(&self, text: &str) -> Vec<(usize, usize)> {
        let mut ranges = Vec::new();
        for needle in &self.needles {
            let mut from = 0;
            while let Some(at) = text[from..].find(needle.as_str()) {
                let start = from + at;
                ranges.push((start, start + needle.len()));
                from = start + text[start..].chars().next().map_or(1, char::len_utf8);
            }
        }
        ranges
    }
}
