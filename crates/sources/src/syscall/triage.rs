//! Tells of a system call, before it is written down, that no rule can match it: most of what a step does is of that kind.
//! Looks at what the tracer has at hand; what it would have to write first counts as unknown. Asked on the tracer's thread.

use std::collections::BTreeSet;
use std::time::SystemTime;

use bumpalo::Bump;
use lanner_rules::{Evaluator, Event, Extracted, FieldType, Memory, Options, Program, Slot, Value};
use lanner_trace::events::{Descriptor, Event as Call, Matters, Process, Protocol};

use super::container::{self, Container};
use super::recipe::Constant;
use crate::catalog;
use crate::rule_book::{ActivationError, ActiveRules, RuleBook};
use crate::source::Source;

/// What of a step rules might match.
pub struct Triage {
    /// Types of system calls; `None` is all.
    pub kinds: Option<BTreeSet<&'static str>>,
    /// Whether they might match a call; `false` is for sure.
    pub matters: Matters,
}

impl RuleBook {
    /// The rules for system calls, as a trace asks them.
    ///
    /// # Errors
    /// As [`activate`](Self::activate).
    pub fn triage(&self, container: Option<&Container>) -> Result<Triage, ActivationError> {
        let mut triage =
            Questions::new(self.activate(Source::Syscall, &Options::default())?, container);
        let kinds = self.event_types();
        let kinds =
            kinds.map(|kinds| kinds.into_iter().filter(|kind| triage.any_of(kind)).collect());
        Ok(Triage { kinds, matters: Box::new(move |call| triage.matters(call)) })
    }
}

/// The rules, and what of an event they may be asked with before it is written.
#[derive(Debug)]
struct Questions {
    program: Program,
    parts: Vec<Option<Part>>,
    /// By slot: whether the value is not at hand; and whether it is not even when only the type of a call is known.
    unknown: Vec<bool>,
    open: Vec<bool>,
    memory: Memory,
    arena: Bump,
}

impl Questions {
    /// Of rules for system calls.
    fn new(rules: ActiveRules, container: Option<&Container>) -> Self {
        let catalog = catalog(Source::Syscall);
        let fields: Vec<_> = catalog.fields().map(|(_, field)| field).collect();
        let parts: Vec<Option<Part>> = rules
            .program
            .fields()
            .iter()
            .map(|used| {
                let field = fields.get(usize::from(used.field))?;
                Part::of(field.name, used.argument.as_deref(), field.kind, container)
            })
            .collect();
        let unknown = parts.iter().map(Option::is_none).collect();
        let told_by_type = |part: &Option<Part>| {
            matches!(part, Some(Part::Kind | Part::IsKind(_) | Part::Constant(_)))
        };
        let open = parts.iter().map(|part| !told_by_type(part)).collect();
        let (memory, arena) = (Memory::default(), Bump::new());
        Self { program: rules.program, parts, unknown, open, memory, arena }
    }

    /// Whether some rule might match a call of that type.
    fn any_of(&mut self, kind: &str) -> bool {
        let mut event = OfKind { kind, parts: &self.parts };
        Evaluator::new(&self.program).might_match(&mut event, &self.open)
    }

    fn matters(&mut self, call: &Call<'_>) -> bool {
        self.arena.reset();
        let memory = std::mem::take(&mut self.memory);
        let mut evaluator = Evaluator::resume(&self.program, memory);
        let mut event = AtHand { call, parts: &self.parts, arena: &self.arena };
        let might = evaluator.might_match(&mut event, &self.unknown);
        self.memory = evaluator.into_memory();
        might
    }
}

/// A field whose value is at hand. Each is what a saved event would have, see `recipe`.
#[derive(Debug)]
enum Part {
    Kind,
    IsKind(Box<str>),
    Outcome,
    Result,
    Failed,
    OpenRead,
    OpenWrite,
    OpenExec,
    OpenCreate,
    Own(Name),
    /// The parent's.
    Parent(Name),
    /// Of all ancestors without a number; 0 is the process itself, 1 its parent.
    Ancestor(Name, Option<usize>),
    SessionName,
    CommandLine,
    ParentCommandLine,
    /// All words after the first, or one of them.
    Words(Option<usize>),
    Directory,
    Truth(fn(&Process) -> bool),
    UserId,
    UserName,
    DescriptorNumber,
    DescriptorKind,
    DescriptorCharacter,
    DescriptorName,
    DescriptorDirectory,
    Filename,
    Family,
    Protocol,
    DescriptorTruth(fn(&Descriptor) -> bool),
    Constant(Constant),
}

