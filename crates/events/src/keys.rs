//! Finds two equal keys in one object, in order of n·log n at worst and eight bytes a key.
//! Keeps offsets, never copies of keys, so that a line of 64 MiB stays affordable. Used by `scalar` alone.

use std::hash::{BuildHasher, RandomState};

use crate::unescape::{key_at, unescaped};

/// Keys of the objects that are open, innermost last.
#[derive(Debug, Default)]
pub(crate) struct KeySet {
    /// A random seed: keys can't be prepared to collide.
    seed: RandomState,
    entries: Vec<(u32, u32)>,
    found: bool,
}

/// More memory than this is given back after the line that needed it.
const KEPT_ENTRIES: usize = 1 << 13;

/// From here on an object is large enough to make room for the largest.
const LARGE: usize = 1 << 18;

impl KeySet {
    /// Forgets everything after a line, gives back what few lines need, and tells whether an object had two equal keys.
    pub(crate) fn finish(&mut self) -> bool {
        self.entries.clear();
        self.entries.shrink_to(KEPT_ENTRIES);
        std::mem::take(&mut self.found)
    }

    /// Where the entries of an object that opens now will begin.
    pub(crate) fn mark(&self) -> usize {
        self.entries.len()
    }

    /// Adds the key whose raw text begins at `offset`, just after its quote.
    pub(crate) fn push(&mut self, raw: &str, offset: usize, line: &str) {
        if !self.found {
            if self.entries.len() == LARGE {
                // As many as can follow (`"":0,` is the shortest member), all at once: unused room costs nothing.
                self.entries.reserve_exact(line.len() / 5);
            }
            let hash = self.seed.hash_one(&*unescaped(raw)) as u32;
            // Lines are at most 64 MiB, so an offset fits.
            self.entries.push((hash, offset as u32));
        }
    }

    /// Closes the object whose entries begin at `mark`.
    pub(crate) fn close(&mut self, mark: usize, line: &str) {
        if self.found {
            return;
        }
        let entries = &mut self.entries[mark..];
        entries.sort_unstable();
        self.found = entries.chunk_by(|a, b| a.0 == b.0).any(|alike| has_equal_pair(alike, line));
        self.entries.truncate(mark);
    }
}

fn has_equal_pair(alike: &[(u32, u32)], line: &str) -> bool {
    alike.iter().enumerate().any(|(n, first)| {
        alike[n + 1..].iter().any(|other| {
            unescaped(key_at(line, first.1 as usize)) == unescaped(key_at(line, other.1 as usize))
        })
    })
}
