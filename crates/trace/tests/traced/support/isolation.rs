//! Runs the body of a test in a process of its own, under a watchdog, and looks at what it leaves behind there.
//! Waits for events only. The inner process is this test program again, asked for the one test.

use std::env;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, getuid, kill_process_group};

use super::hygiene::Hygiene;
use super::{skip, soaking};

/// Set in the inner process.
const INSIDE: &str = "LANNER_TEST_INSIDE";
const PATIENCE: Duration = Duration::from_secs(60);
/// The user and the group that own nothing.
const NOBODY: u32 = 65534;

/// Runs `body` in isolation; 20 times, one after the other, when soaking. It must be a closure of the test itself.
pub(crate) fn isolated<Body: FnOnce()>(body: Body) {
    run(body, |body| body(), PATIENCE, None);
}

/// As [`isolated`], with more patience.
pub(crate) fn isolated_for<Body: FnOnce()>(patience: Duration, body: Body) {
    run(body, |body| body(), patience, None);
}

/// As [`isolated`], for a body that a closure of the test, `named`, is only a part of.
pub(crate) fn isolated_with<Named>(named: Named, body: impl FnOnce(Named)) {
    run(named, body, PATIENCE, None);
}

/// As [`isolated_with`], without privileges, also when the tests run with them.
pub(crate) fn isolated_as_nobody<Named>(named: Named, body: impl FnOnce(Named)) {
    if !getuid().is_root() {
        run(named, body, PATIENCE, None);
    } else if program_is_for_everyone() {
        run(named, body, PATIENCE, Some(NOBODY));
    } else {
        skip("the test program is in a folder that only root may enter");
    }
}

fn run<Named>(named: Named, body: impl FnOnce(Named), patience: Duration, user: Option<u32>) {
    if env::var_os(INSIDE).is_some() {
        let before = Hygiene::now();
        body(named);
        before.check();
        return;
    }
    for round in 1..=if soaking() { 20 } else { 1 } {
        let (status, output) = inner(test_name::<Named>(), patience, user);
        let output = String::from_utf8_lossy(&output);
        assert!(
            status.is_some(),
            "still running after {patience:?} (round {round}): killed\n{output}"
        );
        assert!(
            status.is_some_and(|status| status.success()),
            "round {round}: {status:?}\n{output}"
        );
        assert!(output.contains("1 passed"), "the inner process ran another test\n{output}");
        // The runner writes its own words on the same line.
        if let Some(at) = output.find("skipped: ") {
            skip(output[at + 9..].lines().next().unwrap_or_default());
            return;
        }
    }
}

/// How the inner process ended, `None` if it had to be killed, and what it wrote.
fn inner(test: &str, patience: Duration, user: Option<u32>) -> (Option<ExitStatus>, Vec<u8>) {
    let mut output = tempfile::tempfile().unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--include-ignored", "--test-threads", "1"])
        .env(INSIDE, "1")
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output.try_clone().unwrap())
        .process_group(0);
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    let mut child = command.spawn().unwrap();
    let group = Pid::from_child(&child);
    let (told, ended) = mpsc::channel();
    let waiter = thread::spawn(move || told.send(child.wait().unwrap()).unwrap());
    let status = ended.recv_timeout(patience).ok();
    if status.is_none() {
        // The tracer's end is that of everything it traces (PTRACE_O_EXITKILL), whatever group that is in.
        let _ = kill_process_group(group, Signal::KILL);
    }
    waiter.join().unwrap();
    (status, contents(&mut output))
}

fn contents(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

/// The name the runner knows the calling test by: the path of a closure in it, without the crate and the closure.
fn test_name<Named>() -> &'static str {
    let path = std::any::type_name::<Named>();
    let path = path.split_once("::").map_or(path, |(_, rest)| rest);
    path.strip_suffix("::{{closure}}").unwrap()
}

fn program_is_for_everyone() -> bool {
    use std::os::unix::fs::PermissionsExt;
    let program = env::current_exe().unwrap();
    program
        .ancestors()
        .all(|path| fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o1 != 0))
}
