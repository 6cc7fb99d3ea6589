//! What of an input was no event: how often, why, and where first. Never a reason to stop.
//! Filled by `events` for each batch and added up in input order.

/// Why something was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkipReason {
    /// Not well-formed JSON.
    NotJson,
    /// Something follows the document on its line.
    Trailing,
    /// More than 300 containers within each other.
    TooDeep,
    /// JSON, but not what the source calls an event.
    NotAnEvent,
    /// An event without its time, or with one that can't be read.
    NoTime,
    /// A record that only tells of other records (`AwsCloudTrailInsight`).
    Insight,
    /// A document of more bytes than can be held.
    TooLong,
}

impl SkipReason {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::NotJson,
        Self::Trailing,
        Self::TooDeep,
        Self::NotAnEvent,
        Self::NoTime,
        Self::Insight,
        Self::TooLong,
    ];

    /// A stable name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not-json",
            Self::Trailing => "trailing-text",
            Self::TooDeep => "too-deep",
            Self::NotAnEvent => "not-an-event",
            Self::NoTime => "no-time",
            Self::Insight => "insight",
            Self::TooLong => "too-long",
        }
    }
}

/// The first places of a reason that are kept.
const KEPT: usize = 3;

/// Counts by reason, with the offsets of the first few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    counts: [u64; SkipReason::ALL.len()],
    first: [Vec<Place>; SkipReason::ALL.len()],
}

/// Where something was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The position of the input in the list of inputs.
    pub input: u32,
    /// In bytes, of the text after decompression.
    pub offset: u64,
}

impl Skipped {
    /// One more.
    pub fn note(&mut self, reason: SkipReason, place: Place) {
        self.counts[reason as usize] += 1;
        let first = &mut self.first[reason as usize];
        if first.len() < KEPT {
            first.push(place);
        }
    }

    /// Those of a later batch.
    pub fn append(&mut self, later: &Self) {
        for reason in SkipReason::ALL {
            let at = reason as usize;
            self.counts[at] += later.counts[at];
            let room = KEPT - self.first[at].len().min(KEPT);
            self.first[at].extend(later.first[at].iter().take(room));
        }
    }

    /// How many for a reason.
    #[must_use]
    pub fn count(&self, reason: SkipReason) -> u64 {
        self.counts[reason as usize]
    }

    /// How many in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The first few places of a reason.
    #[must_use]
    pub fn first(&self, reason: SkipReason) -> &[Place] {
        &self.first[reason as usize]
    }
}
