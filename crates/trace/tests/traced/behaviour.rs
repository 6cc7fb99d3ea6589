//! A step behaves under the tracer as it does without: what it is given, what it sees of itself, and how it ends.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use lanner_trace::End;
use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, umask};

use crate::support::{Step, compiler, isolated, program, skip};

fn shell(script: &str) -> Step {
    Step::command(&["sh", "-c", script])
}

#[test]
fn an_exit_code_is_passed_on() {
    isolated(|| {
        for code in [0, 1, 77, 126, 127, 128, 255] {
            assert_eq!(shell(&format!("exit {code}")).run().root, End::Exited(code));
        }
    });
}

#[test]
fn a_killing_signal_is_passed_on() {
    isolated(|| {
        for signal in
            [libc::SIGHUP, libc::SIGINT, libc::SIGABRT, libc::SIGKILL, libc::SIGTERM, libc::SIGUSR1]
        {
            assert_eq!(shell(&format!("kill -{signal} $$")).run().root, End::Killed(signal));
        }
    });
}

#[test]
fn standard_input_arrives_whole() {
    isolated(|| {
        let text: Vec<u8> = (0..1_000_000_u32).map(|number| b'a' + (number % 23) as u8).collect();
        let run = Step::command(&["cat"]).stdin(&text).run();
        assert_eq!(run.stdout.as_bytes(), text);
    });
}

#[test]
fn standard_output_and_standard_error_keep_their_order() {
    isolated(|| {
        let run =
            shell("for i in 1 2 3; do echo out$i; echo err$i >&2; sh -c 'echo inner' >&2; done")
                .merged()
                .run();
        assert_eq!(run.stdout, "out1\nerr1\ninner\nout2\nerr2\ninner\nout3\nerr3\ninner\n");
    });
}

#[test]
fn the_environment_is_exact() {
    isolated(|| {
        let entries =
            ["PATH=/usr/bin:/bin", "EMPTY=", "TWICE=1", "TWICE=2", "no equals sign", "LINES=a\nb"];
        let run = Step::command(&["/usr/bin/env", "-0"]).environment(&entries).run();
        assert_eq!(run.stdout.split_terminator('\0').collect::<Vec<_>>(), entries);
    });
}

#[test]
fn a_command_that_is_not_there_is_an_error_with_a_code() {
    isolated(|| {
        let error = |step: Step| step.try_run().unwrap_err().code();
        assert_eq!(error(Step::command(&["no-such-command-anywhere"])), "ERR_TRACE_NOT_FOUND");
        assert_eq!(error(Step::command(&["./absent"])), "ERR_TRACE_NOT_FOUND");
        assert_eq!(
            error(Step::command(&["./data"]).file("data", "no program")),
            "ERR_TRACE_NOT_EXECUTABLE"
        );
        assert_eq!(
            error(Step::command(&["./data/below"]).file("data", "no program")),
            "ERR_TRACE_NOT_EXECUTABLE"
        );
    });
}

#[test]
fn a_script_without_a_first_line_runs_as_it_does_in_a_shell() {
    isolated(|| {
        let step = Step::command(&["./script", "word"]).file("script", "echo \"$0 $1\"; exit 9\n");
        fs::set_permissions(step.directory().join("script"), PermissionsExt::from_mode(0o755))
            .unwrap();
        let run = step.run();
        assert_eq!((run.root, run.stdout.as_str()), (End::Exited(9), "./script word\n"));
    });
}

#[test]
fn what_a_program_sees_of_itself_is_as_without_the_tracer() {
    if !compiler() {
        return skip("no C compiler `cc`");
    }
    isolated(|| {
        // Settings that are not the usual ones, so that inheriting them is no accident.
        umask(Mode::from_bits_truncate(0o027));
        let files = Rlimit { current: Some(200), maximum: Some(300) };
        rustix::process::setrlimit(Resource::Nofile, files).unwrap();
        fs::write("/proc/self/oom_score_adj", "300").unwrap();
        let entries = ["LC_ALL=C", "PATH=/usr/bin:/bin"];
        let step = Step::program("surroundings").word("a word").environment(&entries);
        let path = program("surroundings");
        let untraced = Command::new(&path)
            .arg("a word")
            .env_clear()
            .envs(entries.iter().map(|entry| entry.split_once('=').unwrap()))
            .current_dir(step.directory())
            .stdin(Stdio::from(tempfile::tempfile().unwrap()))
            .stderr(Stdio::from(tempfile::tempfile().unwrap()))
            .output()
            .unwrap();
        let traced = step.run();
        assert_eq!(traced.root, End::Exited(0), "{}", traced.stderr);
        let untraced = String::from_utf8(untraced.stdout).unwrap();
        // The one was written to a pipe, the other to a file open both ways.
        let same = |text: &str| text.replace("fd 1 access 1", "fd 1 access 2");
        // A step begins with every signal at its default; a plain child inherits what this test was told to ignore.
        let default = |line: &&str| !(line.starts_with("signal ") && line.ends_with(" handled\n"));
        let untraced: String = untraced.split_inclusive('\n').filter(default).collect();
        assert_eq!(same(&traced.stdout), same(&untraced));
        assert!(!traced.stdout.contains("handled"));
        assert!(
            untraced.contains("limit 7 200 300\n"),
            "{}",
            path.as_os_str().as_bytes().escape_ascii()
        );
    });
}
