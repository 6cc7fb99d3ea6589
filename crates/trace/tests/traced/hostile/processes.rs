//! Births and ends: trees, storms, threads, daemons, and processes made in unusual ways.

use std::collections::HashSet;
use std::fs;
use std::time::Duration;

use lanner_trace::{BirthKind, End, Uses};

use rustix::process::WaitOptions;

use super::{DONE, hostile};
use crate::support::run::argv;
use crate::support::{Step, soaking};

#[test]
fn an_exec_in_a_thread_is_one_process_with_two_programs() {
    hostile(
        || Step::program("exec_in_thread"),
        End::Exited(7),
        |run| {
            assert_eq!(run.all_ended(), 1);
            assert_eq!(run.first().threads, 4);
            let [_, again] = &run.first().executions[..] else { panic!("not two executions") };
            assert_eq!(argv(again), [&b"after the exec"[..], b"again"]);
            run.complete();
        },
    );
}

#[test]
fn a_leader_that_ends_first_takes_nothing_from_the_record() {
    let step = || Step::program("leader_exits").file("input", "input\n").file("d/x", "");
    hostile(step, End::Exited(16), |run| {
        assert_eq!(run.all_ended(), 1);
        run.read("input", &["input\n"]);
        run.left("d/renamed", "output\n");
        run.complete();
    });
}

#[test]
fn the_program_of_a_thread_without_leader_belongs_to_the_process() {
    hostile(
        || Step::program("leader_exits_exec"),
        End::Exited(17),
        |run| {
            assert_eq!(run.all_ended(), 1);
            assert_eq!(run.first().executions.len(), 2);
            run.complete();
        },
    );
}

#[test]
fn five_hundred_threads_are_one_process() {
    hostile(
        || Step::program("threads"),
        DONE,
        |run| {
            assert_eq!(run.all_ended(), 1);
            assert_eq!(run.first().threads, 501);
            // One more for the write that made it.
            assert_eq!(run.used("shared", Uses::READ), 501);
            run.wrote("shared", "shared\n");
            run.complete();
        },
    );
}

#[test]
fn a_vfork_and_its_exec_are_a_child_of_their_own() {
    hostile(
        || Step::program("vfork_exec"),
        DONE,
        |run| {
            let child = run.only(End::Exited(3));
            assert_eq!(child.birth, BirthKind::Vfork);
            assert_eq!(child.parent, run.first().pid);
            assert_eq!(argv(&child.executions[0])[1], b"child");
            run.wrote("after", "after\n");
            run.complete();
        },
    );
}

#[test]
fn a_daemon_is_followed_when_its_parents_are_gone() {
    hostile(
        || Step::program("daemon"),
        DONE,
        |run| {
            assert_eq!(run.all_ended(), 3);
            run.wrote("daemon.pid", "here\n");
            let path = run.path("daemon.pid");
            let writer = run
                .trace
                .processes()
                .iter()
                .find(|process| process.files.iter().any(|file| *file.path == *path));
            assert_eq!(writer.unwrap().pid, run.trace.processes()[2].pid);
            run.complete();
        },
    );
}

#[test]
fn a_daemon_that_outlives_the_trace_is_said_to_and_goes_on_unhindered() {
    hostile(
        || Step::program("daemon_outlives").linger(Duration::ZERO),
        DONE,
        |run| {
            let daemon = run.only(End::LeftRunning);
            assert_eq!(daemon.parent, run.first().pid);
            // It waits for this, and only then opens a file.
            fs::write(run.directory.join("go"), b"g").unwrap();
            let told = fs::read(run.directory.join("told")).unwrap();
            let descriptor = i32::from_ne_bytes(told.try_into().unwrap());
            assert!(descriptor >= 0, "it could not open a file: error {}", -descriptor);
            assert!(run.directory.join("still").exists());
            // What stayed behind for it ends with it, as a child of this process.
            rustix::process::wait(WaitOptions::empty()).unwrap();
        },
    );
}

