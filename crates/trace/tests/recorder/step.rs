//! Runs a shell script as a step and gives its record.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use lanner_trace::{
    End, FileUse, Milestones, Plan, ProcessRecord, Recorder, RecorderOptions, Tid, Trace, trace,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A directory for a step, and its record once it ran.
pub(crate) struct Step {
    _folder: tempfile::TempDir,
    pub(crate) directory: PathBuf,
}

struct Marks(Option<End>);

impl Milestones for Marks {
    fn started(&mut self, _pid: Tid, _no_new_privs: bool) {}
    fn root_ended(&mut self, end: End) {
        self.0 = Some(end);
    }
}

impl Step {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().canonicalize().unwrap().join("work");
        std::fs::create_dir(&directory).unwrap();
        Self { _folder: folder, directory }
    }

    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let step = Self::new();
        for (name, content) in files {
            std::fs::write(step.path(name), content).unwrap();
        }
        step
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub(crate) fn shell(&self, script: &str) -> Record {
        self.run(&[b"sh".to_vec(), b"-c".to_vec(), script.into()])
    }

    /// A step in Python, if there is one; says so otherwise.
    #[expect(clippy::print_stdout, reason = "a skipped test says so")]
    pub(crate) fn python(&self, script: &str) -> Option<Record> {
        // The interpreter itself: what is found in the path may be a script that looks for one.
        let asked = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable, end='')"])
            .output();
        let Ok(interpreter) = asked.map(|output| output.stdout) else {
            println!("skipped: no python3");
            return None;
        };
        Some(self.run(&[interpreter, b"-c".to_vec(), script.into()]))
    }

    pub(crate) fn run(&self, words: &[Vec<u8>]) -> Record {
        let streams = [(); 3]
            .map(|()| File::options().read(true).write(true).open("/dev/null").unwrap().into());
        let environment = std::env::vars_os()
            .filter(|(name, _)| name == "PATH")
            .map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()].concat());
        let directory = self.directory.clone().into_os_string().into_vec();
        let plan = Plan::new(words.to_vec(), environment, directory, streams).unwrap();
        let mut recorder =
            Recorder::new(RecorderOptions { threads: 2, directory: self.directory.clone() });
        let mut marks = Marks(None);
        trace(&plan, &mut recorder, &mut marks).unwrap();
        Record { trace: recorder.finish(marks.0), directory: self.directory.clone() }
    }
}

/// A record, and ways to look into it.
pub(crate) struct Record {
    pub(crate) trace: Trace,
    directory: PathBuf,
}

impl Record {
    pub(crate) fn root(&self) -> &ProcessRecord {
        &self.trace.processes()[0]
    }

    /// The process that ran a program of that name last.
    pub(crate) fn running(&self, comm: &str) -> &ProcessRecord {
        let runs = |process: &&ProcessRecord| {
            process.executions.last().is_some_and(|one| one.comm == comm.as_bytes())
        };
        self.trace.processes().iter().find(runs).unwrap_or_else(|| panic!("no {comm}"))
    }

    /// What a process did with a file below the working directory.
    pub(crate) fn file<'a>(&self, process: &'a ProcessRecord, name: &str) -> Option<&'a FileUse> {
        let path = self.directory.join(name);
        process.files.iter().find(|file| OsStr::from_bytes(&file.path) == path)
    }

    pub(crate) fn processes(&self) -> Value {
        let mut out = Vec::new();
        self.trace.processes_json(&redact, &mut out);
        serde_json::from_slice(&out).unwrap()
    }

    pub(crate) fn materials(&self) -> Vec<(String, String)> {
        let materials = self.trace.materials(false);
        assert_eq!(materials.incomplete, []);
        materials.files.into_iter().map(|(path, digest)| (text(path), hex(&digest))).collect()
    }

    /// Names of the products, below the working directory.
    pub(crate) fn written(&self) -> Vec<String> {
        let relative = |path: PathBuf| path.strip_prefix(&self.directory).unwrap().to_path_buf();
        self.trace
            .written(false)
            .into_iter()
            .map(|path| text(relative(path).into_os_string().into_vec()))
            .collect()
    }

    pub(crate) fn shown(&self, path: &Path) -> String {
        self.directory.join(path).to_str().unwrap().to_owned()
    }
}

fn redact(text: &str) -> Cow<'_, str> {
    Cow::Owned(text.replace("secret", "***"))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn sha256(content: &str) -> String {
    hex(&Sha256::digest(content))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
