//! A step to be traced: a program or command in a fresh directory.

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use lanner_trace::{Milestone, Plan, RecorderOptions, Session, TraceError};
use tempfile::TempDir;

use super::programs::program;
use super::run::Run;

/// A step that has not run.
#[derive(Debug)]
pub(crate) struct Step {
    place: TempDir,
    argv: Vec<Vec<u8>>,
    env: Vec<Vec<u8>>,
    stdin: Vec<u8>,
    linger: Option<Duration>,
    merged: bool,
}

impl Step {
    /// A command, looked for in the `PATH` of the tests.
    pub(crate) fn command<Word: AsRef<[u8]>>(words: &[Word]) -> Self {
        let path = std::env::var("PATH").unwrap_or_default();
        Self {
            place: TempDir::new().unwrap(),
            argv: words.iter().map(|word| word.as_ref().to_vec()).collect(),
            env: vec![format!("PATH={path}").into_bytes(), b"LC_ALL=C".to_vec()],
            stdin: Vec::new(),
            linger: None,
            merged: false,
        }
    }

    /// A program of `tests/programs`.
    pub(crate) fn program(name: &str) -> Self {
        Self::command(&[program(name).into_os_string().into_vec()])
    }

    /// Adds a word to the command.
    pub(crate) fn word(mut self, word: impl AsRef<[u8]>) -> Self {
        self.argv.push(word.as_ref().to_vec());
        self
    }

    /// Adds a file to the directory, with the directories on the way.
    pub(crate) fn file(self, path: &str, content: &str) -> Self {
        let path = self.directory().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// What the command reads from its standard input.
    pub(crate) fn stdin(mut self, text: &[u8]) -> Self {
        self.stdin = text.to_vec();
        self
    }

    /// How long to wait for what the command leaves behind.
    pub(crate) fn linger(mut self, linger: Duration) -> Self {
        self.linger = Some(linger);
        self
    }

    /// Its standard error is its standard output.
    pub(crate) fn merged(mut self) -> Self {
        self.merged = true;
        self
    }

    /// Its environment and nothing else.
    pub(crate) fn environment(mut self, entries: &[&str]) -> Self {
        self.env = entries.iter().map(|entry| entry.as_bytes().to_vec()).collect();
        self
    }

    /// Where it runs.
    pub(crate) fn directory(&self) -> PathBuf {
        self.place.path().canonicalize().unwrap()
    }

    /// Runs it.
    pub(crate) fn run(self) -> Run {
        self.try_run().unwrap()
    }

    /// Runs it if it can be started.
    pub(crate) fn try_run(self) -> Result<Run, TraceError> {
        let directory = self.directory();
        let mut stdin = tempfile::tempfile().unwrap();
        stdin.write_all(&self.stdin).unwrap();
        stdin.rewind().unwrap();
        let (mut stdout, mut stderr) =
            (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let errors = if self.merged { &stdout } else { &stderr };
        let streams = [stdin, stdout.try_clone().unwrap(), errors.try_clone().unwrap()];
        let mut plan =
            Plan::new(self.argv, self.env, path_bytes(&directory), streams.map(Into::into))?;
        plan.linger = self.linger.unwrap_or(Duration::from_secs(10));
        let options = RecorderOptions { threads: 2, directory: directory.clone() };
        let (tell, told) = mpsc::channel();
        let tell = Box::new(move |milestone| tell.send(milestone).unwrap());
        Session::start(plan, options, None, tell)?.join();
        let (mut root, mut restricted) = (None, false);
        for milestone in told {
            match milestone {
                Milestone::Started { no_new_privs, .. } => restricted = no_new_privs,
                Milestone::RootEnded(end) => root = Some(end),
                Milestone::Finished(traced) => {
                    let trace = (*traced)?.trace;
                    let [stdout, stderr] = [&mut stdout, &mut stderr].map(contents);
                    let (root, no_new_privs) = (root.unwrap(), restricted);
                    return Ok(Run {
                        trace,
                        root,
                        stdout,
                        stderr,
                        no_new_privs,
                        directory,
                        _place: self.place,
                    });
                }
            }
        }
        unreachable!("`Finished` comes last, and always")
    }
}

fn contents(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn path_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().to_owned().into_vec()
}
