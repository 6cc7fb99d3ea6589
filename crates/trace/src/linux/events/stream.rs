//! The stream of events: hears what the tracer tells, and tells a sink of each finished call.
//! Keeps no event and no state of processes; `population` does. The `Observer` of this module.

use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

use super::argument::{Argument, Value};
use super::births::{self, Making};
use super::decoding::Scene;
use super::event::Event;
use super::lookup::Lookup;
use super::population::Population;
use super::process_table::{Key, ProcessTable};
use super::programs;
use super::signatures::{About, signature};
use super::sink::Sink;
use super::subject::Subject;
use super::text::text_of;
use super::{EventOptions, EventReport, Matters};
use crate::linux::observer::{Birth, Call, End, GapKind, Observer, Stopped, Tid, Verdict};
use crate::linux::syscall::Syscall;

/// Makes events of what the tracer tells.
pub struct EventStream<S> {
    sink: S,
    kinds: Option<HashSet<String>>,
    matters: Option<Matters>,
    population: Population,
    lookup: Lookup,
    /// What threads in execve(2) asked for: their memory is gone when it succeeds.
    executing: HashMap<Tid, Executing>,
    /// Kept for its memory.
    arguments: Vec<Argument>,
    /// Events there were, told or not.
    events: u64,
    told: u64,
    passed_over: u64,
}

/// A thread in execve(2), and the path it gave.
#[derive(Debug)]
struct Executing {
    process: Tid,
    path: Option<String>,
}

/// An event, but for what the stream itself knows.
struct Happening<'a> {
    time: SystemTime,
    kind: &'a str,
    result: Option<i64>,
    thread: Tid,
    subject: Subject,
}

impl<S: Sink> EventStream<S> {
    /// A stream into `sink`.
    pub fn new(sink: S, options: EventOptions) -> Self {
        Self {
            sink,
            kinds: options.kinds,
            matters: options.matters,
            population: Population::new(options.redact),
            lookup: Lookup::default(),
            executing: HashMap::new(),
            arguments: Vec::new(),
            events: 0,
            told: 0,
            passed_over: 0,
        }
    }

    /// Ends the stream.
    pub fn finish(mut self) -> EventReport {
        let loss = self.sink.finish();
        let (events, passed_over) = (self.told, self.passed_over);
        EventReport { events, passed_over, dropped: loss.events, error: loss.error }
    }

    fn wants(&self, kind: &str) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind))
    }

    /// Counts an event that nobody wants.
    fn pass_over(&mut self) {
        self.events += 1;
        self.arguments.clear();
    }

    /// Hands the event to the sink, with the arguments that lie ready.
    fn emit(&mut self, key: Key, happening: &Happening<'_>) {
        if !self.wants(happening.kind) {
            self.pass_over();
            return;
        }
        let table = &self.population.table;
        let Some(event) = happening.event(table, key, self.events + 1, &self.arguments) else {
            return;
        };
        self.events += 1;
        if self.matters.as_mut().is_none_or(|matters| matters(&event)) {
            self.told += 1;
            self.sink.take(&event);
        } else {
            self.passed_over += 1;
        }
        self.arguments.clear();
    }

    /// A failed execve(2): the process is as it was, and the words are those it tried.
    fn execution_failed(&mut self, stopped: &Stopped<'_>, call: &Call, result: i64, key: Key) {
        let path = self.executing.remove(&stopped.tid).and_then(|executing| executing.path);
        let Some(process) = self.population.process(key) else { return };
        let (place, filename) = match call.syscall {
            Syscall::Execveat => (call.args[2], None),
            _ => (call.args[1], Some(filename(path))),
        };
        let mut tried = process.clone();
        let words = words_tried(stopped, call, place);
        let words = self.population.programs.hide(&words);
        (tried.exe, tried.args, tried.dotted_args) = programs::join(&words);
        let parent = self.population.parent_name(key);
        births::execution(result, stopped.tid, &tried, &parent, filename, &mut self.arguments);
        let kind = call.syscall.name();
        self.emit(key, &Happening::of(stopped, kind, Some(result)));
    }
}

/// The file that execve(2) was asked to run.
fn filename(path: Option<String>) -> Value {
    path.map_or(Value::Absent, |path| Value::Path(path, None))
}

/// The words of a failed execve(2), as many as an event has room for.
fn words_tried(stopped: &Stopped<'_>, call: &Call, mut place: u64) -> Vec<String> {
    let mut words = Vec::new();
    let mut length = 0;
    while length < 4096 && words.len() < 256 {
        let Ok(pointer) = stopped.memory.words(place, 1, call.abi) else { break };
        let Ok(word) = stopped.memory.c_string(pointer[0], if pointer[0] == 0 { 0 } else { 4096 })
        else {
            break;
        };
        if pointer[0] == 0 {
            break;
        }
        length += word.len() + 1;
        words.push(text_of(word));
        place += call.abi.word() as u64;
    }
    words
}

impl<'a> Happening<'a> {
    fn of(stopped: &Stopped<'_>, kind: &'a str, result: Option<i64>) -> Self {
        Self { time: stopped.time, kind, result, thread: stopped.tid, subject: Subject::default() }
    }

    /// As the event of that process and number.
    fn event<'e>(
        &'e self,
        table: &'e ProcessTable,
        key: Key,
        number: u64,
        arguments: &'e [Argument],
    ) -> Option<Event<'e>> {
        Some(Event {
            number,
            time: self.time,
            kind: self.kind,
            result: self.result,
            thread: i64::from(self.thread),
            arguments,
            line: None,
            open: self.subject.open,
            process: table.process(key)?,
            ancestors: table.ancestors(key),
            session_name: table.session_name(key),
            descriptor: self.subject.descriptor.as_ref(),
            revision: Some(table.revision()),
        })
    }
}

