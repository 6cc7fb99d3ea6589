//! A set of positions as ranges: what a consumer settled out of order.
//! Knows no consumer and no file. Used by `place`.

use std::collections::BTreeMap;

/// The set; ranges neither overlap nor touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ranges {
    /// From a first position to the one behind the last.
    ends: BTreeMap<u64, u64>,
    count: u64,
}

impl Ranges {
    /// Adds one.
    pub(crate) fn insert(&mut self, position: u64) {
        self.insert_all(position, position + 1);
    }

    /// Adds all from `first` up to `end`.
    pub(crate) fn insert_all(&mut self, mut first: u64, mut end: u64) {
        if first >= end {
            return;
        }
        // Ranges that overlap or touch it become part of it.
        while let Some((&near, &near_end)) = self.ends.range(..=end).next_back()
            && near_end >= first
        {
            self.ends.remove(&near);
            self.count -= near_end - near;
            first = first.min(near);
            end = end.max(near_end);
        }
        self.ends.insert(first, end);
        self.count += end - first;
    }

    /// The end of the range that has `position`.
    pub(crate) fn end_of(&self, position: u64) -> Option<u64> {
        let (_, &end) = self.ends.range(..=position).next_back()?;
        (end > position).then_some(end)
    }

    /// Takes away what lies before `position`.
    pub(crate) fn forget_before(&mut self, position: u64) {
        while let Some(entry) = self.ends.first_entry() {
            let (first, end) = (*entry.key(), *entry.get());
            if first >= position {
                break;
            }
            if end > position {
                entry.remove();
                self.ends.insert(position, end);
                self.count -= position - first;
                break;
            }
            entry.remove();
            self.count -= end - first;
        }
    }

    /// So many positions are in it.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// First position and the one behind the last, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.ends.iter().map(|(&first, &end)| (first, end))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_are_the_set_of_what_was_put_in(
            steps in prop::collection::vec((0_u64..40, 1_u64..4, prop::bool::weighted(0.1)), 0..80)
        ) {
            let (mut ranges, mut model) = (Ranges::default(), BTreeSet::new());
            for (position, len, forget) in steps {
                if forget {
                    ranges.forget_before(position);
                    model.retain(|&kept| kept >= position);
                } else {
                    ranges.insert_all(position, position + len);
                    model.extend(position..position + len);
                }
                let all: BTreeSet<u64> = ranges.iter().flat_map(|(first, end)| first..end).collect();
                prop_assert_eq!(&all, &model);
                prop_assert_eq!(ranges.count(), model.len() as u64);
                for position in 0..41 {
                    prop_assert_eq!(ranges.end_of(position).is_some(), model.contains(&position));
                }
                let listed: Vec<_> = ranges.iter().collect();
                prop_assert!(listed.windows(2).all(|pair| pair[0].1 < pair[1].0));
            }
        }
    }
}
