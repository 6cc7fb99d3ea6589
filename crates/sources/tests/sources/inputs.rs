//! Events are found however an input is written, packed, cut into batches or spread over threads.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::detection::{alerts, program, ruleset};
use lanner_rules::{Matching, Program};
use lanner_sources::detect::DetectOptions;
use lanner_sources::input::Limits;
use lanner_sources::{SkipReason, Source};

const RULES: &str = "
- rule: seen
  desc: all
  condition: evt.num >= 0 and evt.reltime >= 0
  output: n=%evt.num id=%ka.auditid verb=%ka.verb
  priority: INFO
  source: k8s_audit
- rule: record
  desc: all
  condition: evt.num >= 0
  output: n=%evt.num id=%ct.id
  priority: INFO
  source: aws_cloudtrail
";

fn seen() -> Program {
    program(&ruleset(RULES.as_bytes()), Source::K8sAudit, Matching::All)
}

fn event(number: usize) -> String {
    let filler = "x".repeat(number % 40);
    format!(
        r#"{{"kind":"Event","auditID":"{number}","stage":"ResponseComplete","verb":"get\"]}}","stageTimestamp":"2026-01-01T00:00:{:02}Z","user":{{"groups":["{filler}",{{"a":[]}}]}}}}"#,
        number % 60
    )
}

/// Number and id of each event, as the alerts tell.
fn found(text: &[u8], options: &DetectOptions) -> Vec<(u64, String)> {
    let (alerts, statistics) = alerts(&seen(), Source::K8sAudit, vec![text.to_vec()], options);
    assert_eq!(statistics.skipped.total(), 0, "{:?}", statistics.skipped);
    let fields = |alert: &serde_json::Value| {
        let fields = &alert["output_fields"];
        (fields["evt.num"].as_u64().unwrap(), fields["ka.auditid"].as_str().unwrap().to_owned())
    };
    alerts.iter().map(fields).collect()
}

fn expected(count: usize) -> Vec<(u64, String)> {
    (0..count).map(|number| (number as u64 + 1, number.to_string())).collect()
}

fn options(batch: usize, list: usize, threads: usize) -> DetectOptions {
    DetectOptions {
        limits: Limits { batch, list, ..Limits::default() },
        threads,
        ..DetectOptions::default()
    }
}

