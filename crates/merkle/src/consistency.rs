//! The proof that a smaller tree is the beginning of a larger one (RFC 6962 §2.1.2, RFC 9162 §2.1.4).
//! Proves from all leaf hashes in memory; checks with logarithmic work.
//! Used to show that a log was only appended to between two signed roots.

use crate::builder::root_of;
use crate::error::MerkleError;
use crate::hash::{Hash, node_hash};

/// The nodes that both trees share, and those which complete the larger one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Number of leaves of the older tree.
    pub first: u64,
    /// Number of leaves of the newer tree.
    pub second: u64,
    /// Hashes in the order of RFC 6962 §2.1.2.
    pub path: Vec<Hash>,
}

impl ConsistencyProof {
    /// Proves that the tree over the first `first` of these leaves is the beginning of the tree over all of them.
    pub fn prove(leaves: &[Hash], first: u64) -> Result<Self, MerkleError> {
        let second = leaves.len() as u64;
        let split = usize::try_from(first).unwrap_or(usize::MAX);
        if split == 0 || split > leaves.len() {
            return Err(MerkleError::SizeOrder { first, second });
        }
        let mut path = Vec::new();
        sub_proof(leaves, split, true, &mut path);
        Ok(Self { first, second, path })
    }

    /// Accepts exactly when the newer tree with `second_root` starts with the older one with `first_root`.
    pub fn verify(&self, first_root: &Hash, second_root: &Hash) -> Result<(), MerkleError> {
        let Self { first, second, ref path } = *self;
        if first == 0 || first > second {
            return Err(MerkleError::SizeOrder { first, second });
        }
        let expected = proof_length(first, second);
        if path.len() != expected {
            return Err(MerkleError::PathLength { expected, found: path.len() });
        }
        let (old, new) = roots(first, second, path, first_root);
        if old != *first_root {
            return Err(MerkleError::OldRootMismatch);
        }
        if new == *second_root { Ok(()) } else { Err(MerkleError::RootMismatch) }
    }
}

/// Both roots that a path of the right length leads to.
fn roots(first: u64, second: u64, path: &[Hash], first_root: &Hash) -> (Hash, Hash) {
    // Start at the largest complete subtree that ends the older tree.
    let rise = first.trailing_zeros();
    let mut node = (first - 1) >> rise;
    let mut last = (second - 1) >> rise;
    // When that subtree is the whole older tree, its root is known and not repeated in the path.
    let (start, rest) = if node == 0 {
        (first_root, path)
    } else {
        path.split_first().unwrap_or((first_root, &[]))
    };
    let (mut old, mut new) = (*start, *start);
    for hash in rest {
        if node & 1 == 1 || node == last {
            old = node_hash(hash, &old);
            new = node_hash(hash, &new);
            let rise = node.trailing_zeros();
            node >>= rise;
            last >>= rise;
        } else {
            new = node_hash(&new, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    (old, new)
}

/// How many hashes RFC 6962's `SUBPROOF` yields.
fn proof_length(first: u64, second: u64) -> usize {
    let rise = first.trailing_zeros();
    let node = (first - 1) >> rise;
    let last = (second - 1) >> rise;
    let joined = u64::BITS - (node ^ last).leading_zeros();
    let above = node.checked_shr(joined).unwrap_or(0).count_ones();
    // Equal sizes need nothing: the two roots are compared.
    if first == second { 0 } else { (joined + above) as usize + usize::from(node != 0) }
}

/// RFC 6962 §2.1.2 `SUBPROOF(m, D[n], b)`.
fn sub_proof(leaves: &[Hash], first: usize, whole: bool, path: &mut Vec<Hash>) {
    if first == leaves.len() {
        if !whole {
            path.push(root_of(leaves));
        }
        return;
    }
    let middle = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(middle);
    if first <= middle {
        sub_proof(left, first, whole, path);
        path.push(root_of(right));
    } else {
        sub_proof(right, first - middle, false, path);
        path.push(root_of(left));
    }
}
