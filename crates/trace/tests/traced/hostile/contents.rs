//! What files held when they were read, and hold at the end.

use lanner_trace::{NameKind, Uses};

use super::{DONE, hostile};
use crate::support::Step;

#[test]
fn a_race_of_symlinks_shows_the_file_that_was_really_opened() {
    hostile(
        || Step::program("symlink_race"),
        DONE,
        |run| {
            let counts: Vec<u64> =
                run.stdout.split_whitespace().map(|word| word.parse().unwrap()).collect();
            // One more each for the write that made it.
            assert_eq!(
                run.files("first").iter().map(|file| file.count).sum::<u64>(),
                counts[0] + 1
            );
            assert_eq!(
                run.files("second").iter().map(|file| file.count).sum::<u64>(),
                counts[1] + 1
            );
            assert!(!run.knows("link"));
            run.complete();
        },
    );
}

#[test]
fn a_file_renamed_over_an_open_one_is_another_content() {
    let step = || Step::program("rename_over").file("target", "old\n").file("source", "new\n");
    hostile(step, DONE, |run| {
        run.read("target", &["old\n", "new\n"]);
        assert_eq!(run.used("target", Uses::READ), 3);
        assert_eq!(run.renamed(NameKind::Rename, Some("source"), "target"), 1);
        run.left("target", "new\n");
        assert!(!run.is_product("source"));
        run.complete();
    });
}

#[test]
fn a_write_through_memory_is_a_write() {
    let step =
        || Step::program("mmap_shared").file("mapped", "initial").file("looked-at", "initial");
    hostile(step, DONE, |run| {
        run.used("mapped", Uses::MAP_SHARED);
        run.wrote("mapped", "CHANGED");
        assert!(!run.is_product("looked-at"));
        run.complete();
    });
}

#[test]
fn contents_copied_inside_the_kernel_are_read_and_written() {
    hostile(
        || Step::program("copy_range").file("input", "inside"),
        DONE,
        |run| {
            run.read("input", &["inside"]);
            run.wrote("copied", "inside");
            run.wrote("sent", "inside");
            run.complete();
        },
    );
}

#[test]
fn a_write_by_the_receiver_of_a_descriptor_counts() {
    hostile(
        || Step::program("passed_fd"),
        DONE,
        |run| {
            run.wrote("passed", "passed\n");
        },
    );
}

#[test]
fn a_million_calls_of_no_interest_and_a_hundred_thousand_opens_are_one_record() {
    hostile(
        || Step::program("million").file("input", "input\n"),
        DONE,
        |run| {
            let [file] = run.files("input")[..] else { panic!("not one record") };
            assert_eq!(file.count, 100_000);
            run.read("input", &["input\n"]);
            run.complete();
        },
    );
}

#[test]
fn files_that_are_no_regular_ones_are_neither_read_nor_waited_for() {
    hostile(
        || Step::program("special_files"),
        DONE,
        |run| {
            for path in ["/dev/null", "/dev/zero", "fifo"] {
                let files = run.files(path);
                assert!(
                    files.iter().all(|file| file.read.is_empty() && file.at_end.is_none()),
                    "{path}"
                );
                assert!(!files.is_empty(), "{path}");
                assert!(!run.is_product(path), "{path}");
            }
            run.complete();
        },
    );
}

#[test]
fn sizes_modes_and_owners_are_recorded_with_their_values() {
    let step = || {
        Step::program("attributes")
            .file("emptied", "full")
            .file("grown", "small")
            .file("tool", "tool")
    };
    hostile(step, DONE, |run| {
        use lanner_trace::Attribute::{Mode, Owner};
        let set: Vec<_> =
            run.first().attributes.iter().map(|set| (&*set.path, set.attribute)).collect();
        let (tool, grown) = (run.path("tool"), run.path("grown"));
        assert!(set.contains(&(&tool, Mode(0o755))), "{set:?}");
        assert!(set.contains(&(&grown, Mode(0o640))), "{set:?}");
        for path in [tool, grown] {
            assert!(
                set.iter()
                    .any(|&(set, what)| set == path && matches!(what, Owner(Some(_), Some(_))))
            );
        }
        run.left("emptied", "");
        run.left("grown", "small\0\0\0");
        assert!(!run.is_product("tool"), "its content was not touched");
        assert_eq!(run.attempts("", "ENOENT"), 1, "chmod of what is not there");
        run.complete();
    });
}
