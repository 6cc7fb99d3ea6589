//! What a step does as events in Falco's terms: one for each finished system call that Falco's rules look at.
//! Keeps its own account of processes, decides nothing about stops, and forgets an event once its sink has taken it. An
//! `Observer` beside the recorder; read by the rules engine in the process, by others as JSON lines.

mod accounts;
mod argument;
mod births;
mod choices;
#[cfg(test)]
mod corpus_test;
mod decoding;
mod descriptor;
mod event;
mod flags;
mod json;
mod layer;
mod lookup;
mod network;
mod population;
mod proc_net;
mod process;
mod process_files;
mod process_table;
mod programs;
mod reading;
mod render;
mod signatures;
mod sink;
mod socket;
mod stream;
mod subject;
mod text;
mod time;

use std::borrow::Cow;
use std::collections::HashSet;
use std::io;

pub use argument::{Argument, Value};
pub use descriptor::{Descriptor, DescriptorKind, Ends, Protocol};
pub use event::{Ancestors, Event, OpenUse};
pub use flags::Names;
pub use process::{Account, Capabilities, Executable, Process};
pub use programs::Redact;
pub use reading::{SavedEvent, read_event};
pub use sink::{Each, LineSink, Loss, Sink};
pub use stream::EventStream;

/// Whether anybody looks at an event, whose arguments and links may not have been looked up yet. Asked on the tracer's thread, while the thread that made the call stands still.
pub type Matters = Box<dyn FnMut(&Event<'_>) -> bool + Send>;

/// What events may show.
pub struct EventOptions {
    /// Applied to each word of every command line.
    pub redact: Redact,
    /// The only types of events that are told, `evt.type`; all without. The others are counted in `evt.num` all the same.
    pub kinds: Option<HashSet<String>>,
    /// Whether one of those is told; all are without.
    pub matters: Option<Matters>,
}

impl std::fmt::Debug for EventOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventOptions").finish_non_exhaustive()
    }
}

impl Default for EventOptions {
    fn default() -> Self {
        Self { redact: Box::new(|word| Cow::Borrowed(word)), kinds: None, matters: None }
    }
}

/// What became of a stream.
#[derive(Debug)]
pub struct EventReport {
    /// How many events were told.
    pub events: u64,
    /// How many more were of a wanted type but did not matter.
    pub passed_over: u64,
    /// How many of `events` were not kept.
    pub dropped: u64,
    /// Why not: the first reason.
    pub error: Option<io::Error>,
}
