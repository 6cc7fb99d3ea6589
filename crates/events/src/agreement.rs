//! The kernel and the scanner judge alike: what one accepts, the other reads the same way.
//! `serde_json` is the third opinion on what is JSON at all. Tests only.

use std::env;

use proptest::prelude::*;
use serde_json::Value;

use crate::ffi::{Kernel, PADDING, Refused};
use crate::scalar::{Document, Fault, Scanner};

/// simdjson's `error_code`: refusals that say nothing about validity (`DEPTH_ERROR`, `NUMBER_ERROR`, `BIGINT_ERROR`).
const UNDECIDED: [i32; 3] = [4, 9, 10];
/// Keys made to collide: `KEYS_COLLIDE` of kernel.cpp.
const KEYS_COLLIDE: i32 = -2;

/// Both on the same line, as `line` would ask them.
fn agree(kernel: &mut Kernel, scanner: &mut Scanner, line: &[u8]) {
    let mut buffer = line.to_vec();
    // What follows a line in a file is the next one.
    buffer.resize(line.len() + PADDING, b'"');
    let first = line.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    if first != Some(&b'{') {
        return;
    }
    let verdict = kernel.parse(&buffer, 0..line.len());
    let Ok(text) = std::str::from_utf8(line) else {
        assert!(verdict.is_err(), "the kernel accepts invalid UTF-8: {line:?}");
        return;
    };
    match (verdict, scanner.scan(text)) {
        (Ok(()), Ok(Document::Object(fields))) => assert_eq!(kernel.fields(), fields, "{text}"),
        (Ok(()), other) => panic!("kernel accepts, scanner says {other:?}: {text}"),
        (Err(Refused(code)), Ok(_)) => {
            assert!(
                UNDECIDED.contains(&code) || code == KEYS_COLLIDE,
                "kernel refuses ({code}): {text}"
            );
        }
        (Err(_), Err(_)) => {}
    }
}

/// The scanner against `serde_json`, on shallow text (it has a limit of its own at depth 128).
fn agree_with_serde(scanner: &mut Scanner, text: &str) {
    let reference = serde_json::from_str::<Value>(text);
    match (scanner.scan(text), reference) {
        (Ok(Document::Object(fields)), Ok(Value::Object(map))) => {
            let rule = map.get("rule").and_then(Value::as_str);
            assert_eq!(fields.rule.non_empty(), rule.filter(|rule| !rule.is_empty()), "{text}");
        }
        (Ok(Document::Other), Ok(value)) => assert!(!value.is_object(), "{text}"),
        (Err(Fault::Incomplete), Err(error)) => {
            assert!(error.is_eof() || text.contains("\\u"), "{error}: {text}");
        }
        (Err(_), Err(_)) => {}
        (ours, theirs) => panic!("{ours:?} but {theirs:?}: {text}"),
    }
}

fn check(line: &[u8]) {
    let (mut kernel, mut scanner) = (Kernel::new().unwrap(), Scanner::default());
    agree(&mut kernel, &mut scanner, line);
    if let Ok(text) = std::str::from_utf8(line) {
        agree_with_serde(&mut scanner, text);
    }
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("rule".to_owned()),
        Just("r\\u0075le".to_owned()),
        Just("time".to_owned()),
        Just("priority".to_owned()),
        Just("hostname".to_owned()),
        "[a-c]{0,2}",
        "proc\\.aname\\[[0-9]{1,2}\\]",
    ]
}

fn scalar_value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?",
        "\"([a-zA-Zé🐦 ]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-9a-f]{2}|\\\\ud83d\\\\udc26){0,12}\"",
    ]
}

/// Valid JSON texts, with blanks where they may stand.
fn json() -> impl Strategy<Value = String> {
    let value = scalar_value().prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|items| format!("[{}]", items.join(" ,"))),
            prop::collection::vec((key(), inner), 0..6).prop_map(object),
        ]
    });
    prop::collection::vec((key(), value), 0..8).prop_map(object)
}

fn object(members: Vec<(String, String)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(key, value)| format!("\"{key}\":\t{value}")).collect();
    format!(" {{{}}}", members.join(", "))
}

proptest! {
    #[test]
    fn valid_objects_are_read_alike(text in json()) {
        check(text.as_bytes());
        let mut scanner = Scanner::default();
        prop_assert!(matches!(scanner.scan(&text), Ok(Document::Object(_))), "{}", text);
    }

    #[test]
    fn damaged_objects_are_judged_alike(text in json(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut line = text.into_bytes();
        let at = at.index(line.len());
        line[at] = byte;
        check(&line);
        line.truncate(at);
        check(&line);
    }

    #[test]
    fn any_bytes_are_judged_alike(mut line in prop::collection::vec(any::<u8>(), 0..80)) {
        check(&line);
        line.insert(0, b'{');
        check(&line);
    }

    #[test]
    fn punctuation_is_judged_alike(text in "\\{[\\[\\]\\{\\}:,\"\\\\ueE+.0-9a -]{0,24}") {
        check(text.as_bytes());
    }
}

#[test]
fn a_mutated_event_is_judged_alike() {
    const EVENT: &[u8] = br#"{"hostname":"c7b94d019e26","output":"10:50: Warning \ud83d\udc26 | file=/etc/shadow <NA>","output_fields":{"container.id":null,"evt.time.iso8601":1780051808717141556,"proc.aname[2]":-0.5e-3,"x":[{},[],[true,false]]},"priority":"Warning","rule":"Read","tags":["T1555","\u00e9\n"],"time":"2026-05-29T10:50:08.717141556Z"}"#;
    let rounds: u64 = if env::var_os("LANNER_SOAK").is_some() { 20_000_000 } else { 60_000 };
    let (mut kernel, mut scanner) = (Kernel::new().unwrap(), Scanner::default());
    // Numerical Recipes' generator: the run is the same everywhere.
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..rounds {
        let mut line = EVENT.to_vec();
        for _ in 0..=random(3) {
            let at = random(line.len());
            match random(4) {
                0 => line[at] ^= 1 << random(8),
                1 => line[at] = b"{}[]:,\"\\u0e-+. \x1f\xed\xa0\x80\xc3"[random(20)],
                2 => drop(line.remove(at)),
                _ => line.insert(at, line[random(line.len())]),
            }
        }
        agree(&mut kernel, &mut scanner, &line);
        if let Ok(text) = std::str::from_utf8(&line) {
            agree_with_serde(&mut scanner, text);
        }
    }
}

#[test]
fn depth_is_counted_alike_on_both_sides_of_the_limit() {
    let mut scanner = Scanner::default();
    for (depth, fault) in [(1023, None), (1024, None), (1025, Some(Fault::TooDeep))] {
        let line = format!("{{\"rule\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert_eq!(scanner.scan(&line).err(), fault, "{depth}");
        agree(&mut Kernel::new().unwrap(), &mut scanner, line.as_bytes());
    }
}

#[test]
fn duplicates_are_found_alike_at_any_depth_and_size() {
    let wide: Vec<String> =
        (0..5000).map(|n| format!("\"k{n}\":{{\"a\":[{{\"b\":1}}]}}")).collect();
    for last in ["\"k5000\":{}", "\"k17\":{}", "\"k5000\":[[{\"x\":1,\"\\u0078\":2}]]"] {
        let line = format!("{{{},{last}}}", wide.join(","));
        agree(&mut Kernel::new().unwrap(), &mut Scanner::default(), line.as_bytes());
    }
}
