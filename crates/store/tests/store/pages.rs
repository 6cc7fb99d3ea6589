//! Pages: each alert on one of them, whatever is inserted meanwhile; and phrases in more alerts than are looked into.

use lanner_store::{Query, Store};

use crate::sample::{DAY, Dice, Sample};

#[test]
fn pages_go_on_where_they_ended_though_alerts_come_and_segments_merge() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let mut dice = Dice(11);
    let mut samples: Vec<Sample> = (0..300).map(|number| Sample::new(&mut dice, number)).collect();
    for part in samples.chunks(7) {
        store.insert(part.iter().map(Sample::line).collect::<String>().as_bytes()).unwrap();
    }
    samples.sort_by(|a, b| (b.time, &b.id).cmp(&(a.time, &a.id)));
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let page = store.search(&Query::default(), 7, after.as_deref()).unwrap();
        found.extend(page.alerts.into_iter().map(|line| String::from_utf8(line).unwrap()));
        let Some(next) = page.next else { break };
        after = Some(next);
        let mut newer = Sample::new(&mut dice, 10_000 + found.len());
        newer.time = DAY + 3_600_000_000_000;
        store.insert(newer.line().as_bytes()).unwrap();
    }
    let expected: Vec<String> =
        samples.iter().map(|sample| sample.line().trim_end().to_owned()).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_place_that_is_none_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    for place in ["", "7", "x~y", "1~00000000-0000-4000-8000-00000000000"] {
        let error = store.search(&Query::default(), 1, Some(place)).unwrap_err();
        assert_eq!(error.code(), "ERR_STORE_PLACE");
    }
}

#[test]
fn a_phrase_in_too_many_alerts_is_counted_so_far_and_listed_to_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let mut dice = Dice(5);
    let mut samples: Vec<Sample> = (0..4000).map(|number| Sample::new(&mut dice, number)).collect();
    for (number, sample) in samples.iter_mut().enumerate() {
        let file = if number % 2 == 0 { "/etc/shadow" } else { "/shadow/etc" };
        sample.fields = vec![("fd.name", file.to_owned())];
    }
    store.insert(samples.iter().map(Sample::line).collect::<String>().as_bytes()).unwrap();
    let query = Query { text: "/etc/shadow".into(), ..Query::default() };
    let total = store.count(&query).unwrap();
    assert!(!total.exact && total.count > 500 && total.count <= 2000, "{total:?}");
    let (mut after, mut found) = (None, 0);
    loop {
        let page = store.search(&query, 150, after.as_deref()).unwrap();
        found += page.alerts.len();
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(found, 2000);
}
