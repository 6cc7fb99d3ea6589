//! Detections as JavaScript drives them: one that runs on threads of its own while its alerts are fetched, and one that is fed.
//! Hands lines over and counts by name; `lanner-sources` reads and judges. Used by `rules`.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use lanner_sources::detect::{AlertLine, Control, DetectOptions, Statistics};
use lanner_sources::input::{self, Input};
use lanner_sources::{ActiveRules, Judged, Live, RuleBook, SkipReason, Source, SourceError};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, BigInt, Buffer};
use napi_derive::napi;

use crate::detection_settings::DetectionSettings;
use crate::digested::{DigestCell, Digested};
use crate::failure::Failure;
use crate::job::{Job, job, now};
use crate::standard_input::StandardInput;
use crate::statistics;
use crate::tree::hex;

/// Bytes of alerts that may wait to be fetched.
const WAITING: usize = 1 << 20;

/// A detection over files, directories or stdin that runs while its alerts are fetched.
#[napi]
#[derive(Debug)]
pub struct Detection {
    run: Arc<Run>,
}

#[derive(Debug)]
struct Run {
    rules: ActiveRules,
    inputs: Vec<String>,
    control: Control,
    digest: Option<Arc<DigestCell>>,
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<u8>,
    /// Alerts by rule: what a run that was stopped has to show.
    by_rule: Vec<u64>,
    outcome: Option<Result<Statistics, Failure>>,
    closed: bool,
}

#[napi]
impl Detection {
    /// Whole lines of alerts, as many as there are, in the order of the input; `null` after the last. Rejects with `ERR_INPUT_*`.
    #[napi(catch_unwind, ts_return_type = "Promise<Buffer | null>")]
    #[must_use]
    pub fn next(&self) -> AsyncTask<Job<Option<Buffer>>> {
        let run = Arc::clone(&self.run);
        job(move || run.take())
    }

    /// Ends it as soon as can be: `next` gives `null` then.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.run.close();
    }

    /// Bytes of input judged so far.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn done(&self) -> BigInt {
        BigInt::from(self.run.control.bytes.load(Relaxed))
    }

    /// What the file of `detectFile` held; once `next` gave `null`. Throws `ERR_INPUT_DIGEST` for another input, or too early.
    #[napi(catch_unwind)]
    pub fn digest(&self, env: Env) -> napi::Result<InputDigest> {
        now(env, || {
            let held = self.run.digest.as_ref().and_then(|cell| cell.taken());
            let held = held.ok_or_else(|| {
                Failure::new("ERR_INPUT_DIGEST", "there is no digest of this input")
            })?;
            Ok(InputDigest {
                sha256: hex(&held.sha256),
                size: BigInt::from(held.size),
                changed: held.changed,
            })
        })
    }

    /// The counts as JSON; complete once `next` gave `null`.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn statistics_json(&self) -> String {
        let state = self.run.state();
        let counts = match &state.outcome {
            Some(Ok(counts)) => counts.clone(),
            _ => Statistics {
                events: self.run.control.events.load(Relaxed),
                bytes: self.run.control.bytes.load(Relaxed),
                by_rule: state.by_rule.clone(),
                ..Statistics::default()
            },
        };
        drop(state);
        statistics::json(&counts, &self.run.rules.names, &self.run.inputs)
    }
}

impl Detection {
    /// Compiles the rules and starts the threads.
    pub(crate) fn start(
        book: &RuleBook,
        settings: &DetectionSettings,
        inputs: Vec<String>,
    ) -> Result<Self, Failure> {
        let inputs = expanded(&inputs, settings.source()?)?;
        Self::run(book, settings, inputs, None)
    }

    /// The same over one file that is digested as it is read.
    pub(crate) fn start_digested(
        book: &RuleBook,
        settings: &DetectionSettings,
        file: String,
    ) -> Result<Self, Failure> {
        let opened = File::open(&file)
            .map_err(|error| Failure::new("ERR_INPUT_READ", error.to_string()).in_file(&file))?;
        let cell = Arc::new(DigestCell::default());
        let stream = Box::new(Digested::new(opened, Arc::clone(&cell)));
        Self::run(book, settings, vec![Input::stream(&file, stream)], Some(cell))
    }

