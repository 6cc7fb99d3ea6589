//! Why a rule matches an event or does not: its condition as written, each part with its result, each check with what it saw.
//! Slow and allocating: for one event a person asks about.

use super::graph::Node;
use super::term::Source;
use super::{Evaluator, Program, Scratch};
use crate::ast::Span;
use crate::compile::Compiled;
use crate::event::Event;
use crate::value::Value;

/// A part of a condition with what became of it.
#[expect(missing_docs, reason = "parts and whether they hold need no more words")]
#[derive(Clone, Debug, PartialEq)]
pub enum Explanation {
    /// `decided` is the first part that is false.
    And {
        holds: bool,
        parts: Vec<Explanation>,
        decided: Option<usize>,
    },
    /// `decided` is the first part that is true.
    Or {
        holds: bool,
        parts: Vec<Explanation>,
        decided: Option<usize>,
    },
    Not {
        holds: bool,
        part: Box<Explanation>,
    },
    Check {
        holds: bool,
        /// Bytes of the text the check stands in: of its macro's, when it comes from one.
        at: Span,
        /// The fields it read, in their order.
        seen: Vec<Seen>,
    },
}

impl Explanation {
    /// Whether the part is true of the event.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self {
            Self::And { holds, .. }
            | Self::Or { holds, .. }
            | Self::Not { holds, .. }
            | Self::Check { holds, .. } => *holds,
        }
    }
}

/// A field with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// With its argument, `proc.aname[2]`.
    pub field: String,
    /// As text; none when the event lacks the field.
    pub values: Vec<String>,
}

pub(super) fn explain(
    program: &Program,
    condition: &Compiled,
    event: &mut impl Event,
) -> Explanation {
    let mut evaluator = Evaluator::new(program);
    evaluator.matches_rule(0, event);
    part(program, &mut evaluator, condition, event)
}

fn part(
    program: &Program,
    evaluator: &mut Evaluator<'_>,
    condition: &Compiled,
    event: &mut impl Event,
) -> Explanation {
    match condition {
        Compiled::And(children) => {
            let parts: Vec<_> =
                children.iter().map(|child| part(program, evaluator, child, event)).collect();
            let decided = parts.iter().position(|part| !part.holds());
            Explanation::And { holds: decided.is_none(), parts, decided }
        }
        Compiled::Or(children) => {
            let parts: Vec<_> =
                children.iter().map(|child| part(program, evaluator, child, event)).collect();
            let decided = parts.iter().position(Explanation::holds);
            Explanation::Or { holds: decided.is_some(), parts, decided }
        }
        Compiled::Not(child) => {
            let part = part(program, evaluator, child, event);
            Explanation::Not { holds: !part.holds(), part: Box::new(part) }
        }
        Compiled::Check(predicate, at) => {
            let node = program.graph.known(predicate);
            let holds = node.is_some_and(|node| evaluator.holds(node, event));
            let mut seen = Vec::new();
            if let Some(Node::Check(check)) = node.map(|node| &program.graph.nodes[node as usize]) {
                let check = &program.graph.checks[*check as usize];
                look(program, &check.left, event, &mut seen);
                if let Some((_, right)) = &check.against {
                    look(program, right, event, &mut seen);
                }
            }
            Explanation::Check { holds, at: at.clone(), seen }
        }
    }
}

fn look(program: &Program, source: &Source, event: &mut impl Event, seen: &mut Vec<Seen>) {
    match source {
        Source::Slot(slot) => {
            let mut scratch = Scratch::default();
            let mut held = scratch.take();
            source.evaluate(event, &mut scratch, &mut held, false);
            seen.push(Seen {
                field: program.field_name(*slot).to_owned(),
                values: held.values().map(text).collect(),
            });
        }
        Source::Constant(_) => {}
        Source::List(parts) | Source::Call { operands: parts, .. } => {
            parts.iter().for_each(|part| look(program, part, event, seen));
        }
    }
}

fn text(value: Value<'_>) -> String {
    match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Signed(value) => value.to_string(),
        Value::Unsigned(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::Address(value) => value.to_string(),
    }
}
