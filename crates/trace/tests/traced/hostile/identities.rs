//! Users: setuid programs, processes closed to others, and tracing without privileges.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use lanner_trace::{NameKind, Uses};

use super::DONE;
use crate::support::{Run, Step, compiler, isolated_as_nobody, program, skip};

/// As [`super::hostile`], as an ordinary user.
fn unprivileged<Check: Fn(&Run)>(step: impl Fn() -> Step, check: Check) {
    if !compiler() {
        return skip("no C compiler `cc`");
    }
    // Compiles the program: an ordinary user may not write where programs are kept.
    drop(step());
    isolated_as_nobody(check, |check| {
        let run = step().run();
        if run.ended(DONE) {
            check(&run);
        }
    });
}

#[test]
fn a_setuid_program_stays_what_it_was_without_new_privileges() {
    if !rustix::process::getuid().is_root() {
        return skip("only root can make a program setuid root");
    }
    if !compiler() {
        return skip("no C compiler `cc`");
    }
    let copy = program("setuid_identity").with_extension("setuid");
    fs::copy(program("setuid_identity"), &copy).unwrap();
    fs::set_permissions(&copy, PermissionsExt::from_mode(0o4755)).unwrap();
    let step = || Step::program("setuid_identity").word(copy.as_os_str().as_bytes());
    unprivileged(step, |run| {
        assert!(run.no_new_privs);
        assert_eq!(run.stdout, "65534\n");
        let users: Vec<_> =
            run.first().executions.iter().map(|execution| execution.owner.unwrap().uid).collect();
        assert_eq!(users, [65534, 65534]);
        run.complete();
    });
}

#[test]
fn a_process_that_closes_itself_to_others_is_recorded_or_missed_aloud() {
    let step = || Step::program("non_dumpable").file("before", "before\n").file("after", "after\n");
    unprivileged(step, |run| {
        run.read("before", &["before\n"]);
        assert_eq!(run.calls("prctl"), 1);
        let read = run.files("after").iter().any(|file| file.uses.has(Uses::READ));
        let renamed = run.renamed(NameKind::Rename, Some("hidden"), "renamed") == 1;
        assert!(read && renamed || run.trace.gap_count() > 0, "{:?}", run.trace.gaps());
    });
}

#[test]
fn an_ordinary_user_gets_the_same_record() {
    let step = || {
        Step::command(&["sh", "-c", "cat input > output; mv output moved"]).file("input", "in\n")
    };
    unprivileged(step, |run| {
        run.read("input", &["in\n"]);
        run.left("moved", "in\n");
        assert_eq!(run.renamed(NameKind::Rename, Some("output"), "moved"), 1);
        run.complete();
    });
}
