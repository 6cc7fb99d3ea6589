//! Counts things that happen again and again: once each, in the order they first happened.
//! Knows nothing of what it counts. Used by all of the recorder.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::SystemTime;

/// A thing that happened, and how often.
#[derive(Debug)]
pub(super) struct Counted<Key, First> {
    pub(super) key: Key,
    /// What is kept of the first time only.
    pub(super) first: First,
    pub(super) time: SystemTime,
    pub(super) count: u64,
}

/// Things counted by `Key`.
#[derive(Debug)]
pub(super) struct Tally<Key, First = ()> {
    index: HashMap<Key, usize>,
    entries: Vec<Counted<Key, First>>,
}

impl<Key, First> Default for Tally<Key, First> {
    fn default() -> Self {
        Self { index: HashMap::new(), entries: Vec::new() }
    }
}

impl<Key: Hash + Eq + Clone, First> Tally<Key, First> {
    /// Counts one more.
    pub(super) fn add(&mut self, key: Key, first: First, time: SystemTime) {
        if let Some(&known) = self.index.get(&key) {
            self.entries[known].count += 1;
        } else {
            self.index.insert(key.clone(), self.entries.len());
            self.entries.push(Counted { key, first, time, count: 1 });
        }
    }

    /// All of them.
    pub(super) fn into_entries(self) -> Vec<Counted<Key, First>> {
        self.entries
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::Tally;

    #[test]
    fn what_happens_again_is_counted_where_it_first_happened() {
        let mut tally = Tally::default();
        for (key, first) in [("b", 1), ("a", 2), ("b", 3)] {
            tally.add(key, first, UNIX_EPOCH);
        }
        let seen: Vec<_> = tally
            .into_entries()
            .into_iter()
            .map(|entry| (entry.key, entry.first, entry.count))
            .collect();
        assert_eq!(seen, [("b", 1, 2), ("a", 2, 1)]);
    }
}
