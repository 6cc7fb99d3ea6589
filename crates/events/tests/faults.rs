//! What goes wrong around a capture: full disks, unreadable files, cancelling, changes while reading, lines too long.
//! Each ends in an error with its code or in a report that says so, with every thread gone.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use lanner_events::{
    EventLine, EventsError, IngestOptions, MAX_LINE, SkipReason, ingest, visit_events,
};

const EVENT: &str = r#"{"rule":"a","priority":"Notice"}"#;

fn capture(events: usize) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(format!("{EVENT}\n").repeat(events).as_bytes()).unwrap();
    file
}

fn read(file: &File) -> Result<lanner_events::CaptureReport, EventsError> {
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    ingest(file, IngestOptions::new(2, &cancel, &progress))
}

#[test]
fn a_full_disk_under_the_spool_is_an_error_with_its_cause_and_a_hint() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else { return };
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let options = IngestOptions { spool: Some(&full), ..IngestOptions::new(3, &cancel, &progress) };
    let error = ingest(&capture(100_000), options).unwrap_err();
    assert_eq!(error.code(), "ERR_EVENTS_SPOOL");
    assert!(error.source().is_some() && error.hint().is_some());
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = read(&File::open(folder.path()).unwrap()).unwrap_err();
    assert_eq!(error.code(), "ERR_EVENTS_READ");
    assert!(error.source().is_some());
}

#[test]
fn cancelling_ends_the_pass_before_the_end_of_the_file() {
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut stop = |_: EventLine<'_>| cancel.store(true, Ordering::Relaxed);
    let file = capture(400_000);
    let error =
        visit_events(&file, IngestOptions::new(2, &cancel, &progress), &mut stop).unwrap_err();
    assert_eq!(error.code(), "ERR_EVENTS_CANCELLED");
    assert!(progress.into_inner() < file.metadata().unwrap().len());
}

#[test]
fn a_panicking_visitor_ends_the_pass_and_no_thread_waits_for_ever() {
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let file = capture(100_000);
    let ended = std::panic::catch_unwind(|| {
        let mut visitor =
            |event: EventLine<'_>| assert!(event.index < 1000, "expected by the test");
        visit_events(&file, IngestOptions::new(4, &cancel, &progress), &mut visitor)
    });
    assert!(ended.is_err());
}

#[test]
fn a_file_that_grows_while_it_is_read_is_marked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("growing.jsonl");
    fs::write(&path, format!("{EVENT}\n").repeat(50_000)).unwrap();
    let mut end = OpenOptions::new().append(true).open(&path).unwrap();
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut grow = |event: EventLine<'_>| {
        if event.index == 0 {
            end.write_all(b"{}\n").unwrap();
        }
    };
    let file = File::open(&path).unwrap();
    let report = visit_events(&file, IngestOptions::new(2, &cancel, &progress), &mut grow).unwrap();
    assert!(report.changed_while_read);
    assert!(!read(&file).unwrap().changed_while_read);
}

#[test]
fn each_event_is_shown_at_its_place_in_the_file() {
    let text = format!("\u{feff}{EVENT}\r\n\nbanner\n{EVENT}\n");
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut places = Vec::new();
    let mut keep = |event: EventLine<'_>| places.push((event.index, event.line, event.offset));
    visit_events(&file, IngestOptions::new(1, &cancel, &progress), &mut keep).unwrap();
    assert_eq!(places, [(0, 1, 3), (1, 4, (text.len() - EVENT.len() - 1) as u64)]);
}

#[test]
fn the_longest_line_is_an_event_and_one_byte_more_is_too_long() {
    let (head, tail) = (r#"{"rule":"long","x":""#, r#""}"#);
    let mut file = tempfile::tempfile().unwrap();
    let filler = "x".repeat(MAX_LINE);
    for (length, end) in [(MAX_LINE, "\r\n"), (MAX_LINE + 1, "\n"), (MAX_LINE + 3_000_000, "\r\n")]
    {
        let body = length - head.len() - tail.len();
        file.write_all(head.as_bytes()).unwrap();
        file.write_all(&filler.as_bytes()[..body.min(MAX_LINE)]).unwrap();
        file.write_all(&filler.as_bytes()[..body.saturating_sub(MAX_LINE)]).unwrap();
        file.write_all(tail.as_bytes()).unwrap();
        file.write_all(end.as_bytes()).unwrap();
    }
    file.write_all(EVENT.as_bytes()).unwrap();
    let report = read(&file).unwrap();
    assert_eq!((report.events, report.lines), (2, 4));
    let long = report.skipped.of(SkipReason::TooLong);
    assert_eq!(long.first, [2, 3]);
    assert_eq!(long.lengths, [MAX_LINE as u64 + 1, MAX_LINE as u64 + 3_000_000]);
    assert!(
        report
            .to_json()
            .contains(r#""too_long":{"count":2,"first":[2,3],"lengths":[67108865,70108864]}"#)
    );
}

#[test]
fn a_last_line_cut_within_a_character_is_marked_as_truncated() {
    for (end, truncated) in [("é", true), ("é\n", false)] {
        let mut file = tempfile::tempfile().unwrap();
        let line = format!(r#"{{"rule":"{end}"#);
        // The first byte of the two that `é` has, then what follows it.
        let cut = line.find('é').unwrap() + 1;
        file.write_all(&line.as_bytes()[..cut]).unwrap();
        file.write_all(&line.as_bytes()[cut + 1..]).unwrap();
        let report = read(&file).unwrap();
        assert_eq!(report.skipped.of(SkipReason::NotUtf8).count, 1);
        assert_eq!(report.truncated_last_line, truncated);
    }
}
