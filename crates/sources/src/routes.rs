//! Conditions of routes over stored alerts, compiled into one program: for each line of alerts the set of routes it takes.
//! Knows no output and no order of routes; the router does. Used through the addon.

use lanner_rules::ast::{Check, Expression, Literal, Operand, Operator, Right, Transformer};
use lanner_rules::condition::parse_with_names;
use lanner_rules::diagnostic::Code;
use lanner_rules::load::{Checker as _, FieldChecker};
use lanner_rules::{Evaluator, Matching, Options, Priority, Program, ProgramError, RuleSource};
use serde_json::{Value, json};

use crate::batch::{Batch, Layout};
use crate::catalog;
use crate::error::SourceError;
use crate::events::{EventReader, Order};
use crate::explanation::part;
use crate::plan::{ExtractOptions, Plan};
use crate::skipped::Skipped;
use crate::source::Source;

/// Keys of an alert that conditions may name without `alert.` before them.
const NAMES: &[(&str, &str)] = &[
    ("rule", "alert.rule"),
    ("priority", "alert.priority"),
    ("source", "alert.source"),
    ("tags", "alert.tags"),
    ("hostname", "alert.hostname"),
    ("output", "alert.output"),
    ("time", "alert.time"),
    ("uuid", "alert.uuid"),
];

/// Sets of routes are words of so many bits.
const WORD: usize = u32::BITS as usize;

/// Which alerts a route takes. Every part narrows, several values of one part are alternatives, an empty part asks nothing.
#[derive(Clone, Debug)]
pub struct RouteCondition {
    /// In the language of rules.
    pub condition: Option<String>,
    /// The least urgent.
    pub priority: Priority,
    /// As `alert.source` has them.
    pub sources: Vec<String>,
    /// Names of rules with `*` and `?`.
    pub rules: Vec<String>,
    /// Any of them.
    pub tags: Vec<String>,
}

/// What is wrong with a condition, or what its author should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteFault {
    /// The position of the route.
    pub route: usize,
    /// Falco's, `LOAD_ERR_COMPILE_CONDITION` for what can't be used.
    pub code: &'static str,
    /// One sentence without a full stop.
    pub message: String,
    /// Bytes into the condition; absent where all of it is meant.
    pub offset: Option<usize>,
    /// What might have been meant.
    pub hint: Option<String>,
}

/// The routes of each line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteSets {
    /// [`RouteBook::words`] words a line; bit `r % 32` of word `r / 32` is route `r`.
    pub sets: Vec<u32>,
    /// Lines that are no alert as the reader knows them, by position. They take every route: better told twice than lost.
    pub unjudged: Vec<u32>,
}

/// See the module.
#[derive(Debug)]
pub struct RouteBook {
    program: Program,
    plan: Plan,
    routes: usize,
    /// The route of each rule of the program, and its condition with everything the route asks.
    conditional: Vec<(usize, Expression)>,
    /// The set of the routes that take every alert.
    always: Vec<u32>,
    remarks: Vec<RouteFault>,
}