/// The same events written in many ways.
fn forms(count: usize) -> Vec<(&'static str, Vec<u8>)> {
    let events: Vec<String> = (0..count).map(event).collect();
    let list = format!(
        r#"{{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{}],"metadata":{{}}}}"#,
        events.join(",")
    );
    let pretty: String = events.iter().fold(String::new(), |mut text, event| {
        let value: serde_json::Value = serde_json::from_str(event).unwrap();
        writeln!(text, "{value:#}").unwrap();
        text
    });
    let bare = list.replace(r#""kind":"Event","#, "");
    assert!(bare.len() < list.len());
    let pretty_list = format!("{:#}\n", serde_json::from_str::<serde_json::Value>(&list).unwrap());
    vec![
        ("lines", events.join("\n").into_bytes()),
        ("lines that end as on Windows", (events.join("\r\n\r\n") + "\r\n").into_bytes()),
        ("an array", format!("[{}]", events.join(" ,\n")).into_bytes()),
        (
            "arrays in arrays",
            format!(
                "[[{}],[[{}]]]\n",
                events[..count / 2].join(","),
                events[count / 2..].join(",")
            )
            .into_bytes(),
        ),
        ("a list", list.into_bytes()),
        ("a list as the API server writes it", bare.into_bytes()),
        ("over several lines", pretty.into_bytes()),
        ("a list over several lines", pretty_list.into_bytes()),
        ("with a byte order mark", [b"\xEF\xBB\xBF", events.join("\n").as_bytes()].concat()),
    ]
}

#[test]
fn the_form_of_an_input_does_not_matter() {
    for (form, text) in forms(50) {
        assert_eq!(found(&text, &DetectOptions::default()), expected(50), "{form}");
    }
}

#[test]
fn sizes_and_threads_do_not_matter() {
    for (form, text) in forms(120) {
        for (batch, list, threads) in
            [(64, 300, 1), (200, 300, 3), (1000, 2000, 2), (4096, 100_000, 4)]
        {
            assert_eq!(
                found(&text, &options(batch, list, threads)),
                expected(120),
                "{form}: {batch} {list} {threads}"
            );
        }
    }
}

#[test]
fn packed_inputs_are_unpacked() {
    let (_, text) = forms(50).swap_remove(0);
    let (first, second) = text.split_at(text.len() / 2);
    let mut packed = Vec::new();
    for part in [first, second] {
        let mut encoder = flate2::write::GzEncoder::new(&mut packed, flate2::Compression::fast());
        encoder.write_all(part).unwrap();
        encoder.finish().unwrap();
    }
    assert_eq!(found(&packed, &DetectOptions::default()), expected(50), "gzip of two members");
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let packed =
        [first, second].map(|part| ruzstd::encoding::compress_to_vec(part, level)).concat();
    assert_eq!(found(&packed, &DetectOptions::default()), expected(50), "two frames of Zstandard");
}

#[test]
fn what_is_no_event_is_counted_with_its_place_and_the_rest_is_read() {
    let long = format!("not json {}", "x".repeat(5000));
    let bad = [
        "{bad",
        &(event(1) + " x"),
        "7",
        r#"{"kind":"Pod"}"#,
        r#"{"kind":"Event","auditID":"1"}"#,
        &long,
    ];
    let lines: Vec<String> = bad.iter().flat_map(|bad| [(*bad).to_owned(), event(0)]).collect();
    let text = lines.join("\n");
    let offset =
        |number: usize| lines[..number].iter().map(|line| line.len() as u64 + 1).sum::<u64>();
    for limits in [options(64, 2000, 1), options(1 << 20, 1 << 20, 2)] {
        let (alerts, statistics) =
            alerts(&seen(), Source::K8sAudit, vec![text.clone().into_bytes()], &limits);
        assert_eq!((alerts.len(), statistics.events), (6, 6));
        assert_eq!(statistics.duplicates, 5);
        let skipped = &statistics.skipped;
        let places =
            |reason| skipped.first(reason).iter().map(|place| place.offset).collect::<Vec<_>>();
        assert_eq!(skipped.total(), 6);
        assert_eq!(skipped.count(SkipReason::NotJson), 2);
        assert!(places(SkipReason::NotJson).contains(&offset(0)));
        assert!(places(SkipReason::NotJson).contains(&offset(10)));
        assert_eq!(places(SkipReason::Trailing), [offset(2)]);
        assert_eq!(places(SkipReason::NotAnEvent), [offset(4), offset(6)]);
        assert_eq!(places(SkipReason::NoTime), [offset(8)]);
    }
}

#[test]
fn a_line_too_long_to_hold_does_not_change_how_later_lines_are_read() {
    let items: Vec<String> = (0..30).map(event).collect();
    let long = format!(r#"{{"kind":"EventList","items":[{}]}}"#, items.join(","));
    let text = format!("{}\n{long}\n{{\"cut\":[\n{}\n{long}\n", event(90), event(91));
    for batch in [64, 500, 1 << 20] {
        let options = options(batch, 1000, 2);
        let (alerts, statistics) =
            alerts(&seen(), Source::K8sAudit, vec![text.clone().into_bytes()], &options);
        assert_eq!((alerts.len(), statistics.skipped.total()), (62, 1), "{batch}");
        assert_eq!(statistics.skipped.count(SkipReason::NotJson), 1);
    }
}

#[test]
fn records_are_found_in_files_lists_lines_and_answers_to_lookup_events() {
    let program = program(&ruleset(RULES.as_bytes()), Source::CloudTrail, Matching::All);
    let record = |id: &str| {
        format!(
            r#"{{"eventID":"{id}","eventType":"AwsApiCall","eventTime":"2026-01-01T00:00:00Z","x":"\"}}"}}"#
        )
    };
    let insight =
        r#"{"eventID":"i","eventType":"AwsCloudTrailInsight","eventTime":"2026-01-01T00:00:00Z"}"#;
    let wrapped = |id: &str| {
        format!(r#"{{"EventId":"{id}","CloudTrailEvent":{}}}"#, serde_json::Value::from(record(id)))
    };
    for text in [
        format!(r#"{{"Records":[{},{insight},{}]}}"#, record("a"), record("b")),
        format!("[{},{}]", record("a"), record("b")),
        format!("{}\n{}\n", record("a"), record("b")),
        format!(
            "{{\n  \"NextToken\": \"t\",\n  \"Events\": [\n {},\n {}\n ]\n}}\n",
            wrapped("a"),
            wrapped("b")
        ),
    ] {
        for options in [options(64, 64, 2), DetectOptions::default()] {
            let (alerts, _) =
                alerts(&program, Source::CloudTrail, vec![text.clone().into_bytes()], &options);
            let ids: Vec<&str> = alerts
                .iter()
                .map(|alert| alert["output_fields"]["ct.id"].as_str().unwrap())
                .collect();
            assert_eq!(ids, ["a", "b"], "{text}");
        }
    }
}

#[test]
fn inputs_follow_each_other_and_numbers_go_on() {
    let texts =
        vec![event(0).into_bytes(), Vec::new(), format!("{}\n{}", event(1), event(2)).into_bytes()];
    let (alerts, _) = alerts(&seen(), Source::K8sAudit, texts, &options(64, 300, 3));
    let numbers: Vec<_> =
        alerts.iter().map(|alert| alert["output_fields"]["evt.num"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
}
