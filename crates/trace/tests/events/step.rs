//! A step and what was told of it. The program that acts is compiled once, by the C compiler there is.

use std::borrow::Cow;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use lanner_trace::events::{EventOptions, EventReport, EventStream, LineSink, Sink};
use lanner_trace::{End, Milestones, Plan, Subscription, Tid, trace};
use serde_json::Value;
use tempfile::TempDir;

/// A secret that every step has among its words and in its environment.
pub(crate) const SECRET: &str = "hunter2";

pub(crate) struct Step {
    pub(crate) directory: TempDir,
    pub(crate) environment: Vec<String>,
}

/// What was told of a step.
pub(crate) struct Told {
    pub(crate) directory: String,
    pub(crate) events: Vec<Value>,
    pub(crate) lines: String,
}

impl Step {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path();
        std::fs::create_dir(path.join("sub")).unwrap();
        std::fs::write(path.join("sub/inner"), "inner").unwrap();
        std::fs::write(path.join("below"), "below").unwrap();
        std::os::unix::fs::symlink("sub/inner", path.join("link")).unwrap();
        Self {
            directory,
            environment: vec!["PATH=/usr/bin:/bin".into(), format!("TOKEN={SECRET}")],
        }
    }

    /// The directory as the kernel knows it.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    pub(crate) fn run(&self, words: &[&str]) -> Told {
        let output = self.directory.path().with_extension("jsonl");
        let report = self.run_into(words, LineSink::new(File::create(&output).unwrap()));
        let lines = std::fs::read_to_string(&output).unwrap();
        std::fs::remove_file(&output).unwrap();
        let events: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((report.events, report.dropped), (events.len() as u64, 0));
        Told { directory: self.path().to_str().unwrap().to_owned(), events, lines }
    }

    pub(crate) fn run_into<S: Sink>(&self, words: &[&str], sink: S) -> EventReport {
        let mut stream = EventStream::new(
            sink,
            EventOptions { redact: Box::new(redact), kinds: None, matters: None },
        );
        let null = || File::options().read(true).write(true).open("/dev/null").unwrap().into();
        let directory = self.path().as_os_str().as_bytes().to_vec();
        let words: Vec<&str> = words.to_vec();
        let environment: Vec<&str> = self.environment.iter().map(String::as_str).collect();
        let mut plan = Plan::new(words, environment, directory, [null(), null(), null()]).unwrap();
        plan.subscription = Subscription::with_events(None);
        trace(&plan, &mut stream, &mut Silent).unwrap();
        stream.finish()
    }
}

fn redact(word: &str) -> Cow<'_, str> {
    if word.contains(SECRET) {
        Cow::Owned(word.replace(SECRET, "[redacted]"))
    } else {
        Cow::Borrowed(word)
    }
}

struct Silent;

impl Milestones for Silent {
    fn started(&mut self, _: Tid, _: bool) {}
    fn root_ended(&mut self, _: End) {}
}

/// What the acting program's events were; `None`, and said, without a C compiler.
pub(crate) fn acts(acts: &[&str]) -> Option<Told> {
    let program = program()?;
    let words: Vec<&str> = [program].into_iter().chain(acts.iter().copied()).collect();
    Some(Step::new().run(&words))
}

/// The acting program.
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
pub(crate) fn program() -> Option<&'static str> {
    static PROGRAM: OnceLock<Option<(TempDir, String)>> = OnceLock::new();
    let compile = || {
        let folder = TempDir::new().unwrap();
        let path = folder.path().canonicalize().unwrap().join("acts").to_str().unwrap().to_owned();
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/acts.c");
        let output = Command::new("cc").args(["-O1", "-o", &path, source]).output().ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some((folder, path))
    };
    let program = PROGRAM.get_or_init(compile).as_ref().map(|(_, path)| path.as_str());
    if program.is_none() {
        println!("skipped: no C compiler `cc`");
    }
    program
}

impl Told {
    /// The events of that type.
    pub(crate) fn of_type(&self, kind: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["evt.type"] == kind).collect()
    }

    /// The one event whose arguments have all that text in them.
    pub(crate) fn with_args(&self, kind: &str, text: &str) -> &Value {
        let found: Vec<&Value> = self
            .of_type(kind)
            .into_iter()
            .filter(|event| event["evt.args"].as_str().is_some_and(|args| args.contains(text)))
            .collect();
        assert_eq!(found.len(), 1, "{kind} with {text}: {:#?}", self.of_type(kind));
        found[0]
    }

    /// `evt.args` of the one event, with the working directory as `$D`.
    pub(crate) fn args(&self, kind: &str, text: &str) -> String {
        self.with_args(kind, text)["evt.args"].as_str().unwrap().replace(&self.directory, "$D")
    }
}
