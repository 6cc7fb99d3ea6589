//! Processes: births, programs, ends, ids, sockets, calls, and their JSON.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use lanner_trace::{BirthKind, Content, End, Subject};
use serde_json::json;

use crate::step::{Step, sha256};

#[test]
fn the_command_itself_is_recorded_as_any_other() {
    let step = Step::new();
    let record = step.shell("exit 7");
    let root = record.root();
    assert_eq!((root.birth, root.threads, root.executions.len()), (BirthKind::Root, 1, 1));
    assert_eq!(root.end.unwrap().0, End::Exited(7));
    let run = &root.executions[0];
    assert_eq!(run.argv().collect::<Vec<_>>(), [&b"sh"[..], b"-c", b"exit 7"]);
    assert_eq!((&*run.comm, &*run.cwd), (&b"sh"[..], step.directory.as_os_str().as_bytes()));
    let exe = std::fs::canonicalize("/proc/self/exe")
        .map(|_| std::path::Path::new("/bin/sh").canonicalize());
    let exe = exe.unwrap().unwrap();
    let digest = sha256_of(&exe);
    assert_eq!(run.exe_content.as_ref().and_then(Content::digest).map(hex), Some(digest));
    assert_eq!(run.program_content, run.exe_content);
}

fn sha256_of(path: &std::path::Path) -> String {
    use sha2::{Digest, Sha256};
    hex(&Sha256::digest(std::fs::read(path).unwrap()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn a_script_is_told_with_its_interpreter() {
    let step = Step::with(&[("script", "#!/bin/sh\nexit 0\n")]);
    std::fs::set_permissions(step.path("script"), PermissionsExt::from_mode(0o755)).unwrap();
    let record = step.shell("./script a b");
    let run = record.running("script").executions.last().unwrap();
    assert_eq!(run.program, b"./script");
    assert!(run.exe.ends_with(b"sh"));
    assert_eq!(run.argv().skip(1).collect::<Vec<_>>(), [&b"./script"[..], b"a", b"b"]);
    let digest = run.program_content.as_ref().and_then(Content::digest).map(hex);
    assert_eq!(digest, Some(sha256("#!/bin/sh\nexit 0\n")));
    assert_eq!(record.materials(), [("script".to_owned(), sha256("#!/bin/sh\nexit 0\n"))]);
}

#[test]
fn a_process_that_runs_another_program_is_one_process() {
    let step = Step::new();
    let record = step.shell("exec sh -c 'exec true'");
    let names: Vec<_> = record.root().executions.iter().map(|one| one.comm.clone()).collect();
    assert_eq!(names, [&b"sh"[..], b"sh", b"true"]);
    let json = record.processes();
    assert_eq!(json[0]["executions"].as_array().unwrap().len(), 3);
    assert_eq!(json[0]["program"], json[0]["executions"][2]["program"]);
}

#[test]
fn a_fork_runs_what_its_parent_ran() {
    let step = Step::new();
    let record = step.shell("(exit 3); (kill -9 $(exec sh -c 'echo $PPID')); exit 0");
    let root = record.root();
    let fork =
        record.trace.processes().iter().find(|one| one.end.unwrap().0 == End::Exited(3)).unwrap();
    assert_eq!((fork.parent, fork.executions.len()), (root.pid, 0));
    assert_eq!(fork.inherited.as_ref().unwrap().exe, root.executions[0].exe);
    let killed =
        record.trace.processes().iter().find(|one| one.end.unwrap().0 == End::Killed(9)).unwrap();
    let json = record.processes();
    let json = json.as_array().unwrap().iter().find(|one| one["processid"] == killed.pid).unwrap();
    assert_eq!((&json["exitcode"], &json["signal"]), (&json!(137), &json!(9)));
}

#[test]
fn processes_come_in_the_order_of_their_births_and_threads_are_counted() {
    let step = Step::new();
    let Some(record) = step.python(
        "import threading\n\
         threads = [threading.Thread(target=print) for _ in range(3)]\n\
         [t.start() for t in threads]; [t.join() for t in threads]\n",
    ) else {
        return;
    };
    assert_eq!(record.trace.processes().len(), 1);
    assert_eq!(record.root().threads, 4);
    let record = step.shell("true & true & wait");
    let starts: Vec<_> = record.trace.processes().iter().map(|one| one.start).collect();
    assert!(starts.is_sorted());
}

#[test]
fn secrets_are_taken_out_of_arguments() {
    let step = Step::new();
    let record = step.shell("true secret; exec true a-secret");
    let json = record.processes();
    assert_eq!(json[0]["cmdline"], "true a-***");
    assert_eq!(json[0]["argv"], json!(["true", "a-***"]));
    assert!(!json.to_string().contains("secret"));
}

#[test]
fn addresses_are_told_by_family_host_and_port() {
    let step = Step::new();
    let Some(record) = step.python(
        "import socket\n\
         s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()\n\
         c = socket.create_connection(s.getsockname()); a = s.accept(); s.close()\n\
         for i in range(3):\n  u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.sendto(b'x', ('127.0.0.1', 53))\n\
         x = socket.socket(socket.AF_UNIX); x.bind('socket'); x.listen()\n\
         y = socket.socket(socket.AF_UNIX); y.bind('\\0abstract')\n\
         try: socket.create_connection(('127.0.0.1', 1))\n\
         except OSError: pass\n",
    ) else {
        return;
    };
    let root = record.root();
    let told: Vec<_> = root
        .connections
        .iter()
        .map(|one| {
            (
                one.call,
                one.address.family_name(),
                String::from_utf8_lossy(&one.address.host).into_owned(),
            )
        })
        .collect();
    let path = step.path("socket").to_str().unwrap().to_owned();
    for (call, family, host) in [
        ("bind", "AF_INET", "127.0.0.1"),
        ("listen", "AF_INET", "127.0.0.1"),
        ("connect", "AF_INET", "127.0.0.1"),
        ("accept", "AF_INET", "127.0.0.1"),
        ("sendto", "AF_INET", "127.0.0.1"),
        ("bind", "AF_UNIX", &path),
        ("listen", "AF_UNIX", "socket"),
        ("bind", "AF_UNIX", "@abstract"),
    ] {
        assert!(
            told.contains(&(call, family.to_owned(), host.to_owned())),
            "{call} {host} in {told:?}"
        );
    }
    let port = |call| root.connections.iter().find(|one| one.call == call).unwrap().address.port;
    assert_eq!(port("listen"), port("connect"));
    assert!(root.attempts.iter().any(|one| {
        one.error == "ECONNREFUSED"
            && matches!(&one.subject, Subject::Address(address) if address.port == Some(1))
    }));
    let network = &record.processes()[0]["network"];
    assert_eq!(network["dnsLookups"], json!([{"serverAddress": "127.0.0.1", "serverPort": 53}]));
    let dgram = network["sockets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["type"] == "SOCK_DGRAM")
        .unwrap();
    assert_eq!((&dgram["family"], &dgram["count"]), (&json!("AF_INET"), &json!(3)));
}

#[test]
fn a_change_of_ids_is_told_and_kept() {
    let step = Step::new();
    let Some(record) = step.python("import os\nif os.getuid() == 0:\n  os.setgid(1); os.setuid(2); os.execvp('true', ['true'])\n")
    else {
        return;
    };
    let uid = Command::new("id").arg("-u").output().unwrap().stdout;
    if uid != b"0\n" {
        return;
    }
    let calls: Vec<_> =
        record.root().calls.iter().map(|one| (one.call, one.detail.as_str())).collect();
    assert_eq!(calls, [("setgid", "0:0 to 0:1"), ("setuid", "0:1 to 2:1")]);
    let json = record.processes();
    assert_eq!((&json[0]["uid"], &json[0]["gid"]), (&json!(2), &json!(1)));
}
