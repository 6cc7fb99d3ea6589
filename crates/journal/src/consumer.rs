//! One consumer: takes what is next, settles what is done, goes back to what is not.
//! Never waits for alerts; who drives it does. Made by `journal`.

use std::sync::{Arc, Mutex};

use crate::error::JournalError;
use crate::frame::Record;
use crate::journal::{Shared, State, lock};
use crate::place::Place;
use crate::reader::Reader;

/// In which form alerts are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// With `uuid` and `source`.
    #[default]
    Canonical,
    /// As they were received, but on one line.
    Raw,
}

/// How much is taken at once: no more once either is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakeLimit {
    /// Alerts.
    pub alerts: usize,
    /// Bytes of lines.
    pub bytes: usize,
}

/// Alerts in the order in which they were accepted, by columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// Lines, each with its end.
    pub lines: Vec<u8>,
    /// Sixteen bytes each.
    pub ids: Vec<u8>,
    /// Rising.
    pub positions: Vec<u64>,
    /// Nanoseconds since 1970.
    pub accepted: Vec<i64>,
}

/// A reader of the journal with a place of its own.
#[derive(Debug)]
pub struct Consumer {
    name: String,
    shared: Arc<Shared>,
    reader: Mutex<Reader>,
}

impl Consumer {
    pub(crate) fn new(name: &str, shared: Arc<Shared>) -> Self {
        Self { name: name.to_owned(), shared, reader: Mutex::default() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next alerts that were not taken yet; empty when there are none.
    pub fn take(&self, limit: TakeLimit, form: Form) -> Result<Taken, JournalError> {
        let mut reader = lock(&self.reader);
        loop {
            let state = self.shared.state();
            let Some(place) = self.place(&state) else { return Ok(Taken::default()) };
            if place.next >= state.end || state.closed {
                return Ok(Taken::default());
            }
            let start = place.clone();
            let view = state.view(start.ahead);
            drop(state);
            let next = start.next;
            let mut batch =
                Batch { taken: Taken::default(), place: start, lost: Vec::new(), limit, form };
            let whole = batch.fill(&mut reader, &view, &self.shared);
            let mut state = self.shared.state();
            let Some(place) = state.places.get_mut(&self.name) else {
                return Ok(Taken::default());
            };
            // Someone wanted all of it again meanwhile, or took it: then this is not what comes next.
            if place.rewinds != batch.place.rewinds || place.next != next {
                continue;
            }
            whole?;
            // What was settled meanwhile is not undone.
            let (low, settled) = (place.low, std::mem::take(&mut place.settled));
            *place = batch.place;
            place.settled = settled;
            place.skip_to(low);
            for (first, end) in batch.lost {
                place.lose(first, end);
            }
            if !batch.taken.positions.is_empty() {
                return Ok(batch.taken);
            }
        }
    }

    /// These need not be handed out again, not after a crash either once places were written down.
    pub fn settle(&self, positions: &[u64]) {
        let mut state = self.shared.state();
        let end = state.end;
        if let Some(place) = state.places.get_mut(&self.name) {
            place.settle(positions, end);
            state.touch();
        }
    }

    /// What was taken and not settled will be handed out again, oldest first.
    pub fn rewind(&self) {
        if let Some(place) = self.shared.state().places.get_mut(&self.name) {
            place.rewind();
        }
    }

    fn place<'s>(&self, state: &'s State) -> Option<&'s Place> {
        state.places.get(&self.name)
    }
}

/// A batch while it is filled, with the place its consumer will have then.
struct Batch {
    taken: Taken,
    place: Place,
    /// Positions of segments that were set aside.
    lost: Vec<(u64, u64)>,
    limit: TakeLimit,
    form: Form,
}

impl Batch {
    /// Reads until it is full or the log ends.
    fn fill(
        &mut self,
        reader: &mut Reader,
        view: &crate::reader::View,
        shared: &Shared,
    ) -> Result<(), JournalError> {
        while self.place.next < view.end && !self.is_full() {
            let wanted = self.place.next;
            if let Some(end) = self.place.settled.end_of(wanted) {
                // Not taken again, but its frame is passed over in order.
                self.place.next = end;
                continue;
            }
            let Some(found) = reader.seek(view, self.place.ahead, wanted, &shared.set_aside)?
            else {
                self.lost.push((wanted, view.end));
                self.place.next = view.end;
                return Ok(());
            };
            if found > wanted {
                self.lost.push((wanted, found));
            }
            let Some((frame, behind)) = reader.frame() else { return Ok(()) };
            let mut next = found;
            while next < frame.end && !self.is_full() {
                let Some((position, record)) = reader.next()? else { break };
                next = position + 1;
                if self.place.settled.end_of(position).is_none() {
                    self.put(position, frame.accepted, record);
                }
            }
            let ahead = if next < frame.end { frame.spot } else { behind };
            self.place.took(frame, next, ahead);
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.taken.positions.len() >= self.limit.alerts.max(1)
            || self.taken.lines.len() >= self.limit.bytes.max(1)
    }

    fn put(&mut self, position: u64, accepted: i64, record: Record<'_>) {
        let lines = &mut self.taken.lines;
        match self.form {
            Form::Canonical => record.marks.write_canonical(record.raw, record.id, lines),
            Form::Raw => lines.extend_from_slice(record.raw),
        }
        lines.push(b'\n');
        self.taken.ids.extend_from_slice(&record.id.0);
        self.taken.positions.push(position);
        self.taken.accepted.push(accepted);
    }
}
