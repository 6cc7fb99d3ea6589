//! The gates in `policy/`: what each lets through and refuses, under the names cilock and the published page use.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use lanner_policy::{Limits, Module, Verdict, evaluate, faults, reads_events};

const PRIORITIES: &str = include_str!("../../../policy/priorities.rego");
const NAMED_RULE: &str = include_str!("../../../policy/named-rule.rego");
const CLUSTER: &str = include_str!("../../../policy/cluster.rego");
const NO_SKIPPED_LINES: &str = include_str!("../../../policy/no-skipped-lines.rego");
const CAPTURE_WINDOW: &str = include_str!("../../../policy/capture-window.rego");
const GATES: [&str; 5] = [PRIORITIES, NAMED_RULE, CLUSTER, NO_SKIPPED_LINES, CAPTURE_WINDOW];

fn module(source: &str) -> Module {
    Module { name: source.len().to_string(), source: source.to_owned() }
}

fn judged(gate: &str, input: &str) -> Verdict {
    evaluate(vec![module(gate)], input.to_owned(), Limits::default())
}

fn passes(gate: &str, inputs: &[&str]) {
    for input in inputs {
        let verdict = judged(gate, input);
        assert!(verdict.passes(), "{input}: {verdict:?}");
    }
}

fn denies(gate: &str, inputs: &[(&str, &str)]) {
    for (input, reason) in inputs {
        let verdict = judged(gate, input);
        assert!(verdict.errors.is_empty(), "{input}: {verdict:?}");
        assert!(verdict.denied.iter().any(|told| told.contains(reason)), "{input}: {verdict:?}");
    }
}

#[test]
fn the_gates_work_side_by_side_and_read_no_events() {
    let modules: Vec<_> = GATES.into_iter().map(module).collect();
    assert_eq!(faults(&modules, false), Vec::<String>::new());
    assert!(!reads_events(&modules, false));
}

#[test]
fn an_empty_attestation_passes_no_gate() {
    for gate in GATES {
        for input in [
            "{}",
            "null",
            "[]",
            r#"{"summary":null}"#,
            r#"{"summary":{}}"#,
            r#"{"summary":"none"}"#,
        ] {
            let verdict = judged(gate, input);
            assert!(
                !verdict.denied.is_empty() && verdict.errors.is_empty(),
                "{input}: {verdict:?}"
            );
        }
    }
}

