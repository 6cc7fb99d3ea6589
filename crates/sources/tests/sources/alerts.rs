//! The alerts of the shipped rules over every recorded file, in both ways of matching, as a real Falco gave them.

use crate::corpus;
use std::path::{Path, PathBuf};

use crate::detection::{alerts, compatible, program, ruleset};
use lanner_rules::Matching;
use lanner_sources::Source;
use serde_json::Value;

fn compare(
    corpus: &Path,
    source: Source,
    rules: &str,
    recorded: &str,
    matching: Matching,
    input: impl Fn(&str) -> PathBuf,
) {
    let ruleset = ruleset(&corpus::read(&corpus.join("rules/upstream").join(rules)));
    let program = program(&ruleset, source, matching);
    let (mut files, mut lines) = (0, 0);
    for file in corpus::files(&corpus.join("oracle/alerts").join(recorded), ".jsonl") {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let (ours, _) = alerts(&program, source, vec![corpus::read(&input(name))], &compatible());
        let text = String::from_utf8(corpus::read(&file)).unwrap();
        let theirs: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "{recorded}/{name}");
        }
        assert_eq!(ours.len(), theirs.len(), "{recorded}/{name}");
        files += 1;
        lines += theirs.len();
    }
    eprintln!("{recorded}: {lines} alerts of {files} files");
}

#[test]
fn audit_events_give_the_recorded_alerts() {
    let Some(corpus) = corpus::corpus() else { return };
    for (recorded, matching) in
        [("k8saudit-first", Matching::First), ("k8saudit-all", Matching::All)]
    {
        compare(&corpus, Source::K8sAudit, "k8s_audit_rules.yaml", recorded, matching, |name| {
            corpus.join("k8saudit").join(name.replace("__", "/") + ".json")
        });
    }
}

#[test]
fn records_of_cloudtrail_give_the_recorded_alerts() {
    let Some(corpus) = corpus::corpus() else { return };
    for (recorded, matching) in
        [("cloudtrail-first", Matching::First), ("cloudtrail-all", Matching::All)]
    {
        compare(
            &corpus,
            Source::CloudTrail,
            "aws_cloudtrail_rules.yaml",
            recorded,
            matching,
            |name| corpus.join("cloudtrail").join(name.replacen("__", "/", 1) + ".json"),
        );
    }
}
