//! Why a rule matches one event or doesn't: its condition as a tree with every outcome, and what comes before it.
//! Judges by the evaluator's own explanation; adds the text of each part. Used by `lanner rules explain`.

use lanner_events::EventsError;
use lanner_rules::ast::Expression;
use lanner_rules::condition::compiled;
use lanner_rules::{Evaluator, Explanation, Matching, Options, Seen};
use serde_json::{Value, json};

use crate::batch::{Batch, Layout};
use crate::event::SourceEvent;
use crate::events::{EventReader, Order};
use crate::plan::{ExtractOptions, Plan};
use crate::rule_book::{ActivationError, RuleBook};
use crate::skipped::{SkipReason, Skipped};
use crate::source::Source;

/// Why there is nothing to explain.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// No rule of that name takes part.
    #[error("no rule `{rule}` of source {source_name} takes part")]
    NoRule {
        /// The name.
        rule: String,
        /// The source.
        source_name: &'static str,
    },
    /// The text holds no event.
    #[error("the input is no event of source {source_name}: {reason}")]
    NoEvent {
        /// The source.
        source_name: &'static str,
        /// Why it was passed over.
        reason: &'static str,
    },
    /// The rules don't compile.
    #[error(transparent)]
    Activation(#[from] ActivationError),
    /// No memory for the tokens.
    #[error(transparent)]
    Events(#[from] EventsError),
}

/// Judges the first event in `text` by the rule of that name; the answer as JSON.
///
/// # Errors
/// See [`ExplainError`].
pub fn explain(
    book: &RuleBook,
    source: Source,
    rule: &str,
    text: Vec<u8>,
    options: &Options,
    extract: ExtractOptions,
) -> Result<String, ExplainError> {
    let rules: Vec<_> = book.active(source).collect();
    let wanted = rules.iter().position(|each| each.name == rule);
    let index = wanted.ok_or_else(|| ExplainError::NoRule {
        rule: rule.to_owned(),
        source_name: source.name(),
    })?;
    let options = Options { explain: true, ..options.clone() };
    let active = crate::rule_book::compiled(&rules, source, &options)?;
    let plan = Plan::new(source, active.program.fields(), extract);
    let mut answer = None;
    let skipped = first_event(&plan, text, &mut |event| {
        let tree = active.program.explain(index as u32, event);
        let matches = tree.as_ref().is_some_and(Explanation::holds);
        let first = Evaluator::new(&active.program).matches(event).first().copied();
        let before =
            first.filter(|&first| options.matching == Matching::First && (first as usize) < index);
        let mut alert = Vec::new();
        if matches {
            active.program.render(index as u32, event, &mut alert);
        }
        answer = Some(json!({
            "alert": matches.then(|| String::from_utf8_lossy(&alert)),
            "condition": tree.map(|tree| part(&tree, &rules[index].condition, true)),
            "matches": matches,
            "rule": rule,
            "shadowed_by": before.map(|first| rules[first as usize].name.as_str()),
            "source": source.name(),
        }));
    })?;
    answer.map(|answer| answer.to_string()).ok_or_else(|| {
        let reason = SkipReason::ALL.into_iter().find(|&reason| skipped.count(reason) > 0);
        ExplainError::NoEvent {
            source_name: source.name(),
            reason: reason.map_or("empty", SkipReason::name),
        }
    })
}

/// Visits the first event of a text: one document over any lines, or one a line.
fn first_event(
    plan: &Plan,
    text: Vec<u8>,
    visit: &mut dyn FnMut(&mut SourceEvent<'_>),
) -> Result<Skipped, EventsError> {
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut batch = Batch {
        input: 0,
        offset: 0,
        text,
        layout: Layout::Documents(std::iter::once(0..end).collect()),
    };
    let mut reader = EventReader::new(plan)?;
    let mut skipped = Skipped::default();
    let mut order = Order::default();
    let mut first = |event: &mut SourceEvent<'_>| {
        if event.moment().number == 1 {
            visit(event);
        }
    };
    reader.read(&batch, &mut order, &mut skipped, &mut first);
    if order.events == 0 {
        batch.layout = Layout::Lines;
        reader.read(&batch, &mut order, &mut Skipped::default(), &mut first);
    }
    Ok(skipped)
}

/// A part with its text. It decides when the outcome of all around it rests on it.
pub(crate) fn part(explanation: &Explanation, expression: &Expression, decides: bool) -> Value {
    let text = compiled(expression);
    let holds = explanation.holds();
    let children: &[Expression] = match expression {
        Expression::And(children) | Expression::Or(children) => children,
        Expression::Not(child) => std::slice::from_ref(&**child),
        Expression::Check(_) | Expression::Macro { .. } => &[],
    };
    let (kind, parts): (_, Vec<Value>) = match explanation {
        Explanation::And { parts, decided, .. } => {
            ("and", group(parts, children, decides, *decided))
        }
        Explanation::Or { parts, decided, .. } => ("or", group(parts, children, decides, *decided)),
        Explanation::Not { part: inner, .. } => {
            ("not", children.iter().map(|child| part(inner, child, decides)).collect())
        }
        Explanation::Check { seen, .. } => {
            let values: Vec<Value> = seen.iter().map(value).collect();
            return json!({ "decides": decides, "holds": holds, "kind": "check", "text": text, "values": values });
        }
    };
    json!({ "decides": decides, "holds": holds, "kind": kind, "parts": parts, "text": text })
}

/// Where one part settled the outcome, that one decides; where none did, all of them.
fn group(
    parts: &[Explanation],
    children: &[Expression],
    decides: bool,
    settled: Option<usize>,
) -> Vec<Value> {
    let decisive = |index: usize| decides && settled.is_none_or(|settled| settled == index);
    let pairs = parts.iter().zip(children).enumerate();
    pairs
        .map(|(index, (explanation, expression))| part(explanation, expression, decisive(index)))
        .collect()
}

fn value(seen: &Seen) -> Value {
    let values = (!seen.values.is_empty()).then_some(&seen.values);
    json!({ "field": seen.field, "values": values })
}