#[test]
fn a_priority_that_is_absent_counts_as_zero() {
    passes(
        PRIORITIES,
        &[
            r#"{"summary":{"total_events":0,"priorities":{}}}"#,
            r#"{"summary":{"total_events":2,"priorities":{"warning":2}}}"#,
            r#"{"summary":{"total_events":2,"priorities":{"warning":2,"error":0}}}"#,
        ],
    );
    denies(
        PRIORITIES,
        &[
            (
                r#"{"summary":{"total_events":1,"priorities":{"error":1}}}"#,
                "1 events of priority error",
            ),
            (
                r#"{"summary":{"total_events":3,"priorities":{"alert":1,"debug":2}}}"#,
                "1 events of priority alert",
            ),
            (r#"{"summary":{"total_events":1,"priorities":{"error":"none"}}}"#, "no number"),
            (r#"{"summary":{"total_events":0,"priorities":{"error":null}}}"#, "no number"),
            (r#"{"summary":{"total_events":5,"priorities":{"debug":4}}}"#, "add up to 4"),
            (r#"{"summary":{"priorities":{"debug":4}}}"#, "add up to 4"),
        ],
    );
}

#[test]
fn a_rule_is_refused_by_its_name() {
    passes(
        NAMED_RULE,
        &[
            r#"{"summary":{"total_events":0,"priorities":{}}}"#,
            r#"{"summary":{"total_events":3,"rule_hits":[{"rule":"Other","count":3}]}}"#,
        ],
    );
    denies(
        NAMED_RULE,
        &[
            (
                r#"{"summary":{"total_events":3,"rule_hits":[{"rule":"Other","count":1},{"rule":"Terminal shell in container","count":2}]}}"#,
                "rule \"Terminal shell in container\" fired 2 times",
            ),
            (
                r#"{"summary":{"total_events":1,"rule_hits":[{"rule":"Terminal shell in container"}]}}"#,
                "fired some times",
            ),
            (r#"{"summary":{"total_events":3}}"#, "lists no rules"),
        ],
    );
}

#[test]
fn a_cluster_has_its_own_limits_under_either_name() {
    let of = |name: &str, value: &str, warnings: u32| {
        format!(
            r#"{{"{name}":"{value}","summary":{{"total_events":{warnings},"priorities":{{"warning":{warnings}}}}}}}"#
        )
    };
    for name in ["cluster_name", "cluster"] {
        passes(CLUSTER, &[&of(name, "staging", 10), &of(name, "prod", 0)]);
        denies(
            CLUSTER,
            &[
                (&of(name, "staging", 11), "11 events of priority warning in cluster staging"),
                (&of(name, "prod", 1), "in cluster prod"),
                (&of(name, "elsewhere", 0), "no limits are set for cluster elsewhere"),
                (&of(name, "", 0), "names no cluster"),
                (&of("other", "prod", 0), "names no cluster"),
            ],
        );
    }
    let both = |cluster: &str| {
        format!(
            r#"{{"cluster_name":"prod","cluster":"{cluster}","summary":{{"total_events":0,"priorities":{{}}}}}}"#
        )
    };
    passes(CLUSTER, &[&both("prod")]);
    denies(CLUSTER, &[(&both("staging"), "names two clusters")]);
}

#[test]
fn a_skipped_line_is_refused_and_so_is_silence_about_them() {
    passes(
        NO_SKIPPED_LINES,
        &[r#"{"skipped_lines":{}}"#, r#"{"skipped_lines":{},"truncated_last_line":false}"#],
    );
    denies(
        NO_SKIPPED_LINES,
        &[
            (
                r#"{"skipped_lines":{"not_json":{"count":2,"first":[1,9]}}}"#,
                "2 lines were skipped: not_json",
            ),
            (r#"{"skipped_lines":{},"truncated_last_line":true}"#, "cut off"),
            (r#"{"skipped_lines":{},"changed_while_read":true}"#, "changed"),
            (r#"{"summary":{"total_events":1}}"#, "does not say"),
        ],
    );
}

/// A capture whose last event was `seconds` from now.
fn ending(seconds: i64) -> String {
    let now =
        i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let (days, time) = ((now + seconds).div_euclid(86_400), (now + seconds).rem_euclid(86_400));
    let (mut year, mut day) = (1970, days);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while day >= 365 + i64::from(leap(year)) {
        day -= 365 + i64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let mut end = String::new();
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    write!(end, "{year}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.717141556Z", day + 1)
        .unwrap();
    format!(r#"{{"summary":{{"total_events":1,"window_end":"{end}"}}}}"#)
}

#[test]
fn a_capture_is_refused_when_its_last_event_is_old_or_yet_to_come() {
    passes(CAPTURE_WINDOW, &[&ending(0), &ending(-3600), &ending(-86_000), &ending(200)]);
    denies(
        CAPTURE_WINDOW,
        &[
            (&ending(-87_000), "older than 24h"),
            (&ending(-40 * 86_400), "older than 24h"),
            (&ending(900), "yet to come"),
            (r#"{"summary":{"total_events":0}}"#, "no window"),
        ],
    );
    let broken =
        judged(CAPTURE_WINDOW, r#"{"summary":{"total_events":1,"window_end":"yesterday"}}"#);
    assert!(!broken.errors.is_empty(), "{broken:?}");
    let lenient = CAPTURE_WINDOW.replace("allow_empty := false", "allow_empty := true");
    passes(&lenient, &[r#"{"summary":{"total_events":0}}"#]);
    denies(&lenient, &[(r#"{"summary":{"total_events":4}}"#, "no window")]);
}
