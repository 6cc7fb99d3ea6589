//! What is executed, and from where.

use std::fs;

use lanner_trace::{End, NameKind, Uses};

use super::hostile;
use crate::support::run::{argv, ran};
use crate::support::{Step, program};

#[test]
fn an_exec_without_arguments_is_recorded_without() {
    hostile(
        || Step::program("empty_argv"),
        super::DONE,
        |run| {
            let [_, again] = &run.first().executions[..] else { panic!("not two executions") };
            let words = argv(again);
            assert!(words.len() <= 1 && words.concat().is_empty(), "{words:?}");
            run.wrote("written", "by nobody\n");
            run.complete();
        },
    );
}

#[test]
fn a_program_in_memory_has_the_digest_of_what_ran() {
    hostile(
        || Step::program("memfd_exec"),
        End::Exited(5),
        |run| {
            let content = fs::read(program("memfd_exec")).unwrap();
            let [_, memory] = &run.first().executions[..] else { panic!("not two executions") };
            ran(memory, b"/memfd:nowhere (deleted)", &content);
            assert_eq!(argv(memory)[1], b"from memory");
            assert_eq!(run.calls("memfd_create"), 1);
            run.complete();
        },
    );
}

#[test]
fn a_program_whose_file_is_gone_has_the_digest_of_what_ran() {
    hostile(
        || Step::program("deleted_exe"),
        End::Exited(6),
        |run| {
            let content = fs::read(program("deleted_exe")).unwrap();
            let [_, copy, deleted] = &run.first().executions[..] else {
                panic!("not three executions")
            };
            ran(copy, &run.path("copy"), &content);
            assert_eq!(deleted.exe_content, copy.exe_content);
            assert!(deleted.exe.starts_with(&run.path("copy")));
            assert_eq!(run.renamed(NameKind::Unlink, None, "copy"), 1);
            assert!(!run.is_product("copy"));
            run.complete();
        },
    );
}

#[test]
fn an_exec_by_descriptor_is_one_of_the_file_behind_it() {
    hostile(
        || Step::program("execveat_empty"),
        End::Exited(8),
        |run| {
            let content = fs::read(program("execveat_empty")).unwrap();
            let [_, first, second] = &run.first().executions[..] else {
                panic!("not three executions")
            };
            for (execution, word) in [(first, "by descriptor"), (second, "by directory")] {
                ran(execution, &run.path("copy"), &content);
                assert_eq!(argv(execution)[1], word.as_bytes());
            }
            run.complete();
        },
    );
}

#[test]
fn executions_that_fail_are_attempts_and_a_script_names_its_interpreter() {
    let step = || {
        let step = Step::program("failed_exec")
            .file("not-executable", "no\n")
            .file("no-format", "\u{1}\u{2}\n");
        let step = step.file("script", "#!/bin/sh\nexit 11\n");
        for name in ["no-format", "script"] {
            let path = step.directory().join(name);
            fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        }
        step
    };
    hostile(step, End::Exited(11), |run| {
        for error in ["ENOENT", "EACCES", "ENOEXEC"] {
            assert_eq!(run.attempts("execve", error), 1, "{error}");
        }
        let [_, script] = &run.first().executions[..] else { panic!("not two executions") };
        assert_eq!(fs::canonicalize("/bin/sh").unwrap().to_str().unwrap().as_bytes(), &*script.exe);
        assert!(script.program.ends_with(b"script"));
        assert!(script.argv().any(|word| word.ends_with(b"script")));
        run.complete();
    });
}

#[test]
fn long_arguments_are_recorded_or_missed_aloud() {
    hostile(
        || Step::program("big_argv"),
        End::Exited(18),
        |run| {
            let [_, big] = &run.first().executions[..] else { panic!("not two executions") };
            if big.arguments_cut {
                assert_ne!(run.trace.gap_count(), 0);
            } else {
                assert_eq!(argv(big).len(), 16);
                assert!(big.argv().skip(1).take(12).all(|word| word.len() == 120 * 1024 - 1));
                assert_eq!(argv(big)[13..], [&b""[..], b"\xff", b"last"]);
            }
        },
    );
}

#[test]
fn what_a_program_loads_is_read_or_executed() {
    hostile(
        || Step::command(&["sh", "-c", "cat input > output"]).file("input", "in\n"),
        super::DONE,
        |run| {
            run.read("input", &["in\n"]);
            run.wrote("output", "in\n");
            let exes = run.trace.processes().iter().flat_map(|process| &process.executions);
            for execution in exes {
                assert!(execution.exe_content.is_some());
            }
            assert!(run.trace.processes().iter().flat_map(|process| &process.files).any(|file| {
                file.path.windows(7).any(|part| part == b"libc.so") && file.uses.has(Uses::READ)
            }));
            run.complete();
        },
    );
}
