//! What goes wrong around a journal: damage, torn writes, full disks, kills, a second process, a clock that steps back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lanner_journal::{Form, Journal, JournalError, Settings, TakeLimit};
use support::{ALL, append, drain, open, take};

/// Names the folder in which a child works; tests that are not such a child's do nothing of its part.
const FOLDER: &str = "LANNER_TEST_JOURNAL";
/// Bytes of its segments.
const SEGMENT: &str = "LANNER_TEST_JOURNAL_SEGMENT";

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "log"))
        .collect();
    found.sort();
    found
}

/// A journal that was closed, with three appends of three alerts in two segments, and a consumer that settled nothing.
fn written(folder: &Path) {
    let journal = open(folder, 700).unwrap();
    journal.consumer("c").unwrap();
    for first in [0, 3, 6] {
        append(&journal, first..first + 3, 20).unwrap();
    }
}

fn numbers(folder: &Path) -> Result<Vec<u64>, JournalError> {
    let journal = open(folder, 700)?;
    let consumer = journal.consumer("c")?;
    Ok(drain(&consumer)?.into_iter().map(|(_, number)| number).collect())
}

fn copied(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.path().join(file.file_name())).unwrap();
    }
    to
}

#[test]
fn a_flipped_byte_anywhere_is_told_with_its_segment() {
    let home = tempfile::tempdir().unwrap();
    written(home.path());
    assert_eq!(segments(home.path()).len(), 2);
    for path in segments(home.path()) {
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            for flip in [1, 0x80, good[at].max(1)] {
                let mut bad = good.clone();
                bad[at] ^= flip;
                fs::write(&path, &bad).unwrap();
                let error = numbers(home.path()).map(|_| at).unwrap_err();
                assert_eq!(error.code(), "ERR_QUEUE_DAMAGED", "byte {at} of {}", path.display());
                assert!(error.to_string().contains(path.to_str().unwrap()));
                assert!(error.hint().unwrap().contains("rename it"));
            }
        }
        fs::write(&path, &good).unwrap();
    }
    assert_eq!(numbers(home.path()).unwrap(), (0..9).collect::<Vec<_>>());
}

#[test]
fn a_log_cut_off_anywhere_keeps_all_whole_appends_before() {
    let home = tempfile::tempdir().unwrap();
    let journal = open(home.path(), 1 << 20).unwrap();
    journal.consumer("c").unwrap();
    let path = segments(home.path())[0].clone();
    let mut ends = vec![fs::metadata(&path).unwrap().len()];
    for first in [0, 3, 6] {
        append(&journal, first..first + 3, 20).unwrap();
        ends.push(fs::metadata(&path).unwrap().len());
    }
    drop(journal);
    let good = fs::read(&path).unwrap();
    for len in 0..=good.len() {
        fs::write(&path, &good[..len]).unwrap();
        let whole = ends.iter().filter(|&&end| end <= len as u64).count().saturating_sub(1) as u64;
        assert_eq!(numbers(home.path()).unwrap(), (0..3 * whole).collect::<Vec<_>>(), "{len}");
        // What comes next follows what is there.
        let journal = open(home.path(), 1 << 20).unwrap();
        append(&journal, [99], 0).unwrap();
        drop(journal);
        assert_eq!(numbers(home.path()).unwrap().last(), Some(&99));
    }
}

#[test]
fn sectors_that_were_never_written_are_cut_off_and_sectors_before_are_kept() {
    let home = tempfile::tempdir().unwrap();
    let journal = open(home.path(), 1 << 20).unwrap();
    journal.consumer("c").unwrap();
    let path = segments(home.path())[0].clone();
    append(&journal, 0..3, 20).unwrap();
    let start = fs::metadata(&path).unwrap().len() as usize;
    append(&journal, 3..6, 1000).unwrap();
    drop(journal);
    let good = fs::read(&path).unwrap();
    for sector in start / 512..=good.len() / 512 {
        let mut torn = good.clone();
        torn[(sector * 512).max(start)..good.len().min((sector + 1) * 512)].fill(0);
        fs::write(&path, &torn).unwrap();
        assert_eq!(numbers(home.path()).unwrap(), [0, 1, 2], "sector {sector}");
    }
}

