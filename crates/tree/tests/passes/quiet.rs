//! What a pass gives for a tree that holds still while it is scanned, and what one pass makes of the other.
//! Changes happen between the passes or between the phases of the second, never during a read.
//! Nothing here needs a fixture.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use lanner_tree::{
    Incomplete, Leaf, ProductGlobs, ProductScan, Reason, ScanOptions, TreeError, TreeScan, scan,
};

use crate::{material, options, paths, products, sha256, start};

/// Sets the modification time back, so that only the change time can tell.
fn backdate(path: &Path) {
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_000_000, 5);
    File::open(path).unwrap().set_times(FileTimes::new().set_modified(time)).unwrap();
}

#[test]
fn sizes_beyond_four_gigabytes_are_whole() {
    // Sparse, so it takes no room; as a pending product it is only looked at, not read.
    let tree = tempfile::tempdir().unwrap();
    let size = (5 << 32) + 7;
    File::create(tree.path().join("sparse")).unwrap().set_len(size).unwrap();
    let scan = start(tree.path(), None);
    assert_eq!(scan.pending().map(|file| file.size).collect::<Vec<_>>(), [size]);
}

#[test]
fn a_rewrite_of_equal_size_right_after_the_material_pass_is_seen() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    for round in 0..20_u8 {
        let file = root.join("file");
        fs::write(&file, [round; 100]).unwrap();
        backdate(&file);
        let materials = material(root);
        fs::write(&file, [round + 1; 100]).unwrap();
        backdate(&file);
        let products = products(root, &materials);
        assert_eq!(paths(products.leaves()), ["file"], "round {round}");
        assert_eq!(products.leaves().next().map(Leaf::digest), Some(sha256(&[round + 1; 100])));
    }
}

#[test]
fn an_untouched_tree_has_no_product_and_nothing_pending() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    fs::create_dir(root.join("d")).unwrap();
    fs::write(root.join("d/file"), "x").unwrap();
    symlink("d", root.join("link")).unwrap();
    let materials = material(root);
    assert_eq!(paths(materials.leaves()), ["d/file", "link/file"]);
    for rehash in [false, true] {
        let options = ScanOptions { rehash, ..options() };
        let globs = ProductGlobs::default();
        let scan = ProductScan::start(root, Some(&materials), &globs, &options).unwrap();
        assert_eq!(scan.pending().count(), 0);
        let products = scan.finish(&options).unwrap();
        assert_eq!(products.leaf_count() + products.rewritten().len(), 0);
        assert_eq!(products.root(), TreeScan::empty().root());
    }
}

#[test]
fn without_materials_every_file_is_a_product() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("a"), "1").unwrap();
    fs::write(tree.path().join("b"), "1").unwrap();
    let products = start(tree.path(), None).finish(&options()).unwrap();
    assert_eq!(paths(products.leaves()), ["a", "b"]);
    assert_eq!(products.tree_size(), 1);
}

#[test]
fn a_digest_given_by_a_reader_is_taken_while_the_file_is_as_handed_out() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("capture"), "x").unwrap();
    let mut scan = start(tree.path(), None);
    let missing = scan.set_digest(0, [7; 32]).unwrap_err();
    assert_eq!(missing.code(), "ERR_TREE_NOT_OPENED");
    scan.open(0).unwrap();
    scan.set_digest(0, [7; 32]).unwrap();
    assert_eq!(scan.pending().next().unwrap().digest, Some([7; 32]));
    let products = scan.finish(&options()).unwrap();
    assert_eq!(products.find("capture").map(Leaf::digest), Some([7; 32]));
}

#[test]
fn a_digest_of_a_file_that_changed_meanwhile_is_refused_and_made_anew() {
    let tree = tempfile::tempdir().unwrap();
    let capture = tree.path().join("capture");
    fs::write(&capture, "x").unwrap();
    let mut scan = start(tree.path(), None);
    scan.open(0).unwrap();
    fs::write(&capture, "longer").unwrap();
    let refusal = scan.set_digest(0, [7; 32]).unwrap_err();
    assert!(matches!(&refusal, TreeError::Changed { path } if path == "capture"), "{refusal}");
    let products = scan.finish(&options()).unwrap();
    assert_eq!(products.leaves().next().map(Leaf::digest), Some(sha256(b"longer")));
}

/// A caller may look into more files than a process can hold open.
#[cfg(target_os = "linux")]
#[test]
fn a_file_handed_out_and_closed_is_held_open_by_nobody() {
    let tree = tempfile::tempdir().unwrap();
    let file = fs::canonicalize(tree.path()).unwrap().join("file");
    fs::write(&file, "x").unwrap();
    let mut scan = start(tree.path(), None);
    let held = || {
        let descriptors = fs::read_dir("/proc/self/fd").unwrap();
        // Other tests open and close descriptors meanwhile, so a link may be gone.
        descriptors.filter_map(|fd| fs::read_link(fd.unwrap().path()).ok()).any(|to| to == file)
    };
    let opened = scan.open(0).unwrap();
    assert!(held());
    drop(opened);
    assert!(!held());
    scan.set_digest(0, [7; 32]).unwrap();
}

