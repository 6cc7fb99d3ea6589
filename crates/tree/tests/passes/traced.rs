//! Trees and passes from a tracer's lists: the same leaves as a walk gives for the same files, and no more than was named.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lanner_tree::{ProductGlobs, Reason, TreeScan, traced_materials, traced_products};

use crate::{material, options, paths, products, sha256};

fn json(tree: &TreeScan) -> String {
    let mut json = Vec::new();
    tree.leaves_json(&mut json);
    String::from_utf8(json).unwrap()
}

fn traced(root: &Path, files: &[&str], materials: Option<&Arc<TreeScan>>) -> TreeScan {
    let root = fs::canonicalize(root).unwrap();
    let files: Vec<PathBuf> = files.iter().map(|file| root.join(file)).collect();
    let globs = ProductGlobs::default();
    let scan = traced_products(&root, &files, materials, &globs, &options()).unwrap();
    scan.finish(&options()).unwrap()
}

#[test]
fn materials_by_digest_are_the_tree_that_a_walk_gives() {
    let tree = tempfile::tempdir().unwrap();
    fs::create_dir(tree.path().join("d")).unwrap();
    for (name, content) in [("b", "1"), ("a!", "2"), ("d/x", "1"), ("a\\b", "3")] {
        fs::write(tree.path().join(name), content).unwrap();
    }
    let walked = material(tree.path());
    let files = [("d/x", "1"), ("a\\b", "3"), ("b", "1"), ("a!", "2"), ("b", "1")];
    let files = files.map(|(path, content)| (path.into(), sha256(content.as_bytes()))).to_vec();
    let listed = traced_materials(files, Vec::new(), &options()).unwrap();
    assert_eq!(listed.root(), walked.root());
    assert_eq!(json(&listed), json(&walked));
    assert_eq!(listed.incomplete(), []);
}

#[test]
fn a_path_with_two_contents_is_listed_once_and_incomplete() {
    let files = vec![(b"a".to_vec(), [1; 32]), (b"a".to_vec(), [2; 32]), (b"b".to_vec(), [3; 32])];
    let missing = vec![(b"n\xff".to_vec(), "it was gone".to_owned())];
    let tree = traced_materials(files, missing, &options()).unwrap();
    assert_eq!(tree.find("a").unwrap().digest(), [1; 32]);
    assert_eq!(tree.leaf_count(), 2);
    let reasons: Vec<_> =
        tree.incomplete().iter().map(|it| (it.path.as_str(), it.reason.to_string())).collect();
    assert_eq!(reasons, [("a", "changed while read".into()), ("n\\xff", "it was gone".into())]);
}

#[test]
fn products_of_named_files_are_those_a_walk_finds_and_only_those() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("old"), "old").unwrap();
    let before = material(tree.path());
    fs::create_dir(tree.path().join("d")).unwrap();
    for name in ["d/new.sarif", "d/z", "a"] {
        fs::write(tree.path().join(name), name).unwrap();
    }
    let walked = products(tree.path(), &before);
    let files = ["d/z", "a", "d/new.sarif", "a"];
    assert_eq!(json(&traced(tree.path(), &files, None)), json(&walked));
    assert_eq!(paths(traced(tree.path(), &["a"], None).leaves()), ["a"]);
}

#[test]
fn a_file_that_holds_what_was_read_from_it_before_is_rewritten_and_no_product() {
    let tree = tempfile::tempdir().unwrap();
    for name in ["same", "other", "unread"] {
        fs::write(tree.path().join(name), name).unwrap();
    }
    let read = vec![(b"same".to_vec(), sha256(b"same")), (b"other".to_vec(), sha256(b"before"))];
    let read = Arc::new(traced_materials(read, Vec::new(), &options()).unwrap());
    let tree = traced(tree.path(), &["same", "other", "unread"], Some(&read));
    assert_eq!(paths(tree.leaves()), ["other", "unread"]);
    assert_eq!(tree.rewritten()[0].path(), "same");
}

#[test]
fn files_outside_the_root_keep_their_absolute_paths_and_globs_see_those() {
    let outer = tempfile::tempdir().unwrap();
    let outer = fs::canonicalize(outer.path()).unwrap();
    let root = outer.join("tree");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("in"), "in").unwrap();
    fs::write(outer.join("out"), "out").unwrap();
    let list = || vec![root.join("in"), outer.join("out")];
    let scan = traced_products(&root, &list(), None, &ProductGlobs::default(), &options()).unwrap();
    let out = outer.join("out").to_str().unwrap().to_owned();
    assert_eq!(paths(scan.finish(&options()).unwrap().leaves()), [out.as_str(), "in"]);
    let globs = ProductGlobs::new("*", "/*").unwrap();
    let scan = traced_products(&root, &list(), None, &globs, &options()).unwrap();
    assert_eq!(paths(scan.finish(&options()).unwrap().leaves()), ["in"]);
}

#[test]
fn a_product_can_be_read_by_somebody_who_gives_its_digest() {
    let tree = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(tree.path()).unwrap();
    fs::write(root.join("capture"), "events").unwrap();
    let list = vec![root.join("capture")];
    let mut scan =
        traced_products(&root, &list, None, &ProductGlobs::default(), &options()).unwrap();
    scan.open(0).unwrap();
    scan.set_digest(0, [7; 32]).unwrap();
    assert_eq!(scan.finish(&options()).unwrap().find("capture").unwrap().digest(), [7; 32]);
}

#[test]
fn what_is_gone_or_no_regular_file_is_incomplete_and_nothing_is_found_through_a_link() {
    let tree = tempfile::tempdir().unwrap();
    fs::create_dir(tree.path().join("d")).unwrap();
    symlink("d", tree.path().join("way")).unwrap();
    fs::write(tree.path().join("d/x"), "x").unwrap();
    let tree = traced(tree.path(), &["gone", "d", "way/x"], None);
    assert_eq!(tree.leaf_count(), 0);
    let reasons: Vec<_> =
        tree.incomplete().iter().map(|it| (it.path.as_str(), &it.reason)).collect();
    let (changed, vanished) = (&Reason::Changed, &Reason::Vanished);
    assert_eq!(reasons, [("d", changed), ("gone", vanished), ("way/x", changed)]);
}

#[test]
fn a_link_shows_its_target_once_and_nothing_outside_as_in_a_walk() {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("tree");
    fs::create_dir_all(root.join("d")).unwrap();
    fs::write(outer.path().join("out"), "out").unwrap();
    fs::write(root.join("old"), "old").unwrap();
    let before = material(&root);
    let links = [("a", "old"), ("b", "../tree/old"), ("c", "../out"), ("e", "gone"), ("f", "d/g")];
    for (link, target) in links {
        symlink(target, root.join(link)).unwrap();
    }
    symlink("../old", root.join("d/g")).unwrap();
    fs::write(root.join("new"), "new").unwrap();
    symlink("new", root.join("h")).unwrap();
    let walked = products(&root, &before);
    let listed = traced(&root, &["h", "f", "e", "d/g", "c", "b", "a", "new"], None);
    assert_eq!(json(&listed), json(&walked));
    assert_eq!(paths(listed.leaves()), ["a", "h", "new"]);
    assert_eq!(listed.incomplete(), []);
}
