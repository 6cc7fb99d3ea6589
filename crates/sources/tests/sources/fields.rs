//! Every value of every field for every recorded event, as a real Falco gave it.

use crate::{corpus, values};
use std::collections::BTreeMap;
use std::path::Path;

use lanner_sources::{Layout, Source};
use serde_json::Value;

/// Names of the fields in the order of the rule that printed them.
fn printed_fields(rule: &Path) -> Vec<String> {
    let text = String::from_utf8(corpus::read(rule)).unwrap();
    let mut fields: Vec<String> = text
        .split_whitespace()
        .filter_map(|word| word.trim_matches('"').trim_start_matches("n=").strip_prefix('%'))
        .map(str::to_owned)
        .collect();
    fields.sort();
    fields.dedup();
    fields
}

/// Falco's JSON shows these as nanoseconds, whatever their text is.
fn is_clock(field: &str) -> bool {
    matches!(
        field,
        "evt.time" | "evt.time.s" | "evt.time.iso8601" | "evt.datetime" | "evt.datetime.s"
    )
}

#[derive(Default)]
struct Comparison {
    events: usize,
    values: usize,
    different: BTreeMap<String, (usize, String)>,
}

impl Comparison {
    fn compare(&mut self, fields: &[String], ours: &[Option<Value>], theirs: &Value, but: &[&str]) {
        self.events += 1;
        for (field, ours) in fields.iter().zip(ours) {
            if is_clock(field) || but.contains(&field.as_str()) {
                continue;
            }
            self.values += 1;
            let expected = theirs.get(field);
            if ours.as_ref() != expected {
                let entry = self.different.entry(field.clone()).or_default();
                entry.0 += 1;
                if entry.1.is_empty() {
                    entry.1 = format!("ours {ours:?} Falco's {expected:?}");
                }
            }
        }
    }

    fn assert_equal(&self, what: &str) {
        eprintln!("{what}: {} events, {} values compared", self.events, self.values);
        for (field, (count, example)) in &self.different {
            eprintln!("{field}: {count} times, {example}");
        }
        assert!(self.different.is_empty(), "{what}");
    }
}

fn records(path: &Path) -> Vec<Value> {
    let text = String::from_utf8(corpus::read(path)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_value_of_an_audit_event_is_falcos() {
    let Some(corpus) = corpus::corpus() else { return };
    let folder = corpus.join("oracle/fields");
    let fields = printed_fields(&folder.join("k8s_audit.rules.yaml"));
    let mut comparison = Comparison::default();
    let text = corpus::read(&corpus.join("oracle/language/events.jsonl"));
    let (events, skipped) = values::values(Source::K8sAudit, text, Layout::Lines, &fields, true);
    assert_eq!(skipped.total(), 0);
    let recorded = records(&folder.join("k8s_audit/lang-events.jsonl.gz"));
    assert_eq!(events.len(), recorded.len());
    for (ours, theirs) in events.iter().zip(&recorded) {
        comparison.compare(&fields, ours, &theirs["fields"], &[]);
    }
    // The recording names no file; an event is known by its id, stage and text.
    let info = fields.iter().position(|field| field == "evt.plugininfo").unwrap();
    let mut by_text = BTreeMap::new();
    for file in corpus::files(&corpus.join("k8saudit/trace_files"), ".json") {
        let (events, _) =
            values::values(Source::K8sAudit, corpus::read(&file), Layout::Lines, &fields, true);
        for event in events {
            by_text.insert(event[info].clone().unwrap().to_string(), event);
        }
    }
    for theirs in records(&folder.join("k8s_audit/trace_files-events.jsonl.gz")) {
        let ours = &by_text[&theirs["fields"]["evt.plugininfo"].to_string()];
        // All files were read as one, in another order.
        let order = ["evt.num", "evt.reltime", "evt.reltime.s", "evt.reltime.ns"];
        comparison.compare(&fields, ours, &theirs["fields"], &order);
    }
    comparison.assert_equal("k8s_audit");
}

#[test]
fn every_value_of_a_cloudtrail_record_is_falcos() {
    let Some(corpus) = corpus::corpus() else { return };
    let folder = corpus.join("oracle/fields");
    let fields = printed_fields(&folder.join("aws_cloudtrail.rules.yaml"));
    let mut comparison = Comparison::default();
    for recorded in corpus::files(&folder.join("aws_cloudtrail"), ".jsonl.gz") {
        let name = recorded.file_name().unwrap().to_string_lossy().replace(".jsonl.gz", "");
        let (group, file) = name.split_once("__").unwrap();
        let text =
            corpus::read(&corpus.join("cloudtrail").join(group).join(format!("{file}.json")));
        let whole = 0..text.len() as u32;
        let layout = Layout::Documents(std::iter::once(whole).collect());
        let (events, skipped) = values::values(Source::CloudTrail, text, layout, &fields, true);
        assert_eq!(skipped.total(), 0, "{name}: {skipped:?}");
        let recorded = records(&recorded);
        assert_eq!(events.len(), recorded.len(), "{name}");
        for (ours, theirs) in events.iter().zip(&recorded) {
            comparison.compare(&fields, ours, &theirs["fields"], &[]);
        }
    }
    comparison.assert_equal("aws_cloudtrail");
}
