//! Makes an inclusion proof in one pass over the leaves, without knowing beforehand how many there will be.
//! Keeps the frontier and at most one hash a level, so proving one event of ten million needs two kilobytes.
//! Used to prove an event from its file, and by the tests as the maker of proofs.

use crate::builder::TreeBuilder;
use crate::hash::Hash;
use crate::inclusion::InclusionProof;

/// Collects the audit path of one leaf while all leaves stream by.
#[derive(Debug, Clone)]
pub struct PathBuilder {
    index: u64,
    tree: TreeBuilder,
    /// Complete siblings of the way from the leaf to the root, by level.
    siblings: Vec<Option<Hash>>,
}

impl PathBuilder {
    /// Will prove the leaf at `index`, from zero.
    #[must_use]
    pub fn new(index: u64) -> Self {
        Self { index, tree: TreeBuilder::new(), siblings: Vec::new() }
    }

    /// Appends a leaf, given by its `leaf_hash`.
    pub fn push(&mut self, leaf: Hash) {
        let Self { index, tree, siblings } = self;
        tree.push_observed(leaf, |level, position, hash| {
            if position ^ 1 == *index >> level {
                let level = level as usize;
                if siblings.len() <= level {
                    siblings.resize(level + 1, None);
                }
                siblings[level] = Some(*hash);
            }
        });
    }

    /// Number of leaves so far.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.tree.len()
    }

    /// Whether no leaf was pushed yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    /// Root over the leaves so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// The proof in the tree of all leaves pushed, or `None` when there were too few of them.
    #[must_use]
    pub fn finish(self) -> Option<InclusionProof> {
        let size = self.tree.len();
        let last = size.checked_sub(1)?;
        if self.index > last {
            return None;
        }
        let mut path = Vec::new();
        let levels = u64::BITS - last.leading_zeros();
        for level in 0..levels {
            let sibling = (self.index >> level) ^ 1;
            if sibling > last >> level {
                continue;
            }
            // Only the last node of a level can be incomplete; its hash is known when the stream has ended.
            let complete = self.siblings.get(level as usize).copied().flatten();
            path.push(complete.or_else(|| self.tree.incomplete_node(level))?);
        }
        Some(InclusionProof { index: self.index, size, path })
    }
}
