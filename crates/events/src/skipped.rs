//! Counts the lines that are no events: by reason, with the numbers of the first ones, so that a reader can look at them.
//! Knows no JSON. Filled by `parsed` per chunk, merged by `collector` in file order, printed by `report`.

/// Why a line is no event, in the order in which reports name the reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// Not a JSON text (RFC 8259).
    NotJson,
    /// Not UTF-8.
    NotUtf8,
    /// JSON, but not an object.
    NotObject,
    /// An object without a non-empty string `rule`.
    NoRule,
    /// An object and then more.
    TrailingContent,
    /// Containers nested deeper than 1,024.
    TooDeep,
    /// Longer than 64 MiB.
    TooLong,
}

impl SkipReason {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::NotJson,
        Self::NotUtf8,
        Self::NotObject,
        Self::NoRule,
        Self::TrailingContent,
        Self::TooDeep,
        Self::TooLong,
    ];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::NotUtf8 => "not_utf8",
            Self::NotObject => "not_object",
            Self::NoRule => "no_rule",
            Self::TrailingContent => "trailing_content",
            Self::TooDeep => "too_deep",
            Self::TooLong => "too_long",
        }
    }
}

/// How many of the first line numbers are kept for each reason.
const KEPT: usize = 10;

/// The lines skipped for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkipTally {
    /// How many.
    pub count: u64,
    /// Numbers of the first ten, from one.
    pub first: Vec<u64>,
    /// For `too_long`: lengths of the lines in `first`, in bytes without the line end.
    pub lengths: Vec<u64>,
}

/// The skipped lines of a capture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkippedLines {
    tallies: [SkipTally; 7],
}

impl SkippedLines {
    /// The lines skipped for `reason`.
    #[must_use]
    pub fn of(&self, reason: SkipReason) -> &SkipTally {
        &self.tallies[reason as usize]
    }

    /// Lines skipped for any reason.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.count).sum()
    }

    /// Counts line `number`, `length` bytes long.
    pub(crate) fn add(&mut self, reason: SkipReason, number: u64, length: u64) {
        let tally = &mut self.tallies[reason as usize];
        tally.count += 1;
        if tally.first.len() < KEPT {
            tally.first.push(number);
            if reason == SkipReason::TooLong {
                tally.lengths.push(length);
            }
        }
    }

    /// Adds the lines of a chunk that begins after `lines` lines.
    pub(crate) fn append(&mut self, later: &Self, lines: u64) {
        for (tally, more) in self.tallies.iter_mut().zip(&later.tallies) {
            let room = KEPT.saturating_sub(tally.first.len());
            tally.count += more.count;
            tally.first.extend(more.first.iter().take(room).map(|number| number + lines));
            tally.lengths.extend(more.lengths.iter().take(room));
        }
    }
}