/// What a process is called.
#[derive(Clone, Copy, Debug)]
enum Name {
    Short,
    Exe,
    Path,
}

impl Name {
    fn of(self, process: &Process) -> &str {
        match self {
            Self::Short => &process.name,
            Self::Exe => &process.exe,
            Self::Path => &process.exepath,
        }
    }
}

impl Part {
    fn of(
        name: &str,
        argument: Option<&str>,
        kind: FieldType,
        container: Option<&Container>,
    ) -> Option<Self> {
        let index = || argument.map(str::parse).transpose().ok();
        Some(match name {
            "evt.type" => Self::Kind,
            "evt.type.is" => Self::IsKind(argument?.into()),
            "evt.dir" => Self::Constant(Constant::Text("<".into())),
            "evt.res" => Self::Outcome,
            "evt.rawres" if kind == FieldType::Int64 => Self::Result,
            "evt.failed" => Self::Failed,
            "evt.is_open_read" => Self::OpenRead,
            "evt.is_open_write" => Self::OpenWrite,
            "evt.is_open_exec" => Self::OpenExec,
            "evt.is_open_create" => Self::OpenCreate,
            "proc.name" => Self::Own(Name::Short),
            "proc.exe" => Self::Own(Name::Exe),
            "proc.exepath" => Self::Own(Name::Path),
            "proc.pname" => Self::Parent(Name::Short),
            "proc.pexe" => Self::Parent(Name::Exe),
            "proc.pexepath" => Self::Parent(Name::Path),
            "proc.aname" => Self::Ancestor(Name::Short, index()?),
            "proc.aexe" => Self::Ancestor(Name::Exe, index()?),
            "proc.aexepath" => Self::Ancestor(Name::Path, index()?),
            "proc.sname" => Self::SessionName,
            "proc.cmdline" => Self::CommandLine,
            "proc.pcmdline" => Self::ParentCommandLine,
            "proc.args" => Self::Words(index()?),
            "proc.cwd" => Self::Directory,
            "proc.is_sid_leader" => Self::Truth(Process::leads_session),
            "proc.is_vpgid_leader" => Self::Truth(Process::leads_group),
            "proc.is_exe_writable" => Self::Truth(|process| process.executable.writable),
            "proc.is_exe_upper_layer" => Self::Truth(|process| process.executable.upper_layer),
            "proc.is_exe_from_memfd" => Self::Truth(|process| process.executable.from_memfd),
            "user.uid" if kind == FieldType::Uint32 => Self::UserId,
            "user.name" => Self::UserName,
            "fd.num" if kind == FieldType::Int64 => Self::DescriptorNumber,
            "fd.type" => Self::DescriptorKind,
            "fd.typechar" => Self::DescriptorCharacter,
            "fd.name" => Self::DescriptorName,
            "fd.directory" => Self::DescriptorDirectory,
            "fd.filename" => Self::Filename,
            "fd.sockfamily" => Self::Family,
            "fd.l4proto" => Self::Protocol,
            "fd.is_server" => Self::DescriptorTruth(|descriptor| descriptor.ends.server),
            "fd.connected" => Self::DescriptorTruth(|descriptor| descriptor.ends.connected),
            "fd.name_changed" => Self::DescriptorTruth(|descriptor| descriptor.name_changed),
            _ => Self::Constant(container::field(name, container)?),
        })
    }
}

/// A call as the rules ask it.
struct AtHand<'a> {
    call: &'a Call<'a>,
    parts: &'a [Option<Part>],
    arena: &'a Bump,
}

