//! The slow and obvious reading of a capture, to compare with: everything in memory, `serde_json`, no chunks.
//! Knows neither duplicate keys nor lines too long or too deep. Used by the laws.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A capture as it is understood without any hurry.
#[derive(Debug, Default)]
pub(crate) struct Reference {
    pub(crate) events: Vec<Vec<u8>>,
    pub(crate) event_lines: Vec<u64>,
    pub(crate) lines: u64,
    pub(crate) blank: u64,
    pub(crate) skipped: BTreeMap<&'static str, Vec<u64>>,
    /// Count, rank of the gravest priority, and its first spelling.
    pub(crate) rules: BTreeMap<String, (u64, usize, String)>,
    /// Only in one format and zone, so that text order is time order.
    pub(crate) times: BTreeSet<String>,
    pub(crate) unknown_priorities: u64,
    pub(crate) without_time: u64,
    pub(crate) hosts: BTreeSet<String>,
}

impl Reference {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut reference = Self::default();
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = match line.strip_suffix(b"\n") {
                Some(ended) => ended.strip_suffix(b"\r").unwrap_or(ended),
                None => line,
            };
            reference.add(line);
        }
        reference
    }

    fn add(&mut self, line: &[u8]) {
        self.lines += 1;
        if line.iter().all(|byte| b" \t\r".contains(byte)) {
            self.blank += 1;
            return;
        }
        match judge(line) {
            Ok(event) => {
                self.events.push(line.to_vec());
                self.event_lines.push(self.lines);
                self.summarise(&event);
            }
            Err(reason) => self.skipped.entry(reason).or_default().push(self.lines),
        }
    }

    fn summarise(&mut self, event: &Value) {
        let text =
            |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (host, time, spelling) = (text("hostname"), text("time"), text("priority"));
        if !host.is_empty() {
            self.hosts.insert(host);
        }
        if time.is_empty() {
            self.without_time += 1;
        } else {
            self.times.insert(time);
        }
        let lower = spelling
            .to_lowercase()
            .replace("informational", "info")
            .replace("info", "informational");
        let rank = RANKS.iter().position(|rank| *rank == lower).unwrap_or_default();
        self.unknown_priorities += u64::from(rank == 0);
        let hit = self.rules.entry(text("rule")).or_insert((0, rank, spelling.clone()));
        hit.0 += 1;
        if rank > hit.1 {
            (hit.1, hit.2) = (rank, spelling);
        }
    }
}

/// From the least grave, with what is no priority at zero.
const RANKS: [&str; 9] =
    ["", "debug", "informational", "notice", "warning", "error", "critical", "alert", "emergency"];

fn judge(line: &[u8]) -> Result<Value, &'static str> {
    let text = std::str::from_utf8(line).map_err(|_| "not_utf8")?;
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        Some(Ok(first)) if first.is_object() => {
            let end = values.byte_offset();
            if !text[end..].bytes().all(|byte| b" \t\r".contains(&byte)) {
                return Err("trailing_content");
            }
            let named =
                first.get("rule").and_then(Value::as_str).is_some_and(|rule| !rule.is_empty());
            if named { Ok(first) } else { Err("no_rule") }
        }
        Some(Ok(_)) if serde_json::from_str::<Value>(text).is_ok() => Err("not_object"),
        _ => Err("not_json"),
    }
}
