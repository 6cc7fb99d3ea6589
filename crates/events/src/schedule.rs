//! Which chunk is where, and what is most urgent: the rules of `pipeline`, without threads or locks.
//! Touches no bytes. Hash and merge go in file order, one at a time; parsing in any order. Used by `pipeline` alone.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::chunk::Chunk;
use crate::error::EventsError;
use crate::parsed::Parsed;

/// Chunks between being read and being merged, and whose turn it is.
#[derive(Default)]
pub(crate) struct State {
    /// The first is the next to merge.
    pub(crate) slots: VecDeque<Slot>,
    /// Slots that were given to the hasher, and those it has finished with.
    pub(crate) hash_taken: usize,
    pub(crate) hashed: usize,
    pub(crate) parse_taken: usize,
    pub(crate) reading: bool,
    pub(crate) merging: bool,
    pub(crate) phase: Phase,
    /// Bytes that chunks and their findings hold, and how many they may.
    pub(crate) in_flight: usize,
    pub(crate) budget: usize,
    pub(crate) merged_bytes: u64,
    /// Identifies a slot while earlier ones are merged away.
    pub(crate) merged: usize,
    pub(crate) free: Vec<Vec<u8>>,
    pub(crate) failure: Option<EventsError>,
}

/// How far the reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    /// The file goes on.
    #[default]
    Reading,
    /// All of the file is in `slots` or merged.
    Ended,
    /// Given up: nobody starts anything any more.
    Stopped,
}

/// A chunk on its way.
pub(crate) struct Slot {
    pub(crate) chunk: Arc<Chunk>,
    pub(crate) parsed: Option<Box<Parsed>>,
}

/// What a thread does next.
pub(crate) enum Work {
    Merge(Slot),
    Hash(Arc<Chunk>),
    /// With the number of the slot: `State::merged` and the slot's place at that moment.
    Parse(Arc<Chunk>, usize),
    /// With memory to use again.
    Read(Option<Vec<u8>>),
}

impl State {
    /// What is most urgent: what frees memory, then the stages that only one thread at a time can do.
    pub(crate) fn pick(&mut self, chunk: usize) -> Option<Work> {
        if !self.merging
            && self.hashed > 0
            && self.slots.front().is_some_and(|slot| slot.parsed.is_some())
        {
            let slot = self.slots.pop_front()?;
            self.merging = true;
            self.hashed -= 1;
            self.hash_taken -= 1;
            self.parse_taken -= 1;
            self.merged += 1;
            return Some(Work::Merge(slot));
        }
        if self.hash_taken == self.hashed
            && let Some(slot) = self.slots.get(self.hash_taken)
        {
            self.hash_taken += 1;
            return Some(Work::Hash(Arc::clone(&slot.chunk)));
        }
        if let Some(slot) = self.slots.get(self.parse_taken) {
            self.parse_taken += 1;
            return Some(Work::Parse(Arc::clone(&slot.chunk), self.merged + self.parse_taken - 1));
        }
        let room = self.in_flight == 0 || self.in_flight + chunk <= self.budget;
        if !self.reading && self.phase == Phase::Reading && room {
            self.reading = true;
            return Some(Work::Read(self.free.pop()));
        }
        None
    }

    /// Nothing is left to do for anyone.
    pub(crate) fn finished(&self) -> bool {
        match self.phase {
            Phase::Reading => false,
            Phase::Ended => !self.reading && !self.merging && self.slots.is_empty(),
            Phase::Stopped => true,
        }
    }

    /// The first failure is the one that counts.
    pub(crate) fn fail(&mut self, failure: EventsError) {
        self.failure.get_or_insert(failure);
        self.phase = Phase::Stopped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::ChunkKind;

    fn slot() -> Slot {
        let chunk = Chunk { kind: ChunkKind::Lines, offset: 0, buffer: Vec::new(), len: 0 };
        Slot { chunk: Arc::new(chunk), parsed: None }
    }

    /// Three chunks read, and no room for more.
    fn three_chunks() -> State {
        State {
            slots: [slot(), slot(), slot()].into(),
            in_flight: 3,
            budget: 3,
            ..State::default()
        }
    }

    #[test]
    fn one_chunk_at_a_time_is_hashed_while_others_are_parsed() {
        let mut state = three_chunks();
        let first = Arc::clone(&state.slots[0].chunk);
        let second = Arc::clone(&state.slots[1].chunk);
        assert!(matches!(state.pick(1), Some(Work::Hash(chunk)) if Arc::ptr_eq(&chunk, &first)));
        for number in 0..3 {
            assert!(matches!(state.pick(1), Some(Work::Parse(_, parsed)) if parsed == number));
        }
        assert!(state.pick(1).is_none());
        state.hashed += 1;
        assert!(matches!(state.pick(1), Some(Work::Hash(chunk)) if Arc::ptr_eq(&chunk, &second)));
    }

    #[test]
    fn a_chunk_is_merged_when_it_is_hashed_and_parsed_and_all_before_it_are_merged() {
        let mut state = three_chunks();
        while state.pick(1).is_some() {}
        state.slots[1].parsed = Some(Box::default());
        state.hashed += 1;
        assert!(matches!(state.pick(1), Some(Work::Hash(_))));
        assert!(state.pick(1).is_none(), "the first is not parsed");
        state.slots[0].parsed = Some(Box::default());
        assert!(matches!(state.pick(1), Some(Work::Merge(_))));
        state.hashed += 1;
        assert!(matches!(state.pick(1), Some(Work::Hash(_))));
        assert!(state.pick(1).is_none(), "another merge is under way");
        state.merging = false;
        assert!(matches!(state.pick(1), Some(Work::Merge(_))));
        assert_eq!((state.slots.len(), state.merged), (1, 2));
    }

    #[test]
    fn a_chunk_larger_than_the_budget_is_read_only_alone() {
        let mut state = State { in_flight: 1, budget: 3, ..State::default() };
        assert!(state.pick(3).is_none());
        state.in_flight = 0;
        assert!(matches!(state.pick(9), Some(Work::Read(_))));
        assert!(state.pick(1).is_none(), "one thread reads at a time");
    }
}
