//! Alerts to put into a journal, and what it gives back as numbers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, clippy::allow_attributes, reason = "not every test needs all of it")]

use std::path::Path;

use lanner_intake::{IdSource, Limits, take_in};
use lanner_journal::{Consumer, Entry, Form, Journal, JournalError, Settings, TakeLimit};

/// As much as there is.
pub(crate) const ALL: TakeLimit = TakeLimit { alerts: usize::MAX, bytes: usize::MAX };

pub(crate) fn small(segment: u64) -> Settings {
    Settings { segment, limit: 1 << 30 }
}

pub(crate) fn open(path: &Path, segment: u64) -> Result<Journal, JournalError> {
    Journal::open(path, small(segment))
}

/// Appends alerts with those numbers, `extra` bytes longer than need be.
pub(crate) fn append(
    journal: &Journal,
    numbers: impl IntoIterator<Item = u64>,
    extra: usize,
) -> Result<(), JournalError> {
    let filler = "x".repeat(extra);
    let lines: Vec<String> = numbers
        .into_iter()
        .map(|number| {
            format!(
                r#"{{"rule":"r","priority":"Notice","time":"2026-01-01T00:00:00Z","n":{number},"x":"{filler}"}}"#
            )
        })
        .collect();
    let body = lines.join("\n");
    let intake =
        take_in(body.as_bytes(), &Limits::default(), &mut IdSource::now().unwrap()).unwrap();
    assert_eq!(intake.alerts.len(), lines.len());
    let entries: Vec<Entry<'_>> =
        intake.alerts.iter().map(|alert| Entry { input: "test", alert }).collect();
    journal.append(&entries)
}

/// Takes, and gives positions with the numbers of the alerts.
pub(crate) fn take(consumer: &Consumer, limit: TakeLimit) -> Result<Vec<(u64, u64)>, JournalError> {
    let taken = consumer.take(limit, Form::Canonical)?;
    let text = String::from_utf8(taken.lines).unwrap();
    let numbers: Vec<u64> = text.lines().map(number).collect();
    assert_eq!(taken.ids.len(), 16 * numbers.len());
    assert_eq!((taken.positions.len(), taken.accepted.len()), (numbers.len(), numbers.len()));
    Ok(taken.positions.into_iter().zip(numbers).collect())
}

/// Takes all there is.
pub(crate) fn drain(consumer: &Consumer) -> Result<Vec<(u64, u64)>, JournalError> {
    let mut all = Vec::new();
    loop {
        let more = take(consumer, ALL)?;
        if more.is_empty() {
            return Ok(all);
        }
        all.extend(more);
    }
}

fn number(line: &str) -> u64 {
    let (_, rest) = line.split_once(r#""n":"#).unwrap();
    rest.split_once(',').unwrap().0.parse().unwrap()
}
