//! Every hostile capture of the corpus ends with the outcome its README lists; none loses a good event.
//! Reads the corpus from `LANNER_CORPUS` and says so when there is none.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};

use lanner_events::{
    CaptureReport, IngestOptions, Priority, SkipReason, Sniff, ingest, sniff, visit_events,
};

use SkipReason::{NoRule, NotJson, NotObject, NotUtf8, TooDeep, TrailingContent};

/// File, what it looks like, events, and skipped lines by reason with their numbers.
type Row = (&'static str, Sniff, u64, &'static [(SkipReason, &'static [u64])]);

const ROWS: &[Row] = &[
    ("banner-first.log", Sniff::FalcoEvents, 5, &[(NotJson, &[1, 2])]),
    ("banner-between.log", Sniff::FalcoEvents, 2, &[(NotJson, &[2, 3, 4])]),
    ("crlf.jsonl", Sniff::FalcoEvents, 5, &[]),
    ("bom.jsonl", Sniff::FalcoEvents, 5, &[]),
    ("no-last-newline.jsonl", Sniff::FalcoEvents, 5, &[]),
    ("truncated-last-line.jsonl", Sniff::FalcoEvents, 5, &[(NotJson, &[6])]),
    ("blank-lines.jsonl", Sniff::FalcoEvents, 5, &[]),
    ("empty.jsonl", Sniff::Empty, 0, &[]),
    ("only-blank.jsonl", Sniff::Empty, 0, &[]),
    ("only-banner.log", Sniff::Text, 0, &[(NotJson, &[1, 2])]),
    ("no-rule.jsonl", Sniff::FalcoEvents, 2, &[(NotObject, &[6, 7, 8]), (NoRule, &[2, 3, 4, 5])]),
    ("case-variant-key.jsonl", Sniff::FalcoEvents, 1, &[(NoRule, &[2])]),
    ("duplicate-keys.jsonl", Sniff::FalcoEvents, 2, &[]),
    ("invalid-utf8.jsonl", Sniff::FalcoEvents, 2, &[(NotUtf8, &[2])]),
    ("escaped-rule-name.jsonl", Sniff::FalcoEvents, 2, &[]),
    ("lone-surrogate.jsonl", Sniff::FalcoEvents, 1, &[(NotJson, &[1])]),
    ("nul-in-string.jsonl", Sniff::FalcoEvents, 2, &[]),
    ("raw-control-character.jsonl", Sniff::FalcoEvents, 2, &[(NotJson, &[2])]),
    ("deep-nesting.jsonl", Sniff::FalcoEvents, 2, &[(TooDeep, &[2])]),
    ("big-numbers.jsonl", Sniff::FalcoEvents, 2, &[]),
    ("priorities.jsonl", Sniff::FalcoEvents, 11, &[]),
    ("unordered-times.jsonl", Sniff::FalcoEvents, 6, &[]),
    ("unknown-keys.jsonl", Sniff::FalcoEvents, 2, &[]),
    ("pretty-printed.json", Sniff::PrettyPrinted, 0, &[]),
    ("array.json", Sniff::PrettyPrinted, 0, &[]),
    ("two-objects-one-line.jsonl", Sniff::FalcoEvents, 1, &[(TrailingContent, &[1])]),
    ("trailing-comma.jsonl", Sniff::FalcoEvents, 1, &[(TrailingContent, &[1])]),
    ("leading-log-prefix.log", Sniff::PrefixedLog, 0, &[]),
    ("utf16le.jsonl", Sniff::Utf16, 0, &[]),
    ("gzip.jsonl.gz", Sniff::Gzip, 0, &[]),
];

/// The corpus' Falco folder, or `None` with a note.
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn corpus() -> Option<PathBuf> {
    let folder = env::var_os("LANNER_CORPUS").map(|corpus| Path::new(&corpus).join("falco"));
    if folder.is_none() {
        println!("skipped: no corpus");
    }
    folder
}

fn options<'a>(cancel: &'a AtomicBool, progress: &'a AtomicU64) -> IngestOptions<'a> {
    IngestOptions::new(2, cancel, progress)
}

fn read(path: &Path) -> CaptureReport {
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    ingest(&File::open(path).unwrap(), options(&cancel, &progress)).unwrap()
}

fn events(path: &Path) -> Vec<Vec<u8>> {
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut events = Vec::new();
    let mut keep = |event: lanner_events::EventLine<'_>| events.push(event.bytes.to_vec());
    visit_events(&File::open(path).unwrap(), options(&cancel, &progress), &mut keep).unwrap();
    events
}

fn looks(path: &Path) -> Sniff {
    let mut head = Vec::new();
    File::open(path).unwrap().take(lanner_events::SNIFF_LEN as u64).read_to_end(&mut head).unwrap();
    sniff(&head, fs::metadata(path).unwrap().len())
}

#[test]
fn every_hostile_file_ends_as_its_row_says() {
    let Some(folder) = corpus() else { return };
    for (name, kind, count, skipped) in ROWS {
        let path = folder.join("hostile").join(name);
        assert_eq!(looks(&path), *kind, "{name}");
        let report = read(&path);
        assert_eq!(report.events, *count, "{name}");
        // What the attestor refuses is never read further; the row says only what it looks like.
        let refused =
            [Sniff::PrettyPrinted, Sniff::PrefixedLog, Sniff::Utf16, Sniff::Gzip, Sniff::Other];
        if refused.contains(kind) {
            continue;
        }
        let total: usize = skipped.iter().map(|(_, lines)| lines.len()).sum();
        assert_eq!(report.skipped.total(), total as u64, "{name}: {:?}", report.skipped);
        for (reason, lines) in *skipped {
            assert_eq!(report.skipped.of(*reason).first, *lines, "{name}: {reason:?}");
        }
        assert_eq!(
            report.lines,
            report.events + report.blank_lines + report.skipped.total(),
            "{name}"
        );
        assert_eq!(report.truncated_last_line, *name == "truncated-last-line.jsonl", "{name}");
    }
}

#[test]
fn every_file_of_the_folder_has_a_row() {
    let Some(folder) = corpus() else { return };
    let files =
        fs::read_dir(folder.join("hostile")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut files: Vec<String> =
        files.map(|name| name.into_string().unwrap()).filter(|name| name != "README.md").collect();
    let mut rows: Vec<&str> = ROWS.iter().map(|row| row.0).collect();
    files.sort_unstable();
    rows.sort_unstable();
    assert_eq!(files, rows);
}

#[test]
fn line_ends_and_the_byte_order_mark_are_no_part_of_an_event() {
    let Some(folder) = corpus() else { return };
    let first_five = &events(&folder.join("falco-events.jsonl"))[..5];
    for name in [
        "crlf.jsonl",
        "bom.jsonl",
        "no-last-newline.jsonl",
        "banner-first.log",
        "blank-lines.jsonl",
    ] {
        assert_eq!(events(&folder.join("hostile").join(name)), first_five, "{name}");
    }
    assert_eq!(read(&folder.join("hostile/blank-lines.jsonl")).blank_lines, 8);
}

#[test]
fn big_numbers_and_unknown_keys_keep_every_byte() {
    let Some(folder) = corpus() else { return };
    for name in
        ["big-numbers.jsonl", "unknown-keys.jsonl", "nul-in-string.jsonl", "duplicate-keys.jsonl"]
    {
        let path = folder.join("hostile").join(name);
        assert_eq!(events(&path).join(&b'\n'), fs::read(&path).unwrap().trim_ascii_end(), "{name}");
    }
}

#[test]
fn the_last_of_equal_keys_counts_and_the_event_is_marked() {
    let Some(folder) = corpus() else { return };
    let summary = read(&folder.join("hostile/duplicate-keys.jsonl")).summary;
    assert_eq!(summary.duplicate_keys, 1);
    let hit = summary.rule_hits.iter().find(|hit| hit.rule == "B").unwrap();
    assert_eq!((hit.count, hit.highest_priority.as_str()), (1, "Critical"));
    assert!(summary.rule_hits.iter().all(|hit| hit.rule != "A"));
}

#[test]
fn rule_names_are_compared_unescaped() {
    let Some(folder) = corpus() else { return };
    let hits = read(&folder.join("hostile/escaped-rule-name.jsonl")).summary.rule_hits;
    assert_eq!(hits.len(), 1);
    assert_eq!((hits[0].rule.as_str(), hits[0].count), ("Read sensitive file untrusted", 2));
}

#[test]
fn priorities_count_in_any_case_and_unknown_ones_apart() {
    let Some(folder) = corpus() else { return };
    let summary = read(&folder.join("hostile/priorities.jsonl")).summary;
    let expected = Priority::ALL
        .map(|priority| (priority, if priority == Priority::Informational { 2 } else { 1 }));
    assert_eq!(summary.priorities, expected);
    assert_eq!((summary.total_events, summary.unknown_priorities), (11, 2));
}

#[test]
fn the_window_is_compared_as_instants() {
    let Some(folder) = corpus() else { return };
    let summary = read(&folder.join("hostile/unordered-times.jsonl")).summary;
    assert_eq!(summary.window_start.as_deref(), Some("2026-05-29T10:50:08.999999999Z"));
    assert_eq!(summary.window_end.as_deref(), Some("2026-05-29T10:50:09.500000001Z"));
    assert_eq!(summary.without_time, 2);
}

#[test]
fn the_real_capture_gives_its_known_facts() {
    let Some(folder) = corpus() else { return };
    let report = read(&folder.join("falco-events.jsonl"));
    let json = report.to_json();
    let digest = "56fffcecaf950d56037929c9275f7aa7df91e5aab732c05dac33137086bedb71";
    let pairs = digest
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap());
    assert!(pairs.eq(report.sha256));
    assert!(json.starts_with(r#"{"lines":164,"blank_lines":0,"skipped_lines":{},"truncated_last_line":false,"events_tree":"#));
    assert!(json.ends_with(concat!(
        r#""summary":{"total_events":164,"priorities":{"warning":164},"rule_hits":[{"rule":"Read sensitive file untrusted","#,
        r#""count":164,"highest_priority":"Warning"}],"distinct_rules":1,"distinct_hosts":1,"#,
        r#""window_start":"2026-05-29T10:50:08.717141556Z","window_end":"2026-05-29T10:50:33.426822151Z","#,
        r#""unknown_priorities":0,"duplicate_keys":0,"without_time":0}}"#,
    )));
}
