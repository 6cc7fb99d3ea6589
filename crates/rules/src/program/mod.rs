//! All rules of a source as one program: a graph of shared checks, an index in front of it, the outputs behind it.
//! Reads no event itself: an [`Evaluator`] per thread does, through [`Event`](crate::Event).

mod blind;
mod dispatch;
mod evaluate;
mod explain;
mod graph;
mod held;
mod necessary;
mod options;
mod slots;
mod term;

pub use blind::Verdict;
pub use evaluate::{Evaluator, Memory};
pub use explain::{Explanation, Seen};
pub(crate) use graph::Graph;
pub(crate) use held::Held;
pub(crate) use slots::Slots;
pub(crate) use term::{Scratch, Source};

use std::collections::{BTreeSet, HashMap};

use crate::ast::Expression;
use crate::catalog::{Catalog, Field};
use crate::compile::{CompileError, Compiled, Compiler, written};
use crate::event::{Event, FieldUse, Slot};
use crate::output::{Alert, OutputError, OutputOptions};
use crate::ruleset::Rule;
use dispatch::Dispatch;
use graph::NodeId;

/// A rule as the program needs it.
#[derive(Clone, Debug)]
pub struct RuleSource<'a> {
    /// As the alert names it.
    pub name: &'a str,
    /// As the alert names it.
    pub source: &'a str,
    /// As Falco writes it: `Emergency`, `Alert`, `Critical`, `Error`, `Warning`, `Notice`, `Informational`, `Debug`.
    pub priority: &'a str,
    /// In any order; alerts have them sorted.
    pub tags: &'a [String],
    /// The format of the output, trimmed.
    pub output: &'a str,
    /// Macros replaced, exceptions joined.
    pub condition: &'a Expression,
}

impl<'a> From<&'a Rule> for RuleSource<'a> {
    fn from(rule: &'a Rule) -> Self {
        Self {
            name: &rule.name,
            source: &rule.source,
            priority: rule.priority.name(),
            tags: &rule.tags,
            output: &rule.output,
            condition: &rule.condition,
        }
    }
}

/// Which of the rules that match an event alert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// The first in the order of definition.
    #[default]
    First,
    /// Every one.
    All,
}

/// How a program is built.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `rule_matching`.
    pub matching: Matching,
    /// Falco's faults are kept: `tolower`, `toupper`, `b64`, `basename` find nothing in a list.
    pub falco_compat: bool,
    /// Keep what [`Program::explain`] needs.
    pub explain: bool,
    /// How alerts are written.
    pub output: OutputOptions,
}

/// The position of a rule among those the program was built from.
pub type RuleIndex = u32;

/// Why a rule did not compile.
#[expect(missing_docs, reason = "the position of the rule and what is wrong with it")]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    #[error("rule {rule}: {error}")]
    Condition { rule: usize, error: CompileError },
    #[error("rule {rule}: {error}")]
    Output { rule: usize, error: OutputError },
}

/// The compiled rules of one source; shared by all threads.
#[derive(Debug)]
pub struct Program {
    pub(crate) fields: Vec<FieldUse>,
    condition_fields: usize,
    pub(crate) graph: Graph,
    pub(crate) roots: Vec<NodeId>,
    dispatch: Dispatch,
    pub(crate) matching: Matching,
    pub(crate) falco_compat: bool,
    alerts: Vec<Alert>,
    kept: Vec<Compiled>,
    /// Names of the fields in `fields`, with their arguments: what explanations call them.
    field_names: Vec<String>,
}

impl Program {
    /// Compiles rules that the loader has accepted, in the order of their definition.
    pub fn compile(
        rules: &[RuleSource<'_>],
        catalog: &Catalog,
        options: &Options,
    ) -> Result<Self, ProgramError> {
        let compiler = Compiler::new(catalog);
        let (mut graph, mut slots, mut roots, mut kept) =
            (Graph::default(), Slots::default(), Vec::new(), Vec::new());
        let mut ignored = Vec::new();
        for (rule, source) in rules.iter().enumerate() {
            let condition = compiler
                .compile(source.condition, &mut ignored)
                .map_err(|error| ProgramError::Condition { rule, error })?;
            ignored.clear();
            roots.push(graph.insert(&condition, &mut slots));
            if options.explain {
                kept.push(condition);
            }
        }
        let condition_fields = slots.len();
        let alerts = rules
            .iter()
            .enumerate()
            .map(|(rule, source)| {
                Alert::new(source, &compiler, &mut slots, &options.output)
                    .map_err(|error| ProgramError::Output { rule, error })
            })
            .collect::<Result<_, _>>()?;
        let dispatch = Dispatch::new(&graph, &roots);
        let fields = slots.into_fields();
        Ok(Self {
            field_names: names(&fields, catalog),
            fields,
            condition_fields,
            graph,
            roots,
            dispatch,
            matching: options.matching,
            falco_compat: options.falco_compat,
            alerts,
            kept,
        })
    }

    /// The fields by slot: those of conditions first, then those that only outputs ask for.
    #[must_use]
    pub fn fields(&self) -> &[FieldUse] {
        &self.fields
    }

    /// How many of [`fields`](Self::fields) conditions ask for.
    #[must_use]
    pub fn condition_fields(&self) -> usize {
        self.condition_fields
    }

    /// How many rules there are.
    #[must_use]
    pub fn rules(&self) -> usize {
        self.roots.len()
    }

    /// The fields that the condition of a rule reads, each once: without them in a log, the rule is blind.
    #[must_use]
    pub fn reads(&self, rule: RuleIndex) -> BTreeSet<Slot> {
        let mut slots = BTreeSet::new();
        if let Some(&root) = self.roots.get(rule as usize) {
            self.graph.reads(root, &mut slots);
        }
        slots
    }

    /// Appends the alert of a rule that matched the event: one line without its end, as the options of the program say.
    pub fn render(&self, rule: RuleIndex, event: &mut impl Event, out: &mut Vec<u8>) {
        if let Some(alert) = self.alerts.get(rule as usize) {
            alert.render(event, self.falco_compat, out);
        }
    }

    /// Why a rule does or does not match the event: every check with the values it saw. Empty without [`Options::explain`].
    pub fn explain(&self, rule: RuleIndex, event: &mut impl Event) -> Option<Explanation> {
        let condition = self.kept.get(rule as usize)?;
        Some(explain::explain(self, condition, event))
    }

    pub(crate) fn field_name(&self, slot: Slot) -> &str {
        self.field_names.get(usize::from(slot.0)).map_or("", String::as_str)
    }
}

fn names(fields: &[FieldUse], catalog: &Catalog) -> Vec<String> {
    let known: HashMap<u16, &Field> = catalog.fields().collect();
    let name = |usage: &FieldUse| {
        known
            .get(&usage.field)
            .map_or_else(String::new, |field| written(field, usage.argument.as_deref()))
    };
    fields.iter().map(name).collect()
}
