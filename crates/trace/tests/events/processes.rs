//! Processes: who they are, what made them, what they run and how they end.

use lanner_trace::events::{Each, Event};
use serde_json::{Value, json};

use crate::step::{SECRET, Step, Told, acts, program};

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The last event of a program of that name.
fn last<'a>(told: &'a Told, name: &str) -> &'a Value {
    told.events.iter().rfind(|event| event["proc.name"] == name).unwrap()
}

#[test]
fn an_execution_tells_the_program_and_its_words() {
    let told = Step::new().run(&["sh", "-c", "/usr/bin/env true 'a b' c; exit 3"]);
    let executions = told.of_type("execve");
    let event = executions.iter().rfind(|event| event["evt.rawres"] == 0).unwrap();
    assert_eq!((&event["proc.name"], &event["proc.exe"]), (&json!("true"), &json!("true")));
    assert_eq!(event["proc.cmdline"], "true a b c");
    assert_eq!(event["evt.arg"]["args"], "a b.c.");
    assert_eq!((&event["evt.res"], &event["evt.arg"]["comm"]), (&json!("SUCCESS"), &json!("true")));
    assert_eq!(event["proc.cwd"], format!("{}/", told.directory));
    assert!(
        event["proc.exepath"].as_str().unwrap().ends_with("/true")
            || event["proc.exepath"] == "/usr/bin/coreutils"
    );
    assert_eq!(event["evt.arg"]["trusted_exepath"], event["proc.exepath"]);
}

