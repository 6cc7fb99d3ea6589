//! Published vectors: the eight-leaf tree of Certificate Transparency and the attested trees of the leaf encoding in use.
//! No property is derived here; `properties.rs` does that.
//! The hexadecimal is the authority, so a failure is a fault of the code.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use lanner_merkle::{
    ConsistencyProof, EMPTY_ROOT, Hash, PathBuilder, TreeBuilder, leaf_hash, root_of,
};
use sha2::{Digest, Sha256};

const CT_LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

const CT_ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn unhex(text: &str) -> Hash {
    let mut hash = [0; 32];
    assert_eq!(text.len(), 64);
    for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    }
    hash
}

fn sha256(data: &[u8]) -> Hash {
    Sha256::digest(data).into()
}

fn ct_leaves() -> Vec<Hash> {
    CT_LEAVES.iter().map(|data| leaf_hash(data)).collect()
}

fn ct_path(index: u64, size: usize) -> Vec<Hash> {
    let mut builder = PathBuilder::new(index);
    for leaf in &ct_leaves()[..size] {
        builder.push(*leaf);
    }
    builder.finish().unwrap().path
}

#[test]
fn the_empty_root_is_the_hash_of_nothing() {
    assert_eq!(EMPTY_ROOT, sha256(b""));
    assert_eq!(TreeBuilder::new().root(), EMPTY_ROOT);
}

#[test]
fn ct_roots_of_one_to_eight_leaves_are_reproduced() {
    let mut tree = TreeBuilder::new();
    for (leaf, root) in ct_leaves().into_iter().zip(CT_ROOTS) {
        tree.push(leaf);
        assert_eq!(tree.root(), unhex(root), "{} leaves", tree.len());
    }
}

#[test]
fn ct_audit_paths_are_reproduced() {
    assert_eq!(ct_path(0, 1), Vec::<Hash>::new());
    let first_of_eight = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    assert_eq!(ct_path(0, 8), first_of_eight.map(unhex));
    let sixth_of_eight = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        CT_ROOTS[3],
    ];
    assert_eq!(ct_path(5, 8), sixth_of_eight.map(unhex));
    let third_of_three = [CT_ROOTS[1]];
    assert_eq!(ct_path(2, 3), third_of_three.map(unhex));
}

#[test]
fn ct_consistency_proofs_are_reproduced() {
    let six_to_eight = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        CT_ROOTS[3],
    ];
    let proof = ConsistencyProof::prove(&ct_leaves(), 6).unwrap();
    assert_eq!(proof.path, six_to_eight.map(unhex));
    let two_to_five = [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ];
    let proof = ConsistencyProof::prove(&ct_leaves()[..5], 2).unwrap();
    assert_eq!(proof.path, two_to_five.map(unhex));
}

/// The working tree's encoding: `leafHash = SHA-256(fileDigest)`, sorted by digest, distinct.
fn tree_root(mut digests: Vec<Hash>) -> Hash {
    digests.sort_unstable();
    root_of(&digests.iter().map(|digest| leaf_hash(&sha256(digest))).collect::<Vec<_>>())
}

#[test]
fn working_tree_roots_are_reproduced() {
    let contents = |names: &[&str]| names.iter().map(|name| sha256(name.as_bytes())).collect();
    let cases = [
        (contents(&["a"]), "7b816dba5a1c58bc00274981bbcba539f73e42b38a687ed2a279edb86cd2e3b1"),
        (contents(&["a", "b"]), "f6cdbe88ef1b4e38233b62d5ae2d1e121b763a3f54dc6b9860c95b7fff497a5d"),
        (
            contents(&["a", "b", "c"]),
            "0f590badb330c032ae833c27780aa81c38962ad33a7f301f4ee29ec200ddc5ff",
        ),
        (
            vec![[0x11; 32], [0x22; 32], [0x33; 32]],
            "cef3e640c1e10d066436640d85632e7ba2e6889b30e4ebf7f65da6514bad6080",
        ),
    ];
    for (digests, root) in cases {
        assert_eq!(tree_root(digests), unhex(root));
    }
}

#[test]
fn values_used_directly_as_leaf_data_give_the_known_root() {
    let leaves: Vec<Hash> = (0_u8..7).map(|byte| leaf_hash(&sha256(&[byte]))).collect();
    let root = "bee2275db16667589a4515f63e0d053a2fa602c1d9f9703e98920a5bdad59baf";
    assert_eq!(root_of(&leaves), unhex(root));
}
