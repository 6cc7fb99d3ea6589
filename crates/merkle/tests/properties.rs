//! Laws that hold for every tree: streaming equals the definition, every proof made is accepted, every changed one is refused.
//! The definition is written here once more, recursively, from RFC 6962 §2.1, so that code and oracle share nothing but SHA-256.
//! Published vectors are in `vectors.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use lanner_merkle::{
    ConsistencyProof, EMPTY_ROOT, Hash, InclusionProof, Levels, MerkleError, PathBuilder,
    TreeBuilder, leaf_hash, root_of,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// RFC 6962 §2.1 `MTH`, over leaf hashes.
fn definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest(b"").into(),
        [leaf] => *leaf,
        _ => {
            let mut split = 1;
            while split * 2 < leaves.len() {
                split *= 2;
            }
            let (left, right) = leaves.split_at(split);
            Sha256::new()
                .chain_update([1])
                .chain_update(definition(left))
                .chain_update(definition(right))
                .finalize()
                .into()
        }
    }
}

fn numbered(size: u64) -> Vec<Hash> {
    (0..size).map(|index| leaf_hash(&index.to_be_bytes())).collect()
}

fn prove(leaves: &[Hash], index: u64) -> Option<InclusionProof> {
    let mut builder = PathBuilder::new(index);
    for leaf in leaves {
        builder.push(*leaf);
    }
    assert_eq!(builder.root(), root_of(leaves));
    builder.finish()
}

#[test]
fn every_index_of_every_size_up_to_seventy_proves() {
    for size in 0..=70_u64 {
        let leaves = numbered(size);
        let root = definition(&leaves);
        for index in 0..size {
            let proof = prove(&leaves, index).unwrap();
            assert_eq!((proof.index, proof.size), (index, size));
            let leaf = &leaves[usize::try_from(index).unwrap()];
            assert_eq!(proof.verify(leaf, &root), Ok(()), "{index} of {size}");
        }
        assert_eq!(prove(&leaves, size), None, "no leaf stands at {size}");
    }
}

#[test]
fn a_tree_with_all_its_nodes_gives_the_same_root_and_paths() {
    for size in 0..=70_u64 {
        let leaves = numbered(size);
        let levels = Levels::new(leaves.clone());
        assert_eq!((levels.len(), levels.root()), (size, definition(&leaves)));
        for index in 0..=size {
            assert_eq!(levels.prove(index), prove(&leaves, index), "{index} of {size}");
        }
    }
}

#[test]
fn a_path_proves_no_other_leaf_index_or_size() {
    for size in 1..=33_u64 {
        let leaves = numbered(size);
        let root = root_of(&leaves);
        for index in 0..size {
            let proof = prove(&leaves, index).unwrap();
            let leaf = &leaves[usize::try_from(index).unwrap()];
            for (other, other_leaf) in (0..).zip(&leaves) {
                let accepted = proof.verify(other_leaf, &root).is_ok();
                assert_eq!(accepted, other == index);
                let moved = InclusionProof { index: other, ..proof.clone() };
                assert_eq!(moved.verify(leaf, &root).is_ok(), other == index);
            }
        }
    }
}

#[test]
fn an_index_outside_the_tree_is_refused() {
    for (index, size) in [(0, 0), (1, 1), (8, 7), (u64::MAX, u64::MAX), (u64::MAX, 0)] {
        let proof = InclusionProof { index, size, path: Vec::new() };
        let refusal = proof.verify(&EMPTY_ROOT, &EMPTY_ROOT).unwrap_err();
        assert_eq!(refusal, MerkleError::IndexOutOfRange { index, size });
        assert_eq!(refusal.code(), "ERR_MERKLE_INDEX_OUT_OF_RANGE");
    }
}

#[test]
fn a_path_of_another_length_is_refused() {
    for size in 1..=33_u64 {
        let leaves = numbered(size);
        let root = root_of(&leaves);
        for (index, leaf) in (0..).zip(&leaves) {
            let proof = prove(&leaves, index).unwrap();
            let mut longer = proof.clone();
            longer.path.push(EMPTY_ROOT);
            assert!(matches!(longer.verify(leaf, &root), Err(MerkleError::PathLength { .. })));
            let mut shorter = proof.clone();
            if shorter.path.pop().is_some() {
                assert!(matches!(shorter.verify(leaf, &root), Err(MerkleError::PathLength { .. })));
            }
        }
    }
}