    fn run(
        book: &RuleBook,
        settings: &DetectionSettings,
        inputs: Vec<Input>,
        digest: Option<Arc<DigestCell>>,
    ) -> Result<Self, Failure> {
        let source = settings.source()?;
        let rules = book.activate(source, &settings.options())?;
        let names = inputs.iter().map(|input| input.name.display().to_string()).collect();
        let state = State { by_rule: vec![0; rules.names.len()], ..State::default() };
        let run = Arc::new(Run {
            rules,
            inputs: names,
            control: Control::default(),
            digest,
            state: Mutex::new(state),
            moved: Condvar::new(),
        });
        let options = DetectOptions { extract: settings.extract(), ..DetectOptions::default() };
        let thread = Arc::clone(&run);
        std::thread::Builder::new()
            .name("lanner-detect".to_owned())
            .spawn(move || thread.judge(inputs, source, &options))
            .map_err(|error| Failure::new("ERR_INPUT_THREAD", error.to_string()))?;
        Ok(Self { run })
    }
}

impl Drop for Detection {
    fn drop(&mut self) {
        self.run.close();
    }
}

impl Run {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge(&self, inputs: Vec<Input>, source: Source, options: &DetectOptions) {
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut sink = |lines: &[u8], alerts: &[AlertLine]| self.give(lines, alerts);
            lanner_sources::detect::detect(
                inputs,
                source,
                &self.rules.program,
                options,
                &self.control,
                &mut sink,
            )
        }));
        let outcome = match judged {
            Ok(outcome) => outcome.map_err(Failure::from),
            Err(panic) => Err(Failure::panicked(&*panic)),
        };
        self.state().outcome = Some(outcome);
        self.moved.notify_all();
    }

    /// Puts lines down to be fetched, and waits while there are too many.
    fn give(&self, lines: &[u8], alerts: &[AlertLine]) -> io::Result<()> {
        let mut state = self.state();
        while state.lines.len() > WAITING && !state.closed {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        state.lines.extend_from_slice(lines);
        for alert in alerts {
            state.by_rule[alert.rule as usize] += 1;
        }
        self.moved.notify_all();
        Ok(())
    }

    fn take(&self) -> Result<Option<Buffer>, Failure> {
        let mut state = self.state();
        loop {
            if state.closed {
                return Ok(None);
            }
            if !state.lines.is_empty() {
                let lines = std::mem::take(&mut state.lines);
                self.moved.notify_all();
                return Ok(Some(lines.into()));
            }
            match &state.outcome {
                Some(Ok(_)) => return Ok(None),
                Some(Err(failure)) => return Err(failure.clone()),
                None => {}
            }
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        self.control.cancel.store(true, Relaxed);
        self.state().closed = true;
        self.moved.notify_all();
    }
}

/// What a file held when it was read.
#[napi(object)]
#[derive(Debug)]
pub struct InputDigest {
    /// SHA-256 of all of it, in hexadecimal digits.
    pub sha256: String,
    /// Bytes.
    pub size: BigInt,
    /// Whether it is known to have changed meanwhile.
    pub changed: bool,
}

/// A detection over input that grows.
#[napi]
#[derive(Debug)]
pub struct LiveDetection {
    live: Arc<Mutex<Live>>,
    inputs: Vec<String>,
}

#[napi]
impl LiveDetection {
    /// Judges whole lines of the input of that number; the alerts, as lines.
    #[napi(catch_unwind, ts_return_type = "Promise<Buffer>")]
    #[must_use]
    pub fn feed(&self, input: u32, lines: Buffer) -> AsyncTask<Job<Buffer>> {
        let live = Arc::clone(&self.live);
        let text = lines.to_vec();
        job(move || {
            let mut live = live.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(live.feed(input as usize, text)?.into())
        })
    }

    /// Judges all that one text holds: a document over one line or many, an array, a list, or a document a line. `text` must not
    /// change meanwhile.
    #[napi(catch_unwind, ts_return_type = "Promise<JudgedText>")]
    #[must_use]
    pub fn judge(&self, text: Buffer) -> AsyncTask<Job<JudgedText>> {
        let live = Arc::clone(&self.live);
        job(move || {
            let mut live = live.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(live.judge(Box::new(io::Cursor::new(text)))?.into())
        })
    }

    /// The counts so far as JSON.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn statistics_json(&self) -> String {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        statistics::json(live.statistics(), &live.rules().names, &self.inputs)
    }
}

