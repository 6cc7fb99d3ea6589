//! A trace on a thread of its own, from start to record: what a program that has other things to do uses.
//! Decides nothing about stops or records. Used by the addon.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{Builder, JoinHandle};
use std::time::SystemTime;

use crate::error::TraceError;
use crate::linux::events::{EventOptions, EventReport, EventStream, LineSink};
use crate::linux::observer::{Birth, Call, End, GapKind, Observer, Stopped, Tid, Verdict};
use crate::linux::plan::Plan;
use crate::linux::record::Trace;
use crate::linux::recorder::{Recorder, RecorderOptions};
use crate::linux::tracer::{self, Milestones};

/// How far a trace is.
#[derive(Debug)]
pub enum Milestone {
    /// The command is about to run.
    Started {
        /// Its process.
        pid: Tid,
        /// Whether setuid programs and file capabilities are without effect in it.
        no_new_privs: bool,
    },
    /// The command itself ended.
    RootEnded(End),
    /// All is recorded, or the trace could not be started. Comes last, and always.
    Finished(Box<Result<Traced, TraceError>>),
}

/// What a trace left.
#[derive(Debug)]
pub struct Traced {
    /// The record.
    pub trace: Trace,
    /// What became of the stream of events, if one was asked for.
    pub events: Option<EventReport>,
}

/// Where the events go, and how.
#[derive(Debug)]
pub struct EventsTo {
    /// Written from its start to its end, buffered.
    pub file: File,
    /// What may not be written.
    pub options: EventOptions,
}

/// A trace that runs. Dropping it waits for the thread.
#[derive(Debug)]
pub struct Session {
    thread: Option<JoinHandle<()>>,
}

impl Session {
    /// Starts a trace. `tell` is called on the tracing thread, which stands still meanwhile: it must be quick.
    pub fn start(
        plan: Plan,
        recorder: RecorderOptions,
        events: Option<EventsTo>,
        mut tell: Box<dyn FnMut(Milestone) + Send>,
    ) -> Result<Self, TraceError> {
        let body = move || {
            let outcome =
                catch_unwind(AssertUnwindSafe(|| run(&plan, recorder, events, &mut tell)));
            let finished = outcome.unwrap_or(Err(TraceError::Bug));
            tell(Milestone::Finished(Box::new(finished)));
        };
        let thread = Builder::new()
            .name("lanner-trace".to_owned())
            .spawn(body)
            .map_err(|source| TraceError::System { operation: "starting a thread", source })?;
        Ok(Self { thread: Some(thread) })
    }

    /// Waits until [`Milestone::Finished`] was told.
    pub fn join(mut self) {
        self.wait();
    }

    fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic has been turned into `Finished` already.
            let _ = thread.join();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.wait();
    }
}

fn run(
    plan: &Plan,
    options: RecorderOptions,
    events: Option<EventsTo>,
    tell: &mut Box<dyn FnMut(Milestone) + Send>,
) -> Result<Traced, TraceError> {
    let mut both = Both {
        recorder: Recorder::new(options),
        events: events.map(|to| EventStream::new(LineSink::new(to.file), to.options)),
    };
    let mut marks = Marks { tell, root_end: None };
    tracer::trace(plan, &mut both, &mut marks)?;
    let root_end = marks.root_end;
    let Both { recorder, events } = both;
    Ok(Traced { trace: recorder.finish(root_end), events: events.map(EventStream::finish) })
}

struct Marks<'a> {
    tell: &'a mut Box<dyn FnMut(Milestone) + Send>,
    root_end: Option<End>,
}

impl Milestones for Marks<'_> {
    fn started(&mut self, pid: Tid, no_new_privs: bool) {
        (self.tell)(Milestone::Started { pid, no_new_privs });
    }

    fn root_ended(&mut self, end: End) {
        self.root_end = Some(end);
        (self.tell)(Milestone::RootEnded(end));
    }
}

/// The record and, where asked for, the events.
struct Both {
    recorder: Recorder,
    events: Option<EventStream<LineSink>>,
}

impl Observer for Both {
    fn born(&mut self, stopped: &Stopped<'_>, birth: &Birth) {
        self.recorder.born(stopped, birth);
        if let Some(events) = &mut self.events {
            events.born(stopped, birth);
        }
    }

    fn entering(&mut self, stopped: &Stopped<'_>, call: &Call) -> Verdict {
        let recorded = self.recorder.entering(stopped, call);
        let streamed = self.events.as_mut().map(|events| events.entering(stopped, call));
        match (recorded, streamed) {
            (Verdict::Refuse, _) => Verdict::Refuse,
            (Verdict::Pass, Some(Verdict::Watch)) | (Verdict::Watch, _) => Verdict::Watch,
            (Verdict::Pass, _) => Verdict::Pass,
        }
    }

    fn returned(&mut self, stopped: &Stopped<'_>, call: &Call, result: i64) {
        self.recorder.returned(stopped, call, result);
        if let Some(events) = &mut self.events {
            events.returned(stopped, call, result);
        }
    }

    fn executed(&mut self, stopped: &Stopped<'_>, former: Tid, call: Option<&Call>) {
        self.recorder.executed(stopped, former, call);
        if let Some(events) = &mut self.events {
            events.executed(stopped, former, call);
        }
    }

    fn ended(&mut self, tid: Tid, process: Tid, end: End, time: SystemTime) {
        self.recorder.ended(tid, process, end, time);
        if let Some(events) = &mut self.events {
            events.ended(tid, process, end, time);
        }
    }

    fn has_shown_processors(&mut self) -> bool {
        self.recorder.has_shown_processors()
    }

    fn missed(&mut self, process: Option<Tid>, kind: GapKind, time: SystemTime) {
        self.recorder.missed(process, kind, time);
        if let Some(events) = &mut self.events {
            events.missed(process, kind, time);
        }
    }
}
