//! Bodies as senders post them: which alerts are accepted, which refused and why, and what becomes of the accepted bytes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use lanner_intake::{AlertFault, IdSource, Intake, Limits, take_in};
use proptest::prelude::*;

const TIME: &str = "2026-05-29T10:50:08.717141556Z";

fn alert(rule: &str) -> String {
    format!(r#"{{"rule":"{rule}","priority":"Notice","time":"{TIME}"}}"#)
}

fn with(more: &str) -> String {
    format!(r#"{{"rule":"r","priority":"info","time":"{TIME}",{more}}}"#)
}

fn intake(body: &[u8]) -> Intake<'_> {
    take_in(body, &Limits::default(), &mut IdSource::now().unwrap()).unwrap()
}

/// Rules of what was accepted, and the number and code of every refusal.
fn outcome(body: &[u8]) -> (Vec<String>, Vec<(u64, &'static str)>) {
    let intake = intake(body);
    let rules = intake.alerts.iter().map(|alert| {
        let value: serde_json::Value = serde_json::from_slice(&alert.raw).unwrap();
        value["rule"].as_str().unwrap().to_owned()
    });
    let refused = intake.receipt.refused.iter().map(|one| (one.line, one.fault.code()));
    (rules.collect(), refused.collect())
}

fn reason(text: &str) -> String {
    let intake = intake(text.as_bytes());
    assert!(intake.alerts.is_empty(), "{text}");
    intake.receipt.refused[0].fault.to_string()
}

#[test]
fn one_object_may_stand_on_one_line_or_on_many() {
    let object = alert("a");
    let pretty = object.replace(',', ",\r\n  ");
    let bom = format!("\u{feff}  {object}\r\n");
    for body in [&object, &pretty, &bom] {
        assert_eq!(outcome(body.as_bytes()), (vec!["a".to_owned()], vec![]), "{body}");
    }
    let taken = intake(pretty.as_bytes());
    assert_eq!(*taken.alerts[0].raw, *object.replace(',', ",    ").as_bytes());
}

#[test]
fn a_bad_line_costs_only_itself() {
    let (a, b, c) = (alert("a"), alert("b"), alert("c"));
    let cut = &a[..a.len() - 20];
    for bad in [
        cut,
        r#"{"rule":"x","output_fields":"#,
        r#"{"rule":"x","#,
        "[2026-01-01 10:00:00] INFO starting",
        "[WARN]",
        "{",
        "}",
        "\"",
        "{\"a\":\"\u{1}\"}",
        "banner { \" [",
        "{\"a\":1}}",
        "true",
    ] {
        let body = format!("{a}\n\n{bad}\r\n{b}\n{bad}\n{c}");
        let (rules, refused) = outcome(body.as_bytes());
        assert_eq!(rules, ["a", "b", "c"], "{bad}");
        let lines: Vec<u64> = refused.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [3, 5], "{bad}");
    }
    let body = [a.as_bytes(), b"\n\xff\xfe{\n", b.as_bytes()].concat();
    assert_eq!(outcome(&body), (vec!["a".into(), "b".into()], vec![(2, "ERR_ALERT_UTF8")]));
    let body = [a.as_bytes(), b"\n{\"rule\":\"\xff\"}\n", b.as_bytes()].concat();
    assert_eq!(outcome(&body).1, [(2, "ERR_ALERT_UTF8")]);
}

#[test]
fn a_bad_element_costs_only_itself() {
    let (a, b) = (alert("a"), alert("b"));
    for bad in [
        "1",
        "null",
        "\"text\"",
        "{}",
        "[1,{}]",
        "{\"rule\":}",
        "{bad}",
        "{\"a\":bad\"}",
        "{\"a\":[1}",
        "}",
        "\"",
        "{\"rule\":\"x",
    ] {
        for (open, comma, close) in [("[", ",", "]"), ("[\n ", ",\n ", "\n]\n")] {
            let body = format!("{open}{a}{comma}{bad}{comma}{b}{close}");
            let (rules, refused) = outcome(body.as_bytes());
            assert_eq!(rules, ["a", "b"], "{body}");
            assert!(!refused.is_empty() && refused[0].0 == 2, "{body} {refused:?}");
        }
    }
    assert_eq!(outcome(b"[]"), (vec![], vec![]));
    assert_eq!(outcome(format!("[{a},{b}").as_bytes()).1, [(3, "ERR_ALERT_JSON")]);
}

#[test]
fn arrays_and_objects_over_several_lines_may_stand_among_lines() {
    let (a, pretty) = (alert("a"), alert("p").replace(',', ",\n"));
    let body = format!("{a}\n[{a},{a}]\n{pretty}\nbad\n{pretty}{a}\n[\n{a}\n]\n{a}");
    let (rules, refused) = outcome(body.as_bytes());
    assert_eq!(rules, ["a", "a", "a", "p", "p", "a", "a", "a"]);
    assert_eq!(refused, [(6, "ERR_ALERT_JSON")]);
}

#[test]
fn nothing_but_blanks_has_neither_alerts_nor_refusals() {
    for body in ["", " \r\n\n\t", "\u{feff}", "\u{feff}\n"] {
        assert_eq!(outcome(body.as_bytes()), (vec![], vec![]));
    }
}

#[test]
fn a_reason_names_the_key_and_what_was_expected() {
    for (text, code, words) in [
        (r#"{"priority":"info","time":"T"}"#.to_owned(), "ERR_ALERT_VALUE", "`time` is `T`"),
        (alert("").clone(), "ERR_ALERT_TYPE", "`rule`: expected a non-empty string"),
        (alert("r").replace("Notice", "Urgent"), "ERR_ALERT_VALUE", "`priority` is `Urgent`"),
        (alert("r").replace("\"Notice\"", "3"), "ERR_ALERT_TYPE", "`priority`: expected one of"),
        (alert("r").replace("05-29", "02-30"), "ERR_ALERT_VALUE", "expected an RFC 3339 time"),
        (r#"{"rule":"r","priority":"info"}"#.to_owned(), "ERR_ALERT_MISSING", "`time` is missing"),
        (r#"{"rule":"r"}"#.to_owned(), "ERR_ALERT_MISSING", "`priority` is missing"),
        (with(r#""output_fields":[]"#), "ERR_ALERT_TYPE", "`output_fields`: expected an object"),
        (with(r#""output":7"#), "ERR_ALERT_TYPE", "`output`: expected a string"),
        (with(r#""tags":["a",1]"#), "ERR_ALERT_TYPE", "`tags`: expected an array of strings"),
        (with(r#""tags":[["a"]]"#), "ERR_ALERT_TYPE", "`tags`"),
        (with(r#""source":null"#), "ERR_ALERT_TYPE", "`source`: expected a string"),
        (with(r#""hostname":{}"#), "ERR_ALERT_TYPE", "`hostname`: expected a string"),
        (with(r#""uuid":"x""#), "ERR_ALERT_VALUE", "`uuid` is `x`, expected a UUID"),
        (with(r#""uuid":null"#), "ERR_ALERT_TYPE", "`uuid`: expected a UUID"),
        (with(r#""rule":"again""#), "ERR_ALERT_DUPLICATE", "`rule` is there twice"),
        (with(r#""r\u0075le":"again""#), "ERR_ALERT_DUPLICATE", "`rule` is there twice"),
        (with(r#""a":"\ud800""#), "ERR_ALERT_JSON", "not JSON"),
        (with(r#""a":01"#), "ERR_ALERT_JSON", "not JSON"),
        ("[[1]]".to_owned(), "ERR_ALERT_OBJECT", "expected an object"),
    ] {
        assert!(reason(&text).contains(words), "{text}: {}", reason(&text));
        assert_eq!(intake(text.as_bytes()).receipt.refused[0].fault.code(), code, "{text}");
    }
    let long = alert("r").replace("Notice", &"é".repeat(100));
    assert!(reason(&long).contains(&format!("`{}…`", "é".repeat(60))));
}

#[test]
fn known_keys_count_only_in_the_alert_itself() {
    for text in [
        with(r#""output_fields":{"rule":1,"time":[],"uuid":0},"other":[{"tags":1}]"#),
        with(r#""output_fields":null,"tags":[],"output":"","source":"","hostname":"h""#),
        with(r#""x":12345678901234567890123,"x":1e400,"":-0.0"#),
    ] {
        let taken = intake(text.as_bytes());
        assert_eq!(taken.alerts.len(), 1, "{text} {:?}", taken.receipt);
        assert_eq!(*taken.alerts[0].raw, *text.as_bytes());
    }
}

#[test]
fn the_canonical_line_adds_what_is_absent_and_changes_nothing_else() {
    let canonical = |text: &str| {
        let taken = intake(text.as_bytes());
        let mut line = Vec::new();
        taken.alerts[0].write_canonical(&mut line);
        let mut id = Vec::new();
        taken.alerts[0].id.write(&mut id);
        (String::from_utf8(line).unwrap(), String::from_utf8(id).unwrap())
    };
    let plain = with(r#""n":12345678901234567890"#);
    let (line, id) = canonical(&plain);
    assert_eq!(line, format!(r#"{{"uuid":"{id}","source":"syscall",{}"#, &plain[1..]));
    let uuid = "0193A1b2-c3d4-4e5f-8a9b-0c1d2e3f4a5b";
    let both = with(&format!(r#""source":"k8s_audit","uuid":"{uuid}""#));
    assert_eq!(canonical(&both), (both, uuid.to_lowercase()));
    let source = with(r#""source":"x""#);
    let (line, id) = canonical(&source);
    assert_eq!(line, format!(r#"{{"uuid":"{id}",{}"#, &source[1..]));
}

#[test]
fn size_and_depth_are_limited_for_each_alert() {
    let limits = Limits { bytes: 200, depth: 4 };
    let (small, large) = (alert("a"), with(&format!(r#""x":"{}""#, "x".repeat(200))));
    let deep = |levels| with(&format!(r#""x":{}{}"#, "[".repeat(levels), "]".repeat(levels)));
    for body in [
        format!("{large}\n{small}\n{}\n{}", deep(3), deep(4)),
        format!("[{large},{small},{},{}]", deep(3), deep(4)),
        format!("{}\n{small}\n{}\n{}", large.replace(',', ",\n"), deep(3), deep(4)),
    ] {
        let taken = take_in(body.as_bytes(), &limits, &mut IdSource::now().unwrap()).unwrap();
        assert_eq!(taken.alerts.len(), 2);
        let faults: Vec<_> = taken.receipt.refused.iter().map(|one| &one.fault).collect();
        assert!(matches!(faults[0], AlertFault::TooLarge { limit: 200, .. }), "{faults:?}");
        assert_eq!(*faults[1], AlertFault::TooDeep { limit: 4 });
    }
}

#[test]
fn only_the_first_hundred_refusals_are_told_one_by_one() {
    let taken = intake(&b"bad\n".repeat(1000)).receipt;
    assert_eq!((taken.refused.len(), taken.refused_count), (100, 1000));
}

#[test]
fn hostile_bodies_take_time_in_proportion_to_their_size() {
    // Each would be quadratic if every line or element were looked at to the end of the body.
    for unit in ["{\n", "[\n", "{\"a\":\n", "[{\"a\":\"},", "{\"a\":[\n", "[{,", "{ ", "[[[[{{{{\n"]
    {
        let body = unit.repeat((4 << 20) / unit.len());
        let taken = intake(body.as_bytes());
        assert!(taken.alerts.is_empty() && taken.receipt.refused_count > 0, "{unit}");
    }
}

proptest! {
    #[test]
    fn alerts_survive_among_anything_that_is_not_one(
        garbage in prop::collection::vec("[ -~é]{0,40}", 1..8),
        pretty in any::<bool>(),
    ) {
        let good = if pretty { alert("good").replace(',', ",\n ") } else { alert("good") };
        let mut body = String::new();
        for line in &garbage {
            body += line;
            body += "\n";
            body += &good;
            body += "\n";
        }
        let taken = intake(body.as_bytes());
        // Garbage may begin an array or an object whose end swallows the line behind it, but not in this alphabet and length
        // unless it is well formed so far; then the alert is an element or a value, and never lost without a refusal.
        let all = taken.receipt.accepted + taken.receipt.refused_count;
        prop_assert!(all >= garbage.len() as u64);
        if garbage.iter().all(|line| !line.contains(['[', '{'])) {
            prop_assert_eq!(taken.receipt.accepted, garbage.len() as u64);
        }
    }

    #[test]
    fn what_is_accepted_is_json_that_says_the_same(
        key in "[a-z]{1,6}", text in any::<String>(), number in any::<f64>(),
    ) {
        prop_assume!(!["rule", "time", "tags", "uuid"].contains(&key.as_str()));
        let value = serde_json::json!({ "rule": &text, "priority": "WARNING", "time": TIME,
            "output_fields": { key: text, "n": number } });
        let body = serde_json::to_string_pretty(&value).unwrap();
        let taken = intake(body.as_bytes());
        prop_assert_eq!(taken.alerts.len(), usize::from(!value["rule"].as_str().unwrap().is_empty()));
        for alert in taken.alerts {
            let read: serde_json::Value = serde_json::from_slice(&alert.raw).unwrap();
            prop_assert_eq!(&read, &value);
            prop_assert!(!alert.raw.contains(&b'\n'));
        }
    }
}
