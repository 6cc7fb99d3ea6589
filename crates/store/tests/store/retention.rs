//! What is removed is gone, the oldest first, and its room is used again.

use lanner_store::{Query, Retention, Store};

use crate::sample::{DAY, Dice, Sample};

fn filled(store: &Store, dice: &mut Dice, from: usize, count: usize) {
    let samples: Vec<Sample> = (from..from + count)
        .map(|number| {
            let mut sample = Sample::new(dice, number);
            sample.time = DAY + number as i64 * 1_000_000_000 % 86_000_000_000_000;
            // Does not compress.
            let words: Vec<String> = (0..40).map(|_| dice.below(1 << 30).to_string()).collect();
            let text = words.concat();
            sample.fields.push(("proc.cmdline", text));
            sample
        })
        .collect();
    for part in samples.chunks(500) {
        let done =
            store.insert(part.iter().map(Sample::line).collect::<String>().as_bytes()).unwrap();
        assert_eq!((done.added, done.upkeep), (part.len() as u64, None));
    }
}

#[test]
fn by_size_the_oldest_go_until_the_rest_fits_and_the_file_stops_growing() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let mut dice = Dice(1);
    let limit = 4 << 20;
    let mut largest = Vec::new();
    for round in 0..6 {
        filled(&store, &mut dice, round * 9000, 9000);
        store.retain(Retention { since: None, bytes: Some(limit) }).unwrap();
        let extent = store.extent().unwrap();
        assert!(extent.bytes <= limit, "{extent:?}");
        assert!(extent.alerts > 500, "{extent:?}");
        largest.push(std::fs::metadata(directory.path().join("alerts.db")).unwrap().len());
        let newest = store.search(&Query::default(), 1, None).unwrap();
        let newest = String::from_utf8(newest.alerts[0].clone()).unwrap();
        assert!(newest.contains(&format!("{:012x}\"", round * 9000 + 8999)), "{newest}");
    }
    // A merge that is under way takes its room too.
    assert!(largest[5] <= largest[2] + limit, "{largest:?}");
}

#[test]
fn by_age_nothing_older_stays_and_an_emptied_store_is_small_and_works_on() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let mut dice = Dice(2);
    filled(&store, &mut dice, 0, 6000);
    let since = DAY + 1_000 * 1_000_000_000;
    assert_eq!(store.retain(Retention { since: Some(since), bytes: None }).unwrap(), 1000);
    assert_eq!(store.extent().unwrap().times.map(|(oldest, _)| oldest), Some(since));
    assert_eq!(store.retain(Retention { since: Some(i64::MAX), bytes: None }).unwrap(), 5000);
    let extent = store.extent().unwrap();
    assert_eq!((extent.alerts, extent.times), (0, None));
    assert!(extent.bytes < 1 << 20, "{extent:?}");
    filled(&store, &mut dice, 0, 100);
    assert_eq!(store.count(&Query::default()).unwrap().count, 100);
}

#[test]
fn what_is_inserted_while_old_alerts_are_removed_stays() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    filled(&store, &mut Dice(3), 0, 9000);
    let since = DAY + 6_000 * 1_000_000_000;
    let removed = std::thread::scope(|scope| {
        let inserting = scope.spawn(|| filled(&store, &mut Dice(4), 9000, 9000));
        let mut removed = 0;
        while !inserting.is_finished() {
            removed += store.retain(Retention { since: Some(since), bytes: None }).unwrap();
        }
        inserting.join().unwrap();
        removed
    });
    assert_eq!(removed, 6000);
    assert_eq!(store.extent().unwrap().alerts, 12_000);
    let all = store.search(&Query::default(), usize::MAX, None).unwrap();
    assert_eq!((all.alerts.len(), all.total.count), (12_000, 12_000));
}