#[test]
fn a_process_has_its_ancestors_up_to_the_systems_first() {
    let told = Step::new().run(&["sh", "-c", "sh -c 'cat /dev/null; exit 0'; exit 0"]);
    let event = last(&told, "cat");
    let names = event["proc.aname"].as_array().unwrap();
    assert_eq!(names[..2], [json!("sh"), json!("sh")]);
    assert_eq!((&event["proc.pname"], &event["proc.pexe"]), (&json!("sh"), &json!("sh")));
    assert_eq!(event["proc.pcmdline"], "sh -c cat /dev/null; exit 0");
    let own = std::process::id();
    let ids: Vec<u64> =
        event["proc.apid"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
    assert!(ids.contains(&u64::from(own)), "{ids:?} without {own}");
    assert_eq!(ids.last(), Some(&1));
    assert_eq!(event["proc.ppid"], ids[0]);
    for list in ["proc.aexe", "proc.aexepath"] {
        assert_eq!(event[list].as_array().unwrap().len(), names.len());
    }
}

#[test]
fn an_ancestor_is_remembered_beyond_its_end() {
    let told = Step::new().run(&["sh", "-c", "(sh -c 'cat /dev/null; exit 0' & exit 0); exit 0"]);
    let event = last(&told, "cat");
    assert_eq!(
        event["proc.aname"].as_array().unwrap()[..3],
        [json!("sh"), json!("sh"), json!("sh")]
    );
}

#[test]
fn an_execution_from_memory_says_so() {
    let Some(told) = acts(&["memory"]) else { return };
    let event = told.of_type("execve").pop().unwrap();
    assert_eq!(event["evt.arg"]["flags"], "EXE_WRITABLE|EXE_FROM_MEMFD");
    assert_eq!(
        (&event["proc.is_exe_from_memfd"], &event["proc.exepath"]),
        (&json!(true), &json!("memfd:hidden"))
    );
    assert_eq!(
        (&event["proc.exe"], &event["proc.cmdline"]),
        (&json!("inner"), &json!(format!("{} exit", event["proc.name"].as_str().unwrap())))
    );
    let created = told.of_type("memfd_create")[0];
    assert_eq!(
        (&created["fd.type"], &created["evt.arg"]["name"]),
        (&json!("memfd"), &json!("hidden"))
    );
}

#[test]
fn a_failed_execution_tells_what_was_tried_and_by_whom() {
    let Some(told) = acts(&["exec"]) else { return };
    let event = told.with_args("execve", "ENOENT");
    assert_eq!(
        (&event["evt.arg"]["exe"], &event["evt.arg"]["args"]),
        (&json!("first word"), &json!("second."))
    );
    assert_eq!(event["evt.arg"]["filename"], "./no-program");
    assert_eq!(
        (&event["proc.name"], &event["proc.cmdline"]),
        (&json!("acts"), &json!("acts exec"))
    );
}

#[test]
fn a_birth_is_told_on_both_sides_and_an_end_once() {
    let Some(told) = acts(&["families"]) else { return };
    let root = &told.events[0]["proc.pid"];
    let births: Vec<&Value> = told
        .events
        .iter()
        .filter(|event| {
            ["fork", "vfork", "clone", "clone3"].contains(&event["evt.type"].as_str().unwrap())
        })
        .collect();
    assert_eq!(births.len(), 6);
    for pair in births.chunks(2) {
        let (maker, child) = (pair[0], pair[1]);
        assert_eq!((&maker["proc.pid"], &child["evt.rawres"]), (root, &json!(0)));
        assert_eq!((&maker["evt.rawres"], &child["proc.ppid"]), (&child["proc.pid"], root));
    }
    assert_eq!(births[2]["evt.type"], "vfork");
    assert_eq!(
        (&births[4]["evt.type"], &births[4]["evt.arg"]["flags"]),
        (&json!("clone"), &json!("CLONE_FS"))
    );
    let ends: Vec<&str> =
        told.of_type("procexit").iter().map(|event| event["evt.args"].as_str().unwrap()).collect();
    let end = |status, code, signal| {
        format!("status={status} ret={code} sig={signal} core=<NA> reaper_tid=<NA>")
    };
    assert_eq!(
        ends,
        [end(768, 3, "0"), end(1024, 4, "0"), end(9, 0, "9(SIGKILL)"), end(0, 0, "0")]
    );
    assert!(told.of_type("procexit").iter().all(|event| event.get("evt.res").is_none()));
}

#[test]
fn a_change_of_directory_changes_what_paths_begin_at() {
    let Some(told) = acts(&["chdir"]) else { return };
    assert_eq!(told.with_args("chdir", "path=sub")["proc.cwd"], format!("{}/sub/", told.directory));
    let event = told.with_args("openat", "name=../below");
    assert_eq!(event["fd.name"], format!("{}/below", told.directory));
}

#[test]
fn a_process_is_called_what_it_calls_itself() {
    let Some(told) = acts(&["rename"]) else { return };
    assert_eq!(told.with_args("openat", "name=disguised")["proc.name"], "disguise-of-a-p");
}

#[test]
fn a_change_of_user_is_told_by_name_and_holds_from_then_on() {
    let Some(told) = acts(&["become"]) else { return };
    assert_eq!(told.of_type("setgid").len(), 1);
    if !is_root() {
        // Others may not, or are nobody already.
        return;
    }
    assert_eq!(told.args("setuid", "uid=65534"), "res=0 uid=65534(nobody)");
    let event = told.with_args("openat", "name=as-nobody");
    assert_eq!(
        (&event["user.uid"], &event["user.name"], &event["group.gid"]),
        (&json!(65534), &json!("nobody"), &json!(65534))
    );
    assert!(
        told.events[0].get("thread.cap_effective").is_some()
            && event.get("thread.cap_effective").is_none()
    );
}

#[test]
fn calls_that_ask_for_rights_are_told_with_falcos_words() {
    let Some(told) = acts(&["rights"]) else { return };
    for (kind, text, args) in [
        ("unshare", "res", "res=0 flags=3(CLONE_FILES|CLONE_FS)"),
        ("setns", "res", "res=-9(EBADF) fd=99 nstype=16(CLONE_NEWNET)"),
        ("ptrace", "res", "res=-3(ESRCH) addr=0 data=0 request=11(PTRACE_ATTACH) pid=2147483632"),
        ("bpf", "cmd", "cmd=5(BPF_PROG_LOAD)"),
        ("userfaultfd", "flags", "flags=4096(O_CLOEXEC)"),
        ("finit_module", "res", "fd=99 uargs=option=1 flags=2(MODULE_INIT_IGNORE_VERMAGIC)"),
        ("init_module", "res", "img=<NA> length=0 uargs=option=2"),
        ("dup", "res", "res=-9(EBADF) oldfd=99"),
        ("dup3", "res", "oldfd=99 newfd=2(<f>/dev/null) flags=4096(O_CLOEXEC)"),
    ] {
        // What this machine says to some of them depends on who runs the tests.
        let told = told.args(kind, text);
        assert!(told.ends_with(args), "{kind}: {told}");
    }
}

#[test]
fn a_session_and_a_group_are_told_with_their_leaders() {
    let told = Step::new().run(&["setsid", "sh", "-c", "cat /dev/null; exit 0"]);
    let event = last(&told, "cat");
    assert_eq!((&event["proc.sname"], &event["proc.tty"]), (&json!("sh"), &json!(0)));
    assert_eq!(
        (&event["proc.sid"], &event["proc.pgid"]),
        (&event["proc.ppid"], &event["proc.ppid"])
    );
    assert!(event.get("proc.is_vpgid_leader").is_none());
    let leader = last(&told, "sh");
    assert_eq!(
        (&leader["proc.is_vpgid_leader"], &leader["proc.is_sid_leader"]),
        (&json!(true), &json!(true))
    );
}

#[test]
fn secrets_among_words_and_in_the_environment_are_not_told() {
    let told = Step::new().run(&[
        "sh",
        "-c",
        "/usr/bin/env true $TOKEN; ./absent --password=$TOKEN; exit 0",
    ]);
    assert!(!told.lines.contains(SECRET));
    assert!(told.events.iter().any(|event| event["proc.cmdline"] == "true [redacted]"));
    assert_eq!(
        told.with_args("execve", "res=-2(ENOENT) exe=./absent")["evt.arg"]["args"],
        "--password=[redacted]."
    );
}

#[test]
fn the_environment_is_there_while_an_event_is_taken() {
    let Some(program) = program() else { return };
    let mut seen = 0;
    let look = |event: &Event<'_>| {
        if event.kind == "unshare" {
            let entries = event.environment().unwrap();
            assert!(
                entries
                    .split(|&byte| byte == 0)
                    .any(|entry| entry == format!("TOKEN={SECRET}").as_bytes())
            );
            seen += 1;
        }
    };
    Step::new().run_into(&[program, "rights"], Each::new(look));
    assert_eq!(seen, 1);
}