/// Rules for the system calls of a step that is about to be traced: what no rule can match is not written at all.
#[napi]
pub struct Triage {
    /// Until a trace takes it.
    inner: Mutex<Option<lanner_sources::Triage>>,
}

impl Triage {
    /// Compiles the rules.
    pub(crate) fn new(book: &RuleBook, settings: &DetectionSettings) -> Result<Self, Failure> {
        let triage = book.triage(settings.extract().container.as_ref())?;
        Ok(Self { inner: Mutex::new(Some(triage)) })
    }

    /// For one trace.
    pub(crate) fn take(&self) -> Option<lanner_sources::Triage> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What was found in one text.
#[napi(object)]
pub struct JudgedText {
    /// The alerts, as lines.
    pub alerts: Buffer,
    /// Events judged.
    pub events: u32,
    /// What was no event, by reason.
    pub skipped: Vec<SkippedText>,
}

/// What was no event, for one reason.
#[napi(object)]
#[derive(Debug)]
pub struct SkippedText {
    /// As in the counts of `statisticsJson`.
    pub reason: String,
    /// How many.
    pub count: u32,
    /// Where the first few begin, in bytes of the text.
    pub first: Vec<u32>,
}

impl std::fmt::Debug for JudgedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JudgedText").field("events", &self.events).finish_non_exhaustive()
    }
}

impl From<Judged> for JudgedText {
    fn from(Judged { alerts, events, skipped }: Judged) -> Self {
        let reasons = SkipReason::ALL.into_iter().filter(|&reason| skipped.count(reason) > 0);
        let skipped = reasons.map(|reason| SkippedText {
            reason: reason.name().to_owned(),
            count: saturated(skipped.count(reason)),
            first: skipped.first(reason).iter().map(|place| saturated(place.offset)).collect(),
        });
        Self { skipped: skipped.collect(), alerts: alerts.into(), events: saturated(events) }
    }
}

/// A text that was posted is far shorter than what would not fit.
fn saturated(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl LiveDetection {
    /// Compiles the rules.
    pub(crate) fn start(
        book: &RuleBook,
        settings: &DetectionSettings,
        inputs: Vec<String>,
    ) -> Result<Self, Failure> {
        let source = settings.source()?;
        let rules = book.activate(source, &settings.options())?;
        let live = Live::new(rules, source, settings.extract(), inputs.len());
        Ok(Self { live: Arc::new(Mutex::new(live)), inputs })
    }
}

/// The inputs behind paths; every one must be there before the first is read.
pub(crate) fn expanded(paths: &[String], source: Source) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for path in paths {
        if path == "-" {
            inputs.push(Input::stream(path, Box::new(StandardInput)));
            continue;
        }
        std::fs::metadata(path)
            .map_err(|error| Failure::new("ERR_INPUT_READ", error.to_string()).in_file(path))?;
        inputs.extend(input::expand(Path::new(path), source)?);
    }
    Ok(inputs)
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let message = error.to_string();
        match error {
            SourceError::Unreadable { path, .. } => {
                Self::new("ERR_INPUT_READ", message).in_file(&path.display().to_string())
            }
            SourceError::Memory => Self::new("ERR_INPUT_MEMORY", message),
            SourceError::Cancelled => Self::new("ERR_CANCELLED", message),
            SourceError::Undelivered(_) => Self::new("ERR_INTERNAL", message),
        }
    }
}
