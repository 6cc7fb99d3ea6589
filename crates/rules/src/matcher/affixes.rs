//! Many prefixes, or many suffixes, tried with one binary search.

/// Sorted, and free of entries that another entry makes needless.
#[derive(Debug)]
pub(crate) struct Affixes(Vec<Box<[u8]>>);

impl Affixes {
    pub(super) fn prefixes(texts: &[&[u8]]) -> Self {
        Self::sorted(texts.iter().map(|text| (*text).into()).collect())
    }

    /// Kept reversed, so that they are prefixes of the reversed text.
    pub(super) fn suffixes(texts: &[&[u8]]) -> Self {
        Self::sorted(texts.iter().map(|text| text.iter().rev().copied().collect()).collect())
    }

    fn sorted(mut entries: Vec<Box<[u8]>>) -> Self {
        entries.sort_unstable();
        let mut kept: Vec<Box<[u8]>> = Vec::with_capacity(entries.len());
        for entry in entries {
            if !kept.last().is_some_and(|last| entry.starts_with(last)) {
                kept.push(entry);
            }
        }
        Self(kept)
    }

    /// Whether the text starts with an entry. No entry starts with another, so only the last that sorts before the text can.
    pub(super) fn start(&self, text: &[u8]) -> bool {
        let after = self.0.partition_point(|entry| **entry <= *text);
        after > 0 && text.starts_with(&self.0[after - 1])
    }

    /// Whether the text ends with an entry.
    pub(super) fn end(&self, text: &[u8]) -> bool {
        let after = self.0.partition_point(|entry| entry.iter().le(text.iter().rev()));
        after > 0
            && self.0[after - 1].len() <= text.len()
            && self.0[after - 1].iter().eq(text.iter().rev().take(self.0[after - 1].len()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Affixes;

    proptest! {
        #[test]
        fn one_search_finds_what_trying_each_would(
            words in prop::collection::vec("[ab]{0,4}", 0..8),
            text in "[ab]{0,6}",
        ) {
            let bytes: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
            let text = text.as_bytes();
            prop_assert_eq!(Affixes::prefixes(&bytes).start(text), bytes.iter().any(|word| text.starts_with(word)));
            prop_assert_eq!(Affixes::suffixes(&bytes).end(text), bytes.iter().any(|word| text.ends_with(word)));
        }
    }
}
