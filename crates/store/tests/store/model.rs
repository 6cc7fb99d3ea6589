//! The store answers as a list would that is searched from end to end.

use std::collections::BTreeMap;

use lanner_store::{Facet, Query, Retention, Span, Store};

use crate::sample::{DAY, Dice, Sample, query};

/// Alerts newest first, as the store lists them.
fn sorted(samples: &[Sample]) -> Vec<&Sample> {
    let mut sorted: Vec<&Sample> = samples.iter().collect();
    sorted.sort_by(|a, b| (b.time, &b.id).cmp(&(a.time, &a.id)));
    sorted
}

fn answers_are_those_of(store: &Store, samples: &[Sample], query: &Query) {
    let expected: Vec<&Sample> =
        sorted(samples).into_iter().filter(|sample| sample.fulfils(query)).collect();
    let page = store.search(query, usize::MAX, None).unwrap();
    let lines: Vec<String> =
        expected.iter().map(|sample| sample.line().trim_end().to_owned()).collect();
    let found: Vec<String> =
        page.alerts.into_iter().map(|line| String::from_utf8(line).unwrap()).collect();
    assert_eq!(found, lines, "{query:?}");
    assert_eq!((page.total.count, page.next), (lines.len() as u64, None), "{query:?}");
    assert_eq!(store.count(query).unwrap(), page.total);

    let mut by_host = BTreeMap::new();
    let mut by_tag = BTreeMap::new();
    for sample in &expected {
        *by_host.entry(sample.host.to_owned()).or_insert(0_u64) += 1;
        for tag in &sample.tags {
            *by_tag.entry((*tag).to_owned()).or_insert(0_u64) += 1;
        }
    }
    by_host.remove("");
    for (facet, counts) in [(Facet::Hostname, by_host), (Facet::Tags, by_tag)] {
        let found = store.facet(query, facet, 100).unwrap();
        assert_eq!(found.distinct, counts.len());
        assert_eq!(found.values.into_iter().collect::<BTreeMap<_, _>>(), counts, "{query:?}");
    }
    histogram_is_that_of(store, &expected, query);
}

fn histogram_is_that_of(store: &Store, expected: &[&Sample], query: &Query) {
    let span = Span { from: DAY + 17_000_000_000, to: DAY + 400_000_000_000, buckets: 11 };
    let found = store.histogram(query, Facet::Priority, span).unwrap();
    assert_eq!(found.starts.len(), 11);
    let mut counts: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for sample in expected.iter().filter(|sample| (span.from..span.to).contains(&sample.time)) {
        let bucket = ((sample.time - span.from) / found.width) as usize;
        counts.entry(sample.priority.to_owned()).or_insert_with(|| vec![0; 11])[bucket] += 1;
    }
    assert_eq!(found.series.into_iter().collect::<BTreeMap<_, _>>(), counts, "{query:?}");
}

#[test]
fn the_store_answers_as_a_list_of_alerts_would() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let mut dice = Dice(7);
    let mut samples: Vec<Sample> = Vec::new();
    for round in 0..60 {
        let count = [1, 3, 20, 150][dice.below(4)];
        let new: Vec<Sample> =
            (0..count).map(|at| Sample::new(&mut dice, round * 1000 + at)).collect();
        let mut lines: String = new.iter().map(Sample::line).collect();
        // Some come again.
        let again = samples.len().min(3);
        lines.extend(samples.iter().take(again).map(Sample::line));
        samples.extend(new);
        let done = store.insert(lines.as_bytes()).unwrap();
        assert_eq!(
            (done.added, done.known, done.refused, done.upkeep),
            (count as u64, again as u64, 0, None)
        );
        if round % 10 == 9 {
            store = reopened(store, directory.path());
            for _ in 0..25 {
                answers_are_those_of(&store, &samples, &query(&mut dice));
            }
        }
        if round == 44 {
            let since = DAY + 100_000_000_000;
            let before = samples.len();
            samples.retain(|sample| sample.time >= since);
            let retention = Retention { since: Some(since), bytes: None };
            assert_eq!(store.retain(retention).unwrap(), (before - samples.len()) as u64);
            answers_are_those_of(&store, &samples, &Query::default());
        }
    }
    for sample in samples.iter().step_by(37) {
        let line = store.get(&sample.id).unwrap().unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), sample.line().trim_end());
    }
    assert_eq!(store.get("00000000-0000-4000-8000-000000000000").unwrap(), None);
    assert_eq!(store.extent().unwrap().alerts, samples.len() as u64);
}

fn reopened(store: Store, directory: &std::path::Path) -> Store {
    drop(store);
    Store::open(directory).unwrap()
}

#[test]
fn names_and_values_of_fields_complete_what_is_typed() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let mut dice = Dice(3);
    let lines: String = (0..500).map(|number| Sample::new(&mut dice, number).line()).collect();
    store.insert(lines.as_bytes()).unwrap();
    assert_eq!(store.field_names("", 10).unwrap(), ["fd.name", "proc.pid", "k8s.ns.name"]);
    assert_eq!(store.field_names("proc", 10).unwrap(), ["proc.pid"]);
    assert_eq!(store.field_values("fd.name", "/etc", 10).unwrap(), ["/etc/passwd", "/etc/shadow"]);
    assert_eq!(store.field_values("k8s.ns.name", "", 2).unwrap(), ["team-0", "team-1"]);
    assert!(store.field_values("none", "", 2).unwrap().is_empty());
}
