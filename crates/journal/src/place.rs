//! Where one consumer is: what it settled, what it has taken, and from where in the files the rest is read.
//! Reads and writes nothing. Kept by `journal`, moved on by `consumer`.

use std::collections::VecDeque;

use crate::ranges::Ranges;

/// A place in the files where a frame begins, or where the next one will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    /// First position of the segment.
    pub(crate) segment: u64,
    /// In it.
    pub(crate) offset: u64,
}

/// A frame of which something was handed out and is not settled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TakenFrame {
    pub(crate) spot: Spot,
    /// Behind its last position.
    pub(crate) end: u64,
    pub(crate) accepted: i64,
}

/// The place of a consumer.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// All before is settled.
    pub(crate) low: u64,
    /// Settled behind `low`, which itself is not.
    pub(crate) settled: Ranges,
    /// The first that was not taken since the start or the last rewind.
    pub(crate) next: u64,
    /// The frame that has `next`, or a frame before it.
    pub(crate) ahead: Spot,
    /// Frames before `ahead`, from the one that has `low`.
    pub(crate) taken: VecDeque<TakenFrame>,
    /// Grows when something taken has to be handed out again.
    pub(crate) rewinds: u64,
}

impl Place {
    pub(crate) fn new(low: u64, settled: Ranges, ahead: Spot) -> Self {
        Self { low, settled, next: low, ahead, taken: VecDeque::new(), rewinds: 0 }
    }

    /// These need not be handed out again; what is not in a log that ends before `end` is passed over.
    pub(crate) fn settle(&mut self, positions: &[u64], end: u64) {
        for &position in positions {
            if position == self.low && position < end {
                self.low += 1;
            } else if (self.low..end).contains(&position) {
                self.settled.insert(position);
            }
        }
        self.advance();
    }

    /// These can't be handed out any more.
    pub(crate) fn lose(&mut self, first: u64, end: u64) {
        self.settled.insert_all(first, end);
        self.advance();
    }

    /// Goes over what was settled before its turn.
    fn advance(&mut self) {
        if let Some(end) = self.settled.end_of(self.low) {
            self.low = end;
        }
        self.settled.forget_before(self.low);
        // Settled late, after a rewind.
        self.next = self.next.max(self.low);
        while self.taken.front().is_some_and(|frame| frame.end <= self.low) {
            self.taken.pop_front();
        }
    }

    /// There is nothing before `first` any more.
    pub(crate) fn skip_to(&mut self, first: u64) {
        self.low = self.low.max(first);
        self.advance();
    }

    /// All that is not settled is handed out again.
    pub(crate) fn rewind(&mut self) {
        self.next = self.low;
        self.ahead = self.first_needed();
        self.taken.clear();
        self.rewinds += 1;
    }

    /// A frame is read up to `next`; `ahead` is where reading goes on.
    pub(crate) fn took(&mut self, frame: TakenFrame, next: u64, ahead: Spot) {
        self.next = next;
        self.ahead = ahead;
        let known = self.taken.back().is_some_and(|last| last.spot == frame.spot);
        if !known && frame.end > self.low {
            self.taken.push_back(frame);
        }
        self.advance();
    }

    /// The earliest spot that is still needed.
    pub(crate) fn first_needed(&self) -> Spot {
        self.taken.front().map_or(self.ahead, |frame| frame.spot)
    }

    /// Alerts not settled, of a log that ends before `end`.
    pub(crate) fn depth(&self, end: u64) -> u64 {
        end.saturating_sub(self.low).saturating_sub(self.settled.count())
    }
}
