//! What holds for any input: events are lines, the digest is of the bytes, and neither threads nor chunk sizes matter.
//! The reference is a naive splitter with `serde_json`, and lanner-merkle's tree of leaves in memory.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod reference;

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::sync::atomic::{AtomicBool, AtomicU64};

use lanner_events::{
    CaptureReport, IngestOptions, Limits, RuleHit, SkipReason, ingest, prove, prove_all,
};
use lanner_merkle::{InclusionProof, leaf_hash, root_of};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use reference::Reference;

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn content(mut file: File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

/// One pass with a spool: the report and the spooled bytes.
fn pass(bytes: &[u8], workers: usize, limits: Limits) -> (CaptureReport, Vec<u8>) {
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let spool = tempfile::tempfile().unwrap();
    let options = IngestOptions {
        spool: Some(&spool),
        limits,
        ..IngestOptions::new(workers, &cancel, &progress)
    };
    let report = ingest(&file_of(bytes), options).unwrap();
    assert_eq!(progress.into_inner(), bytes.len() as u64);
    (report, content(spool))
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => ("[a-c]{0,2}", "(Warning|WARNING|warning|NOTICE|info|INFO|Informational|x)?", "[01]").prop_map(|(rule, priority, second)| format!(
            r#"{{"rule":"{rule}","priority":"{priority}","time":"2026-05-29T10:50:0{second}Z","hostname":"h{second}"}}"#
        ).into_bytes()),
        1 => Just(b"{\"rule\":\"n\",\"n\":123456789012345678901234567890}".to_vec()),
        1 => Just(b"{\"rule\":\"d\",\"x\":[{\"a\":1,\"\\u0061\":2}]}".to_vec()),
        1 => Just(b" \t\r".to_vec()),
        1 => Just(b"{\"rule\":\"a\"} {\"rule\":\"b\"}".to_vec()),
        1 => Just(b"{\"rule\":\"\xff\"}".to_vec()),
        1 => Just("\u{feff}{\"rule\":\"mark inside\"}".as_bytes().to_vec()),
        1 => Just(b"[7]".to_vec()),
        2 => prop::collection::vec(any::<u8>(), 0..30),
    ]
}

/// Lines with either line end, perhaps a byte order mark before and no line end after.
fn capture() -> impl Strategy<Value = Vec<u8>> {
    let lines = prop::collection::vec((line(), prop::sample::select(vec!["\n", "\r\n"])), 0..40);
    (any::<bool>(), lines, any::<bool>()).prop_map(|(mark, lines, ended)| {
        let mut bytes = if mark { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        for (line, end) in lines {
            bytes.extend(line);
            bytes.extend(end.as_bytes());
        }
        if !ended {
            bytes.pop();
        }
        bytes
    })
}

proptest! {
    #[test]
    fn a_pass_finds_what_a_naive_reading_finds(bytes in capture(), chunk in 1..200_usize, workers in 1..4_usize) {
        let (report, spooled) = pass(&bytes, workers, Limits { chunk, ..Limits::default() });
        let expected = Reference::of(&bytes);
        let leaves: Vec<_> = expected.events.iter().map(|event| leaf_hash(event)).collect();
        prop_assert_eq!(report.sha256, <[u8; 32]>::from(Sha256::digest(&bytes)));
        prop_assert_eq!(report.bytes, bytes.len() as u64);
        prop_assert_eq!(&spooled, &expected.events.join(&b','));
        prop_assert_eq!(report.spool_bytes, spooled.len() as u64);
        prop_assert_eq!(report.tree_root, root_of(&leaves));
        prop_assert_eq!(report.events, leaves.len() as u64);
        prop_assert_eq!(report.lines, expected.lines);
        prop_assert_eq!(report.blank_lines, expected.blank);
        for reason in SkipReason::ALL {
            let numbers = expected.skipped.get(reason.name()).cloned().unwrap_or_default();
            prop_assert_eq!(report.skipped.of(reason).count, numbers.len() as u64, "{:?}", reason);
            prop_assert_eq!(&report.skipped.of(reason).first, &numbers[..numbers.len().min(10)]);
        }
        prop_assert_eq!(report.summary.distinct_hosts, expected.hosts.len() as u64);
        prop_assert_eq!(report.summary.unknown_priorities, expected.unknown_priorities);
        prop_assert_eq!(report.summary.without_time, expected.without_time);
        prop_assert_eq!(report.summary.window_start.as_ref(), expected.times.first());
        prop_assert_eq!(report.summary.window_end.as_ref(), expected.times.last());
        let order = |hit: &RuleHit| (std::cmp::Reverse(hit.count), hit.rule.clone());
        prop_assert!(report.summary.rule_hits.is_sorted_by_key(order));
        for hit in &report.summary.rule_hits {
            let (count, _, spelling) = &expected.rules[&hit.rule];
            prop_assert_eq!((hit.count, &hit.highest_priority), (*count, spelling), "{}", &hit.rule);
        }
        prop_assert_eq!(report.summary.rule_hits.len(), expected.rules.len());
    }

    #[test]
    fn neither_chunk_size_nor_threads_change_the_report(bytes in capture(), chunk in 1..200_usize, line in 20..120_usize) {
        // Lines beyond the limit go another way through the reader, so the limit is small here.
        let whole = pass(&bytes, 1, Limits { chunk: 1 << 20, line });
        prop_assert_eq!(&pass(&bytes, 1, Limits { chunk, line }), &whole);
        prop_assert_eq!(&pass(&bytes, 3, Limits { chunk, line }), &whole);
    }

    #[test]
    fn each_event_can_be_proven_and_no_other(bytes in capture(), chunk in 1..200_usize) {
        let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
        let limits = Limits { chunk, ..Limits::default() };
        let options = IngestOptions { limits, ..IngestOptions::new(2, &cancel, &progress) };
        let expected = Reference::of(&bytes);
        let file = file_of(&bytes);
        for (index, event) in (0..).zip(&expected.events) {
            let proof = prove(&file, index, options).unwrap();
            prop_assert_eq!(&proof.event, event);
            prop_assert_eq!(proof.line_number, expected.event_lines[index as usize]);
            let path = InclusionProof { index, size: proof.size, path: proof.audit_path };
            prop_assert!(path.verify(&leaf_hash(event), &proof.root).is_ok());
            prop_assert!(path.verify(&leaf_hash(b"another"), &proof.root).is_err());
        }
        let all: Vec<u64> = (0..expected.events.len() as u64).rev().collect();
        let one_by_one: Vec<_> = all.iter().map(|&index| prove(&file, index, options).unwrap()).collect();
        prop_assert_eq!(prove_all(&file, &all, options).unwrap(), one_by_one);
        let beyond = prove(&file, expected.events.len() as u64, options).unwrap_err();
        prop_assert_eq!(beyond.code(), "ERR_EVENTS_NO_SUCH_EVENT");
    }
}

#[test]
fn many_threads_on_tiny_chunks_keep_the_order_of_the_file() {
    let lines: Vec<String> = (0..20_000).map(|n| format!("{{\"rule\":\"r{n}\"}}")).collect();
    let bytes = lines.join("\n").into_bytes();
    let (report, spooled) = pass(&bytes, 8, Limits { chunk: 64, ..Limits::default() });
    assert_eq!(report.sha256, <[u8; 32]>::from(Sha256::digest(&bytes)));
    assert_eq!(spooled, lines.join(",").into_bytes());
    let leaves: Vec<_> = lines.iter().map(|line| leaf_hash(line.as_bytes())).collect();
    assert_eq!(report.tree_root, root_of(&leaves));
}
