//! Runs the player under the tracer and gives the lines of its scenario's processes.
//! The player is compiled once, without shared libraries: its root has none.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::process::Command;

use lanner_trace::events::{EventOptions, EventStream, LineSink};
use lanner_trace::{End, Milestones, Plan, Subscription, Tid, trace};
use rustix::mount::{MountPropagationFlags, mount_bind, mount_change};
use rustix::thread::{UnshareFlags, unshare_unsafe};
use serde_json::Value;
use tempfile::TempDir;

use crate::script::Unplayed;

/// The player's status when the machine did not let it build its stage.
const REFUSED: i32 = 77;

/// A player, for as long as it is wanted, and the users that scenarios ask for.
pub(crate) struct Stage {
    folder: TempDir,
    /// Without one, why.
    player: Result<String, String>,
}

impl Stage {
    pub(crate) fn new(users: &BTreeSet<&str>) -> Self {
        let folder = TempDir::new().unwrap();
        let mut accounts = std::fs::read_to_string("/etc/passwd").unwrap();
        for (number, user) in (61_000..).zip(users) {
            if !accounts.lines().any(|line| line.split(':').next() == Some(user)) {
                writeln!(accounts, "{user}:x:{number}:{number}::/:/bin/false").unwrap();
            }
        }
        std::fs::write(folder.path().join("passwd"), accounts).unwrap();
        Self { player: compile(&folder), folder }
    }

    /// Lets this thread alone see those users. Needs root; without it, they are those there are.
    pub(crate) fn introduce_users(&self) {
        // SAFETY: what is taken apart is the view of mounts, on which no memory and no descriptor depends.
        let apart = unsafe { unshare_unsafe(UnshareFlags::NEWNS) };
        let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
        let _ = apart
            .and_then(|()| mount_change("/", private))
            .and_then(|()| mount_bind(self.folder.path().join("passwd"), "/etc/passwd"));
    }
}

fn compile(folder: &TempDir) -> Result<String, String> {
    let path = folder.path().canonicalize().unwrap().join("player").to_str().unwrap().to_owned();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/evtgen/player.c");
    let compiled = Command::new("cc").args(["-O1", "-static", "-o", &path, source]).output();
    let output = compiled.map_err(|error| format!("no C compiler `cc`: {error}"))?;
    if output.status.success() {
        return Ok(path);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("cannot find -lc"), "{said}");
    Err("no static C library".into())
}

#[derive(Default)]
struct Watch(Option<End>);

impl Milestones for Watch {
    fn started(&mut self, _: Tid, _: bool) {}
    fn root_ended(&mut self, end: End) {
        self.0 = Some(end);
    }
}

impl Stage {
    /// The events of what a plan's processes did: a line each, those of the stage left out.
    pub(crate) fn play(&self, plan: &str) -> Result<String, Unplayed> {
        let player = self.player.as_ref().map_err(|reason| Unplayed::Here(reason.clone()))?;
        let (mut said, mut lines) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let null = || File::options().read(true).write(true).open("/dev/null").unwrap();
        let stdio = [null().into(), null().into(), said.try_clone().unwrap().into()];
        let environment = [format!("EVTGEN_PLAN={plan}")];
        let mut traced = Plan::new([player.clone()], environment, "/", stdio).unwrap();
        traced.subscription = Subscription::with_events(None);
        let sink = LineSink::new(lines.try_clone().unwrap());
        let mut stream = EventStream::new(sink, EventOptions::default());
        let mut watch = Watch::default();
        trace(&traced, &mut stream, &mut watch).unwrap();
        assert_eq!(stream.finish().dropped, 0);
        match watch.0 {
            Some(End::Exited(0)) => {}
            end => {
                let mut reason = String::new();
                said.rewind().unwrap();
                said.read_to_string(&mut reason).unwrap();
                assert!(matches!(end, Some(End::Exited(REFUSED))), "{end:?}: {reason}\n{plan}");
                return Err(Unplayed::Here(reason.trim().into()));
            }
        }
        let mut text = String::new();
        lines.rewind().unwrap();
        lines.read_to_string(&mut text).unwrap();
        Ok(without_stage(&text))
    }
}

fn without_stage(lines: &str) -> String {
    let process = |line: &str| serde_json::from_str::<Value>(line).unwrap()["proc.pid"].clone();
    let stage = lines.lines().next().map(process);
    let kept = lines.lines().filter(|line| Some(process(line)) != stage);
    kept.fold(String::new(), |text, line| text + line + "\n")
}
