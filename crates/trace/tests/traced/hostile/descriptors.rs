//! Descriptors that are not what their number or path suggests.

use lanner_trace::{NameKind, Uses};

use super::{DONE, hostile};
use crate::support::Step;

#[test]
fn a_nameless_file_that_gets_a_name_is_a_product() {
    hostile(
        || Step::program("tmpfile_link"),
        DONE,
        |run| {
            run.left("published", "published\n");
            assert_eq!(run.renamed(NameKind::Link, None, "published"), 1);
            run.complete();
        },
    );
}

#[test]
fn a_descriptor_for_a_path_only_reads_nothing_until_it_is_reopened() {
    let step =
        || Step::program("o_path").file("only-path", "unread\n").file("reopened", "reopened\n");
    hostile(step, DONE, |run| {
        run.used("only-path", Uses::PATH);
        run.read_never("only-path");
        run.used("reopened", Uses::PATH);
        run.read("reopened", &["reopened\n"]);
        run.complete();
    });
}

#[test]
fn a_descriptor_that_is_swapped_at_once_is_never_a_silent_loss() {
    hostile(
        || Step::program("swapped_fd").file("opened", "opened").file("other", "other"),
        DONE,
        |run| {
            let counted: u64 = ["opened", "other"]
                .iter()
                .map(|path| run.files(path).iter().map(|f| f.count).sum::<u64>())
                .sum();
            assert!(counted + run.trace.gap_count() >= 502, "{counted} of 502 opens");
            for path in ["opened", "other"] {
                run.read(path, &[path]);
            }
        },
    );
}

#[test]
fn a_thread_with_its_own_directory_and_descriptors_is_believed() {
    hostile(
        || Step::program("thread_directory").file("d/x", ""),
        DONE,
        |run| {
            run.used("d/mine", Uses::WRITE);
            assert_eq!(run.renamed(NameKind::Rename, Some("d/mine"), "d/moved"), 1);
            run.left("d/moved", "thread");
            run.wrote("mine", "leader");
            run.complete();
        },
    );
}