#[test]
fn an_append_that_was_acknowledged_is_never_taken_for_a_torn_one() {
    let home = tempfile::tempdir().unwrap();
    let journal = open(home.path(), 1 << 20).unwrap();
    journal.consumer("c").unwrap();
    append(&journal, 0..3, 2000).unwrap();
    append(&journal, 3..6, 20).unwrap();
    drop(journal);
    let path = segments(home.path())[0].clone();
    let mut bytes = fs::read(&path).unwrap();
    bytes[1024..2048].fill(0);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(numbers(home.path()).unwrap_err().code(), "ERR_QUEUE_DAMAGED");
}

#[test]
fn a_log_that_lost_its_end_is_told() {
    let home = tempfile::tempdir().unwrap();
    written(home.path());
    open(home.path(), 700).unwrap().close().unwrap();
    let last = segments(home.path()).pop().unwrap();
    let bytes = fs::read(&last).unwrap();
    fs::write(&last, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(numbers(home.path()).unwrap_err().code(), "ERR_QUEUE_DAMAGED");
}

#[test]
fn a_segment_is_left_out_only_when_a_person_says_so() {
    for which in 0..3 {
        let home = tempfile::tempdir().unwrap();
        let journal = open(home.path(), 400).unwrap();
        journal.consumer("c").unwrap();
        for number in 0..9 {
            append(&journal, [number], 120).unwrap();
        }
        journal.close().unwrap();
        drop(journal);
        let all = segments(home.path());
        let path = match which {
            0 => &all[0],
            1 => &all[1],
            _ => all.last().unwrap(),
        };
        let before = numbers(home.path()).unwrap();
        let gone = copied(home.path());
        let name = path.file_name().unwrap();
        fs::remove_file(gone.path().join(name)).unwrap();
        // The oldest may have been removed because all was settled.
        if which > 0 {
            assert_eq!(numbers(gone.path()).unwrap_err().code(), "ERR_QUEUE_DAMAGED", "{which}");
        }
        let aside = format!("{}.damaged", path.display());
        fs::rename(path, aside).unwrap();
        let after = numbers(home.path()).unwrap();
        assert!(!after.is_empty() && after.len() < before.len() && after.is_sorted());
        let journal = open(home.path(), 400).unwrap();
        append(&journal, [99], 0).unwrap();
        let consumer = journal.consumer("c").unwrap();
        let taken = drain(&consumer).unwrap();
        assert_eq!(taken.last().unwrap().1, 99);
        assert!(taken.last().unwrap().0 >= 9, "positions are never used twice");
        consumer.settle(&taken.iter().map(|&(position, _)| position).collect::<Vec<_>>());
        assert_eq!(journal.status().consumers[0].depth, 0);
    }
}

#[test]
fn a_lost_list_of_consumers_hands_out_all_that_is_kept() {
    let home = tempfile::tempdir().unwrap();
    written(home.path());
    fs::remove_file(home.path().join("consumers")).unwrap();
    assert_eq!(numbers(home.path()).unwrap(), (0..9).collect::<Vec<_>>());
}

#[test]
fn a_second_one_cannot_open_the_folder() {
    let home = tempfile::tempdir().unwrap();
    let first = open(home.path(), 700).unwrap();
    let error = open(home.path(), 700).unwrap_err();
    assert_eq!(error.code(), "ERR_QUEUE_LOCKED");
    drop(first);
    open(home.path(), 700).unwrap();
}

#[test]
fn what_does_not_fit_is_refused_whole_until_there_is_room() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(home.path(), Settings { segment: 1000, limit: 3000 }).unwrap();
    let consumer = journal.consumer("slow").unwrap();
    let mut count = 0;
    let error = loop {
        match append(&journal, [count, count + 1], 100) {
            Ok(()) => count += 2,
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), "ERR_QUEUE_FULL");
    let taken = drain(&consumer).unwrap();
    assert_eq!(taken.len() as u64, count);
    consumer.settle(&taken.iter().map(|&(position, _)| position).collect::<Vec<_>>());
    append(&journal, [count], 100).unwrap();
    assert_eq!(take(&consumer, ALL).unwrap(), [(count, count)]);
    // Nobody waits for anything: there is always room.
    journal.forget("slow").unwrap();
    for number in 0..100 {
        append(&journal, [number], 100).unwrap();
        journal.save().unwrap();
    }
    assert_eq!(segments(home.path()).len(), 1);
}