#[test]
fn the_largest_sizes_are_checked_without_overflow() {
    for (index, size, length) in
        [(u64::MAX - 1, u64::MAX, 63), (0, u64::MAX, 64), (1 << 63, (1 << 63) + 1, 1)]
    {
        let proof = InclusionProof { index, size, path: Vec::new() };
        let found = proof.verify(&EMPTY_ROOT, &EMPTY_ROOT).unwrap_err();
        assert_eq!(found, MerkleError::PathLength { expected: length, found: 0 });
        let filled = InclusionProof { index, size, path: vec![EMPTY_ROOT; length] };
        assert_eq!(filled.verify(&EMPTY_ROOT, &EMPTY_ROOT), Err(MerkleError::RootMismatch));
    }
}

#[test]
fn every_pair_of_sizes_up_to_forty_is_consistent() {
    for second in 1..=40_u64 {
        let leaves = numbered(second);
        for first in 1..=second {
            let proof = ConsistencyProof::prove(&leaves, first).unwrap();
            let old = definition(&leaves[..usize::try_from(first).unwrap()]);
            assert_eq!(proof.verify(&old, &definition(&leaves)), Ok(()), "{first} to {second}");
            let mut longer = proof.clone();
            longer.path.push(EMPTY_ROOT);
            let refusal = longer.verify(&old, &definition(&leaves)).unwrap_err();
            assert!(matches!(refusal, MerkleError::PathLength { .. }));
        }
    }
}

#[test]
fn consistency_from_nothing_or_from_a_larger_tree_is_refused() {
    let leaves = numbered(5);
    for first in [0, 6, u64::MAX] {
        let refusal = MerkleError::SizeOrder { first, second: 5 };
        assert_eq!(ConsistencyProof::prove(&leaves, first), Err(refusal));
        let proof = ConsistencyProof { first, second: 5, path: Vec::new() };
        assert_eq!(proof.verify(&EMPTY_ROOT, &root_of(&leaves)), Err(refusal));
    }
}

#[test]
fn a_rewritten_history_is_not_consistent() {
    for second in 2..=20_u64 {
        let leaves = numbered(second);
        for first in 1..=second {
            let first_leaves = usize::try_from(first).unwrap();
            for changed in 0..first_leaves {
                let mut rewritten = leaves.clone();
                rewritten[changed] = leaf_hash(b"another");
                let proof = ConsistencyProof::prove(&rewritten, first).unwrap();
                let old = root_of(&leaves[..first_leaves]);
                assert!(proof.verify(&old, &root_of(&rewritten)).is_err());
            }
        }
    }
}

proptest! {
    #[test]
    fn streaming_equals_the_definition(leaves in prop::collection::vec(any::<Hash>(), 0..600)) {
        let mut tree = TreeBuilder::new();
        for leaf in &leaves {
            tree.push(*leaf);
        }
        prop_assert_eq!(tree.root(), definition(&leaves));
        prop_assert_eq!(tree.len(), leaves.len() as u64);
    }

    #[test]
    fn any_changed_bit_of_a_proof_is_rejected(
        leaves in prop::collection::vec(any::<Hash>(), 1..300),
        at in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let index = at.index(leaves.len());
        let proof = prove(&leaves, index as u64).unwrap();
        let root = root_of(&leaves);
        prop_assert_eq!(proof.verify(&leaves[index], &root), Ok(()));
        // Leaf, path and root as one string of bytes, one bit of which is flipped.
        let mut parts = vec![leaves[index], root];
        parts.extend(&proof.path);
        let flipped = byte.index(parts.len() * 32);
        parts[flipped / 32][flipped % 32] ^= 1 << bit;
        let tampered = InclusionProof { path: parts[2..].to_vec(), ..proof };
        prop_assert_eq!(tampered.verify(&parts[0], &parts[1]), Err(MerkleError::RootMismatch));
    }

    #[test]
    fn any_changed_bit_of_a_consistency_proof_is_rejected(
        leaves in prop::collection::vec(any::<Hash>(), 2..200),
        at in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let first = at.index(leaves.len() - 1) + 1;
        let proof = ConsistencyProof::prove(&leaves, first as u64).unwrap();
        let mut parts = vec![root_of(&leaves[..first]), root_of(&leaves)];
        parts.extend(&proof.path);
        let flipped = byte.index(parts.len() * 32);
        parts[flipped / 32][flipped % 32] ^= 1 << bit;
        let tampered = ConsistencyProof { path: parts[2..].to_vec(), ..proof };
        prop_assert!(tampered.verify(&parts[0], &parts[1]).is_err());
    }
}