impl<'a> AtHand<'a> {
    fn value(&self, part: &'a Part) -> Extracted<'a> {
        let call = self.call;
        let described = |of: fn(&'a Descriptor) -> &'a str| {
            call.descriptor.map_or(Extracted::Missing, |descriptor| text(of(descriptor)))
        };
        match part {
            Part::Kind => text(call.kind),
            Part::IsKind(kind) => is_kind(call.kind, kind),
            Part::Outcome => call.outcome().map_or(Extracted::Missing, text),
            Part::Result => {
                call.result.map_or(Extracted::Missing, |result| one(Value::Signed(result)))
            }
            Part::Failed => {
                call.result.map_or(Extracted::Missing, |result| one(Value::Bool(result < 0)))
            }
            Part::OpenRead => one(Value::Bool(call.open.read)),
            Part::OpenWrite => one(Value::Bool(call.open.write)),
            Part::OpenExec => one(Value::Bool(call.open.exec)),
            Part::OpenCreate => one(Value::Bool(call.open.create)),
            Part::Own(name) | Part::Ancestor(name, Some(0)) => text(name.of(call.process)),
            Part::Parent(name) => {
                self.ancestor(0).map_or(Extracted::Missing, |it| text(name.of(it)))
            }
            Part::Ancestor(name, Some(index)) => {
                self.ancestor(index - 1).map_or(Extracted::Missing, |it| one(bytes(name.of(it))))
            }
            Part::Ancestor(name, None) => {
                let mut names = bumpalo::collections::Vec::new_in(self.arena);
                names.extend(call.ancestors.clone().map(|ancestor| bytes(name.of(ancestor))));
                let names = names.into_bump_slice();
                if names.is_empty() { Extracted::Missing } else { Extracted::Many(names) }
            }
            Part::SessionName => text(call.session_name),
            Part::CommandLine => text(self.arena.alloc_str(&call.process.command_line())),
            Part::ParentCommandLine => self.ancestor(0).map_or(Extracted::Missing, |parent| {
                text(self.arena.alloc_str(&parent.command_line()))
            }),
            Part::Words(index) => words(call.process, *index),
            Part::Directory => text(self.arena.alloc_str(&call.process.cwd())),
            Part::Truth(of) => one(Value::Bool(of(call.process))),
            Part::UserId => one(Value::Unsigned(call.process.user.id.into())),
            Part::UserName => text(&call.process.user.name),
            Part::DescriptorNumber => call
                .descriptor
                .map_or(Extracted::Missing, |descriptor| one(Value::Signed(descriptor.number))),
            Part::DescriptorKind => described(|descriptor| descriptor.kind.name()),
            Part::DescriptorCharacter => call.descriptor.map_or(Extracted::Missing, |descriptor| {
                let character = descriptor.kind.character();
                text(self.arena.alloc_str(character.encode_utf8(&mut [0; 4])))
            }),
            Part::DescriptorName => described(|descriptor| &descriptor.name),
            Part::DescriptorDirectory => {
                described(|descriptor| descriptor.directory().unwrap_or_default())
            }
            Part::Filename => described(|descriptor| descriptor.filename().unwrap_or_default()),
            Part::Family => described(|descriptor| descriptor.family().unwrap_or_default()),
            Part::Protocol => {
                described(|descriptor| descriptor.ends.protocol.map_or("", Protocol::name))
            }
            Part::DescriptorTruth(of) => one(Value::Bool(call.descriptor.is_some_and(of))),
            Part::Constant(constant) => one(constant.value()),
        }
    }

    fn ancestor(&self, generation: usize) -> Option<&'a Process> {
        self.call.ancestors.clone().nth(generation)
    }
}

/// As a saved event's command line has them.
fn words(process: &Process, index: Option<usize>) -> Extracted<'_> {
    if process.name.is_empty() && process.args.is_empty() {
        return Extracted::Missing;
    }
    let Some(index) = index else { return one(bytes(&process.args)) };
    let word = process.args.split(' ').filter(|word| !word.is_empty()).nth(index);
    word.map_or(Extracted::Missing, |word| one(bytes(word)))
}

fn one(value: Value<'_>) -> Extracted<'_> {
    Extracted::One(value)
}

/// A call of which only the type is known.
struct OfKind<'a> {
    kind: &'a str,
    parts: &'a [Option<Part>],
}

impl Event for OfKind<'_> {
    fn time(&self) -> u64 {
        0
    }

    fn extract(&mut self, slot: Slot) -> Extracted<'_> {
        match self.parts.get(usize::from(slot.0)) {
            Some(Some(Part::Kind)) => text(self.kind),
            Some(Some(Part::IsKind(kind))) => is_kind(self.kind, kind),
            Some(Some(Part::Constant(constant))) => one(constant.value()),
            _ => Extracted::Missing,
        }
    }
}

fn is_kind<'a>(own: &str, asked: &str) -> Extracted<'a> {
    one(Value::Unsigned(u64::from(own == asked)))
}

/// A saved event leaves out what is empty.
fn text(text: &str) -> Extracted<'_> {
    if text.is_empty() { Extracted::Missing } else { Extracted::One(bytes(text)) }
}

fn bytes(text: &str) -> Value<'_> {
    Value::Bytes(text.as_bytes())
}

impl Event for AtHand<'_> {
    fn time(&self) -> u64 {
        let since = self.call.time.duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |since| since.as_nanos() as u64)
    }

    fn extract(&mut self, slot: Slot) -> Extracted<'_> {
        match self.parts.get(usize::from(slot.0)) {
            Some(Some(part)) => self.value(part),
            _ => Extracted::Missing,
        }
    }
}
