//! Judges events: which rules match. Every check is made at most once an event, whichever rules share it.
//! Holds the scratch of one thread; the program itself is never changed.

use super::graph::{Check, Node, NodeId};
use super::held::Held;
use super::term::{Scratch, Source};
use super::{Matching, Program, RuleIndex};
use crate::ast::Operator;
use crate::event::{Event, Extracted};
use crate::matcher;
use crate::value::Value;

/// Judges events by a program, one after the other.
#[derive(Debug)]
pub struct Evaluator<'p> {
    program: &'p Program,
    /// Results of nodes: the number of the event they were found for, shifted by one, and the result in the lowest bit.
    memo: Vec<u32>,
    event: u32,
    pub(super) rules: Vec<u64>,
    matches: Vec<RuleIndex>,
    scratch: Scratch,
}

/// What an [`Evaluator`] leaves for the next one of the same program.
#[derive(Debug, Default)]
pub struct Memory {
    memo: Vec<u32>,
    event: u32,
    rules: Vec<u64>,
    scratch: Scratch,
}

impl<'p> Evaluator<'p> {
    /// Scratch for one thread.
    #[must_use]
    pub fn new(program: &'p Program) -> Self {
        Self {
            program,
            memo: vec![0; program.graph.nodes.len()],
            event: 0,
            rules: Vec::new(),
            matches: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Goes on with the memory of another of the same program, for one that can't live as long as its events come.
    #[must_use]
    pub fn resume(program: &'p Program, memory: Memory) -> Self {
        let Memory { mut memo, event, rules, scratch } = memory;
        memo.resize(program.graph.nodes.len(), 0);
        Self { program, memo, event, rules, matches: Vec::new(), scratch }
    }

    /// Gives its memory to the next.
    #[must_use]
    pub fn into_memory(self) -> Memory {
        let Self { memo, event, rules, scratch, .. } = self;
        Memory { memo, event, rules, scratch }
    }

    /// The rules that match, in the order of their definition; at most one when the program stops at the first.
    pub fn matches(&mut self, event: &mut impl Event) -> &[RuleIndex] {
        self.matches.clear();
        self.next_event();
        let program = self.program;
        let mut rules = std::mem::take(&mut self.rules);
        if program.dispatch.narrow(event, &[], &mut rules) {
            self.visit(&rules, event);
        }
        self.rules = rules;
        &self.matches
    }

    /// Whether one rule matches, whatever others do.
    pub fn matches_rule(&mut self, rule: RuleIndex, event: &mut impl Event) -> bool {
        self.next_event();
        self.program.roots.get(rule as usize).is_some_and(|&root| self.holds(root, event))
    }

    fn visit(&mut self, rules: &[u64], event: &mut impl Event) {
        for (place, &word) in rules.iter().enumerate() {
            let mut word = word;
            while word != 0 {
                let rule = place * 64 + word.trailing_zeros() as usize;
                word &= word - 1;
                if self.holds(self.program.roots[rule], event) {
                    self.matches.push(rule as RuleIndex);
                    if self.program.matching == Matching::First {
                        return;
                    }
                }
            }
        }
    }

    pub(super) fn program(&self) -> &'p Program {
        self.program
    }

    pub(super) fn next_event(&mut self) {
        self.event += 1;
        if self.event == 1 << 31 {
            self.memo.fill(0);
            self.event = 1;
        }
    }

    pub(super) fn holds(&mut self, node: NodeId, event: &mut impl Event) -> bool {
        let known = self.memo[node as usize];
        if known >> 1 == self.event {
            return known & 1 == 1;
        }
        let program = self.program;
        let result = match &program.graph.nodes[node as usize] {
            Node::Constant(value) => return *value,
            Node::Not(child) => !self.holds(*child, event),
            Node::And(children) => children.iter().all(|&child| self.holds(child, event)),
            Node::Or(children) => children.iter().any(|&child| self.holds(child, event)),
            Node::Check(check) => run(
                &program.graph.checks[*check as usize],
                event,
                &mut self.scratch,
                program.falco_compat,
            ),
        };
        self.memo[node as usize] = (self.event << 1) | u32::from(result);
        result
    }
}

fn run(check: &Check, event: &mut impl Event, scratch: &mut Scratch, compat: bool) -> bool {
    match (&check.left, &check.against) {
        (Source::Slot(slot), None) => match event.extract(*slot) {
            Extracted::Missing => false,
            Extracted::One(value) => check.matcher.accepts(value),
            Extracted::Many(values) => quantified(check, values.iter().copied()),
        },
        (left, None) => {
            let mut held = scratch.take();
            left.evaluate(event, scratch, &mut held, compat);
            let result = quantified(check, held.values());
            scratch.give(held);
            result
        }
        (left, Some((operator, right))) => {
            let (mut mine, mut theirs) = (scratch.take(), scratch.take());
            left.evaluate(event, scratch, &mut mine, compat);
            right.evaluate(event, scratch, &mut theirs, compat);
            let result = compared(*operator, check.every_value, &mine, &theirs);
            scratch.give(mine);
            scratch.give(theirs);
            result
        }
    }
}

/// Of no value nothing holds.
fn quantified<'v>(check: &Check, mut values: impl Iterator<Item = Value<'v>>) -> bool {
    if !check.every_value {
        return values.any(|value| check.matcher.accepts(value));
    }
    let mut some = false;
    values.all(|value| {
        some = true;
        check.matcher.accepts(value)
    }) && some
}

fn compared(operator: Operator, every: bool, left: &Held, right: &Held) -> bool {
    if left.is_missing() || right.is_missing() {
        return false;
    }
    let one = |value: Value<'_>| right.values().any(|other| compare(operator, value, other));
    if every { left.values().all(one) } else { left.values().any(one) }
}

fn compare(operator: Operator, left: Value<'_>, right: Value<'_>) -> bool {
    let order = match (left, right) {
        (Value::Bytes(left), Value::Bytes(right)) => {
            return matcher::compare_texts(operator, left, right);
        }
        (Value::Unsigned(left), Value::Unsigned(right)) => left.cmp(&right),
        (Value::Signed(left), Value::Signed(right)) => left.cmp(&right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(&right),
        (Value::Address(left), Value::Address(right)) => left.cmp(&right),
        (Value::Double(left), Value::Double(right)) => match left.partial_cmp(&right) {
            Some(order) => order,
            None => return false,
        },
        _ => return false,
    };
    match operator {
        Operator::In | Operator::Intersects => order.is_eq(),
        _ => matcher::holds(operator, order),
    }
}
