//! Names made, moved and removed.

use lanner_trace::NameKind::{Exchange, Link, Mkdir, Mknod, Rename, Rmdir, Symlink, Unlink};
use lanner_trace::Uses;

use super::{DONE, hostile};
use crate::support::Step;

#[test]
fn every_way_to_make_and_unmake_a_name_is_recorded() {
    hostile(
        || Step::program("names"),
        DONE,
        |run| {
            assert_eq!(run.renamed(Link, Some("made"), "linked"), 1);
            assert_eq!(run.renamed(Symlink, None, "dangling"), 1);
            assert_eq!(run.renamed(Unlink, None, "temporary"), 1);
            assert_eq!(run.renamed(Mkdir, None, "dir"), 1);
            assert_eq!(run.renamed(Rmdir, None, "dir"), 1);
            assert_eq!(run.renamed(Mknod, None, "pipe"), 1);
            assert_eq!(run.renamed(Exchange, Some("swapped-a"), "swapped-b"), 1);
            assert_eq!(run.renamed(Rename, None, "other"), 0);
            assert_eq!(
                (run.attempts("rename", "EEXIST"), run.attempts("rename", "ENOENT")),
                (1, 1)
            );
            run.left("made", "made\n");
            run.left("linked", "made\n");
            run.left("swapped-a", "b\n");
            run.left("swapped-b", "a\n");
            assert!(!run.is_product("temporary") && !run.is_product("pipe"));
            run.complete();
        },
    );
}

#[test]
fn files_of_a_directory_that_is_renamed_are_products_where_they_end() {
    hostile(
        || Step::program("rename_directory"),
        DONE,
        |run| {
            assert_eq!(run.renamed(Rename, Some("work"), "built"), 1);
            run.used("work/a", Uses::WRITE.with(Uses::CREATE));
            run.left("built/a", "a\n");
            run.left("built/sub/b", "b\n");
            assert!(!run.is_product("work/a"));
        },
    );
}

#[test]
fn names_are_bytes() {
    use std::os::unix::ffi::OsStrExt;
    hostile(
        || Step::program("non_utf8"),
        DONE,
        |run| {
            let written = run.trace.written(false);
            let names: Vec<_> =
                written.iter().map(|path| path.file_name().unwrap().as_bytes()).collect();
            let mut wanted: Vec<&[u8]> = vec![
                b"\xff",
                b"line\nfeed",
                b"back\\slash",
                b"\\xff\\xfe",
                b"quote\"",
                b"gone (deleted)",
                "été".as_bytes(),
            ];
            wanted.sort_unstable();
            assert_eq!(names, wanted);
            let mut json = Vec::new();
            run.trace.processes_json(&|text| text.into(), &mut json);
            let document: serde_json::Value = serde_json::from_slice(&json).unwrap();
            let digests = document[0]["writtenDigests"].as_object().unwrap();
            assert_eq!(digests.len(), wanted.len(), "{digests:?}");
            run.complete();
        },
    );
}
