//! The different terms of the alerts being inserted, each once, with a number in the order of their first appearance.
//! Lives for one segment. Used by `insertion`.

use foldhash::fast::RandomState;

use crate::term::hash_of;

/// No term.
const FREE: u32 = u32::MAX;

/// See the module.
#[derive(Debug)]
pub(crate) struct TermTable {
    bytes: Vec<u8>,
    /// Where each term ends in `bytes`.
    ends: Vec<usize>,
    hashes: Vec<u64>,
    /// Twice as many as terms at least; a power of two.
    slots: Vec<u32>,
    state: RandomState,
}

impl TermTable {
    pub(crate) fn new() -> Self {
        let (bytes, ends, hashes) = (Vec::new(), Vec::new(), Vec::new());
        Self { bytes, ends, hashes, slots: vec![FREE; 1 << 12], state: RandomState::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.hashes.clear();
        self.slots.fill(FREE);
    }

    pub(crate) fn get(&self, number: u32) -> &[u8] {
        let at = number as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start..self.ends[at]]
    }

    /// The number of a term, which is added when it is new.
    #[inline]
    pub(crate) fn number(&mut self, term: &[u8]) -> u32 {
        let hash = hash_of(&self.state, term);
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let known = self.slots[slot];
            if known == FREE {
                break;
            }
            if self.hashes[known as usize] == hash && self.get(known) == term {
                return known;
            }
            slot = (slot + 1) & mask;
        }
        let number = self.ends.len() as u32;
        self.slots[slot] = number;
        self.bytes.extend_from_slice(term);
        self.ends.push(self.bytes.len());
        self.hashes.push(hash);
        if self.ends.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let len = self.slots.len() * 2;
        self.slots.clear();
        self.slots.resize(len, FREE);
        for (number, &hash) in self.hashes.iter().enumerate() {
            let mut slot = hash as usize & (len - 1);
            while self.slots[slot] != FREE {
                slot = (slot + 1) & (len - 1);
            }
            self.slots[slot] = number as u32;
        }
    }

    /// All numbers in the order of their terms.
    pub(crate) fn sorted(&self) -> Vec<u32> {
        // Most comparisons are decided by the first eight bytes.
        let mut keys: Vec<(u64, u32)> =
            (0..self.len() as u32).map(|number| (beginning(self.get(number)), number)).collect();
        keys.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| self.get(a.1).cmp(self.get(b.1))));
        keys.into_iter().map(|(_, number)| number).collect()
    }
}

fn beginning(term: &[u8]) -> u64 {
    let mut first = [0; 8];
    let len = term.len().min(8);
    first[..len].copy_from_slice(&term[..len]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_has_one_number_and_the_order_is_that_of_bytes() {
        let mut table = TermTable::new();
        let terms: Vec<String> =
            (0..5000).map(|number| format!("w{}", number * 7919 % 5000)).collect();
        for term in &terms {
            let number = table.number(term.as_bytes());
            assert_eq!(number, table.number(term.as_bytes()));
        }
        let sorted: Vec<&[u8]> =
            table.sorted().into_iter().map(|number| table.get(number)).collect();
        let mut expected: Vec<&[u8]> = terms.iter().map(String::as_bytes).collect();
        expected.sort_unstable();
        assert_eq!(sorted, expected);
    }
}
