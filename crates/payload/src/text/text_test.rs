#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, AtomicU64};

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;

use super::plain::plain_run;
use super::validator::{DEPTH_LIMIT, Fed, Validator};
use super::{Document, Window, is_field};
use crate::{PayloadError, Work};

/// Runs `read` over `text` and then wants the end of it.
fn read<T>(
    text: &[u8],
    read: impl FnOnce(&mut Window<'_, &[u8]>) -> Result<T, PayloadError>,
) -> Result<T, PayloadError> {
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut window = Window::new(text, 0, Document::Statement, Work::new(&cancel, &progress));
    let outcome = read(&mut window)?;
    window.finish()?;
    Ok(outcome)
}

fn value(window: &mut Window<'_, &[u8]>) -> Result<(u64, u64), PayloadError> {
    window.value()
}

fn is_valid(text: &[u8]) -> bool {
    read(text, value).is_ok()
}

/// Small documents with every kind of token, some spaced out.
fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        select(vec![
            "null",
            "true",
            "false",
            "0",
            "-0",
            "-12.5e+3",
            "1E9",
            "123456789012345678901234567890",
            "0.0"
        ])
        .prop_map(str::to_owned),
        select(vec![
            r#""""#,
            r#""plain text that is longer than eight""#,
            r#""\"\\\/\b\f\n\r\t""#,
            r#""\u00e9\u0041""#,
            "\"é\""
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let space = select(vec!["", " ", "\n\t\r "]);
        prop_oneof![
            (vec(inner.clone(), 0..4), space.clone()).prop_map(|(items, space)| format!(
                "[{space}{}{space}]",
                items.join(&format!("{space},{space}"))
            )),
            (vec((Just("\"k\\n\""), inner), 0..4), space).prop_map(|(items, space)| {
                let members: Vec<String> = items
                    .iter()
                    .map(|(key, value)| format!("{key}{space}:{space}{value}"))
                    .collect();
                format!("{{{space}{}{space}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn a_changed_byte_is_judged_as_another_parser_judges_it(
        text in document(),
        at in any::<usize>(),
        // No letter that could make an escaped surrogate, on which the parsers differ by design.
        to in select(b"{}[]:,\"\\0 19.eE+-truflsn\n\t\0x".to_vec()),
    ) {
        let mut bytes = text.into_bytes();
        let at = at % bytes.len();
        if bytes[at].is_ascii() {
            bytes[at] = to;
        }
        let oracle = serde_json::from_slice::<serde_json::Value>(&bytes).is_ok();
        prop_assert_eq!(is_valid(&bytes), oracle, "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn the_verdict_does_not_depend_on_where_the_text_is_cut(text in document(), cut in any::<usize>(), drop in 0..3_usize) {
        let bytes = &text.as_bytes()[..text.len().saturating_sub(drop)];
        let feed = |parts: &[&[u8]]| {
            let mut validator = Validator::new();
            validator.begin(0);
            for part in parts {
                match validator.feed(part) {
                    Ok(Fed::More) => {}
                    other => return other.is_ok(),
                }
            }
            validator.ends_here()
        };
        let (front, back) = bytes.split_at(cut % (bytes.len() + 1));
        prop_assert_eq!(feed(&[bytes]), feed(&[front, back]));
    }

    #[test]
    fn a_plain_run_ends_at_the_first_special_byte(bytes in vec(prop_oneof![any::<u8>(), Just(b'a')], 0..80)) {
        let plain = bytes.iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\');
        prop_assert_eq!(plain_run(&bytes), plain.unwrap_or(bytes.len()));
    }
}

#[test]
fn what_is_not_json_is_refused() {
    for bad in [
        "",
        " ",
        "nul",
        "nulll",
        "NaN",
        "Infinity",
        "+1",
        "01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "-",
        "--1",
        "0x1",
        "'a'",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\":1,}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{1:2}",
        "[",
        "]",
        "{",
        "}",
        "[}",
        "{]",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "\"\t\"",
        "\"\0\"",
        "1 2",
        "{} {}",
        "[] x",
        "\u{feff}{}",
        "// c\n1",
        "tru",
        "\"a\" b",
        "[1]]",
        "{\"a\":1}}",
        "\u{a0}1",
        "\x0c1",
    ] {
        assert!(!is_valid(bad.as_bytes()), "{bad:?}");
    }
}

#[test]
fn strings_need_not_be_utf8_and_surrogates_need_no_partner() {
    assert!(is_valid(b"\"\xff\xfe\""));
    assert!(is_valid(br#"["\ud800", "\udc00\ud800"]"#));
}

#[test]
fn ten_thousand_brackets_may_be_open_and_not_one_more() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(is_valid(&nested(DEPTH_LIMIT)));
    assert!(!is_valid(&nested(DEPTH_LIMIT + 1)));
    // The brackets around a value count too.
    let inside =
        |depth| read(&nested(depth), |window| window.array(|window, _| window.value().map(drop)));
    assert!(inside(DEPTH_LIMIT).is_ok());
    assert!(inside(DEPTH_LIMIT + 1).is_err());
}

#[test]
fn an_error_names_the_byte_it_stumbled_over() {
    for (text, at) in
        [("{\"a\":x}", 5), ("[1,2", 4), ("[1]  x", 5), ("{\"a\" 1}", 5), ("\"ab\u{1}\"", 3)]
    {
        match read(text.as_bytes(), value) {
            Err(PayloadError::StatementSyntax { offset, .. }) => assert_eq!(offset, at, "{text:?}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }
}

#[test]
fn offsets_count_from_the_start_however_little_is_read_at_a_time() {
    struct Dribble(&'static [u8]);
    impl std::io::Read for Dribble {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let take = self.0.len().min(3);
            buf[..take].copy_from_slice(&self.0[..take]);
            self.0 = &self.0[take..];
            Ok(take)
        }
    }
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let input = Dribble(br#"{ "key" : [ 1.25, "text\u0041", x ] }"#);
    let mut window = Window::new(input, 100, Document::Statement, Work::new(&cancel, &progress));
    match window.object(|window, _| window.array(|window, _| window.value().map(drop)).map(drop)) {
        Err(PayloadError::StatementSyntax { offset, .. }) => assert_eq!(offset, 132),
        other => panic!("{other:?}"),
    }
}

#[test]
fn escapes_decode_as_go_decodes_them() {
    let short = |text: &str| {
        let mut out = Vec::new();
        read(text.as_bytes(), |window| window.short_string(&mut out, 100)).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(short(r#""a\"\\\/\b\f\n\r\tz""#), "a\"\\/\u{8}\u{c}\n\r\tz");
    assert_eq!(short(r#""\u00e9\ud83d\ude00""#), "é😀");
    assert_eq!(
        short(r#""\ud83dx\ude00\ud83d\n\ud83d\ud83d\ude00""#),
        "\u{fffd}x\u{fffd}\u{fffd}\n\u{fffd}😀"
    );
    assert_eq!(short(r#""\ud83d""#), "\u{fffd}");
}

#[test]
fn a_string_that_is_too_long_is_cut_and_said_to_be() {
    let mut out = Vec::new();
    assert!(!read(b"\"abcdef\"", |window| window.short_string(&mut out, 4)).unwrap());
    assert_eq!(out, b"abcd");
    assert!(read(b"\"abcd\"", |window| window.short_string(&mut out, 4)).unwrap());
}

#[test]
fn fields_match_in_any_letter_case_and_by_unicode_folding() {
    for key in ["payload", "PAYLOAD", "PayLoad"] {
        assert!(is_field(key.as_bytes(), "payload"));
    }
    assert!(is_field("\u{17f}ignatures".as_bytes(), "signatures"));
    assert!(is_field("\u{212a}eyid".as_bytes(), "keyid"));
    for key in ["payloads", "payloa", "", "pay load", "påyload"] {
        assert!(!is_field(key.as_bytes(), "payload"));
    }
    assert!(!is_field(b"payload\xff", "payload"));
}
