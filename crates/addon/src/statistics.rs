//! Counts of a detection as JSON, by the names of rules, priorities and inputs.
//! Counts nothing. Used by `detect`.

use lanner_rules::Priority;
use lanner_sources::SkipReason;
use lanner_sources::detect::Statistics;
use serde_json::{Value, json};

/// Rules in order of definition, priorities from the most urgent; those without an alert too.
pub(crate) fn json(counts: &Statistics, rules: &[(String, Priority)], inputs: &[String]) -> String {
    let of = |priority: Priority| -> u64 {
        let pairs = rules.iter().zip(&counts.by_rule);
        pairs.filter(|((_, own), _)| *own == priority).map(|(_, count)| count).sum()
    };
    let priorities: Vec<Value> = Priority::ALL
        .into_iter()
        .map(|priority| json!({ "priority": priority.name(), "count": of(priority) }))
        .collect();
    let by_rule: Vec<Value> = rules
        .iter()
        .zip(&counts.by_rule)
        .map(|((rule, _), count)| json!({ "rule": rule, "count": count }))
        .collect();
    let skipped: Vec<Value> = SkipReason::ALL
        .into_iter()
        .filter(|&reason| counts.skipped.count(reason) > 0)
        .map(|reason| {
            let first = counts.skipped.first(reason).iter().map(|place| {
                let input = inputs.get(place.input as usize).map_or("", String::as_str);
                json!({ "input": input, "offset": place.offset })
            });
            json!({
                "reason": reason.name(),
                "count": counts.skipped.count(reason),
                "first": first.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "events": counts.events,
        "bytes": counts.bytes,
        "alerts": counts.by_rule.iter().sum::<u64>(),
        "priorities": priorities,
        "rules": by_rule,
        "skipped": skipped,
        "duplicates": counts.duplicates,
    })
    .to_string()
}
