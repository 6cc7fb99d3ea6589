//! What is posted to a server is judged whole, in whatever form it comes.

use std::io::Cursor;

use lanner_rules::Options;
use lanner_sources::{ExtractOptions, Judged, Live, SkipReason, Source};

use crate::detection::ruleset;

const RULES: &str = "
- rule: Secret read
  desc: d
  condition: ka.verb = get and ka.target.resource = secrets
  output: read of %ka.target.name
  priority: WARNING
  source: k8s_audit
";

fn live() -> Live {
    let rules = ruleset(RULES.as_bytes()).activate(Source::K8sAudit, &Options::default()).unwrap();
    Live::new(rules, Source::K8sAudit, ExtractOptions::default(), 0)
}

fn judge(text: &str) -> Judged {
    live().judge(Box::new(Cursor::new(text.to_owned()))).unwrap()
}

fn event(name: &str) -> String {
    serde_json::json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "verb": "get", "stage": "ResponseComplete", "auditID": name,
        "stageTimestamp": "2026-01-02T03:04:05.000006Z",
        "objectRef": { "resource": "secrets", "name": name },
    })
    .to_string()
}

fn names(judged: &Judged) -> Vec<String> {
    let lines = String::from_utf8(judged.alerts.clone()).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|alert| alert["output_fields"]["ka.target.name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn one_event_an_array_a_list_and_lines_are_judged_alike() {
    let (a, b) = (event("a"), event("b"));
    let items = [&a, &b].map(|event| serde_json::from_str::<serde_json::Value>(event).unwrap());
    let list = |items: &[serde_json::Value]| {
        serde_json::json!({
            "kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": items,
        })
    };
    // As kube-apiserver posts it: the items say neither what they are nor of which version.
    let bare = items.clone().map(|mut item| {
        let fields = item.as_object_mut().unwrap();
        fields.remove("kind");
        fields.remove("apiVersion");
        item
    });
    let list = (list(&items), list(&bare));
    let forms = [
        format!("[{a},{b}]"),
        format!("{a}\n{b}"),
        format!("{a}\r\n\n{b}\n"),
        list.0.to_string(),
        serde_json::to_string_pretty(&list.0).unwrap(),
        list.1.to_string(),
        serde_json::to_string_pretty(&list.1).unwrap(),
    ];
    for form in forms {
        let judged = judge(&form);
        assert_eq!(names(&judged), ["a", "b"], "{form}");
        assert_eq!((judged.events, judged.skipped.total()), (2, 0), "{form}");
    }
    assert_eq!(names(&judge(&a)), ["a"]);
}

#[test]
fn what_is_no_event_costs_none_of_the_others_and_is_placed() {
    let (a, b) = (event("a"), event("b"));
    let judged = judge(&format!("{a}\n{{\"kind\":\n{b}\n7"));
    assert_eq!(names(&judged), ["a", "b"]);
    assert_eq!(judged.events, 2);
    let first = judged.skipped.first(SkipReason::NotJson);
    assert_eq!(first.first().map(|place| place.offset), Some(a.len() as u64 + 1));
    assert_eq!(judged.skipped.count(SkipReason::NotAnEvent), 1);
}

#[test]
fn an_event_is_not_hidden_by_what_it_nests_and_hides_no_other() {
    // As deep as what an API server takes from whoever may patch anything.
    let deep = format!("{}1{}", r#"{"x":"#.repeat(10_000), "}".repeat(10_000));
    let nested = event("b").replacen('{', &format!(r#"{{"requestObject":{deep},"#), 1);
    let list = |items: &[&str]| {
        format!(r#"{{"kind":"EventList","metadata":{{}},"items":[{}]}}"#, items.join(","))
    };
    let judged = judge(&list(&[&event("a"), &nested, &event("c")]));
    assert_eq!(names(&judged), ["a", "b", "c"]);
    assert_eq!(judged.skipped.total(), 0);
}

#[test]
fn texts_are_judged_apart_and_counted_together() {
    let mut live = live();
    for text in [event("a"), "{".to_owned(), event("b")] {
        live.judge(Box::new(Cursor::new(text))).unwrap();
    }
    assert_eq!(live.statistics().events, 2);
    assert_eq!(live.statistics().by_rule, [2]);
    assert_eq!(live.statistics().skipped.total(), 1);
}