impl RouteBook {
    /// Compiles the conditions.
    ///
    /// # Errors
    /// What is wrong, at most one a route.
    pub fn new(routes: &[RouteCondition]) -> Result<Self, Vec<RouteFault>> {
        let fields = catalog::catalog(Source::StoredAlert);
        let checker = FieldChecker::new(&[&fields]);
        let (mut faults, mut remarks, mut conditional) = (Vec::new(), Vec::new(), Vec::new());
        let mut always = vec![0; routes.len().div_ceil(WORD)];
        for (route, condition) in routes.iter().enumerate() {
            match whole(route, condition, &checker, &mut remarks) {
                Ok(Some(expression)) => conditional.push((route, expression)),
                Ok(None) => mark(&mut always, route),
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let rules: Vec<RuleSource<'_>> = conditional.iter().map(|(_, each)| rule(each)).collect();
        let options = Options { matching: Matching::All, explain: true, ..Options::default() };
        let program = Program::compile(&rules, &fields, &options).map_err(|error| {
            let (rule, message) = match &error {
                ProgramError::Condition { rule, error } => (*rule, error.to_string()),
                ProgramError::Output { rule, error } => (*rule, error.to_string()),
            };
            let route = conditional.get(rule).map_or(0, |(route, _)| *route);
            vec![fault(route, message, None)]
        })?;
        let plan = Plan::new(Source::StoredAlert, program.fields(), ExtractOptions::default());
        Ok(Self { program, plan, routes: routes.len(), conditional, always, remarks })
    }

    /// What the authors of conditions should know although they compile.
    #[must_use]
    pub fn remarks(&self) -> &[RouteFault] {
        &self.remarks
    }

    /// Words of a set.
    #[must_use]
    pub fn words(&self) -> usize {
        self.always.len()
    }

    /// The routes of every line of `text`; blank lines have none.
    ///
    /// # Errors
    /// [`SourceError::Memory`].
    pub fn judge(&self, text: Vec<u8>) -> Result<RouteSets, SourceError> {
        let ends = line_ends(&text);
        let mut found =
            RouteSets { sets: vec![0; ends.len() * self.words()], unjudged: Vec::new() };
        let mut judged = vec![false; ends.len()];
        let blank: Vec<bool> = blanks(&text, &ends);
        let batch = Batch { input: 0, offset: 0, text, layout: Layout::Lines };
        let mut reader =
            EventReader::sized(&self.plan, batch.text.len()).map_err(|_| SourceError::Memory)?;
        let mut evaluator = Evaluator::new(&self.program);
        let mut line = 0;
        let mut visit = |event: &mut crate::event::SourceEvent<'_>| {
            while ends.get(line).is_some_and(|&end| end <= event.offset()) {
                line += 1;
            }
            let Some(judged) = judged.get_mut(line) else { return };
            *judged = true;
            let set = &mut found.sets[line * self.always.len()..][..self.always.len()];
            set.copy_from_slice(&self.always);
            for &rule in evaluator.matches(event) {
                mark(set, self.conditional[rule as usize].0);
            }
        };
        reader.read(&batch, &mut Order::default(), &mut Skipped::default(), &mut visit);
        for line in (0..judged.len()).filter(|&line| !judged[line] && !blank[line]) {
            found.unjudged.push(line as u32);
            let set = &mut found.sets[line * self.always.len()..][..self.always.len()];
            (0..self.routes).for_each(|route| mark(set, route));
        }
        Ok(found)
    }

    /// Why each route takes the alert or doesn't, as a JSON array in the order of the routes: `matches`, and `condition` with every
    /// check and the values it saw, `null` where nothing is asked. `null` when the text is no alert.
    ///
    /// # Errors
    /// [`SourceError::Memory`].
    pub fn explain(&self, text: Vec<u8>) -> Result<String, SourceError> {
        let batch = Batch { input: 0, offset: 0, text, layout: Layout::Lines };
        let mut reader =
            EventReader::sized(&self.plan, batch.text.len()).map_err(|_| SourceError::Memory)?;
        let mut answer = Value::Null;
        let mut visit = |event: &mut crate::event::SourceEvent<'_>| {
            if event.moment().number > 1 {
                return;
            }
            let mut routes = vec![json!({ "condition": null, "matches": true }); self.routes];
            for (rule, (route, expression)) in self.conditional.iter().enumerate() {
                let Some(tree) = self.program.explain(rule as u32, event) else { continue };
                routes[*route] = json!({
                    "condition": part(&tree, expression, true),
                    "matches": tree.holds(),
                });
            }
            answer = Value::Array(routes);
        };
        reader.read(&batch, &mut Order::default(), &mut Skipped::default(), &mut visit);
        Ok(answer.to_string())
    }
}

/// Everything a route asks as one expression; nothing when it asks nothing.
fn whole(
    route: usize,
    asked: &RouteCondition,
    checker: &FieldChecker,
    remarks: &mut Vec<RouteFault>,
) -> Result<Option<Expression>, RouteFault> {
    let mut parts = Vec::new();
    if asked.priority != Priority::Debug {
        parts.push(at_least(asked.priority));
    }
    if !asked.sources.is_empty() {
        parts.push(check(field("alert.source"), Operator::In, list(&asked.sources)));
    }
    if !asked.tags.is_empty() {
        parts.push(check(field("alert.tags"), Operator::Intersects, list(&asked.tags)));
    }
    let globs = asked
        .rules
        .iter()
        .map(|glob| check(field("alert.rule"), Operator::Glob, Right::Value(literal(glob))));
    parts.extend(joined(globs.collect(), Expression::Or));
    if let Some(text) = &asked.condition {
        parts.push(parsed(route, text, checker, remarks)?);
    }
    Ok(joined(parts, Expression::And))
}