impl<S: Sink> Observer for EventStream<S> {
    fn born(&mut self, stopped: &Stopped<'_>, birth: &Birth) {
        let maker = birth.creator.and_then(|creator| self.population.table.of_maker(creator));
        let (Some(maker), Some(creator)) = (maker, birth.creator) else {
            self.population.found(birth, stopped.time);
            return;
        };
        let files = &self.population.programs.files;
        let making = Making::of(creator, files, birth.kind);
        let Some(own) = self.population.born(maker, birth, making, stopped.time) else { return };
        // First the maker's side, whose result is the child; then the child's, whose result is zero.
        for (key, thread, result) in [(maker, creator, i64::from(birth.tid)), (own, birth.tid, 0)] {
            let parent = self.population.parent_name(key);
            let Some(process) = self.population.process(key) else { continue };
            let child = self.population.process(own).filter(|_| result > 0);
            let name = child.map_or_else(|| "".into(), |child| child.name.clone());
            let value = Value::Process(result, name);
            making.arguments(thread, process, &parent, value, &mut self.arguments);
            let happening = Happening::of(stopped, making.call.name(), Some(result));
            self.emit(key, &Happening { thread, ..happening });
        }
    }

    fn entering(&mut self, stopped: &Stopped<'_>, call: &Call) -> Verdict {
        match call.syscall {
            Syscall::Execve | Syscall::Execveat => {
                let place = call.args[usize::from(call.syscall == Syscall::Execveat)];
                let path = stopped.memory.c_string(place, 4096).ok().map(text_of);
                self.executing.insert(stopped.tid, Executing { process: stopped.process, path });
                Verdict::Watch
            }
            Syscall::Prctl if call.int(0) == libc::PR_SET_NAME => Verdict::Watch,
            Syscall::Capset => Verdict::Watch,
            other if signature(other).is_some() => Verdict::Watch,
            _ => Verdict::Pass,
        }
    }

    fn returned(&mut self, stopped: &Stopped<'_>, call: &Call, result: i64) {
        let Some(key) = self.population.of(stopped) else { return };
        if matches!(call.syscall, Syscall::Execve | Syscall::Execveat) {
            self.execution_failed(stopped, call, result, key);
            return;
        }
        let Some(signature) = signature(call.syscall) else {
            if result >= 0 {
                self.population.update(stopped, call, key);
            }
            return;
        };
        if !self.wants(call.syscall.name()) {
            if result >= 0 {
                self.population.update(stopped, call, key);
            }
            self.pass_over();
            return;
        }
        let Some(process) = self.population.process(key) else { return };
        let mut scene = Scene {
            stopped,
            call,
            result,
            process,
            table: &self.population.table,
            accounts: &self.population.programs.accounts,
            files: &self.population.programs.files,
            lookup: &mut self.lookup,
        };
        let mut subject = scene.subject(signature.about);
        if matches!(signature.about, About::Opened { .. }) {
            // An open changes nothing that events tell of a process, so this can be asked before the rest is found out.
            if let Some(matters) = &mut self.matters {
                let happening = Happening::of(stopped, call.syscall.name(), Some(result));
                let happening = Happening { subject, ..happening };
                let table = &self.population.table;
                if !happening.event(table, key, self.events + 1, &[]).is_none_or(|it| matters(&it))
                {
                    self.events += 1;
                    self.passed_over += 1;
                    return;
                }
                subject = happening.subject;
            }
            scene.follow_links(&mut subject);
        }
        scene.decode(signature, &mut subject, &mut self.arguments);
        if result >= 0 {
            self.population.update(stopped, call, key);
        }
        self.emit(
            key,
            &Happening { subject, ..Happening::of(stopped, call.syscall.name(), Some(result)) },
        );
    }

    fn executed(&mut self, stopped: &Stopped<'_>, former: Tid, call: Option<&Call>) {
        let path = self.executing.remove(&former).and_then(|executing| executing.path);
        self.executing.retain(|_, executing| executing.process != stopped.process);
        let Some(key) = self.population.of(stopped) else { return };
        let by_path = call.is_some_and(|call| call.syscall == Syscall::Execve);
        self.population.executed(stopped.process, key, path.as_deref().filter(|_| by_path));
        let parent = self.population.parent_name(key);
        let Some(process) = self.population.process(key) else { return };
        let call = call.map_or(Syscall::Execve, |call| call.syscall);
        let filename = (call == Syscall::Execve).then(|| filename(path));
        births::execution(0, stopped.tid, process, &parent, filename, &mut self.arguments);
        self.emit(key, &Happening::of(stopped, call.name(), Some(0)));
    }

    fn ended(&mut self, tid: Tid, process: Tid, end: End, time: SystemTime) {
        if tid == process {
            self.executing.retain(|_, executing| executing.process != process);
        }
        if let Some(key) = self.population.table.of_thread(tid).filter(|_| end != End::LeftRunning)
        {
            births::end(end, &mut self.arguments);
            let subject = Subject::default();
            self.emit(
                key,
                &Happening { time, kind: "procexit", result: None, thread: tid, subject },
            );
        }
        self.population.table.remove_thread(tid, process);
    }

    /// What escaped the tracer is in the record, as a gap.
    fn missed(&mut self, _process: Option<Tid>, _kind: GapKind, _time: SystemTime) {}
}
