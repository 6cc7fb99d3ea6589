//! Files of events: what is written is read back, losses are counted, and strace(1) saw the same calls.

use std::collections::BTreeMap;
use std::fs::File;
use std::process::Command;

use lanner_trace::events::{Each, Event, LineSink, read_event};

use crate::step::{Step, acts, program};

/// Those lines as they are written again after having been read.
fn again(lines: &str) -> String {
    use lanner_trace::events::Sink;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut sink = LineSink::new(file.as_file_mut().try_clone().unwrap());
    for line in lines.lines() {
        sink.take(&read_event(line).unwrap().event());
    }
    assert_eq!(sink.finish().events, 0);
    std::fs::read_to_string(file.path()).unwrap()
}

#[test]
fn what_is_written_is_read_back() {
    let Some(told) = acts(&[
        "opens", "names", "tcp4", "udp", "local", "rights", "families", "chdir", "exec", "memory",
    ]) else {
        return;
    };
    let again = again(&told.lines);
    for (written, read) in told.lines.lines().zip(again.lines()) {
        assert_eq!(written, read);
    }
    assert_eq!(told.lines.len(), again.len());
}

#[test]
fn a_line_that_is_no_event_is_refused_with_a_reason() {
    for (line, reason) in [
        ("", "EOF"),
        ("[]", "not a JSON object"),
        ("{}", "`evt.time` is missing"),
        (r#"{"evt.time":"yesterday","evt.num":1}"#, "`evt.time` is no time"),
        (
            r#"{"evt.time":"2025-11-21T00:00:00.000000000Z","evt.num":1.5}"#,
            "`evt.num` is not a whole number",
        ),
    ] {
        let error = read_event(line).unwrap_err();
        assert!(error.contains(reason), "{line}: {error}");
    }
}

#[test]
fn every_field_and_every_type_is_documented() {
    let Some(told) = acts(&["opens", "names", "tcp4", "udp", "local", "rights", "become"]) else {
        return;
    };
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/trace-events.md"))
            .unwrap();
    let words: Vec<&str> = text.split('`').collect();
    let is_told = |name: &str| words.contains(&name);
    // A table's row may give the first name whole and the endings of those that differ in their last part.
    let ending = |name: &str| name.rfind(['_', '.']).is_some_and(|at| is_told(&name[at..]));
    for event in &told.events {
        let kind = event["evt.type"].as_str().unwrap();
        assert!(is_told(kind), "{kind}");
        for field in event.as_object().unwrap().keys() {
            assert!(is_told(field) || ending(field), "{field}");
        }
    }
}

#[test]
fn events_that_cannot_be_written_are_counted() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let report = Step::new().run_into(&["sh", "-c", "cat /dev/null"], LineSink::new(full));
    assert!(report.events > 0);
    assert_eq!(report.dropped, report.events);
    assert_eq!(report.error.unwrap().raw_os_error(), Some(libc::ENOSPC));
}

#[test]
fn two_sinks_get_the_same_events() {
    let (mut first, mut second) = (0, 0);
    let sinks = (Each::new(|_: &Event<'_>| first += 1), Each::new(|_: &Event<'_>| second += 1));
    let report = Step::new().run_into(&["sh", "-c", "cat /dev/null"], sinks);
    assert_eq!((first, second), (report.events, report.events));
}

/// How often each call had each result.
type Counts = BTreeMap<(String, String), usize>;

#[test]
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn strace_sees_the_same_calls_with_the_same_results() {
    let Some(program) = program() else { return };
    let words = [program, "opens", "names", "local", "families", "chdir", "exec"];
    let kinds = "open,openat,openat2,creat,rename,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,\
                 chmod,fchmod,fchmodat,socket,connect,listen,execve,chdir,vfork,fork,clone,clone3";
    let oracle = Step::new();
    let log = oracle.directory.path().with_extension("strace");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(&log).arg(format!("-etrace={kinds}")).args(words);
    command.env_clear().envs(oracle.environment.iter().filter_map(|entry| entry.split_once('=')));
    let Ok(status) = command.current_dir(oracle.path()).status() else {
        println!("skipped: no strace");
        return;
    };
    assert!(status.success());
    let log_text = String::from_utf8_lossy(&std::fs::read(&log).unwrap()).into_owned();
    std::fs::remove_file(&log).unwrap();
    let mut expected = Counts::new();
    for line in
        log_text.lines().filter(|line| !line.contains("<unfinished") && !line.contains("+++"))
    {
        let Some((call, result)) = line.rsplit_once(" = ") else { continue };
        let call = call.split_once(' ').unwrap().1.trim_start().trim_start_matches("<... ");
        let name = call.split(['(', ' ']).next().unwrap();
        let outcome =
            result.strip_prefix("-1 ").map_or("SUCCESS", |error| error.split(' ').next().unwrap());
        *expected.entry((name.to_owned(), outcome.to_owned())).or_default() += 1;
    }
    let told = Step::new().run(&words);
    let mut found = Counts::new();
    for event in &told.events {
        let kind = event["evt.type"].as_str().unwrap();
        // A birth's other side is the same call, seen from the child.
        let is_child = kind != "execve"
            && event["evt.rawres"] == 0
            && ["fork", "vfork", "clone", "clone3"].contains(&kind);
        if kinds.split(',').any(|known| known == kind) && !is_child {
            let outcome = event["evt.res"].as_str().unwrap();
            *found.entry((kind.to_owned(), outcome.to_owned())).or_default() += 1;
        }
    }
    assert_eq!(found, expected);
}
