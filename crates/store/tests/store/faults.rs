//! What goes wrong has a name, and nothing half done stays.

use std::fs;

use lanner_store::{Query, Retention, Store};

use crate::sample::{Dice, Sample};

fn sample(number: usize) -> Sample {
    Sample::new(&mut Dice(number as u64), number)
}

#[test]
fn a_bad_line_does_not_stop_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let lines = format!("{}not json\n\n{{}}\n{}", sample(1).line(), sample(2).line());
    let done = store.insert(lines.as_bytes()).unwrap();
    assert_eq!((done.added, done.refused, done.first_refused), (2, 2, Some((2, "not JSON"))));
}

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(Store::open(directory.path()).unwrap_err().code(), "ERR_STORE_LOCKED");
    let reader = Store::open_reader(directory.path()).unwrap();
    store.insert(sample(1).line().as_bytes()).unwrap();
    assert_eq!(reader.count(&Query::default()).unwrap().count, 1);
    assert!(reader.insert(sample(2).line().as_bytes()).is_err());
    drop(store);
    Store::open(directory.path()).unwrap();
}

#[test]
fn a_reader_makes_no_store() {
    let directory = tempfile::tempdir().unwrap();
    let error = Store::open_reader(directory.path()).unwrap_err();
    assert_eq!(error.code(), "ERR_STORE_OPEN");
    assert!(fs::read_dir(directory.path()).unwrap().next().is_none());
}

#[test]
fn a_file_that_is_no_store_or_a_newer_one_is_named_with_a_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("alerts.db");
    fs::write(&path, "this is no database, however long one looks at it".repeat(40)).unwrap();
    let error = Store::open(directory.path()).unwrap_err();
    assert_eq!(error.code(), "ERR_STORE_CORRUPT");
    assert!(error.to_string().contains("alerts.db") && error.hint().is_some());
    fs::remove_file(&path).unwrap();
    drop(Store::open(directory.path()).unwrap());
    let mut bytes = fs::read(&path).unwrap();
    // `user_version` in the header.
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&path, bytes).unwrap();
    assert_eq!(Store::open(directory.path()).unwrap_err().code(), "ERR_STORE_NEWER");
}

#[test]
fn damage_anywhere_is_an_error_and_never_a_panic() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("alerts.db");
    let store = Store::open(directory.path()).unwrap();
    let lines: String = (0..600).map(|number| sample(number).line()).collect();
    store.insert(lines.as_bytes()).unwrap();
    drop(store);
    let whole = fs::read(&path).unwrap();
    let mut dice = Dice(9);
    for _ in 0..60 {
        let mut bytes = whole.clone();
        for _ in 0..20 {
            let at = 100 + dice.below(bytes.len() - 100);
            bytes[at] = dice.below(256) as u8;
        }
        fs::write(&path, bytes).unwrap();
        let Ok(store) = Store::open(directory.path()) else { continue };
        for text in ["", "shadow", "etc/shadow"] {
            let query = Query { text: text.into(), ..Query::default() };
            let _ = store.search(&query, 1000, None);
        }
        let _ = store.insert(sample(1000).line().as_bytes());
        let _ = store.field_values("fd.name", "", 100);
    }
}

#[test]
fn a_store_closed_in_the_midst_of_merging_has_every_alert_once_when_it_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..8 {
        let store = Store::open(directory.path()).unwrap();
        for part in 0..12 {
            let first = round * 1800 + part * 150;
            let lines: String = (first..first + 150).map(|number| sample(number).line()).collect();
            assert_eq!(store.insert(lines.as_bytes()).unwrap().upkeep, None);
        }
        // Closed at once: merges of what was just inserted are under way.
    }
    let store = Store::open(directory.path()).unwrap();
    // Gives nothing up, but comes back when everything is merged.
    assert_eq!(store.retain(Retention::default()).unwrap(), 0);
    assert_eq!(store.extent().unwrap().alerts, 14_400);
    let page = store.search(&Query::default(), usize::MAX, None).unwrap();
    let mut found = page.alerts;
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), 14_400);
    for number in (0..14_400).step_by(97) {
        assert!(store.get(&sample(number).id).unwrap().is_some(), "{number}");
    }
}
