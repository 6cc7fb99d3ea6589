//! Where threads may run: the tracer narrows it for a while, and nobody in the step sees that.

use std::fs;
use std::path::Path;
use std::thread;

use lanner_trace::End;

use super::{DONE, hostile};
use crate::support::{Step, compiler, isolated, skip};

#[test]
fn a_step_sees_its_threads_run_where_they_would_untraced() {
    hostile(
        || Step::program("affinity"),
        DONE,
        |run| {
            assert_eq!(run.all_ended(), 3);
            assert_eq!(run.first().executions.len(), 2);
            run.complete();
        },
    );
}

#[test]
fn a_thread_that_stops_no_more_may_run_everywhere() {
    if !compiler() {
        return skip("no C compiler `cc`");
    }
    isolated(|| {
        let step = Step::program("rests");
        let directory = step.directory();
        thread::scope(|scope| {
            scope.spawn(|| until_free(&directory));
            let run = step.run();
            assert_eq!(run.root, End::Exited(0), "{}", run.stderr);
            run.complete();
        });
    });
}

/// Waits until the program may run where this thread may, and tells it so.
fn until_free(directory: &Path) {
    let allowed = |status: String| {
        let line = status.lines().find(|line| line.starts_with("Cpus_allowed:"));
        line.unwrap().to_owned()
    };
    let ours = allowed(fs::read_to_string("/proc/thread-self/status").unwrap());
    let pid = loop {
        match fs::read_to_string(directory.join("pid")) {
            Ok(pid) => break pid,
            Err(_) => thread::yield_now(),
        }
    };
    while allowed(fs::read_to_string(format!("/proc/{pid}/status")).unwrap()) != ours {
        thread::yield_now();
    }
    fs::write(directory.join("seen"), "").unwrap();
}
