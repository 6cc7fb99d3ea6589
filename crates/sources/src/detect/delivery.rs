//! Hands results on in the order of their batches, whichever thread finished first, and adds up the statistics.
//! Threads that are too far ahead wait, so that results don't pile up.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Condvar, Mutex, PoisonError};

use super::duplicates::Seen;
use super::{AlertLine, Control, Sink, Statistics};
use crate::error::SourceError;
use crate::skipped::Skipped;

/// What came of a batch.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) lines: Vec<u8>,
    pub(super) alerts: Vec<AlertLine>,
    pub(super) events: u64,
    pub(super) bytes: u64,
    pub(super) skipped: Skipped,
    pub(super) hashes: Vec<u64>,
    pub(super) window: Option<(u64, u64)>,
}

struct State<'s> {
    next: u64,
    waiting: BTreeMap<u64, Findings>,
    spare: Vec<Findings>,
    seen: Seen,
    statistics: Statistics,
    sink: &'s mut dyn Sink,
    failure: Option<SourceError>,
}

/// The delivering end.
pub(super) struct Delivery<'s> {
    state: Mutex<State<'s>>,
    moved: Condvar,
    /// So many batches may be finished and not delivered.
    ahead: u64,
}

impl<'s> Delivery<'s> {
    pub(super) fn new(rules: usize, ahead: u64, sink: &'s mut dyn Sink) -> Self {
        let statistics = Statistics { by_rule: vec![0; rules], ..Statistics::default() };
        let state = State {
            next: 0,
            waiting: BTreeMap::new(),
            spare: Vec::new(),
            seen: Seen::default(),
            statistics,
            sink,
            failure: None,
        };
        Self { state: Mutex::new(state), moved: Condvar::new(), ahead }
    }

    /// Waits until batch `number` is near enough; `None` when all is over. Else memory to use again.
    pub(super) fn enter(&self, number: u64) -> Option<Findings> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.failure.is_none() && number >= state.next + self.ahead {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.failure.is_none().then(|| state.spare.pop().unwrap_or_default())
    }

    /// Takes the findings of a batch and delivers what is in turn.
    pub(super) fn deliver(&self, number: u64, findings: Findings, control: &Control) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.insert(number, findings);
        let state = &mut *state;
        while let Some(mut findings) = state.waiting.remove(&state.next) {
            state.next += 1;
            if state.failure.is_none() {
                state.take(&findings, control);
            }
            findings.lines.clear();
            findings.alerts.clear();
            findings.hashes.clear();
            findings.skipped = Skipped::default();
            state.spare.push(findings);
        }
        self.moved.notify_all();
    }

    /// Stops all; the first failure counts.
    pub(super) fn fail(&self, failure: SourceError) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failure.get_or_insert(failure);
        self.moved.notify_all();
    }

    pub(super) fn finish(self) -> Result<Statistics, SourceError> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.failure.map_or(Ok(state.statistics), Err)
    }
}

impl State<'_> {
    fn take(&mut self, findings: &Findings, control: &Control) {
        let statistics = &mut self.statistics;
        statistics.events += findings.events;
        statistics.bytes += findings.bytes;
        statistics.skipped.append(&findings.skipped);
        for alert in &findings.alerts {
            statistics.by_rule[alert.rule as usize] += 1;
        }
        for &hash in &findings.hashes {
            statistics.duplicates += u64::from(self.seen.insert(hash));
        }
        statistics.window = match (statistics.window, findings.window) {
            (Some((from, to)), Some((first, last))) => Some((from.min(first), to.max(last))),
            (one, other) => one.or(other),
        };
        control.events.fetch_add(findings.events, Relaxed);
        control.bytes.fetch_add(findings.bytes, Relaxed);
        control.alerts.fetch_add(findings.alerts.len() as u64, Relaxed);
        if !findings.alerts.is_empty()
            && let Err(error) = self.sink.take(&findings.lines, &findings.alerts)
        {
            self.failure = Some(SourceError::Undelivered(error));
        }
    }
}
