//! The record against what strace(1) prints: the same real steps under both, in the same directory made anew, must give the same
//! set of successful opens, executions, connections, renames and removals. Nothing is tried again until it fits.

mod fact;
mod record;
mod strace;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use fact::Fact;

use crate::support::{Step, isolated_for, skip};

/// Compilers under two tracers, on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(120);

/// A step and what it needs.
struct Case {
    tools: &'static [&'static str],
    files: &'static [(&'static str, &'static str)],
    /// Run untraced before, in the fresh directory.
    prepare: &'static str,
    step: &'static str,
}

#[test]
fn pipelines_of_a_shell_are_recorded_as_strace_sees_them() {
    let case = Case {
        tools: &[],
        files: &[("words", "b\na\nc\n")],
        prepare: "true",
        step: "sort words | uniq | tee sorted | wc -l > count; mkdir d; cd d; mv ../count ./n; cp n m; ln m l; rm m; \
               ln -s n s; cat s ../sorted; cd ..; find . -type f -exec cat {} +; rm -r d; (cd /; ls) > /dev/null",
    };
    isolated_for(PATIENCE, || compare(&case));
}

#[test]
fn tar_is_recorded_as_strace_sees_it() {
    let case = Case {
        tools: &["tar", "gzip"],
        files: &[("tree/a", "a"), ("tree/b/c", "c"), ("tree/b/d e", "d")],
        prepare: "ln -s a tree/link",
        step: "tar -czf tree.tgz tree && rm -r tree && tar -xzf tree.tgz && tar -tzf tree.tgz",
    };
    isolated_for(PATIENCE, || compare(&case));
}

#[test]
fn a_clone_by_git_is_recorded_as_strace_sees_it() {
    let case = Case {
        tools: &["git"],
        files: &[("origin/README", "readme\n"), ("origin/src/main.c", "int main(void) {}\n")],
        // The same commits at the same time are the same objects.
        prepare: "export HOME=$PWD GIT_AUTHOR_DATE=@1000000000 GIT_COMMITTER_DATE=@1000000000; cd origin; git init -q; git add .; \
                  git -c user.name=a -c user.email=a@b commit -q -m first; git gc -q; echo more >> README; \
                  git -c user.name=a -c user.email=a@b commit -q -a -m second",
        step: "export HOME=$PWD; git clone -q origin clone && git clone -q --no-local --no-hardlinks origin packed && \
               cd clone && git log --oneline && git status --short",
    };
    isolated_for(PATIENCE, || compare(&case));
}

#[test]
fn a_build_by_make_is_recorded_as_strace_sees_it() {
    let case = Case {
        tools: &["make", "cc"],
        files: &[
            ("Makefile", "both: a.o b.o\n\tcc -o $@ $^\n%.o: %.c both.h\n\tcc -O1 -c -o $@ $<\n"),
            ("both.h", "int other(void);\n"),
            (
                "a.c",
                "#include <stdio.h>\n#include \"both.h\"\nint main(void) { printf(\"%d\\n\", other()); }\n",
            ),
            ("b.c", "#include \"both.h\"\nint other(void) { return 2; }\n"),
        ],
        prepare: "true",
        step: "make -s && ./both",
    };
    isolated_for(PATIENCE, || compare(&case));
}

#[test]
fn a_build_by_cargo_is_recorded_as_strace_sees_it() {
    let case = Case {
        tools: &["cargo", "rustc", "cc"],
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"tiny\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n",
            ),
            ("src/main.rs", "mod inner;\nfn main() { println!(\"{}\", inner::two()); }\n"),
            ("src/inner.rs", "pub fn two() -> u8 { 2 }\n"),
        ],
        prepare: "mkdir cargo-home target",
        // One codegen unit and no incremental store: their files are named by chance.
        step: "export CARGO_HOME=$PWD/cargo-home CARGO_TARGET_DIR=$PWD/target CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_CODEGEN_UNITS=1; \
               cargo build --offline -q -j1 && ./target/debug/tiny",
    };
    isolated_for(PATIENCE, || compare(&case));
}

