//! Roots from leaf hashes given one after another, in memory that grows with the logarithm of their number.
//! Keeps only the frontier: the roots of the complete subtrees so far, which the binary digits of the length describe.
//! Used by everything that makes a tree; `PathBuilder` listens to the nodes completed here.

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// A tree under construction.
///
/// ```
/// use lanner_merkle::{TreeBuilder, leaf_hash, root_of};
/// let leaves = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
/// let mut tree = TreeBuilder::new();
/// for leaf in leaves {
///     tree.push(leaf);
/// }
/// assert_eq!(tree.root(), root_of(&leaves));
/// ```
#[derive(Debug, Clone, Default)]
pub struct TreeBuilder {
    /// Roots of complete subtrees, largest first: one for each binary digit 1 of `len`.
    frontier: Vec<Hash>,
    len: u64,
}

impl TreeBuilder {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf, given by its `leaf_hash`.
    pub fn push(&mut self, leaf: Hash) {
        self.push_observed(leaf, |_, _, _| {});
    }

    /// Appends a leaf and reports each node that it completes as `(level, index within the level, hash)`, the leaf itself first.
    pub(crate) fn push_observed(&mut self, leaf: Hash, mut completed: impl FnMut(u32, u64, &Hash)) {
        let mut node = leaf;
        completed(0, self.len, &node);
        // Each trailing 1 of the old length is a complete left sibling waiting for this node, as in binary increment.
        for level in 1..=self.len.trailing_ones() {
            let left = self.frontier.pop().unwrap_or(EMPTY_ROOT);
            node = node_hash(&left, &node);
            completed(level, self.len >> level, &node);
        }
        self.frontier.push(node);
        self.len += 1;
    }

    /// Number of leaves so far.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether no leaf was pushed yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Root over the leaves so far; more may follow.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(&self.frontier).unwrap_or(EMPTY_ROOT)
    }

    /// Root over the leaves in the last, incomplete node of `level`, or `None` when that level has none (`level` < 64).
    pub(crate) fn incomplete_node(&self, level: u32) -> Option<Hash> {
        let covered = (self.len % (1 << level)).count_ones() as usize;
        fold(&self.frontier[self.frontier.len() - covered..])
    }
}

/// RFC 6962 splits at the largest power of two, so the smaller trees on the right are joined first.
fn fold(frontier: &[Hash]) -> Option<Hash> {
    frontier.iter().rev().copied().reduce(|right, left| node_hash(&left, &right))
}

/// Root over leaf hashes that are already in memory.
#[must_use]
pub fn root_of(leaves: &[Hash]) -> Hash {
    let mut tree = TreeBuilder::new();
    for leaf in leaves {
        tree.push(*leaf);
    }
    tree.root()
}
