//! A set of the alerts of one segment, a bit each. Counts, narrows, and is walked from its newest end.
//! Used by the evaluation of queries and all that is made of it.

use std::ops::Range;

/// Bits by the number of an alert in its segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// None of `len`.
    pub(crate) fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// Those of a range, out of `len`.
    pub(crate) fn range(len: usize, range: Range<usize>) -> Self {
        let mut bits = Self::none(len);
        let (start, end) = (range.start.min(len), range.end.min(len));
        for index in start / 64..end.div_ceil(64) {
            bits.words[index] = mask(index, start, end);
        }
        bits
    }

    #[inline]
    pub(crate) fn set(&mut self, doc: usize) {
        if doc < self.len {
            self.words[doc / 64] |= 1 << (doc % 64);
        }
    }

    pub(crate) fn clear(&mut self, doc: usize) {
        if doc < self.len {
            self.words[doc / 64] &= !(1 << (doc % 64));
        }
    }

    /// Adds bits that were written as bytes.
    pub(crate) fn union_bytes(&mut self, bytes: &[u8]) {
        for (word, chunk) in self.words.iter_mut().zip(bytes.chunks(8)) {
            let mut whole = [0; 8];
            whole[..chunk.len()].copy_from_slice(chunk);
            *word |= u64::from_le_bytes(whole);
        }
    }

    pub(crate) fn intersect(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Those in a range, rising.
    pub(crate) fn within(&self, range: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        let (start, end) = (range.start.min(self.len), range.end.min(self.len));
        (start / 64..end.div_ceil(64)).flat_map(move |index| Ones {
            word: self.words[index] & mask(index, start, end),
            base: index * 64,
        })
    }

    /// Leaves of those in a range only the ones that `keep` wants; the others are not touched.
    pub(crate) fn retain_within(
        &mut self,
        range: Range<usize>,
        mut keep: impl FnMut(usize) -> bool,
    ) {
        let (start, end) = (range.start.min(self.len), range.end.min(self.len));
        for index in start / 64..end.div_ceil(64) {
            let mut gone = 0;
            let candidates = Ones { word: self.words[index] & mask(index, start, end), base: 0 };
            for bit in candidates {
                gone |= u64::from(!keep(index * 64 + bit)) << bit;
            }
            self.words[index] &= !gone;
        }
    }

    /// How many there are in a range.
    pub(crate) fn count_within(&self, range: Range<usize>) -> u64 {
        let (start, end) = (range.start.min(self.len), range.end.min(self.len));
        let words = start / 64..end.div_ceil(64);
        words.map(|at| u64::from((self.words[at] & mask(at, start, end)).count_ones())).sum()
    }

    /// All below a number, falling.
    pub(crate) fn falling(&self, below: usize) -> impl Iterator<Item = usize> + '_ {
        let end = below.min(self.len);
        (0..end.div_ceil(64)).rev().flat_map(move |index| Falling {
            word: self.words[index] & mask(index, 0, end),
            base: index * 64,
        })
    }
}

/// The bits of a word that lie in a range.
#[inline]
fn mask(index: usize, start: usize, end: usize) -> u64 {
    let base = index * 64;
    let low = if start > base {
        u64::MAX.checked_shl((start - base) as u32).unwrap_or(0)
    } else {
        u64::MAX
    };
    let high = if end < base + 64 { (1_u64 << end.saturating_sub(base)) - 1 } else { u64::MAX };
    low & high
}

struct Ones {
    word: u64,
    base: usize,
}

impl Iterator for Ones {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.word == 0 {
            return None;
        }
        let bit = self.word.trailing_zeros() as usize;
        self.word &= self.word - 1;
        Some(self.base + bit)
    }
}

struct Falling {
    word: u64,
    base: usize,
}

impl Iterator for Falling {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.word == 0 {
            return None;
        }
        let bit = 63 - self.word.leading_zeros() as usize;
        self.word &= !(1 << bit);
        Some(self.base + bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_range_holds_what_lies_in_it(len in 1_usize..300, start in 0_usize..300, end in 0_usize..300, below in 0_usize..300) {
            let bits = Bitmap::range(len, start..end);
            let expected: Vec<usize> = (start..end.min(len)).collect();
            prop_assert_eq!(bits.count(), expected.len() as u64);
            prop_assert_eq!(bits.within(0..len).collect::<Vec<_>>(), expected.clone());
            let falling: Vec<usize> = expected.iter().copied().filter(|&doc| doc < below).rev().collect();
            prop_assert_eq!(bits.falling(below).collect::<Vec<_>>(), falling.clone());
            prop_assert_eq!(bits.count_within(0..below), falling.len() as u64);
        }
    }
}
