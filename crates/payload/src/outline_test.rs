#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, AtomicU64};

use super::outline_within;
use crate::{ElidePath, Payload, Work};

#[test]
fn text_beyond_the_limit_is_an_error_and_elided_text_does_not_count() {
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let work = Work::new(&cancel, &progress);
    let mut payload = Payload::new();
    payload.push_bytes(format!("{{\"e\":[\"{}\"],\"k\":1}}", "x".repeat(1_000_000)).into_bytes());
    let path = [ElidePath::new("e")];
    let outline = outline_within(20, &payload, &path, work).unwrap();
    assert_eq!(outline.json, br#"{"e":null,"k":1}"#);
    let error = outline_within(20, &payload, &[], work).unwrap_err();
    assert_eq!(error.code(), "ERR_STATEMENT_TOO_LARGE");
    let error = outline_within(10, &payload, &path, work).unwrap_err();
    assert_eq!(error.code(), "ERR_STATEMENT_TOO_LARGE");
}
