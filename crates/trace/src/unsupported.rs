//! The tracer where there is none: the same names, and one answer to every start.
//! Keeps the addon one source for all systems. Compiled in place of everything else but the errors.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::error::TraceError;

/// What to run.
#[derive(Debug)]
pub struct Plan {
    /// What stops the step.
    pub subscription: Subscription,
    /// How long to wait for processes the command left behind.
    pub linger: Duration,
    /// Set to wait no longer for them.
    pub patience_lost: Arc<AtomicBool>,
}

impl Plan {
    /// A plan that nothing can carry out.
    pub fn new<Text: Into<Vec<u8>>>(
        _argv: impl IntoIterator<Item = Text>,
        _env: impl IntoIterator<Item = Text>,
        _directory: impl Into<Vec<u8>>,
        _stdio: [OwnedFd; 3],
    ) -> Result<Self, TraceError> {
        Err(TraceError::Unsupported)
    }
}

/// A set of calls to stop at.
#[derive(Debug)]
pub struct Subscription;

impl Subscription {
    /// The empty set.
    #[must_use]
    pub fn with_events(_wanted: Option<&HashSet<String>>) -> Self {
        Self
    }
}

/// How to record.
#[derive(Debug)]
pub struct RecorderOptions {
    /// Threads that take digests.
    pub threads: usize,
    /// The working directory of the step.
    pub directory: PathBuf,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It exited with this code.
    Exited(i32),
    /// This signal ended it.
    Killed(i32),
    /// It was left running.
    LeftRunning,
}

/// How far a trace is.
#[derive(Debug)]
pub enum Milestone {
    /// The command is about to run.
    Started {
        /// Its process.
        pid: i32,
        /// Whether it can gain no privileges.
        no_new_privs: bool,
    },
    /// The command itself ended.
    RootEnded(End),
    /// The trace is over.
    Finished(Box<Result<Traced, TraceError>>),
}

/// What a trace left.
#[derive(Debug)]
pub struct Traced {
    /// The record.
    pub trace: Trace,
    /// What became of the events.
    pub events: Option<events::EventReport>,
}

/// A record; there are none.
#[derive(Debug)]
pub enum Trace {}

impl Trace {
    /// Never called.
    #[must_use]
    pub fn gap_count(&self) -> u64 {
        match *self {}
    }

    /// Never called.
    pub fn gaps_json(&self, _out: &mut Vec<u8>) {
        match *self {}
    }

    /// Never called.
    pub fn summary_json(&self, _out: &mut Vec<u8>) {
        match *self {}
    }

    /// Never called.
    pub fn processes_json(&self, _redact: &dyn Fn(&str) -> Cow<'_, str>, _out: &mut Vec<u8>) {
        match *self {}
    }

    /// Never called.
    #[must_use]
    pub fn materials(&self, _include_outside: bool) -> Artifacts {
        match *self {}
    }

    /// Never called.
    #[must_use]
    pub fn written(&self, _include_outside: bool) -> Vec<PathBuf> {
        match *self {}
    }
}

/// Files and their digests.
#[derive(Debug)]
pub struct Artifacts {
    /// Paths and SHA-256.
    pub files: Vec<(Vec<u8>, [u8; 32])>,
    /// Paths and reasons.
    pub incomplete: Vec<(Vec<u8>, String)>,
}

/// Where the events go.
#[derive(Debug)]
pub struct EventsTo {
    /// The file.
    pub file: File,
    /// What may not be written.
    pub options: events::EventOptions,
}

/// A trace that runs; there are none.
#[derive(Debug)]
pub enum Session {}

impl Session {
    /// Says that there is no tracer here.
    pub fn start(
        _plan: Plan,
        _recorder: RecorderOptions,
        _events: Option<EventsTo>,
        _tell: Box<dyn FnMut(Milestone) + Send>,
    ) -> Result<Self, TraceError> {
        Err(TraceError::Unsupported)
    }
}

/// Events of a step.
pub mod events {
    use std::borrow::Cow;
    use std::collections::HashSet;
    use std::io;

    /// What a word of a command line may show.
    pub type Redact = Box<dyn for<'a> Fn(&'a str) -> Cow<'a, str> + Send>;

    /// A finished system call; there are none.
    #[derive(Debug)]
    pub struct Event<'a>(std::marker::PhantomData<&'a ()>);

    /// Whether anybody looks at an event.
    pub type Matters = Box<dyn FnMut(&Event<'_>) -> bool + Send>;

    /// What events may show.
    pub struct EventOptions {
        /// Applied to each word.
        pub redact: Redact,
        /// The only types of events that are told.
        pub kinds: Option<HashSet<String>>,
        /// Whether one of those is told.
        pub matters: Option<Matters>,
    }

    impl std::fmt::Debug for EventOptions {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("EventOptions").finish_non_exhaustive()
        }
    }

    /// What became of a stream.
    #[derive(Debug)]
    pub struct EventReport {
        /// How many events there were.
        pub events: u64,
        /// How many more did not matter.
        pub passed_over: u64,
        /// How many were not kept.
        pub dropped: u64,
        /// Why not.
        pub error: Option<io::Error>,
    }
}
