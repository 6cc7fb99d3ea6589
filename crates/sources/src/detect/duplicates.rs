//! Remembers which events were seen, the last million or so, by a hash of their ids.
//! Two generations: when the younger is full the older is forgotten.

use std::collections::HashSet;

const GENERATION: usize = 1 << 19;

#[derive(Debug, Default)]
pub(super) struct Seen {
    young: HashSet<u64>,
    old: HashSet<u64>,
}

impl Seen {
    /// Whether it was seen before.
    pub(super) fn insert(&mut self, hash: u64) -> bool {
        if self.old.contains(&hash) || !self.young.insert(hash) {
            return true;
        }
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        false
    }
}