#[test]
fn raw_lines_are_what_was_received() {
    let home = tempfile::tempdir().unwrap();
    let journal = open(home.path(), 700).unwrap();
    let consumer = journal.consumer("evidence").unwrap();
    append(&journal, [7], 0).unwrap();
    let raw = consumer.take(ALL, Form::Raw).unwrap();
    assert!(raw.lines.starts_with(b"{\"rule\":"));
    consumer.rewind();
    let canonical = consumer.take(ALL, Form::Canonical).unwrap();
    let text = String::from_utf8(canonical.lines).unwrap();
    assert!(
        text.starts_with("{\"uuid\":\"")
            && text.ends_with(std::str::from_utf8(&raw.lines[1..]).unwrap())
    );
    assert_eq!(raw.ids, canonical.ids);
}

#[test]
fn a_journal_that_is_closed_takes_and_gives_nothing() {
    let home = tempfile::tempdir().unwrap();
    let journal = open(home.path(), 700).unwrap();
    let consumer = journal.consumer("c").unwrap();
    append(&journal, [1], 0).unwrap();
    journal.close().unwrap();
    assert!(take(&consumer, TakeLimit { alerts: 1, bytes: 1 }).unwrap().is_empty());
    assert_eq!(append(&journal, [2], 0).unwrap_err().code(), "ERR_QUEUE_CLOSED");
    assert_eq!(journal.consumer("d").unwrap_err().code(), "ERR_QUEUE_CLOSED");
}

fn child(test: &str, folder: &Path, shell: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{shell} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--ignored"])
        .env(FOLDER, folder);
    command
}

#[test]
fn a_full_disk_keeps_the_log_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    // In blocks of 512 bytes; 25 is SIGXFSZ, without which writing beyond is an error like any other.
    let shell = "trap '' 25; ulimit -f 64;";
    let output = child("fills_its_disk", home.path(), shell).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let kept = numbers(home.path()).unwrap();
    assert!(!kept.is_empty());
    assert_eq!(kept, (0..kept.len() as u64).collect::<Vec<_>>());
}

#[test]
#[ignore = "a part of a_full_disk_keeps_the_log_as_it_was"]
fn fills_its_disk() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let journal = open(folder, 1 << 20).unwrap();
    let consumer = journal.consumer("c").unwrap();
    append(&journal, 0..10, 1000).unwrap();
    let path = segments(folder)[0].clone();
    let before = fs::read(&path).unwrap();
    let error = append(&journal, 10..40, 1000).unwrap_err();
    assert_eq!(error.code(), "ERR_QUEUE_WRITE");
    assert_eq!(fs::read(&path).unwrap(), before);
    append(&journal, 10..12, 1000).unwrap();
    let all: Vec<u64> = drain(&consumer).unwrap().into_iter().map(|(_, number)| number).collect();
    assert_eq!(all, (0..12).collect::<Vec<_>>());
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    survives_kills(20_000);
    // These are made ready beforehand.
    survives_kills(1 << 20);
}

fn survives_kills(segment: u64) {
    let home = tempfile::tempdir().unwrap();
    open(home.path(), segment).unwrap().consumer("c").unwrap();
    let mut acknowledged = 0;
    for round in 0..25_usize {
        let mut process = child("appends_for_ever", home.path(), "")
            .env(SEGMENT, segment.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // How long it lives, in acknowledgements; after the last it goes on for as long as the signal takes.
        let life = 1 + round * 7 % 23;
        let mut acks =
            lines.by_ref().filter_map(|line| line.unwrap().strip_prefix("ack ")?.parse().ok());
        if let Some(last) = acks.by_ref().take(life).last() {
            acknowledged = last;
        }
        process.kill().unwrap();
        // What it wrote before it died was acknowledged too.
        if let Some(last) = acks.last() {
            acknowledged = last;
        }
        process.wait().unwrap();
        let kept = numbers(home.path()).unwrap();
        assert!(kept.len() as u64 >= acknowledged, "round {round}");
        assert_eq!(kept, (0..kept.len() as u64).collect::<Vec<_>>(), "round {round}");
    }
    assert!(acknowledged > 25);
}

#[test]
#[ignore = "a part of what_was_acknowledged_survives_a_kill_at_any_moment"]
fn appends_for_ever() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let segment = std::env::var(SEGMENT).unwrap().parse().unwrap();
    let journal = open(Path::new(&folder), segment).unwrap();
    let mut next = drain(&journal.consumer("c").unwrap()).unwrap().len() as u64;
    let mut out = std::io::stdout();
    // A bound, should nobody kill it.
    while next < 1_000_000 {
        let count = 1 + next % 13;
        append(&journal, next..next + count, 300).unwrap();
        next += count;
        journal.save().unwrap();
        out.write_all(format!("ack {next}\n").as_bytes()).unwrap();
    }
}