#[test]
fn every_process_of_a_large_tree_has_its_parent_and_its_end() {
    let processes = if soaking() { 10_000 } else { 1_000 };
    hostile(
        || Step::program("fork_tree").word(processes.to_string()),
        DONE,
        |run| {
            assert_eq!(run.all_ended(), processes + 60);
            let known: HashSet<_> =
                run.trace.processes().iter().map(|process| process.pid).collect();
            assert!(
                run.trace.processes()[1..].iter().all(|process| known.contains(&process.parent))
            );
            run.complete();
        },
    );
}

#[test]
fn a_storm_of_ends_loses_none() {
    hostile(
        || Step::program("exit_storm"),
        DONE,
        |run| {
            assert_eq!(run.all_ended(), 301);
            let ended = |end| {
                run.trace
                    .processes()
                    .iter()
                    .filter(|p| p.end.is_some_and(|(e, _)| e == end))
                    .count()
            };
            assert_eq!((ended(End::Killed(libc::SIGKILL)), ended(End::Exited(9))), (150, 150));
        },
    );
}

#[test]
fn a_fork_bomb_that_is_shot_leaves_no_process_without_an_end() {
    hostile(
        || Step::program("fork_bomb"),
        DONE,
        |run| {
            let processes = run.all_ended();
            assert!((10..=512).contains(&processes), "{processes} processes");
            // Also those that were shot before they ran at all.
            assert!(run.trace.processes().iter().any(|process| {
                process.end.is_some_and(|(end, _)| end == End::Killed(libc::SIGKILL))
            }));
        },
    );
}

#[test]
fn a_child_that_is_made_a_sibling_is_recorded_as_one() {
    hostile(
        || Step::program("clone_parent"),
        DONE,
        |run| {
            assert_eq!(run.all_ended(), 3);
            // The kernel's parent is the root, who made it is the child; a process that says Fork when it is born says no more.
            let sibling = run.only(End::Exited(12));
            assert!(run.trace.processes()[..2].iter().any(|process| process.pid == sibling.parent));
            run.complete();
        },
    );
}

#[test]
fn a_sibling_of_the_command_is_waited_for() {
    hostile(
        || Step::program("clone_parent_root"),
        DONE,
        |run| {
            assert_eq!(run.all_ended(), 2);
            run.only(End::Exited(13));
            run.complete();
        },
    );
}

#[test]
fn a_process_that_shares_memory_is_no_thread() {
    hostile(
        || Step::program("clone_vm"),
        DONE,
        |run| {
            assert_eq!(run.all_ended(), 3);
            assert_eq!(run.first().threads, 1);
            assert_eq!(run.only(End::Exited(15)).executions.len(), 1);
            run.wrote("by-clone", "clone\n");
            run.wrote("by-spawn", "spawn\n");
            run.complete();
        },
    );
}

#[test]
fn a_child_that_asks_not_to_be_traced_is_no_secret() {
    hostile(
        || Step::program("clone_untraced"),
        DONE,
        |run| {
            let seen = run.trace.processes().len() == 2 && run.is_product("untraced");
            assert!(
                seen || run.gaps("untraced") == 1,
                "neither the child nor a gap: it ended with {}",
                run.stdout
            );
        },
    );
}

#[test]
fn a_process_id_used_twice_is_two_processes() {
    hostile(
        || Step::program("pid_reuse"),
        DONE,
        |run| {
            assert_eq!(run.all_ended(), 3);
            let (first, second) = (run.only(End::Exited(21)), run.only(End::Exited(22)));
            assert_eq!(first.pid, second.pid);
            assert_eq!(first.pid.to_string(), run.stdout.trim());
            assert!(first.start < second.start);
        },
    );
}

#[test]
fn a_process_of_another_pid_namespace_has_its_id_outside() {
    hostile(
        || Step::program("pid_namespace"),
        DONE,
        |run| {
            let inner = run.only(End::Exited(19));
            assert_ne!(inner.pid, 1);
            assert_eq!(inner.parent, run.first().pid);
            run.used("inside", Uses::WRITE);
            run.complete();
        },
    );
}
