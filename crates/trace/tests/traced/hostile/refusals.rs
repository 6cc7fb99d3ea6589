//! What is refused, fails for the step's own reasons, or is made in a way that could hide it.

use lanner_trace::{End, NameKind, Uses};

use super::{DONE, hostile};
use crate::support::Step;

#[test]
fn a_ring_is_refused_and_a_gap() {
    hostile(
        || Step::program("io_uring"),
        DONE,
        |run| {
            assert_eq!(run.gaps("io_uring"), 1);
        },
    );
}

#[test]
fn calls_of_the_32_bit_abi_are_recorded_as_what_they_are() {
    let step = || {
        Step::program("int80").file("input", "input\n").file("doomed", "").file("before", "before")
    };
    hostile(step, DONE, |run| {
        run.read("input", &["input\n"]);
        run.wrote("output", "");
        assert_eq!(run.renamed(NameKind::Unlink, None, "doomed"), 1);
        assert_eq!(run.renamed(NameKind::Rename, Some("before"), "after"), 1);
        assert_eq!(run.attempts("connect", "ENOENT"), 1);
        run.complete();
    });
}

#[test]
fn calls_of_the_x32_abi_are_refused_and_gaps() {
    hostile(
        || Step::program("x32"),
        DONE,
        |run| {
            assert!(run.gaps("x32") >= 1);
            assert!(!run.knows("unseen"));
        },
    );
}

#[test]
fn a_debugger_in_the_step_is_refused_as_by_any_other_tracer() {
    hostile(
        || Step::program("ptrace_inside"),
        DONE,
        |run| {
            run.only(End::Exited(4));
            assert_eq!(run.attempts("ptrace", "EPERM"), 3);
            run.complete();
        },
    );
}

#[test]
fn pointers_to_nowhere_are_attempts_and_nothing_else() {
    hostile(
        || Step::program("bad_pointer").file("x", "x"),
        DONE,
        |run| {
            assert_eq!(run.attempts("open", "EFAULT"), 3);
            assert_eq!(run.attempts("rename", "EFAULT"), 2);
            assert_eq!(run.attempts("unlink", "EFAULT"), 1);
            assert_eq!(run.attempts("execve", "EFAULT"), 2);
            assert_eq!(run.attempts("connect", "EFAULT"), 1);
            run.read("x", &["x"]);
            run.complete();
        },
    );
}

#[test]
fn a_filter_of_the_step_and_ours_hold_both() {
    hostile(
        || Step::program("own_filter"),
        DONE,
        |run| {
            run.wrote("kept", "kept\n");
            run.used("kept", Uses::READ);
            assert_eq!(run.renamed(NameKind::Unlink, None, "kept"), 0);
            assert!(run.calls("seccomp") + run.calls("prctl") > 0);
            run.complete();
        },
    );
}

#[test]
fn a_filter_that_asks_for_a_tracer_meets_none() {
    hostile(
        || Step::program("own_trace_filter"),
        DONE,
        |run| {
            assert_eq!(run.renamed(NameKind::Mkdir, None, "never"), 0);
            assert!(!run.directory.join("never").exists());
        },
    );
}
