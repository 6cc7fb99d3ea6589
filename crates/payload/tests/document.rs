//! Reading envelopes: what is taken as Go takes it, and what is refused.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fmt::Write;
use std::path::Path;

use base64_simd::STANDARD;
use common::{Cells, bytes_of};
use lanner_payload::{EnvelopeDocument, PayloadError};
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

fn read(text: impl AsRef<[u8]>) -> Result<EnvelopeDocument, PayloadError> {
    let cells = Cells::new();
    EnvelopeDocument::read(text.as_ref(), &std::env::temp_dir(), cells.work())
}

fn code(text: impl AsRef<[u8]>) -> &'static str {
    read(text).map_or_else(|error| error.code(), |_| "none")
}

proptest! {
    #[test]
    fn escapes_and_line_breaks_change_nothing(body in vec(any::<u8>(), 0..300), picks in vec(any::<u8>(), 1..50)) {
        let mut text = String::new();
        for (char, pick) in STANDARD.encode_to_string(&body).chars().zip(picks.iter().cycle()) {
            match pick % 8 {
                0 => write!(text, "\\u{:04x}", u32::from(char)).unwrap(),
                1 => write!(text, "\\n{char}").unwrap(),
                2 => write!(text, "\\r\\n\\u000A{char}").unwrap(),
                3 if char == '/' => text.push_str("\\/"),
                _ => text.push(char),
            }
        }
        let document = read(format!(r#"{{"payload":"{text}"}}"#)).unwrap();
        prop_assert_eq!(bytes_of(&document.payload), body);
    }

    #[test]
    fn a_changed_byte_is_refused_or_seen(at in any::<usize>(), to in any::<u8>()) {
        // No trailing bits to change and no key twice, so that every byte counts but for the letter case of keys.
        let text = br#"{"payload":"AAECAwQF","payloadType":"t/x","signatures":[{"keyid":"ab","sig":"CQgH"}]}"#;
        let before = read(text).unwrap();
        let mut changed = text.to_vec();
        let at = at % changed.len();
        if changed[at] != to {
            changed[at] = to;
            let unseen = read(&changed).is_ok_and(|after| {
                bytes_of(&after.payload) == bytes_of(&before.payload)
                    && after.payload_type == before.payload_type
                    && after.signatures == before.signatures
            });
            prop_assert!(!unseen || changed.eq_ignore_ascii_case(text), "byte {} to {}", at, to);
        }
    }

    #[test]
    fn an_envelope_cut_short_is_refused(cut in any::<usize>()) {
        let text = r#" {"payload":"AAECAwQF","x":[{"y":1.5e3}],"payloadType":"t","signatures":[null,{"keyid":"\u00e9","sig":"CQgH"}]}"#;
        prop_assert_eq!(code(&text[..cut % text.len()]), "ERR_ENVELOPE_SYNTAX");
    }
}

#[test]
fn the_last_of_several_keys_wins_whole_in_any_letter_case() {
    let document = read(
        r#"{"Payload":"e30=","payloadtype":"a","SIGNATURES":[{"keyid":"x","sig":"AAAA"},{}],"PAYLOAD":"MQ==","payloadType":"b","\u017fignatures":[{"SIG":"AQID"}]}"#,
    )
    .unwrap();
    assert_eq!(bytes_of(&document.payload), b"1");
    assert_eq!(document.payload_type, "b");
    assert_eq!(document.signatures_json(), r#"[{"keyid":"","sig":"AQID"}]"#);
    assert!(read(r#"{"payload":"MQ==","payload":null}"#).unwrap().payload.is_empty());
}

#[test]
fn every_field_of_a_signature_comes_through_in_one_form() {
    let document = read(
        r#" { "other" : { "a" : [ 1, "\ud800" ] }, "signatures" : [ null, { "Certificate":"Q0U=", "unknown":{}, "intermediates":["SQ==",null],
            "timestamps":[{"Type":"tsp","data":"REFUQQ=="},null], "sig":"AR==","keyid":"<k>" } ] } "#,
    )
    .unwrap();
    assert_eq!(document.signatures[1].sig, [1]);
    assert_eq!(
        document.signatures_json(),
        r#"[{"keyid":"","sig":""},{"keyid":"\u003ck\u003e","sig":"AQ==","certificate":"Q0U=","intermediates":["SQ==",""],"timestamps":[{"type":"tsp","data":"REFUQQ=="},{"type":"","data":""}]}]"#
    );
}

#[test]
fn fields_of_another_type_are_refused() {
    for bad in [
        r#"{"payload":1}"#,
        r#"{"payload":[1,2]}"#,
        r#"{"payload":{}}"#,
        r#"{"payloadType":1}"#,
        r#"{"signatures":{}}"#,
        r#"{"signatures":"x"}"#,
        r#"{"signatures":[1]}"#,
        r#"{"signatures":[{"sig":1}]}"#,
        r#"{"signatures":[{"keyid":[]}]}"#,
        r#"{"signatures":[{"timestamps":{}}]}"#,
        "[]",
        "null",
        "1",
        "",
        " ",
    ] {
        assert_eq!(code(bad), "ERR_ENVELOPE_SYNTAX", "{bad}");
    }
}

#[test]
fn text_around_the_object_and_other_encodings_are_refused() {
    assert_eq!(code("{} \r\n\t"), "none");
    for bad in [
        "{}x",
        "{}{}",
        "\u{feff}{}",
        "{} \u{0}",
        "{\"payload\":\"AA\nAA\"}",
        "{\"x\":NaN}",
        "{\"x\":1,}",
        "{/**/}",
    ] {
        assert_eq!(code(bad), "ERR_ENVELOPE_SYNTAX", "{bad:?}");
    }
    let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(code(utf16), "ERR_ENVELOPE_SYNTAX");
}

#[test]
fn base64_errors_name_field_and_byte() {
    for (bad, at, name) in [
        (r#"{"payload":"AAAA!AAA"}"#, 16, "payload"),
        (r#"{"payload":"AA"}"#, 14, "payload"),
        (r#"{"payload":"AA==A"}"#, 16, "payload"),
        (r#"{"payload":"AAA\u00e9"}"#, 15, "payload"),
        (r#"{"signatures":[{"sig":"A A="}]}"#, 24, "sig"),
        (r#"{"signatures":[{"certificate":"-_-_"}]}"#, 31, "certificate"),
    ] {
        match read(bad) {
            Err(PayloadError::EnvelopeBase64 { offset, field }) => {
                assert_eq!((offset, field), (at, name), "{bad}");
            }
            other => panic!("{bad}: {other:?}"),
        }
    }
}

#[test]
fn what_stays_in_memory_is_limited() {
    let long = "A".repeat(65 << 20);
    assert_eq!(code(format!(r#"{{"payloadType":"{long}"}}"#)), "ERR_ENVELOPE_TOO_LARGE");
    assert_eq!(
        code(format!(r#"{{"signatures":[{{"sig":"{long}{long}"}}]}}"#)),
        "ERR_ENVELOPE_TOO_LARGE"
    );
    assert_eq!(
        code(format!(r#"{{"signatures":[{}{{}}]}}"#, "{},".repeat(300_000))),
        "ERR_ENVELOPE_TOO_LARGE"
    );
    assert_eq!(code(format!(r#"{{"unknown":"{long}"}}"#)), "none");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let cells = Cells::new();
    for path in ["/nowhere/a.json", "/"] {
        let error = EnvelopeDocument::open(Path::new(path), &std::env::temp_dir(), cells.work())
            .unwrap_err();
        assert_eq!(error.code(), "ERR_ENVELOPE_READ");
        assert!(error.to_string().contains(path));
    }
}
