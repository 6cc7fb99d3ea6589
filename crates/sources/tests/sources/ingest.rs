//! Odd audit files: what a real Falco saw in each, and where we see more on purpose.

use crate::corpus;
use crate::detection::{alerts, compatible, program, ruleset};
use lanner_rules::Matching;
use lanner_sources::Source;
use serde_json::Value;

/// Files in which we see other events than Falco: why, and which ids.
const DEVIATIONS: &[(&str, &str, &[&str])] = &[
    ("pretty-multiline", "a document may go over several lines", &["a"]),
    ("bom", "a byte order mark is not part of the first line", &["a", "b"]),
    ("line-70k", "a line may be of any length", &["a", "b"]),
    ("deep-nesting", "nobody hides an event by what it nests", &["a", "b"]),
    ("no-kind", "so are the items of the API server's lists", &["a", "b"]),
];

/// Files in which only the time differs: year 1 is before what 64 bits of nanoseconds hold. Falco takes the time of reading
/// instead; ours wraps, and is the same in every run.
const OTHER_TIME: &[&str] = &["ts-year0001"];

#[test]
fn odd_files_hold_the_events_that_falco_saw() {
    let Some(corpus) = corpus::corpus() else { return };
    let folder = corpus.join("oracle/language/ingest");
    let ruleset = ruleset(&corpus::read(&folder.join("rules.yaml")));
    let program = program(&ruleset, Source::K8sAudit, Matching::All);
    let expected: Value =
        serde_json::from_slice(&corpus::read(&folder.join("expected.json"))).unwrap();
    let (mut equal, mut deviating) = (0, 0);
    for (name, expected) in expected.as_object().unwrap() {
        let text = corpus::read(&folder.join(format!("{name}.json")));
        let (alerts, statistics) = alerts(&program, Source::K8sAudit, vec![text], &compatible());
        let of = |rule: &str| -> Vec<Value> {
            alerts
                .iter()
                .filter(|alert| alert["rule"] == *rule)
                .map(|alert| alert["output_fields"].clone())
                .collect()
        };
        let seen = of("seen");
        if let Some((_, _, ids)) = DEVIATIONS.iter().find(|(deviating, ..)| deviating == name) {
            let ours: Vec<&str> =
                seen.iter().map(|fields| fields["ka.auditid"].as_str().unwrap()).collect();
            assert_eq!(ours, *ids, "{name}");
            deviating += 1;
            continue;
        }
        let theirs = expected["seen"].as_array().unwrap();
        assert_eq!(seen.len(), theirs.len(), "{name}: {:?}", statistics.skipped);
        for (ours, theirs) in seen.iter().zip(theirs) {
            for (field, theirs) in
                theirs.as_object().unwrap().iter().filter(|(field, _)| *field != "time")
            {
                let is_time = matches!(field.as_str(), "evt.rawtime" | "evt.time.iso8601");
                if !(is_time && OTHER_TIME.contains(&name.as_str())) {
                    assert_eq!(&ours[field], theirs, "{name}: {field}");
                }
            }
        }
        for rule in ["exists_auditid", "jevt"] {
            assert_eq!(Value::from(of(rule).len()), expected[rule], "{name}: {rule}");
        }
        equal += 1;
    }
    eprintln!(
        "ingest: {equal} files as in Falco, {deviating} with more on purpose, {} with another time",
        OTHER_TIME.len()
    );
}
