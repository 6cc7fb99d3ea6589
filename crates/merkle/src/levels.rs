//! A tree with all its nodes, for proofs of many leaves: one pass over the leaves, then any path at the price of its length.
//! Takes 64 bytes a leaf; for one leaf of a tree too large for that there is `PathBuilder`. Used to prove chosen events of a file.

use crate::hash::{EMPTY_ROOT, Hash, node_hash};
use crate::inclusion::InclusionProof;

/// The nodes of a tree, the leaves first.
#[derive(Debug, Clone)]
pub struct Levels {
    /// Each level has a node for two of the one below; a last node without a sibling is carried up as it is.
    levels: Vec<Vec<Hash>>,
}

impl Levels {
    /// The tree over `leaves`, given by their `leaf_hash`.
    #[must_use]
    pub fn new(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let level = below.chunks(2).map(|nodes| match nodes {
                [left, right] => node_hash(left, right),
                [last, ..] => *last,
                [] => EMPTY_ROOT,
            });
            let level = level.collect();
            levels.push(level);
        }
        Self { levels }
    }

    /// Number of leaves.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Whether there is no leaf.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.levels.last().and_then(|level| level.first()).copied().unwrap_or(EMPTY_ROOT)
    }

    /// The proof of the leaf at `index`, from zero; `None` where there is none.
    #[must_use]
    pub fn prove(&self, index: u64) -> Option<InclusionProof> {
        let mut position = usize::try_from(index).ok()?;
        self.levels.first()?.get(position)?;
        let mut path = Vec::new();
        for level in &self.levels {
            path.extend(level.get(position ^ 1));
            position >>= 1;
        }
        Some(InclusionProof { index, size: self.len(), path })
    }
}