fn parsed(
    route: usize,
    text: &str,
    checker: &FieldChecker,
    remarks: &mut Vec<RouteFault>,
) -> Result<Expression, RouteFault> {
    let expression = parse_with_names(text, NAMES).map_err(|error| {
        let at = error.at.offset as usize;
        let compared = text.get(..at).is_some_and(|before| {
            before.trim_end().trim_end_matches(['<', '>', '=']).trim_end().ends_with("priority")
        });
        let hint = compared.then(|| "compare priorities with the key `priority`".to_owned());
        RouteFault { hint, ..fault(route, error.to_string(), Some(at)) }
    })?;
    match checker.condition(Source::StoredAlert.name(), &expression) {
        Ok(said) => {
            let remark = |remark: lanner_rules::load::Remark| RouteFault {
                code: remark.code.name(),
                ..fault(route, remark.message, None)
            };
            remarks.extend(said.into_iter().map(remark));
            Ok(expression)
        }
        Err(error) => Err(RouteFault {
            hint: error.hint,
            ..fault(route, error.message, Some(error.at as usize))
        }),
    }
}

fn fault(route: usize, message: String, offset: Option<usize>) -> RouteFault {
    RouteFault { route, code: Code::CompileCondition.name(), message, offset, hint: None }
}

/// Priorities are written in any case.
fn at_least(least: Priority) -> Expression {
    let mut names: Vec<String> = Priority::ALL
        .into_iter()
        .filter(|&priority| priority <= least)
        .map(|priority| priority.name().to_ascii_lowercase())
        .collect();
    if least >= Priority::Informational {
        names.push("info".to_owned());
    }
    let lower = Operand::Transform {
        transformer: Transformer::ToLower,
        operands: vec![field("alert.priority")],
        argument: None,
        at: 0..0,
    };
    check(lower, Operator::In, list(&names))
}

fn field(name: &str) -> Operand {
    Operand::Field { name: name.to_owned(), argument: None, at: 0..0 }
}

fn literal(text: &str) -> Literal {
    Literal { text: text.to_owned(), quoted: true, at: 0..0 }
}

fn list(texts: &[String]) -> Right {
    Right::List(texts.iter().map(|text| literal(text)).collect())
}

fn check(left: Operand, operator: Operator, right: Right) -> Expression {
    Expression::Check(Check { left, operator, modifier: None, right, at: 0..0 })
}

/// One stands for itself, none for nothing.
fn joined(
    mut parts: Vec<Expression>,
    join: fn(Vec<Expression>) -> Expression,
) -> Option<Expression> {
    if parts.len() > 1 { Some(join(parts)) } else { parts.pop() }
}

/// A route as a rule whose alert is never written.
fn rule(condition: &Expression) -> RuleSource<'_> {
    RuleSource {
        name: "route",
        source: Source::StoredAlert.name(),
        priority: Priority::Debug.name(),
        tags: &[],
        output: "route",
        condition,
    }
}

fn mark(set: &mut [u32], route: usize) {
    if let Some(word) = set.get_mut(route / WORD) {
        *word |= 1 << (route % WORD);
    }
}

/// Where each line ends: behind its line end, or at the end of the text.
fn line_ends(text: &[u8]) -> Vec<u64> {
    let mut ends: Vec<u64> = memchr::memchr_iter(b'\n', text).map(|at| at as u64 + 1).collect();
    let length = text.len() as u64;
    if ends.last().copied().unwrap_or(0) < length {
        ends.push(length);
    }
    ends
}

fn blanks(text: &[u8], ends: &[u64]) -> Vec<bool> {
    let mut start = 0;
    ends.iter()
        .map(|&end| {
            let line = text.get(start..end as usize).unwrap_or_default();
            start = end as usize;
            line.iter().all(u8::is_ascii_whitespace)
        })
        .collect()
}
