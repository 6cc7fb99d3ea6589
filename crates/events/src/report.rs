//! What a pass over a capture found, and its JSON form as it goes into a predicate.
//! Holds no event and no path. Made by `ingest`, given to the addon.

use lanner_merkle::Hash;
use serde_json::{Map, Value, json};

use crate::skipped::{SkipReason, SkippedLines};
use crate::summary::Summary;

/// The findings; digest and counts are of the very same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureReport {
    /// Of the whole file.
    pub sha256: [u8; 32],
    /// Read and hashed.
    pub bytes: u64,
    /// RFC 6962 root over the events' lines.
    pub tree_root: Hash,
    /// Accepted lines: the size of the tree.
    pub events: u64,
    /// Written to the spool.
    pub spool_bytes: u64,
    /// The events in numbers.
    pub summary: Summary,
    /// Lines that are no events.
    pub skipped: SkippedLines,
    /// Lines of white space, neither events nor skipped.
    pub blank_lines: u64,
    /// The last line has no newline and is no event because it was cut off.
    pub truncated_last_line: bool,
    /// All lines: events, skipped and blank.
    pub lines: u64,
    /// Size or times of the file differ between before and after, so its digest may be of no state it ever had.
    pub changed_while_read: bool,
}

impl CaptureReport {
    /// The part that a predicate records, with its keys in a defined order.
    #[must_use]
    pub fn to_json(&self) -> String {
        json!({
            "lines": self.lines,
            "blank_lines": self.blank_lines,
            "skipped_lines": skipped(&self.skipped),
            "truncated_last_line": self.truncated_last_line,
            "events_tree": {
                "root": hex(&self.tree_root),
                "size": self.events,
                "hashAlgorithm": "sha256",
                "construction": "RFC6962",
            },
            "summary": summary(&self.summary),
        })
        .to_string()
    }
}

fn skipped(lines: &SkippedLines) -> Value {
    let mut by_reason = Map::new();
    for reason in SkipReason::ALL {
        let tally = lines.of(reason);
        if tally.count == 0 {
            continue;
        }
        let mut entry = json!({ "count": tally.count, "first": tally.first });
        if reason == SkipReason::TooLong {
            entry["lengths"] = json!(tally.lengths);
        }
        by_reason.insert(reason.name().to_owned(), entry);
    }
    Value::Object(by_reason)
}

fn summary(summary: &Summary) -> Value {
    let priorities: Map<String, Value> = summary
        .priorities
        .iter()
        .map(|(priority, count)| (priority.name().to_owned(), json!(count)))
        .collect();
    let rule_hits: Vec<Value> = summary
        .rule_hits
        .iter()
        .map(|hit| json!({ "rule": hit.rule, "count": hit.count, "highest_priority": hit.highest_priority }))
        .collect();
    let mut value = json!({
        "total_events": summary.total_events,
        "priorities": priorities,
        "rule_hits": rule_hits,
        "distinct_rules": summary.rule_hits.len(),
        "distinct_hosts": summary.distinct_hosts,
    });
    if let Some(start) = &summary.window_start {
        value["window_start"] = json!(start);
    }
    if let Some(end) = &summary.window_end {
        value["window_end"] = json!(end);
    }
    value["unknown_priorities"] = json!(summary.unknown_priorities);
    value["duplicate_keys"] = json!(summary.duplicate_keys);
    value["without_time"] = json!(summary.without_time);
    value
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::priority::Priority;
    use crate::summary::RuleHit;

    #[test]
    fn the_keys_stand_in_their_order_and_only_reasons_that_occurred_are_named() {
        let mut skipped = SkippedLines::default();
        skipped.add(SkipReason::TooLong, 4, 70_000_000);
        skipped.add(SkipReason::NotJson, 1, 9);
        skipped.add(SkipReason::NotJson, 2, 9);
        let report = CaptureReport {
            sha256: [0; 32],
            bytes: 0,
            tree_root: [0xAB; 32],
            events: 1,
            spool_bytes: 0,
            summary: Summary {
                total_events: 1,
                priorities: vec![(Priority::Alert, 1)],
                rule_hits: vec![RuleHit {
                    rule: "a\"b".into(),
                    count: 1,
                    highest_priority: "ALERT".into(),
                }],
                distinct_hosts: 0,
                window_end: Some("2026-05-29T10:50:09Z".into()),
                window_start: Some("2026-05-29T10:50:09Z".into()),
                ..Summary::default()
            },
            skipped,
            blank_lines: 2,
            truncated_last_line: false,
            lines: 6,
            changed_while_read: false,
        };
        let expected = concat!(
            r#"{"lines":6,"blank_lines":2,"skipped_lines":{"not_json":{"count":2,"first":[1,2]},"#,
            r#""too_long":{"count":1,"first":[4],"lengths":[70000000]}},"truncated_last_line":false,"#,
            r#""events_tree":{"root":"abababababababababababababababababababababababababababababababab","size":1,"#,
            r#""hashAlgorithm":"sha256","construction":"RFC6962"},"summary":{"total_events":1,"priorities":{"alert":1},"#,
            r#""rule_hits":[{"rule":"a\"b","count":1,"highest_priority":"ALERT"}],"distinct_rules":1,"distinct_hosts":0,"#,
            r#""window_start":"2026-05-29T10:50:09Z","window_end":"2026-05-29T10:50:09Z","unknown_priorities":0,"#,
            r#""duplicate_keys":0,"without_time":0}}"#,
        );
        assert_eq!(report.to_json(), expected);
    }
}
