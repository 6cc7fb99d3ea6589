//! Signals, stops and calls that are interrupted.

use lanner_trace::{End, Uses};

use super::{DONE, hostile};
use crate::support::Step;

#[test]
fn a_call_that_never_returned_is_no_fact() {
    hostile(
        || Step::program("kill_blocking"),
        DONE,
        |run| {
            let child = run.only(End::Killed(libc::SIGKILL));
            assert!(child.files.is_empty() && child.attempts.is_empty());
            assert!(!run.knows("fifo"));
            run.complete();
        },
    );
}

#[test]
fn siblings_stop_and_continue_each_other() {
    hostile(
        || Step::program("stop_continue"),
        DONE,
        |run| {
            assert_eq!(run.all_ended(), 3);
            run.wrote("order", "second\n");
            run.wrote("continued", "first\n");
            run.complete();
        },
    );
}

#[test]
fn a_handler_of_sigtstp_runs_and_its_opens_are_recorded() {
    hostile(
        || Step::program("sigtstp_handler").file("in-handler", "h"),
        DONE,
        |run| {
            assert_eq!(run.used("in-handler", Uses::READ), 3);
            run.complete();
        },
    );
}

#[test]
fn a_call_is_recorded_once_however_often_it_is_restarted() {
    hostile(
        || Step::program("interrupted").file("input", "input\n"),
        DONE,
        |run| {
            assert_eq!(run.used("input", Uses::READ), 3000);
            // Whether a call goes on or fails with EINTR is decided after its last stop, and says nothing about the world.
            assert!(run.attempts("accept", "EINTR") <= 1);
            let accepted = run
                .first()
                .connections
                .iter()
                .filter(|connection| connection.call.starts_with("accept"));
            assert_eq!(accepted.map(|connection| connection.count).sum::<u64>(), 1);
            run.complete();
        },
    );
}

#[test]
fn what_a_killed_command_leaves_running_is_followed() {
    hostile(
        || Step::program("killed_root"),
        End::Killed(libc::SIGTERM),
        |run| {
            assert_eq!(run.all_ended(), 2);
            run.only(End::Exited(20));
            run.wrote("after", "after\n");
            run.complete();
        },
    );
}
