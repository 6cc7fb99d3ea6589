//! The proof that one leaf stands at one position of a tree of known size (RFC 6962 §2.1.1, RFC 9162 §2.1.3.2).
//! Checks only; `PathBuilder` makes proofs, and where the trusted root comes from is the caller's concern.
//! Used to hand over a single event or file with the signed root.

use crate::error::MerkleError;
use crate::hash::{Hash, node_hash};

/// An audit path from a leaf to the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Position of the leaf, from zero.
    pub index: u64,
    /// Number of leaves of the tree.
    pub size: u64,
    /// Sibling hashes from the leaf upwards.
    pub path: Vec<Hash>,
}

impl InclusionProof {
    /// The root that this path and this leaf hash lead to.
    ///
    /// The path length is fixed by index and size, so a path with a hash too many or too few is refused before any hashing.
    pub fn root(&self, leaf: &Hash) -> Result<Hash, MerkleError> {
        if self.index >= self.size {
            return Err(MerkleError::IndexOutOfRange { index: self.index, size: self.size });
        }
        let expected = path_length(self.index, self.size);
        if self.path.len() != expected {
            return Err(MerkleError::PathLength { expected, found: self.path.len() });
        }
        let mut node = self.index;
        let mut last = self.size - 1;
        let mut hash = *leaf;
        for sibling in &self.path {
            if node & 1 == 1 || node == last {
                hash = node_hash(sibling, &hash);
                // A last node that is a left child has no sibling on its level: it rises until it is a right child.
                let rise = node.trailing_zeros();
                node >>= rise;
                last >>= rise;
            } else {
                hash = node_hash(&hash, sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        Ok(hash)
    }

    /// Accepts exactly when the leaf is at `index` of the tree of `size` leaves with this root.
    ///
    /// The size is part of the claim: take it from the signed statement, not from the proof alone.
    pub fn verify(&self, leaf: &Hash, root: &Hash) -> Result<(), MerkleError> {
        if self.root(leaf)? == *root { Ok(()) } else { Err(MerkleError::RootMismatch) }
    }
}

/// Levels on which the node above `index` has a sibling.
fn path_length(index: u64, size: u64) -> usize {
    let last = size - 1;
    // Below the level where the ways of this leaf and of the last one join, every node has a sibling;
    // above it only right children do, the tree being cut off on the right.
    let joined = u64::BITS - (index ^ last).leading_zeros();
    let above = index.checked_shr(joined).unwrap_or(0).count_ones();
    (joined + above) as usize
}
