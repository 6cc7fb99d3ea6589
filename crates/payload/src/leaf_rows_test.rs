#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, AtomicU64};

use proptest::prelude::*;

use super::leaf_rows;
use crate::{Payload, PayloadError, Work};

type Row = (String, String, Option<String>);

fn read_within(limit: usize, json: &str) -> Result<Option<Vec<Row>>, PayloadError> {
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut payload = Payload::new();
    payload.push_bytes(format!("#{json}#").into_bytes());
    let mut rows = Vec::new();
    let span = (1, json.len() as u64);
    let plain = leaf_rows(&payload, span, limit, Work::new(&cancel, &progress), |row, _| {
        rows.push((row.path.clone(), row.digest.clone(), row.leaf_hash.clone()));
        Ok(())
    })?;
    Ok(plain.then_some(rows))
}

fn read(json: &str) -> Option<Vec<Row>> {
    read_within(1 << 20, json).unwrap()
}

#[test]
fn keys_count_in_any_order_and_scalars_beside_them_are_passed_over() {
    let json = r#"[ {"kind":"x","leafHash":null,"fileDigest":"d","path":"p\u00e9"},{"path":"q","fileDigest":"","n":1} ]"#;
    let rows = vec![("p\u{e9}".into(), "d".into(), None), ("q".into(), String::new(), None)];
    assert_eq!(read(json), Some(rows));
    assert_eq!(read("[]"), Some(vec![]));
}

#[test]
fn a_leaf_hash_belongs_to_its_own_row_only() {
    let json = r#"[{"path":"a","fileDigest":"d","leafHash":"h"},{"path":"b","fileDigest":"d"}]"#;
    let rows = vec![("a".into(), "d".into(), Some("h".into())), ("b".into(), "d".into(), None)];
    assert_eq!(read(json), Some(rows));
}

#[test]
fn what_is_not_plain_is_left_to_others() {
    let mut unplain = [
        r#"{"path":"p"}"#,
        r#"{"fileDigest":"d"}"#,
        r#"{"path":1,"fileDigest":"d"}"#,
        r#"{"path":"p","fileDigest":null}"#,
        r#"{"path":"p","fileDigest":"d","leafHash":1}"#,
        r#"{"path":"p","fileDigest":"d","path":"p"}"#,
        r#"{"path":"p","fileDigest":"d","leafHash":null,"leafHash":null}"#,
        r#"{"path":"p","fileDigest":"d","Path":"p"}"#,
        r#"{"path":"p","fileDigest":"d","leafhash":"h"}"#,
        r#"{"path":"p","fileDigest":"d","k":1,"k":2}"#,
        r#"{"path":"p","fileDigest":"d","k":{}}"#,
        r#"{"path":"p","fileDigest":"d","k":[]}"#,
        r#"{"path":"p","fileDigest":"d","":1}"#,
        r#"{"path":"p","fileDigest":"d","é":1}"#,
        "null",
        "[]",
    ]
    .map(str::to_owned)
    .to_vec();
    unplain.push(format!(r#"{{"path":"p","fileDigest":"d","{}":1}}"#, "k".repeat(300)));
    for row in unplain {
        assert_eq!(read(&format!("[{row}]")), None, "{row}");
        let among =
            format!(r#"[{{"path":"p","fileDigest":"d"}},{row},{{"path":"q","fileDigest":"d"}}]"#);
        assert_eq!(read(&among), None, "{among}");
    }
}

#[test]
fn a_string_beyond_the_limit_is_refused() {
    let json = |path: &str| format!(r#"[{{"path":"{path}","fileDigest":"d"}}]"#);
    assert!(read_within(4, &json("1234")).unwrap().is_some());
    let refusal = read_within(4, &json("12345"));
    assert!(matches!(refusal, Err(PayloadError::StatementTooLarge { offset: 10, limit: 4 })));
}

proptest! {
    #[test]
    fn any_strings_come_back_as_another_parser_reads_them(
        rows in prop::collection::vec((".*", ".*", prop::option::of(".*")), 0..20)
    ) {
        let json: serde_json::Value = rows
            .iter()
            .map(|(path, digest, leaf_hash)| {
                serde_json::json!({ "path": path, "fileDigest": digest, "leafHash": leaf_hash })
            })
            .collect();
        prop_assert_eq!(read(&json.to_string()), Some(rows));
    }
}
