//! Paths that mean something else than their text.

use lanner_trace::{Attribute, NameKind, Uses};

use super::{DONE, hostile};
use crate::support::Step;

#[test]
fn paths_relative_to_a_descriptor_are_canonical() {
    let step = || {
        Step::program("dirfd")
            .file("d/in", "in")
            .file("d/old", "old")
            .file("d/gone", "")
            .file("d/sub/x", "")
    };
    hostile(step, DONE, |run| {
        run.read("d/in", &["in"]);
        run.wrote("d/out", "");
        assert_eq!(run.renamed(NameKind::Rename, Some("d/old"), "d/sub/new"), 1);
        assert_eq!(run.renamed(NameKind::Unlink, None, "d/gone"), 1);
        assert_eq!(run.renamed(NameKind::Mkdir, None, "d/sub/made"), 1);
        assert_eq!(run.renamed(NameKind::Rmdir, None, "d/sub/made"), 1);
        let path = run.path("d/in");
        assert!(
            run.first()
                .attributes
                .iter()
                .any(|set| *set.path == *path && set.attribute == Attribute::Mode(0o600))
        );
        run.left("d/sub/new", "old");
        run.complete();
    });
}

#[test]
fn an_open_that_may_not_leave_its_directory_is_an_attempt_when_it_would() {
    let step = || {
        let step = Step::program("openat2_beneath").file("d/in", "in").file("outside", "");
        std::os::unix::fs::symlink("in", step.directory().join("d/link")).unwrap();
        step
    };
    hostile(step, DONE, |run| {
        run.read("d/in", &["in"]);
        run.wrote("d/made", "");
        assert_eq!((run.attempts("openat2", "EXDEV"), run.attempts("openat2", "ELOOP")), (1, 1));
        assert!(!run.knows("outside") && !run.knows("d/link"));
        run.complete();
    });
}

#[test]
fn relative_paths_follow_the_working_directory() {
    hostile(
        || Step::program("relative"),
        DONE,
        |run| {
            run.wrote("a/x", "x");
            run.used("a/b/y", Uses::WRITE);
            run.left("a/moved", "y");
            run.wrote("z", "z");
            assert_eq!(run.renamed(NameKind::Rename, Some("a/b/y"), "a/moved"), 1);
            assert!(!run.knows("x") && !run.knows("y"));
            run.complete();
        },
    );
}

#[test]
fn paths_in_another_root_are_those_outside_of_it() {
    hostile(
        || Step::program("chroot_inside").file("jail/etc/inner", "inner\n"),
        DONE,
        |run| {
            run.read("jail/etc/inner", &["inner\n"]);
            run.used("jail/out", Uses::WRITE);
            assert_eq!(run.renamed(NameKind::Rename, Some("jail/out"), "jail/etc/moved"), 1);
            run.left("jail/etc/moved", "out\n");
            assert!(!run.knows("/etc/inner") && !run.knows("/out"));
            assert_eq!(run.calls("chroot"), 1);
            run.complete();
        },
    );
}

#[test]
fn a_file_too_deep_for_a_path_is_recorded_or_missed_aloud() {
    hostile(
        || Step::program("long_path"),
        DONE,
        |run| {
            assert_eq!(run.attempts("open", "ENAMETOOLONG"), 1);
            let deep =
                run.first().files.iter().filter(|file| {
                    file.path.ends_with(b"/deep") || file.path.ends_with(b"/deeper")
                });
            assert!(deep.count() == 2 || run.trace.gap_count() > 0);
        },
    );
}

#[test]
fn a_file_system_of_the_step_alone_is_recorded_or_missed_aloud() {
    hostile(
        || Step::program("mount_namespace"),
        DONE,
        |run| {
            assert_eq!((run.calls("unshare"), run.calls("mount")), (1, 2));
            run.used("mnt/private", Uses::READ.with(Uses::WRITE));
            run.read("mnt/private", &["private\n"]);
            assert!(!run.is_product("mnt/private"), "nobody else can see it");
        },
    );
}
