//! Trees that change, block, lie or refuse while they are scanned: what is recorded, and that the rest goes on.
//! Nothing waits for time to pass: what happens in between is done between two phases.
//! Nothing here needs a fixture.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use lanner_tree::{Incomplete, Reason, scan};

use crate::{material, options, paths, start};

/// Runs as someone to whom permissions apply. Linux keeps credentials by thread, and threads started later inherit them.
fn unprivileged<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    if !rustix::process::geteuid().is_root() {
        return Some(work());
    }
    #[cfg(target_os = "linux")]
    return std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            rustix::thread::set_thread_uid(rustix::thread::Uid::from_raw(65_534)).unwrap();
            work()
        });
        Some(thread.join().unwrap())
    });
    #[cfg(not(target_os = "linux"))]
    {
        println!("skipped: root reads everything");
        None
    }
}

#[test]
fn a_fifo_a_socket_and_a_link_to_them_neither_block_nor_count() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    fs::write(root.join("file"), "x").unwrap();
    assert!(Command::new("mkfifo").arg(root.join("fifo")).status().unwrap().success());
    let _socket = UnixListener::bind(root.join("socket")).unwrap();
    symlink("fifo", root.join("to-fifo")).unwrap();
    symlink("/dev/zero", root.join("to-device")).unwrap();
    let scan = material(root);
    assert_eq!(paths(scan.leaves()), ["file"]);
    assert_eq!(scan.incomplete(), []);
}

#[test]
fn an_unreadable_file_or_directory_is_recorded_and_the_rest_attested() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    for name in ["open", "closed", "d/inner"] {
        fs::create_dir_all(root.join("d")).unwrap();
        fs::write(root.join(name), name).unwrap();
    }
    symlink("d/inner", root.join("link")).unwrap();
    let mode = |name, mode| {
        fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    for (name, bits) in [("", 0o755), ("closed", 0), ("d", 0)] {
        mode(name, bits);
    }
    let scan = unprivileged(|| material(root));
    mode("d", 0o755);
    let Some(scan) = scan else { return };
    assert_eq!(paths(scan.leaves()), ["open"]);
    let refused = |path: &str| Incomplete { path: path.into(), reason: Reason::PermissionDenied };
    assert_eq!(scan.incomplete(), [refused("closed"), refused("d"), refused("link")]);
}

#[test]
fn names_that_are_not_text_keep_their_bytes_and_can_be_opened() {
    let tree = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"a\xff\n\"\\");
    fs::write(tree.path().join(name), "x").unwrap();
    let mut scan = start(tree.path(), None);
    let pending: Vec<_> = scan.pending().map(|file| file.raw_path.to_vec()).collect();
    assert_eq!(pending, [name.as_bytes()]);
    let mut text = String::new();
    scan.open(0).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "x");
    let tree = scan.finish(&options()).unwrap();
    assert_eq!(paths(tree.leaves()), ["a\\xff\n\"/"]);
    let mut json = Vec::new();
    tree.leaves_json(&mut json);
    let leaves: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(leaves[0]["path"], "a\\xff\n\"/");
}

#[test]
fn a_product_swapped_for_a_link_out_of_the_tree_is_not_opened() {
    let outer = tempfile::tempdir().unwrap();
    let tree = outer.path().join("tree");
    fs::create_dir(&tree).unwrap();
    fs::write(outer.path().join("secret"), "secret").unwrap();
    fs::write(tree.join("product"), "x").unwrap();
    let mut scan = start(&tree, None);
    fs::remove_file(tree.join("product")).unwrap();
    symlink("../secret", tree.join("product")).unwrap();
    assert_eq!(scan.open(0).unwrap_err().code(), "ERR_TREE_OPEN");
    let products = scan.finish(&options()).unwrap();
    let gap = Incomplete { path: "product".into(), reason: Reason::Changed };
    assert_eq!((products.leaf_count(), products.incomplete()), (0, [gap].as_slice()));
}

#[test]
fn a_directory_swapped_for_a_link_out_of_the_tree_is_not_entered() {
    let outer = tempfile::tempdir().unwrap();
    let tree = outer.path().join("tree");
    for directory in [tree.join("d"), outer.path().join("out")] {
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("file"), "x").unwrap();
    }
    let mut scan = start(&tree, None);
    fs::remove_dir_all(tree.join("d")).unwrap();
    symlink("../out", tree.join("d")).unwrap();
    assert!(scan.open(0).is_err());
    let products = scan.finish(&options()).unwrap();
    assert_eq!(products.incomplete()[0].path, "d/file");
    assert_eq!(products.leaf_count(), 0);
}

#[test]
fn a_product_replaced_by_a_fifo_neither_blocks_nor_counts() {
    let tree = tempfile::tempdir().unwrap();
    let product = tree.path().join("product");
    fs::write(&product, "x").unwrap();
    let scan = start(tree.path(), None);
    fs::remove_file(&product).unwrap();
    assert!(Command::new("mkfifo").arg(&product).status().unwrap().success());
    let products = scan.finish(&options()).unwrap();
    assert_eq!(products.incomplete()[0].reason, Reason::Changed);
}

#[test]
fn links_between_directories_end() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    for name in ["a", "b", "c"] {
        fs::create_dir(root.join(name)).unwrap();
        fs::write(root.join(name).join("file"), name).unwrap();
        for other in ["a", "b", "c", "."] {
            symlink(format!("../{other}"), root.join(name).join(format!("to-{other}"))).unwrap();
        }
    }
    let scan = material(root);
    assert_eq!(scan.tree_size(), 3);
    assert!(scan.find("a/file").is_some() && scan.find("a/to-./c/file").is_some());
}

#[test]
fn a_root_that_is_no_directory_is_an_error_and_a_linked_root_is_not() {
    let outer = tempfile::tempdir().unwrap();
    let missing = scan(&outer.path().join("missing"), &options()).unwrap_err();
    assert_eq!(missing.code(), "ERR_TREE_ROOT");
    fs::write(outer.path().join("file"), "x").unwrap();
    assert!(scan(&outer.path().join("file"), &options()).is_err());
    symlink(".", outer.path().join("link")).unwrap();
    let linked = material(&outer.path().join("link"));
    assert_eq!(paths(linked.leaves()), ["file", "link/file"]);
}
