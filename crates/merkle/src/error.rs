//! Every way a proof can be refused or not be made, each with a stable code.
//! Carries facts (sizes, positions), never hashes: a refusal says what is wrong, the caller knows which proof it was.
//! Used by the proofs of this crate and mapped to messages by its callers.

use thiserror::Error;

/// Why a proof was refused or could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MerkleError {
    /// The leaf position lies outside the tree.
    #[error("leaf index {index} is outside a tree of {size} leaves")]
    IndexOutOfRange {
        /// Position claimed, from zero.
        index: u64,
        /// Number of leaves claimed.
        size: u64,
    },
    /// The path has a number of hashes that no proof for these sizes can have.
    #[error("the path has {found} hashes, expected {expected}")]
    PathLength {
        /// What position and size require.
        expected: usize,
        /// What the proof holds.
        found: usize,
    },
    /// The path leads to another root than the trusted one.
    #[error("the path does not lead to the expected root")]
    RootMismatch,
    /// The path does not contain the older tree.
    #[error("the path does not lead to the root of the older tree")]
    OldRootMismatch,
    /// Sizes between which no consistency can be proven: RFC 6962 §2.1.2 asks for `0 < first <= second`.
    #[error("no consistency proof exists from {first} to {second} leaves")]
    SizeOrder {
        /// Size of the older tree.
        first: u64,
        /// Size of the newer tree.
        second: u64,
    },
}

impl MerkleError {
    /// The stable code under which callers and users know this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::IndexOutOfRange { .. } => "ERR_MERKLE_INDEX_OUT_OF_RANGE",
            Self::PathLength { .. } => "ERR_MERKLE_PATH_LENGTH",
            Self::RootMismatch => "ERR_MERKLE_ROOT_MISMATCH",
            Self::OldRootMismatch => "ERR_MERKLE_OLD_ROOT_MISMATCH",
            Self::SizeOrder { .. } => "ERR_MERKLE_SIZE_ORDER",
        }
    }
}