#[test]
fn both_paths_of_a_linked_product_share_the_digest_given() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("capture"), "x").unwrap();
    symlink("capture", tree.path().join("latest")).unwrap();
    let mut scan = start(tree.path(), None);
    scan.open(1).unwrap();
    scan.set_digest(1, [7; 32]).unwrap();
    assert!(scan.pending().all(|file| file.digest == Some([7; 32])));
}

#[test]
fn a_product_that_vanishes_is_recorded_and_the_rest_attested() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("gone"), "x").unwrap();
    fs::write(tree.path().join("here"), "y").unwrap();
    let scan = start(tree.path(), None);
    fs::remove_file(tree.path().join("gone")).unwrap();
    let products = scan.finish(&options()).unwrap();
    assert_eq!(paths(products.leaves()), ["here"]);
    let gap = Incomplete { path: "gone".into(), reason: Reason::Vanished };
    assert_eq!(products.incomplete(), [gap]);
}

#[test]
fn a_product_replaced_by_rename_is_hashed_as_it_is_now() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    fs::write(root.join("product"), "old").unwrap();
    let scan = start(root, None);
    fs::write(root.join("temporary"), "new").unwrap();
    fs::rename(root.join("temporary"), root.join("product")).unwrap();
    let products = scan.finish(&options()).unwrap();
    assert_eq!(products.leaves().next().map(Leaf::digest), Some(sha256(b"new")));
}

#[test]
fn a_cancelled_scan_gives_no_tree() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("file"), "x").unwrap();
    let cancel = AtomicBool::new(true);
    let stopped = ScanOptions { cancel: &cancel, ..options() };
    assert_eq!(scan(tree.path(), &stopped).unwrap_err().code(), "ERR_TREE_CANCELLED");
    let pass = start(tree.path(), None);
    assert_eq!(pass.finish(&stopped).unwrap_err().code(), "ERR_TREE_CANCELLED");
}

#[test]
fn progress_counts_every_byte_once_in_a_quiet_tree() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("large"), vec![1; 3_000_000]).unwrap();
    fs::write(tree.path().join("small"), [2; 17]).unwrap();
    let progress = AtomicU64::new(0);
    scan(tree.path(), &ScanOptions { progress: &progress, ..options() }).unwrap();
    assert_eq!(progress.load(Ordering::Relaxed), 3_000_017);
}

#[test]
fn a_directory_of_thousands_is_read_whole_and_in_order() {
    let tree = tempfile::tempdir().unwrap();
    for index in 0..3_000 {
        fs::write(tree.path().join(format!("f{index}")), index.to_string()).unwrap();
    }
    let scan = start(tree.path(), None);
    let walked: Vec<String> = scan.pending().map(|file| file.path.to_owned()).collect();
    let mut expected: Vec<String> = (0..3_000).map(|index| format!("f{index}")).collect();
    expected.sort();
    assert_eq!(walked, expected);
}

/// Bytes that the first phase of the product pass reads, with nothing changed since the material pass.
fn read_again(root: &Path, rehash: bool) -> u64 {
    let materials = material(root);
    let progress = AtomicU64::new(0);
    let options = ScanOptions { rehash, progress: &progress, ..options() };
    ProductScan::start(root, Some(&materials), &ProductGlobs::default(), &options).unwrap();
    progress.load(Ordering::Relaxed)
}

#[test]
fn settled_files_are_read_again_only_on_request() {
    // Our own source: files old enough for their timestamps to be believed.
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let size: u64 =
        fs::read_dir(&source).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert_eq!(read_again(&source, false), 0);
    assert_eq!(read_again(&source, true), size);
}

#[test]
fn a_file_written_just_before_its_hashing_is_read_again() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("file"), [1; 100]).unwrap();
    backdate(&tree.path().join("file"));
    assert_eq!(read_again(tree.path(), false), 100);
}

#[test]
fn the_plain_forms_list_every_path_in_order_with_its_digest() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    let materials = material(root);
    let names = ["b", "a\"\n", "a/x", "a-b", "\u{e9}"];
    fs::create_dir(root.join("a")).unwrap();
    for name in names {
        fs::write(root.join(name), "same").unwrap();
    }
    let products = products(root, &materials);
    let digest = serde_json::json!({
        "sha256": "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5"
    });
    let mut json = Vec::new();
    products.map_json(&mut json);
    let map: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let product =
        serde_json::json!({ "mime_type": "application/octet-stream", "digest": digest.clone() });
    let expected = names.iter().map(|name| ((*name).to_owned(), product.clone()));
    assert_eq!(map, serde_json::Value::Object(expected.collect()));
    json.clear();
    material(root).map_json(&mut json);
    let map: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let expected = names.iter().map(|name| ((*name).to_owned(), digest.clone()));
    assert_eq!(map, serde_json::Value::Object(expected.collect()));
    json = b"[".to_vec();
    products.subjects_json("t/file:", &mut json);
    json.push(b']');
    let subjects: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let mut sorted = names;
    sorted.sort_unstable();
    let expected = sorted.map(
        |name| serde_json::json!({ "name": format!("t/file:{name}"), "digest": digest.clone() }),
    );
    assert_eq!(subjects, serde_json::Value::from(expected.to_vec()));
}

#[test]
fn the_plain_form_of_no_files_is_an_empty_object() {
    let mut json = Vec::new();
    TreeScan::empty().map_json(&mut json);
    TreeScan::empty().subjects_json("x", &mut json);
    assert_eq!(json, b"{}");
}
