//! Runs a program over inputs: batches on all cores, alerts in the order of the input, memory that does not grow with it.
//! Opens what it is given and nothing else; writes nowhere. Called by the addon.

mod delivery;
mod duplicates;
mod ordering;
mod work;

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64};

use lanner_rules::{Program, RuleIndex};

use crate::error::SourceError;
use crate::input::{Input, Limits};
use crate::plan::{ExtractOptions, Plan};
use crate::skipped::Skipped;
use crate::source::Source;

/// How to run.
#[derive(Clone, Debug)]
pub struct DetectOptions {
    /// How values are read.
    pub extract: ExtractOptions,
    /// Sizes that bound memory.
    pub limits: Limits,
    /// At most so many threads; zero means one a core.
    pub threads: usize,
    /// Count events that came before with the same id and stage, among the last million or so.
    pub duplicates: bool,
}

impl Default for DetectOptions {
    fn default() -> Self {
        Self {
            extract: ExtractOptions::default(),
            limits: Limits::default(),
            threads: 0,
            duplicates: true,
        }
    }
}

/// What others may see and do while it runs.
#[derive(Debug, Default)]
pub struct Control {
    /// Set to stop: the call ends with [`SourceError::Cancelled`].
    pub cancel: AtomicBool,
    /// Bytes of text finished with, after unpacking.
    pub bytes: AtomicU64,
    /// Events judged.
    pub events: AtomicU64,
    /// Alerts delivered.
    pub alerts: AtomicU64,
}

/// An alert within a piece of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertLine {
    /// The rule, by its position in the program.
    pub rule: RuleIndex,
    /// When the event was, in nanoseconds since 1970.
    pub time: u64,
    /// Where the line ends, its newline included.
    pub end: usize,
}

/// Takes the alerts, in order, some at a time: lines with their newlines, and where each ends.
pub trait Sink: Send {
    /// An error stops the run.
    fn take(&mut self, lines: &[u8], alerts: &[AlertLine]) -> io::Result<()>;
}

impl<F: FnMut(&[u8], &[AlertLine]) -> io::Result<()> + Send> Sink for F {
    fn take(&mut self, lines: &[u8], alerts: &[AlertLine]) -> io::Result<()> {
        self(lines, alerts)
    }
}

/// What a run saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Events judged.
    pub events: u64,
    /// Bytes of text, after unpacking.
    pub bytes: u64,
    /// Alerts by rule, in the order of the program.
    pub by_rule: Vec<u64>,
    /// What was no event.
    pub skipped: Skipped,
    /// Events whose id and stage came before.
    pub duplicates: u64,
    /// The earliest and the latest time of an event.
    pub window: Option<(u64, u64)>,
}

/// Judges all events of all inputs, in order.
pub fn detect(
    inputs: Vec<Input>,
    source: Source,
    program: &Program,
    options: &DetectOptions,
    control: &Control,
    sink: &mut dyn Sink,
) -> Result<Statistics, SourceError> {
    let plan = Plan::new(source, program.fields(), options.extract.clone());
    work::run(inputs, &plan, program, options, control, sink)
}
