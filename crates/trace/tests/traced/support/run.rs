//! A step that ran, and what a test asks of its record.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use lanner_trace::{Content, End, Execution, FileUse, NameKind, ProcessRecord, Trace, Uses};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// The exit code of a program that cannot run on this machine.
const SKIPPED: End = End::Exited(77);

/// What a step left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) trace: Trace,
    pub(crate) root: End,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) no_new_privs: bool,
    pub(crate) directory: PathBuf,
    /// It is removed with this value.
    pub(crate) _place: TempDir,
}

impl Run {
    /// Fails unless the command ended so. False if it said that it cannot run here; then the test has been skipped.
    pub(crate) fn ended(&self, end: End) -> bool {
        if self.root == SKIPPED {
            let reason =
                self.stdout.trim().strip_prefix("skipped: ").unwrap_or("the program gave up");
            super::skip(reason);
            return false;
        }
        assert_eq!(self.root, end, "{}{}", self.stdout, self.stderr);
        true
    }

    /// Fails if anything is missing from the record.
    pub(crate) fn complete(&self) {
        assert_eq!(self.trace.gaps(), [], "gaps");
    }

    /// The path a text stands for: below the step's directory unless absolute.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> Vec<u8> {
        self.directory.join(path).as_os_str().as_bytes().to_vec()
    }

    /// All uses of a file, by whichever process.
    pub(crate) fn files(&self, path: impl AsRef<Path>) -> Vec<&FileUse> {
        let path = self.path(path);
        self.trace
            .processes()
            .iter()
            .flat_map(|process| &process.files)
            .filter(|file| *file.path == *path)
            .collect()
    }

    /// Fails unless the file was used in all these ways; gives how many times it was used.
    pub(crate) fn used(&self, path: &str, uses: Uses) -> u64 {
        let files = self.files(path);
        let all = files.iter().fold(Uses::default(), |all, file| all.with(file.uses));
        assert!(all.has(uses), "`{path}` was used for {all:?}, not for {uses:?}");
        files.iter().map(|file| file.count).sum()
    }

    /// Fails unless the file was read with exactly these contents, by whichever process.
    pub(crate) fn read(&self, path: &str, contents: &[&str]) {
        let uses = self.used(path, Uses::READ);
        let mut read: Vec<&Content> =
            self.files(path).into_iter().flat_map(|file| &file.read).collect();
        read.sort();
        read.dedup();
        let mut wanted: Vec<Content> = contents.iter().map(sha256).collect();
        wanted.sort();
        assert!(
            read.into_iter().eq(&wanted),
            "`{path}`, used {uses} times, was not read as {contents:?}"
        );
    }

    /// Fails if any content of the file was taken as read.
    pub(crate) fn read_never(&self, path: &str) {
        assert!(
            self.files(path).iter().all(|file| file.read.is_empty() && !file.uses.has(Uses::READ))
        );
    }

    /// Fails unless the step wrote the file, it holds `content` at the end, and it is a product.
    pub(crate) fn wrote(&self, path: &str, content: &str) {
        self.used(path, Uses::WRITE);
        self.left(path, content);
    }

    /// Fails unless the file is a product of the step that holds `content`.
    pub(crate) fn left(&self, path: &str, content: &str) {
        assert!(self.is_product(path), "`{path}` is no product");
        let files = self.files(path);
        let held = files.iter().filter_map(|file| file.at_end.as_ref()).collect::<Vec<_>>();
        if !held.is_empty() {
            assert!(held.iter().all(|&held| *held == sha256(content)), "`{path}` ends as {held:?}");
        }
    }

    /// Whether the step wrote it and it is there at the end.
    pub(crate) fn is_product(&self, path: &str) -> bool {
        let path = self.path(path);
        self.trace.written(true).iter().any(|written| written.as_os_str().as_bytes() == path)
    }

    /// Whether the record says anything of a file.
    pub(crate) fn knows(&self, path: impl AsRef<Path>) -> bool {
        !self.files(path).is_empty()
    }

    /// How often a name was changed so.
    pub(crate) fn renamed(&self, kind: NameKind, from: Option<&str>, path: &str) -> u64 {
        let (from, path) = (from.map(|from| self.path(from)), self.path(path));
        self.trace
            .processes()
            .iter()
            .flat_map(|process| &process.names)
            .filter(|name| name.kind == kind && *name.path == *path)
            .filter(|name| from.is_none() || name.from.as_deref() == from.as_deref())
            .map(|name| name.count)
            .sum()
    }

    /// How often calls whose name starts so failed with this error.
    pub(crate) fn attempts(&self, call: &str, error: &str) -> u64 {
        self.trace
            .processes()
            .iter()
            .flat_map(|process| &process.attempts)
            .filter(|attempt| attempt.call.starts_with(call) && attempt.error == error)
            .map(|attempt| attempt.count)
            .sum()
    }

    /// How often a notable call was made.
    pub(crate) fn calls(&self, call: &str) -> u64 {
        let calls = self.trace.processes().iter().flat_map(|process| &process.calls);
        calls.filter(|notable| notable.call == call).map(|notable| notable.count).sum()
    }

    /// How many gaps there are whose kind has this word.
    pub(crate) fn gaps(&self, word: &str) -> u64 {
        self.trace.gaps().iter().filter(|gap| gap.kind.contains(word)).map(|gap| gap.count).sum()
    }

    /// The command's own process.
    pub(crate) fn first(&self) -> &ProcessRecord {
        &self.trace.processes()[0]
    }

    /// The only process that ended so.
    pub(crate) fn only(&self, end: End) -> &ProcessRecord {
        let mut found = self
            .trace
            .processes()
            .iter()
            .filter(|process| process.end.is_some_and(|(e, _)| e == end));
        let process = found.next().unwrap();
        assert!(found.next().is_none(), "more than one process ended as {end:?}");
        process
    }

    /// Fails unless every process was seen to end; gives how many there were.
    pub(crate) fn all_ended(&self) -> usize {
        for process in self.trace.processes() {
            assert!(
                process.end.is_some_and(|(end, _)| end != End::LeftRunning),
                "{} of {} has no end",
                process.pid,
                process.parent
            );
        }
        self.trace.processes().len()
    }
}

/// Fails unless an execution is of this file, with this content.
pub(crate) fn ran(execution: &Execution, exe: &[u8], content: &[u8]) {
    assert_eq!(String::from_utf8_lossy(&execution.exe), String::from_utf8_lossy(exe));
    assert_eq!(execution.exe_content.as_ref(), Some(&sha256(content)));
}

pub(crate) fn sha256(content: impl AsRef<[u8]>) -> Content {
    Content::Sha256(Sha256::digest(content.as_ref()).into())
}

/// The arguments of an execution.
pub(crate) fn argv(execution: &Execution) -> Vec<&[u8]> {
    execution.argv().collect()
}
