#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use lanner_merkle::EMPTY_ROOT;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::{LEAF_LIMIT, LeafFault, LeafTable, RootMatch, hex};

fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().to_vec()
}

fn text(hash: &[u8]) -> String {
    hex(&hash.try_into().unwrap())
}

/// RFC 6962 §2.1 as it is written: split at the largest power of two below n.
fn tree_hash(leaves: &[Vec<u8>]) -> Vec<u8> {
    match leaves {
        [] => sha256(&[]),
        [only] => sha256(&[&[0], only]),
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            sha256(&[&[1], &tree_hash(&leaves[..split]), &tree_hash(&leaves[split..])])
        }
    }
}

fn content(name: u8) -> Vec<u8> {
    sha256(&[&[name]])
}

fn by_content(files: &[(String, u8)]) -> (u64, String) {
    let mut digests: Vec<_> = files.iter().map(|(_, name)| content(*name)).collect();
    digests.sort();
    digests.dedup();
    let leaves: Vec<_> = digests.iter().map(|digest| sha256(&[digest])).collect();
    (leaves.len() as u64, text(&tree_hash(&leaves)))
}

fn by_path(files: &[(String, u8)]) -> String {
    let mut files: Vec<_> = files.iter().collect();
    files.sort();
    let leaves: Vec<_> = files
        .iter()
        .map(|(path, name)| sha256(&[path.as_bytes(), &[0], &content(*name)]))
        .collect();
    text(&tree_hash(&leaves))
}

fn table(files: &[(String, u8)]) -> LeafTable {
    let mut table = LeafTable::default();
    for (path, name) in files {
        table.push(path, &text(&content(*name)), None);
    }
    table
}

proptest! {
    #[test]
    fn both_encodings_give_the_root_of_the_definition(
        files in prop::collection::hash_map(".*", 0..8u8, 1..40)
    ) {
        let files: Vec<(String, u8)> = files.into_iter().collect();
        let listed = table(&files);
        let (size, root) = by_content(&files);
        prop_assert_eq!(listed.matches(&root), Ok(RootMatch { size, wrong_leaf_hash: None }));
        let size = files.len() as u64;
        prop_assert_eq!(listed.matches(&by_path(&files)), Ok(RootMatch { size, wrong_leaf_hash: None }));
    }

    #[test]
    fn a_root_over_one_file_more_or_less_is_another(
        files in prop::collection::hash_map("[a-z]{1,3}", 0..200u8, 1..40)
    ) {
        let files: Vec<(String, u8)> = files.into_iter().collect();
        let with = |extra: u8| [&files[..], &[("EXTRA".into(), extra)]].concat();
        let refuses = |files: &[(String, u8)], root: &str| table(files).matches(root) == Err(LeafFault::Root);
        prop_assert!(refuses(&with(250), &by_content(&files).1));
        prop_assert!(refuses(&files, &by_content(&with(250)).1));
        prop_assert!(refuses(&files, &by_path(&with(files[0].1))));
        prop_assert!(refuses(&files, &by_content(&files).1.to_uppercase()));
    }

    #[test]
    fn a_file_is_found_by_its_digest_and_preferred_by_its_name(
        files in prop::collection::hash_map("[ab]/[a-c]", 0..3u8, 1..9), name in "[a-d]"
    ) {
        let files: Vec<(String, u8)> = files.into_iter().collect();
        let (listed, digest) = (table(&files), text(&content(0)));
        let all: Vec<&str> = files.iter().filter(|(_, at)| *at == 0).map(|(path, _)| path.as_str()).collect();
        let named = all.iter().find(|path| path.ends_with(&format!("/{name}")));
        let expected = named.map(|path| (*path, true)).or(all.first().map(|path| (*path, false)));
        prop_assert_eq!(listed.path_of(&digest, &format!("x/{name}/")), expected);
        prop_assert_eq!(listed.has(&digest), !all.is_empty());
        prop_assert!(!listed.has(&digest.to_uppercase()));
    }
}

#[test]
fn no_files_have_the_empty_root_and_no_other() {
    let empty = LeafTable::default();
    let found = Ok(RootMatch { size: 0, wrong_leaf_hash: None });
    assert_eq!(empty.matches(&hex(&EMPTY_ROOT)), found);
    assert_eq!(empty.matches(&hex(&[0; 32])), Err(LeafFault::Root));
}

#[test]
fn the_first_fault_in_the_list_is_the_one_told() {
    let digest = text(&content(1));
    let mut listed = LeafTable::default();
    listed.push("a", &digest, None);
    listed.push("a", &digest, None);
    listed.push("b", &digest[2..], None);
    assert_eq!(listed.matches(""), Err(LeafFault::Twice("a")));
    let mut listed = LeafTable::default();
    for path in ["a", "b", "a"] {
        listed.push(path, if path == "b" { "no digest" } else { &digest }, None);
    }
    assert_eq!(listed.matches(""), Err(LeafFault::Digest("b")));
}

#[test]
fn a_digest_counts_in_upper_case_too() {
    let files = [("a".to_owned(), 1)];
    let mut listed = LeafTable::default();
    listed.push("a", &text(&content(1)).to_uppercase(), None);
    assert!(listed.matches(&by_content(&files).1).is_ok());
    assert!(listed.has(&text(&content(1))));
}

#[test]
fn a_leaf_hash_must_be_that_of_the_encoding_the_root_has() {
    let digest = content(1);
    let of_content = text(&sha256(&[&digest]));
    let of_path = text(&sha256(&[b"a", &[0], &digest]));
    let files = [("a".to_owned(), 1)];
    let wrong = |leaf_hash: Option<&str>, root: &str| {
        let mut listed = LeafTable::default();
        listed.push("a", &text(&digest), leaf_hash);
        listed.matches(root).unwrap().wrong_leaf_hash.map(str::to_owned)
    };
    let (_, content_root) = by_content(&files);
    let path_root = by_path(&files);
    for (root, right, other) in
        [(&content_root, &of_content, &of_path), (&path_root, &of_path, &of_content)]
    {
        assert_eq!(wrong(None, root), None);
        assert_eq!(wrong(Some(right), root), None);
        for claim in [other.as_str(), "", &right.to_uppercase(), &right[1..]] {
            assert_eq!(wrong(Some(claim), root), Some("a".into()), "{claim}");
        }
    }
}

#[test]
fn a_list_beyond_the_limit_is_counted_and_refused() {
    let mut listed = LeafTable::default();
    let digest = text(&content(1));
    for index in 0..LEAF_LIMIT + 3 {
        listed.push(&index.to_string(), &digest, None);
    }
    assert_eq!(listed.len(), LEAF_LIMIT as u64 + 3);
    assert_eq!(listed.digests.len(), LEAF_LIMIT);
    assert_eq!(listed.matches(""), Err(LeafFault::TooMany));
}
