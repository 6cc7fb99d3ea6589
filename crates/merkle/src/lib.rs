//! RFC 6962 Merkle trees over SHA-256: roots, inclusion paths and consistency proofs.
//! Knows hashes and positions only; what a leaf means, how it is encoded and in which order leaves come is the caller's.
//! Used by the event stream (one leaf an event line), by the working tree (one leaf a content) and by whoever checks a proof.

mod builder;
mod consistency;
mod error;
mod hash;
mod inclusion;
mod levels;
mod path;

pub use builder::{TreeBuilder, root_of};
pub use consistency::ConsistencyProof;
pub use error::MerkleError;
pub use hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};
pub use inclusion::InclusionProof;
pub use levels::Levels;
pub use path::PathBuilder;
