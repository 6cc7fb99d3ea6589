#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::symlink;

use proptest::prelude::*;
use rustix::fs::OFlags;

use super::{Viewpoint, is_below, join, shown, split};
use crate::linux::proc_fs::{Proc, own_pid};

/// Ourselves stand in for a stopped thread: `/proc` tells of both in the same way.
fn viewpoint(proc_fs: &Proc) -> Viewpoint<'_> {
    let process = own_pid();
    Viewpoint { proc_fs, tid: process, process, elsewhere: false }
}

fn bytes(path: &std::path::Path) -> Vec<u8> {
    path.as_os_str().as_encoded_bytes().to_vec()
}

#[test]
fn a_name_is_found_where_its_directory_really_is_and_is_not_followed_itself() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path().canonicalize().unwrap();
    std::fs::create_dir(root.join("real")).unwrap();
    symlink("real", root.join("link")).unwrap();
    symlink("gone", root.join("real/dangling")).unwrap();
    let proc_fs = Proc::open();
    let folder: OwnedFd = std::fs::File::open(&root).unwrap().into();
    let view = viewpoint(&proc_fs);
    for (given, expected) in [
        ("link/new", "real/new"),
        ("link/../link/./new//", "real/new"),
        ("link/dangling", "real/dangling"),
        ("nowhere/new", "nowhere/new"),
        ("new", "new"),
    ] {
        let expected = bytes(&root.join(expected));
        assert_eq!(view.name(folder.as_raw_fd(), given.as_bytes()), expected, "{given}");
        let absolute = bytes(&root.join(given));
        assert_eq!(view.name(libc::AT_FDCWD, &absolute), expected, "{given} from the root");
    }
}

#[test]
fn a_directory_meant_by_dots_is_resolved_whole() {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path().canonicalize().unwrap();
    std::fs::create_dir(root.join("folder")).unwrap();
    let proc_fs = Proc::open();
    let view = viewpoint(&proc_fs);
    let path = bytes(&root.join("folder/.."));
    assert_eq!(view.name(libc::AT_FDCWD, &path), bytes(&root));
}

#[test]
fn another_root_is_entered_without_leaving_it_by_links() {
    let proc_fs = Proc::open();
    let view = Viewpoint { elsewhere: true, ..viewpoint(&proc_fs) };
    let (path, _) = view.canonical(libc::AT_FDCWD, b"/../../proc", OFlags::empty()).unwrap();
    assert_eq!(path, b"/proc");
}

#[test]
fn its_own_proc_is_that_of_the_thread_and_not_ours() {
    let proc_fs = Proc::open();
    let view = Viewpoint { tid: 1, process: 1, ..viewpoint(&proc_fs) };
    for (given, own) in [
        ("/proc/self/status", "/proc/1/status"),
        ("/proc/self", "/proc/1"),
        ("/proc/thread-self/comm", "/proc/1/task/1/comm"),
        ("/dev/fd/3", "/proc/1/fd/3"),
        ("/dev/stdout", "/proc/1/fd/1"),
        ("/proc/selfish", "/proc/selfish"),
        ("/dev/fdx", "/dev/fdx"),
    ] {
        assert_eq!(&*view.own_names(given.as_bytes()), own.as_bytes());
    }
}

#[test]
fn what_cannot_be_resolved_is_joined_as_it_was_given() {
    let proc_fs = Proc::open();
    let view = viewpoint(&proc_fs);
    let here = bytes(&std::env::current_dir().unwrap());
    assert_eq!(view.lexical(libc::AT_FDCWD, b"a/../b"), join(&here, b"a/../b"));
    assert_eq!(view.lexical(libc::AT_FDCWD, b"/a/../b"), b"/a/../b");
    assert_eq!(view.lexical(9999, b"a"), b"a");
}

#[test]
fn a_path_is_split_before_its_last_name() {
    for (path, parent, last) in
        [("a/b", "a/", "b"), ("/a", "/", "a"), ("a//", "", "a"), ("/", "", ""), ("", "", "")]
    {
        assert_eq!(split(path.as_bytes()), (parent.as_bytes(), last.as_bytes()), "{path}");
    }
}

#[test]
fn only_whole_names_are_below_a_folder() {
    assert!(is_below(b"/a/b", b"/a") && is_below(b"/a", b"/a") && is_below(b"/a", b"/"));
    assert!(!is_below(b"/ab", b"/a") && !is_below(b"/", b"/a"));
}

#[test]
fn text_stays_as_it_is_and_other_bytes_are_escaped() {
    assert_eq!(shown("/caf\u{e9}".as_bytes()), "/caf\u{e9}");
    assert_eq!(shown(b"/a\\b"), "/a\\\\b");
    assert_eq!(shown(b"/bad\xff\xfe\\"), "/bad\\xFF\\xFE\\\\");
}

proptest! {
    #[test]
    fn different_bytes_are_shown_differently(
        one in prop::collection::vec(prop::sample::select(b"\\xF\xff/".to_vec()), 0..5),
        other in prop::collection::vec(prop::sample::select(b"\\xF\xff/".to_vec()), 0..5),
    ) {
        prop_assert_eq!(one == other, shown(&one) == shown(&other));
    }
}
