//! Traced steps as JavaScript holds them: one that runs, and the record it leaves.
//! Decides nothing about what is traced or recorded, and keeps no thread of libuv's pool busy. Used by `run --trace` and `trace`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lanner_trace::events::{EventOptions, Redact};
use lanner_trace::{
    End, EventsTo, Milestone, Plan, RecorderOptions, Session, Subscription, Traced,
};
use lanner_tree::{ProductGlobs, traced_materials, traced_products};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, BigInt, Buffer, Object};
use napi_derive::napi;

use crate::descriptors::{self, Target};
use crate::detect::Triage;
use crate::failure::{Failure, keep_panics};
use crate::job::{Job, job, now};
use crate::moment::Moment;
use crate::payload::Payload;
use crate::redaction::Redactor;
use crate::tree::{ProductScan, ScanSettings, TreeScan, scan_options};
use crate::work::Work;

/// What to run, and with what around it.
#[napi(object)]
pub struct TraceSettings {
    /// The command and its arguments; looked for in the `PATH` of `env` unless it has a slash.
    pub argv: Vec<String>,
    /// All of its environment, as `NAME=value`.
    pub env: Vec<String>,
    /// Where it runs, and what paths are inside of.
    pub directory: String,
    /// Descriptors of ours that become its stdin, stdout and stderr. They are duplicated.
    pub stdio: Vec<i32>,
    /// Milliseconds to go on tracing what the command leaves behind.
    pub linger_ms: u32,
    /// Descriptor of ours to write events to, as JSON lines. It is duplicated.
    pub events: Option<i32>,
    /// Values that no event may show.
    pub secrets: Vec<String>,
}

/// A command that is about to make its first step.
#[napi(object)]
#[derive(Debug)]
pub struct TraceStart {
    /// Its process.
    pub pid: i32,
    /// Whether setuid programs and file capabilities are without effect in it.
    pub no_new_privs: bool,
}

/// How a command ended: one of both is there.
#[napi(object)]
#[derive(Debug)]
pub struct TraceEnd {
    /// Its exit code.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
}

/// A step under the tracer.
#[napi]
pub struct StepTrace {
    shared: Arc<Shared>,
}

struct Shared {
    started: Moment<TraceStart>,
    ended: Moment<TraceEnd>,
    finished: Moment<TraceRecord>,
    target: Target,
    patience_lost: Arc<AtomicBool>,
}

/// Starts a command under the tracer, on a thread of its own; with `triage` only events that matter are written. Throws `ERR_TRACE_*` for settings that make no sense.
#[napi(catch_unwind)]
pub fn start_trace(
    env: Env,
    settings: TraceSettings,
    triage: Option<&Triage>,
) -> napi::Result<StepTrace> {
    keep_panics();
    now(env, || {
        let shared = Arc::new(Shared {
            started: Moment::new(),
            ended: Moment::new(),
            finished: Moment::new(),
            target: Target::default(),
            patience_lost: Arc::default(),
        });
        let directory = std::fs::canonicalize(&settings.directory)
            .unwrap_or_else(|_| PathBuf::from(&settings.directory));
        let events = settings
            .events
            .map(|descriptor| {
                events_to(descriptor, triage.and_then(Triage::take), settings.secrets)
            })
            .transpose()?;
        let stdio = descriptors::standard_streams(&settings.stdio)?;
        let mut plan = Plan::new(settings.argv, settings.env, settings.directory, stdio)?;
        plan.linger = Duration::from_millis(settings.linger_ms.into());
        plan.patience_lost = Arc::clone(&shared.patience_lost);
        if let Some(events) = &events {
            plan.subscription = Subscription::with_events(events.options.kinds.as_ref());
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let recorder = RecorderOptions { threads, directory: directory.clone() };
        let told = Arc::clone(&shared);
        let tell = Box::new(move |milestone| told.tell(milestone, &directory));
        let session = Session::start(plan, recorder, events, tell)?;
        // Its drop would wait for the step: an environment that is torn down early must not. The step ends with this process.
        std::mem::forget(session);
        Ok(StepTrace { shared })
    })
}

fn events_to(
    descriptor: i32,
    triage: Option<lanner_sources::Triage>,
    secrets: Vec<String>,
) -> Result<EventsTo, Failure> {
    let file = std::fs::File::from(descriptors::duplicate(descriptor)?);
    let redactor = Redactor::new(secrets);
    let redact: Redact = Box::new(move |word| redactor.text(word));
    let (kinds, matters) =
        triage.map_or((None, None), |triage| (triage.kinds, Some(triage.matters)));
    let kinds = kinds.map(|kinds| kinds.into_iter().map(str::to_owned).collect());
    Ok(EventsTo { file, options: EventOptions { redact, kinds, matters } })
}

impl Shared {
    /// Runs on the tracing thread, which stands still meanwhile.
    fn tell(&self, milestone: Milestone, directory: &Path) {
        match milestone {
            Milestone::Started { pid, no_new_privs } => {
                self.target.aim(pid);
                self.started.come(Ok(TraceStart { pid, no_new_privs }));
            }
            Milestone::RootEnded(end) => {
                self.target.gone();
                self.ended.come(Ok(end.into()));
            }
            Milestone::Finished(outcome) => {
                self.target.gone();
                match *outcome {
                    Ok(traced) => self.finished.come(Ok(TraceRecord {
                        inner: Arc::new(traced),
                        directory: directory.to_owned(),
                    })),
                    Err(error) => self.fail(&error.into()),
                }
            }
        }
    }

    fn fail(&self, failure: &Failure) {
        self.started.come(Err(failure.clone()));
        self.ended.come(Err(failure.clone()));
        self.finished.come(Err(failure.clone()));
    }
}

impl From<End> for TraceEnd {
    fn from(end: End) -> Self {
        match end {
            End::Exited(code) => Self { code: Some(code), signal: None },
            End::Killed(signal) => Self { code: None, signal: Some(signal) },
            // The command itself is waited for, whatever it leaves.
            End::LeftRunning => Self { code: None, signal: None },
        }
    }
}

#[napi]
impl StepTrace {
    /// Resolves when the command is about to run. Rejects with `ERR_TRACE_NOT_PERMITTED`, `ERR_TRACE_NOT_FOUND`,
    /// `ERR_TRACE_NOT_EXECUTABLE` and others; nothing has run then. To be asked for once, as those below.
    #[napi(catch_unwind, ts_return_type = "Promise<TraceStart>")]
    pub fn started<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        self.shared.started.promise(env)
    }

    /// Resolves when the command itself has ended.
    #[napi(catch_unwind, ts_return_type = "Promise<TraceEnd>")]
    pub fn ended<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        self.shared.ended.promise(env)
    }

    /// Resolves when all is recorded and digested.
    #[napi(catch_unwind, ts_return_type = "Promise<TraceRecord>")]
    pub fn finished<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        self.shared.finished.promise(env)
    }

    /// Sends the command a signal, unless it has ended.
    #[napi(catch_unwind)]
    pub fn kill(&self, signal: i32) {
        self.shared.target.send(signal);
    }

    /// Waits no longer for what the command left behind, once the command itself has ended.
    #[napi(catch_unwind)]
    pub fn stop_lingering(&self) {
        self.shared.patience_lost.store(true, Ordering::Relaxed);
    }
}

