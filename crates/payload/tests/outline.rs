//! Outlines: the statement's own text, less what is named, which is found again to the byte.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::atomic::Ordering;

use common::{Cells, payload_of};
use lanner_payload::{ElidePath, Elided, Outline, PayloadError, elements, outline};
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

const EVENTS: &str = "predicate.attestations[*].attestation.events";

fn outlined(text: &str, path: &str) -> Result<Outline, PayloadError> {
    let cells = Cells::new();
    outline(&payload_of(text.as_bytes()), &[ElidePath::new(path)], cells.work())
}

fn items(text: &str, elided: &Elided) -> Vec<String> {
    let cells = Cells::new();
    let payload = payload_of(text.as_bytes());
    let mut walk = elements(&payload, elided, cells.work()).unwrap();
    let (mut bytes, mut items) = (Vec::new(), Vec::new());
    while let Some(element) = walk.next_into(&mut bytes).unwrap() {
        let from = usize::try_from(element.offset).unwrap();
        let to = from + usize::try_from(element.len).unwrap();
        assert_eq!(text.as_bytes()[from..to], bytes);
        items.push(String::from_utf8(bytes.clone()).unwrap());
    }
    let places = elements(&payload, elided, cells.work()).unwrap();
    assert_eq!(places.map(Result::unwrap).count(), items.len());
    items
}

