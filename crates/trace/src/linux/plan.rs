//! What to run under the tracer, decided before anything runs.
//! Starts nothing. Made by the addon and by tests, used by `spawn`.

use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::error::TraceError;
use crate::linux::subscription::Subscription;

/// A command and its surroundings.
#[derive(Debug)]
pub struct Plan {
    pub(crate) argv: Vec<CString>,
    pub(crate) env: Vec<CString>,
    pub(crate) directory: CString,
    pub(crate) stdio: [OwnedFd; 3],
    /// What stops the step.
    pub subscription: Subscription,
    /// How long to wait, after the command itself ended, for processes it left behind.
    pub linger: Duration,
    /// Set by anybody to wait no longer, once the command itself has ended.
    pub patience_lost: Arc<AtomicBool>,
}

impl Plan {
    /// A plan for `argv`, run in `directory` with exactly the environment `env` (`NAME=value`) and these standard streams.
    /// `argv[0]` is looked for in the `PATH` of `env` unless it has a slash.
    pub fn new<Text: Into<Vec<u8>>>(
        argv: impl IntoIterator<Item = Text>,
        env: impl IntoIterator<Item = Text>,
        directory: impl Into<Vec<u8>>,
        stdio: [OwnedFd; 3],
    ) -> Result<Self, TraceError> {
        let argv = texts(argv, "a word of the command")?;
        if argv.is_empty() {
            return Err(TraceError::NotFound { command: String::new() });
        }
        Ok(Self {
            argv,
            env: texts(env, "the environment")?,
            directory: text(directory.into(), "the working directory")?,
            stdio,
            subscription: Subscription::record(),
            linger: Duration::from_secs(1),
            patience_lost: Arc::default(),
        })
    }

    /// The command as it was given.
    pub(crate) fn command(&self) -> String {
        self.argv[0].to_string_lossy().into_owned()
    }

    /// The files to try, in order: execvp(3).
    pub(crate) fn candidates(&self) -> Vec<CString> {
        let command = self.argv[0].as_bytes();
        if command.contains(&b'/') {
            return vec![self.argv[0].clone()];
        }
        let path = self.env.iter().find_map(|entry| entry.as_bytes().strip_prefix(b"PATH="));
        path.unwrap_or(b"/usr/local/bin:/usr/bin:/bin")
            .split(|&byte| byte == b':')
            .filter(|_| !command.is_empty())
            .filter_map(|folder| {
                let folder = if folder.is_empty() { b"." } else { folder };
                CString::new([folder, b"/", command].concat()).ok()
            })
            .collect()
    }
}

fn texts<Text: Into<Vec<u8>>>(
    texts: impl IntoIterator<Item = Text>,
    what: &'static str,
) -> Result<Vec<CString>, TraceError> {
    texts.into_iter().map(|bytes| text(bytes.into(), what)).collect()
}

fn text(bytes: Vec<u8>, what: &'static str) -> Result<CString, TraceError> {
    CString::new(bytes).map_err(|_| TraceError::NulByte { what })
}