/// What a trace left.
#[napi]
pub struct TraceRecord {
    inner: Arc<Traced>,
    /// Canonical.
    directory: PathBuf,
}

#[napi]
impl TraceRecord {
    /// How often something could not be seen or taken.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn gap_count(&self) -> BigInt {
        BigInt::from(self.inner.trace.gap_count())
    }

    /// The gaps as a JSON array.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn gaps_json(&self) -> Buffer {
        let mut json = Vec::new();
        self.inner.trace.gaps_json(&mut json);
        json.into()
    }

    /// Totals as a JSON object.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn summary_json(&self) -> Buffer {
        let mut json = Vec::new();
        self.inner.trace.summary_json(&mut json);
        json.into()
    }

    /// What became of the events, where some were asked for.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn events(&self) -> Option<EventsWritten> {
        self.inner.events.as_ref().map(|report| EventsWritten {
            events: BigInt::from(report.events),
            passed_over: BigInt::from(report.passed_over),
            lost: BigInt::from(report.dropped),
            error: report.error.as_ref().map(ToString::to_string),
        })
    }

    /// Appends the processes as a JSON array to a payload under construction, without those secrets.
    #[napi(catch_unwind)]
    pub fn append_processes_to(
        &self,
        env: Env,
        payload: &mut Payload,
        secrets: Vec<String>,
    ) -> napi::Result<()> {
        now(env, || {
            let redactor = Redactor::new(secrets);
            let mut json = Vec::new();
            self.inner.trace.processes_json(&|text| redactor.text(text), &mut json);
            payload.building()?.push_bytes(json);
            Ok(())
        })
    }

    /// What the step read before it wrote it, as it was when it was opened.
    #[napi(catch_unwind, ts_return_type = "Promise<TreeScan>")]
    #[must_use]
    pub fn materials(&self, include_outside: bool, work: &Work) -> AsyncTask<Job<TreeScan>> {
        let (traced, cells) = (Arc::clone(&self.inner), work.cells());
        job(move || {
            let artifacts = traced.trace.materials(include_outside);
            let options = scan_options(false, &cells);
            Ok(TreeScan::of(traced_materials(artifacts.files, artifacts.incomplete, &options)?))
        })
    }

    /// The pass over what the step wrote and left behind. Rejects with `ERR_TREE_*`.
    #[napi(catch_unwind, ts_return_type = "Promise<ProductScan>")]
    #[must_use]
    pub fn start_products(
        &self,
        include_outside: bool,
        settings: ScanSettings,
        materials: Option<&TreeScan>,
        work: &Work,
    ) -> AsyncTask<Job<ProductScan>> {
        let (traced, cells) = (Arc::clone(&self.inner), work.cells());
        let (directory, materials) = (self.directory.clone(), materials.map(TreeScan::shared));
        job(move || {
            let include = settings.include.as_deref().unwrap_or("*");
            let globs =
                ProductGlobs::new(include, settings.exclude.as_deref().unwrap_or_default())?;
            let options = scan_options(settings.rehash, &cells);
            let written = traced.trace.written(include_outside);
            let scan = traced_products(&directory, &written, materials.as_ref(), &globs, &options)?;
            Ok(ProductScan::of(scan))
        })
    }
}

/// What became of the events.
#[napi(object)]
pub struct EventsWritten {
    /// Events that were told.
    pub events: BigInt,
    /// Events that no rule could match, and which were not told.
    pub passed_over: BigInt,
    /// Those of them that could not be written.
    pub lost: BigInt,
    /// Why not.
    pub error: Option<String>,
}

/// Both ends of a pipe.
#[napi(object)]
#[derive(Debug)]
pub struct PipeEnds {
    /// To read from.
    pub read_end: i32,
    /// To write to.
    pub write_end: i32,
}

/// Makes a pipe whose ends no other program inherits; the caller closes them. Throws `ERR_TRACE_SYSTEM`.
#[napi(catch_unwind)]
pub fn open_pipe(env: Env) -> napi::Result<PipeEnds> {
    now(env, || {
        let (read_end, write_end) = descriptors::pipe()?;
        Ok(PipeEnds { read_end, write_end })
    })
}
