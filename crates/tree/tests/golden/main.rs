//! Attested trees with known roots: each is built, scanned, changed by its command and scanned again.
//! The cases lie outside the project, in `$LANNER_CORPUS/golden/attested`; without it the test says so and passes.
//! Roots of trees with a `.git` are not compared: git's index holds inode numbers. All leaves but that index are.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "what was skipped and why is shown by the test harness")]

mod case;

use std::fs;
use std::path::PathBuf;

use lanner_tree::{Incomplete, Reason, TreeScan};

use crate::case::Case;

fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("LANNER_CORPUS").map(PathBuf::from);
    if corpus.is_none() {
        println!("skipped: no corpus");
    }
    Some(corpus?.join("golden/attested"))
}

#[test]
fn every_attested_tree_gives_its_roots_and_leaves() {
    let Some(corpus) = corpus() else { return };
    let mut folders: Vec<_> = fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("tree.json").exists())
        .collect();
    folders.sort();
    assert!(folders.len() >= 79);
    for folder in folders {
        let case = Case::load(&folder);
        let (materials, products) = case.scan();
        case.compare("material", &materials);
        case.compare("product", &products);
    }
}

fn case(name: &str) -> Option<Case> {
    Some(Case::load(&corpus()?.join(name)))
}

fn paths(tree: &TreeScan) -> Vec<&str> {
    let mut paths: Vec<_> = tree.leaves().map(lanner_tree::Leaf::path).collect();
    paths.sort_unstable();
    paths
}

#[test]
fn a_link_that_leads_to_itself_is_recorded_and_the_rest_attested() {
    for (name, loops) in
        [("17b-symlink-loop", vec!["loop1", "loop2"]), ("17c-symlink-self", vec!["self"])]
    {
        let Some(case) = case(name) else { return };
        let (materials, products) = case.scan();
        let expected: Vec<_> = loops
            .into_iter()
            .map(|path| Incomplete { path: path.to_owned(), reason: Reason::SymlinkLoop })
            .collect();
        assert_eq!(materials.incomplete(), expected);
        assert_eq!(products.incomplete(), expected);
        assert_eq!(paths(&materials), ["x"]);
        assert_eq!(products.leaf_count(), 0);
    }
}

#[test]
fn two_files_with_one_normalised_path_are_two_leaves() {
    let Some(case) = case("25-backslash-collision") else { return };
    assert_eq!(paths(&case.scan().0), ["a/b", "a\\b"]);
}

#[test]
fn a_name_that_is_not_utf8_is_shown_with_its_bytes() {
    let Some(case) = case("27-nonutf8-name") else { return };
    assert_eq!(paths(&case.scan().0), ["bad\\xff\\xfename", "ok"]);
}

#[test]
fn every_path_is_a_leaf_though_the_root_counts_contents_once() {
    let Some(case) = case("33-thousand-dups") else { return };
    let (materials, _) = case.scan();
    assert_eq!((materials.leaf_count(), materials.tree_size()), (1000, 11));
}

#[test]
fn a_file_left_with_its_bytes_is_rewritten_and_no_product() {
    let names = ["42-product-rewritten-same", "43-product-touched", "52-product-exec-bit"];
    for name in names {
        let Some(case) = case(name) else { return };
        let (_, products) = case.scan();
        assert_eq!(products.leaf_count(), 0, "{name}");
        let rewritten: Vec<_> = products.rewritten().iter().map(lanner_tree::Leaf::path).collect();
        assert_eq!(rewritten, ["a"], "{name}");
    }
}

#[test]
fn a_tree_with_vendored_directories_is_attested_by_file() {
    let Some(case) = case("59-dirhash") else { return };
    assert_eq!(paths(&case.scan().0), ["vendor/a", "vendor/b/c"]);
}