proptest! {
    #[test]
    fn events_come_back_byte_for_byte_and_in_order(
        sizes in vec((0..3_u8, 0..3000_usize), 0..12),
        big in any::<bool>(),
    ) {
        let mut events: Vec<String> = sizes
            .iter()
            .map(|(kind, size)| match kind {
                0 => format!(r#"{{"rule":"{}","n":{size}}}"#, "é\\\"]},".repeat(size / 8)),
                1 => format!("[{size} , [ ]]"),
                _ => format!("-{size}.5e+10"),
            })
            .collect();
        if big {
            // Longer than the chunks the text is read in.
            events.insert(events.len() / 2, format!("\"{}\"", "y\\n".repeat(100_000)));
        }
        let list = events.join(" ,\n");
        let text = format!(
            r#"{{"predicate":{{"attestations":[{{"attestation":{{"events":[{{}}]}}}},{{"attestation":{{"a":1,"events": [ {list} ] ,"b":[2]}}}}]}} }} "#
        );
        let outline = outlined(&text, EVENTS).unwrap();
        prop_assert_eq!(
            String::from_utf8(outline.json).unwrap(),
            r#"{"predicate":{"attestations":[{"attestation":{"events":null}},{"attestation":{"a":1,"events": null ,"b":[2]}}]} } "#
        );
        let elided = &outline.elided[1];
        prop_assert_eq!(&elided.pointer, "/predicate/attestations/1/attestation/events");
        prop_assert_eq!(elided.count, events.len() as u64);
        let from = usize::try_from(elided.offset).unwrap();
        let to = from + usize::try_from(elided.len).unwrap();
        prop_assert_eq!(&text[from..to], format!("[ {list} ]"));
        prop_assert_eq!(items(&text, elided), events);
        prop_assert_eq!(outline.elided[0].count, 1);
    }

    #[test]
    fn a_statement_cut_short_is_refused_also_within_what_is_elided(cut in any::<usize>()) {
        let text = r#"{"predicate":{"attestations":[{"attestation":{"events":[{"a":"b\u0041"},[1.5,true],null]}}]},"x":-1}"#;
        let error = outlined(&text[..cut % text.len()], EVENTS).unwrap_err();
        prop_assert_eq!(error.code(), "ERR_STATEMENT_SYNTAX");
    }

    #[test]
    fn a_changed_byte_within_what_is_elided_is_judged_as_another_parser_judges_it(at in any::<usize>(), to in 0..0x7f_u8) {
        let events = r#"[{"a":"b\n","c":[1,2.5e1,{}]},true , "x"]"#;
        let mut bytes = events.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = to;
        let events = String::from_utf8(bytes).unwrap();
        let ours = outlined(&format!(r#"{{"e":{events}}}"#), "e").is_ok();
        let oracle = serde_json::from_str::<serde_json::Value>(&format!(r#"{{"e":{events}}}"#)).is_ok();
        prop_assert_eq!(ours, oracle, "{}", events);
    }

    #[test]
    fn without_paths_an_outline_is_the_statement(numbers in vec(any::<i64>(), 0..20)) {
        let text = format!(r#" {{"events":{numbers:?}, "events":"\ud800"}}"#);
        let outline = outlined(&text, "other").unwrap();
        prop_assert_eq!(outline.json, text.as_bytes());
        prop_assert!(outline.elided.is_empty());
    }
}

#[test]
fn only_arrays_at_exactly_the_named_place_are_left_out() {
    for text in [
        r#"{"predicate":{"attestations":[{"attestation":{"events":null}}]}}"#,
        r#"{"predicate":{"attestations":[{"attestation":{"events":{"a":[]}}}]}}"#,
        r#"{"predicate":{"attestations":[{"attestation":{"Events":[1]}}]}}"#,
        r#"{"predicate":{"attestations":[{"attestation":{"x":{"events":[1]}}}]}}"#,
        r#"{"predicate":{"attestations":{"0":{"attestation":{"events":[1]}}}}}"#,
        r#"{"predicate":{"events":[1]},"events":[1]}"#,
        r#"[{"attestation":{"events":[1]}}]"#,
        "[]",
        "1",
    ] {
        let outline = outlined(text, EVENTS).unwrap();
        assert_eq!((outline.json, outline.elided), (text.as_bytes().to_vec(), vec![]), "{text}");
    }
    let escaped = outlined(r#"{"\u0065":[1,2]}"#, "e").unwrap();
    assert_eq!(escaped.json, br#"{"\u0065":null}"#);
    assert_eq!(outlined("[[[1],[2]],[]]", "[*]").unwrap().json, b"[null,null]");
    assert_eq!(
        outlined(r#"{"a":[[[1],[2]],[]]}"#, "a[*][*]").unwrap().json,
        br#"{"a":[[null,null],[]]}"#
    );
}

#[test]
fn of_a_key_that_comes_twice_only_the_last_is_reported() {
    let pointers = |text: &str| -> Vec<(String, u64)> {
        outlined(text, "a.b")
            .unwrap()
            .elided
            .into_iter()
            .map(|elided| (elided.pointer, elided.count))
            .collect()
    };
    assert_eq!(pointers(r#"{"a":{"b":[1],"b":[1,2]}}"#), [("/a/b".to_owned(), 2)]);
    assert_eq!(pointers(r#"{"a":{"b":[1]},"a":{"c":1}}"#), []);
    assert_eq!(pointers(r#"{"a":{"b":[1]},"a":1}"#), []);
    assert_eq!(pointers(r#"{"a":{"b":[1]},"ab":{"b":[]}}"#), [("/a/b".to_owned(), 1)]);
}

#[test]
fn anything_but_white_space_around_the_statement_is_refused() {
    assert!(outlined("{}\n \t\r", EVENTS).is_ok());
    for bad in [
        "{}x",
        "{}{}",
        "\u{feff}{}",
        "",
        " ",
        "{\"e\":[1 2]}",
        "{\"e\":[1,]}",
        "{\"e\":[\"\n\"]}",
        "{\"e\":[}]",
    ] {
        assert_eq!(outlined(bad, "e").unwrap_err().code(), "ERR_STATEMENT_SYNTAX", "{bad:?}");
    }
}

#[test]
fn deep_nesting_ends_in_an_error_and_not_in_a_crash() {
    let nested = |depth: usize| format!("{{\"e\":[{}1{}]}}", "[".repeat(depth), "]".repeat(depth));
    for path in ["e", "other", "e[*][*]"] {
        assert!(outlined(&nested(9_998), path).is_ok());
        assert!(outlined(&nested(9_999), path).is_err());
        assert!(outlined(&nested(50_000), path).is_err());
    }
}

#[test]
fn elements_of_a_span_that_is_no_array_are_an_error() {
    let cells = Cells::new();
    let payload = payload_of(br#"{"e":[1,2],"f":3}"#);
    let span = |offset, len| Elided { pointer: String::new(), offset, len, count: 2 };
    assert_eq!(
        elements(&payload, &span(5, 50), cells.work()).unwrap_err().code(),
        "ERR_PAYLOAD_RANGE"
    );
    for (offset, len) in [(0, 3), (6, 3), (5, 4), (5, 6)] {
        let outcome: Result<Vec<_>, _> =
            elements(&payload, &span(offset, len), cells.work()).unwrap().collect();
        assert_eq!(outcome.unwrap_err().code(), "ERR_STATEMENT_SYNTAX", "{offset} {len}");
    }
}

#[test]
fn a_cancelled_outline_stops() {
    let cells = Cells::new();
    cells.cancel.store(true, Ordering::Relaxed);
    assert_eq!(outline(&payload_of(b"{}"), &[], cells.work()).unwrap_err().code(), "ERR_CANCELLED");
}
