//! Segments whose files were made ready beforehand: the zeros behind what was written are neither alerts nor damage.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use lanner_journal::{Journal, JournalError};
use support::{append, drain, open};

/// The smallest for which a spare is made.
const SEGMENT: u64 = 1 << 20;

fn last(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|kind| kind == "log")).max().unwrap()
}

/// Appends alerts one by one until the segment that is written to was made ready and has three; gives how many there are.
fn filled(journal: &Journal, folder: &Path) -> u64 {
    let mut count = 0;
    let mut ready = None;
    // A bound, should none ever be made ready.
    while count < 100_000 {
        append(journal, [count], 200).unwrap();
        count += 1;
        let path = last(folder);
        if ready.is_none() && fs::metadata(&path).unwrap().len() == SEGMENT {
            ready = Some((path, count));
        } else if let Some((path, since)) = &ready
            && count == since + 2
        {
            assert!(fs::read(path).unwrap().ends_with(&[0; 1000]));
            return count;
        }
    }
    panic!("no segment was made ready");
}

/// A journal that ended without being closed, and how many alerts it has.
fn left() -> (tempfile::TempDir, u64) {
    let home = tempfile::tempdir().unwrap();
    let journal = open(home.path(), SEGMENT).unwrap();
    journal.consumer("c").unwrap();
    let count = filled(&journal, home.path());
    (home, count)
}

fn numbers(folder: &Path) -> Result<Vec<u64>, JournalError> {
    let consumer = open(folder, SEGMENT)?.consumer("c")?;
    Ok(drain(&consumer)?.into_iter().map(|(_, number)| number).collect())
}

/// Where the last append begins and ends.
fn last_append(bytes: &[u8]) -> (usize, usize) {
    let start = bytes.windows(4).rposition(|window| window == b"LNF1").unwrap();
    (start, (bytes.iter().rposition(|&byte| byte != 0).unwrap() + 1).next_multiple_of(8))
}

#[test]
fn what_follows_a_crash_follows_what_was_written() {
    let (home, count) = left();
    assert_eq!(numbers(home.path()).unwrap(), (0..count).collect::<Vec<_>>());
    let journal = open(home.path(), SEGMENT).unwrap();
    append(&journal, [count], 0).unwrap();
    drop(journal);
    assert_eq!(numbers(home.path()).unwrap(), (0..=count).collect::<Vec<_>>());
}

#[test]
fn a_flipped_byte_of_the_last_append_is_told() {
    let (home, count) = left();
    let path = last(home.path());
    let good = fs::read(&path).unwrap();
    let (start, end) = last_append(&good);
    assert!(end - start > 200);
    for at in start..end {
        let mut bad = good.clone();
        // Every third becomes a zero, which is what lies behind.
        bad[at] = if at % 3 == 0 { 0 } else { bad[at] ^ 0x40 };
        if bad[at] == good[at] {
            continue;
        }
        fs::write(&path, &bad).unwrap();
        let error = numbers(home.path()).map(|_| at).unwrap_err();
        assert_eq!(error.code(), "ERR_QUEUE_DAMAGED", "byte {at}");
    }
    fs::write(&path, &good).unwrap();
    assert_eq!(numbers(home.path()).unwrap().len() as u64, count);
}

#[test]
fn an_append_of_which_sectors_are_missing_is_cut_off_and_the_one_before_is_kept() {
    let (home, count) = left();
    let path = last(home.path());
    let good = fs::read(&path).unwrap();
    let (start, end) = last_append(&good);
    for sector in start / 512..=(end - 1) / 512 {
        let mut torn = good.clone();
        torn[(sector * 512).max(start)..(sector + 1) * 512].fill(0);
        fs::write(&path, &torn).unwrap();
        assert_eq!(numbers(home.path()).unwrap().len() as u64, count - 1, "sector {sector}");
    }
}

#[test]
fn a_segment_that_lost_its_new_name_is_taken_up_under_the_old() {
    let (home, count) = left();
    let path = last(home.path());
    fs::rename(&path, home.path().join("spare")).unwrap();
    assert_eq!(numbers(home.path()).unwrap(), (0..count).collect::<Vec<_>>());
    assert!(path.exists());
}

#[test]
fn a_spare_that_was_begun_never_takes_the_place_of_a_segment() {
    let (home, count) = left();
    let path = last(home.path());
    // Only the header: renaming it had failed, and another file was made.
    let begun = fs::read(&path).unwrap()[..24].to_vec();
    let spare = home.path().join("spare");
    fs::write(&spare, begun).unwrap();
    assert_eq!(numbers(home.path()).unwrap(), (0..count).collect::<Vec<_>>());
    assert!(!spare.exists());
}

#[test]
fn a_spare_that_was_not_used_is_removed() {
    let (home, _) = left();
    let spare = home.path().join("spare");
    for content in [&[][..], &[0; 4096]] {
        fs::write(&spare, content).unwrap();
        let journal = open(home.path(), SEGMENT).unwrap();
        assert!(!spare.exists());
        journal.close().unwrap();
    }
    let home = tempfile::tempdir().unwrap();
    let journal = open(home.path(), SEGMENT).unwrap();
    journal.consumer("c").unwrap();
    filled(&journal, home.path());
    append(&journal, 0..100, 400).unwrap();
    journal.close().unwrap();
    assert!(!home.path().join("spare").exists());
}