#[test]
fn a_package_made_by_npm_is_recorded_as_strace_sees_it() {
    let case = Case {
        tools: &["node", "npm"],
        files: &[
            (
                "package.json",
                "{\"name\":\"tiny\",\"version\":\"1.0.0\",\"scripts\":{\"prepack\":\"node make.js\"}}\n",
            ),
            (
                "make.js",
                "require('fs').writeFileSync('made.txt', 'made\\n'); require('./lib/part')\n",
            ),
            ("lib/part.js", "require('fs').renameSync('made.txt', 'kept.txt')\n"),
        ],
        prepare: "mkdir home",
        step: "export HOME=$PWD/home npm_config_cache=$PWD/cache npm_config_logs_max=0 npm_config_update_notifier=false; \
               npm pack --offline --silent",
    };
    isolated_for(PATIENCE, || compare(&case));
}

#[test]
fn connections_of_a_script_are_recorded_as_strace_sees_them() {
    let case = Case {
        tools: &["node"],
        files: &[(
            "talk.js",
            "const net = require('net')\n\
             const talk = where => new Promise(done => {\n\
               const server = net.createServer(socket => socket.end('x'))\n\
               server.listen(where, () => net.connect(where.path ?? server.address().port, '127.0.0.1')\n\
                 .on('close', () => server.close(done)).resume())\n\
             })\n\
             talk({ path: 'here.sock' }).then(() => talk({ port: 0, host: '127.0.0.1' }))\n",
        )],
        prepare: "true",
        step: "node talk.js",
    };
    isolated_for(PATIENCE, || compare(&case));
}

/// Runs the case under strace and under the tracer and compares what they saw.
fn compare(case: &Case) {
    if let Some(tool) = case.tools.iter().chain(&["strace"]).find(|tool| !is_there(tool)) {
        return skip(&format!("no `{tool}`"));
    }
    let step = fresh(case);
    let directory = step.directory();
    let logs = tempfile::TempDir::new().unwrap();
    let status = under_strace(case, &directory, &logs.path().join("log"));
    if status == Some(strace::NOT_PERMITTED) {
        return skip("strace may not trace here");
    }
    assert_eq!(status, Some(0), "under strace");
    let wanted = strace::facts(logs.path(), &directory);
    // What the first run made must not change what the second does: the same path, the same content, nothing else.
    for entry in fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    let step = filled(step, case);
    let run = step.run();
    assert!(run.ended(lanner_trace::End::Exited(0)));
    let found = record::facts(&run);
    let lines = |facts: BTreeSet<&Fact>| -> Vec<String> {
        facts.iter().filter(|fact| !fact.is_chance()).map(|fact| format!("  {fact:?}")).collect()
    };
    let missing = lines(wanted.difference(&found).collect());
    let surplus = lines(found.difference(&wanted).collect());
    assert!(wanted.len() > 5, "strace saw next to nothing");
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "of {} facts\nonly strace saw:\n{}\nonly we saw:\n{}",
        wanted.len(),
        missing.join("\n"),
        surplus.join("\n")
    );
}

fn fresh(case: &Case) -> Step {
    let home = std::env::var("HOME").unwrap_or_default();
    let path = std::env::var("PATH").unwrap_or_default();
    let step = Step::command(&["/bin/sh", "-c", case.step]);
    let environment = environment(&home, &path);
    let step = step.environment(&environment.each_ref().map(String::as_str));
    filled(step, case)
}

fn environment(home: &str, path: &str) -> [String; 3] {
    [format!("HOME={home}"), "LC_ALL=C".to_owned(), format!("PATH={path}")]
}

fn filled(step: Step, case: &Case) -> Step {
    let step = case.files.iter().fold(step, |step, (path, content)| step.file(path, content));
    let prepared = Command::new("sh")
        .args(["-c", case.prepare])
        .current_dir(step.directory())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(prepared.success());
    step
}

fn under_strace(case: &Case, directory: &Path, log: &PathBuf) -> Option<i32> {
    let home = std::env::var("HOME").unwrap_or_default();
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("strace")
        .args(["-ff", "-y", "-s", "4096", "-e", strace::CALLS, "-o"])
        .arg(log)
        .args(["/bin/sh", "-c", case.step])
        .env_clear()
        .envs(environment(&home, &path).iter().map(|entry| entry.split_once('=').unwrap()))
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .code()
}

fn is_there(tool: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(tool).is_file()))
}
