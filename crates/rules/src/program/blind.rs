//! What rules can say of events that were not recorded whole: yes, no, or nothing, because a part they read is not there.
//! Kleene's three values over the graph. Used to find rules that a log leaves blind.

use super::graph::{Node, NodeId};
use super::term::Source;
use super::{Evaluator, Program, RuleIndex};
use crate::event::{Event, Slot};

/// What a rule says of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It matches, whatever is missing.
    Matches,
    /// It doesn't, whatever is missing.
    DoesNotMatch,
    /// It depends on what was not recorded.
    Unknown,
}

impl Verdict {
    fn of(holds: bool) -> Self {
        if holds { Self::Matches } else { Self::DoesNotMatch }
    }

    fn not(self) -> Self {
        match self {
            Self::Matches => Self::DoesNotMatch,
            Self::DoesNotMatch => Self::Matches,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// The verdict of parts that must all hold; with `dual` of parts of which one must.
fn joined(verdicts: impl Iterator<Item = Verdict>, dual: bool) -> Verdict {
    let decides = Verdict::of(dual);
    let mut outcome = decides.not();
    for verdict in verdicts {
        if verdict == decides {
            return decides;
        }
        if verdict == Verdict::Unknown {
            outcome = Verdict::Unknown;
        }
    }
    outcome
}

impl Evaluator<'_> {
    /// Judges one event by every rule, in the order of definition. `unrecorded` says for each slot of
    /// [`Program::fields`] whether the part of the event it reads was left out when the event was recorded.
    pub fn judge(
        &mut self,
        event: &mut impl Event,
        unrecorded: &[bool],
        tell: &mut impl FnMut(RuleIndex, Verdict),
    ) {
        self.next_event();
        for (rule, &root) in (0..).zip(&self.program().roots) {
            tell(rule, self.verdict(root, event, unrecorded));
        }
    }

    /// Whether some rule might match an event of which those slots are `unknown`: `false` is for sure.
    pub fn might_match(&mut self, event: &mut impl Event, unknown: &[bool]) -> bool {
        self.next_event();
        let program = self.program();
        let mut rules = std::mem::take(&mut self.rules);
        let mut might = program.dispatch.narrow(event, unknown, &mut rules);
        if might {
            might = rules.iter().zip(0_usize..).any(|(&word, place)| {
                let mut word = word;
                while word != 0 {
                    let rule = place * 64 + word.trailing_zeros() as usize;
                    word &= word - 1;
                    let verdict = self.verdict(program.roots[rule], event, unknown);
                    if verdict != Verdict::DoesNotMatch {
                        return true;
                    }
                }
                false
            });
        }
        self.rules = rules;
        might
    }

    fn verdict(&mut self, node: NodeId, event: &mut impl Event, unrecorded: &[bool]) -> Verdict {
        let program = self.program();
        match &program.graph.nodes[node as usize] {
            Node::Constant(value) => Verdict::of(*value),
            Node::Not(child) => self.verdict(*child, event, unrecorded).not(),
            Node::And(children) => {
                joined(children.iter().map(|&child| self.verdict(child, event, unrecorded)), false)
            }
            Node::Or(children) => {
                joined(children.iter().map(|&child| self.verdict(child, event, unrecorded)), true)
            }
            Node::Check(check) => {
                let left_out = |slot: Slot| unrecorded.get(usize::from(slot.0)) == Some(&true);
                if program.looks_at(*check, &left_out) {
                    return Verdict::Unknown;
                }
                Verdict::of(self.holds(node, event))
            }
        }
    }
}

impl Program {
    /// Whether a rule could match an event that has no field but those which `present` says of each slot.
    #[must_use]
    pub fn can_match(&self, rule: RuleIndex, present: &[bool]) -> bool {
        let root = self.roots.get(rule as usize);
        root.is_some_and(|&root| self.possible(root, present) != Verdict::DoesNotMatch)
    }

    fn possible(&self, node: NodeId, present: &[bool]) -> Verdict {
        match &self.graph.nodes[node as usize] {
            Node::Constant(value) => Verdict::of(*value),
            Node::Not(child) => self.possible(*child, present).not(),
            Node::And(children) => {
                joined(children.iter().map(|&child| self.possible(child, present)), false)
            }
            Node::Or(children) => {
                joined(children.iter().map(|&child| self.possible(child, present)), true)
            }
            Node::Check(check) => {
                // Of a missing value every check is false.
                let absent = |slot: Slot| present.get(usize::from(slot.0)) == Some(&false);
                if self.looks_at(*check, &absent) {
                    Verdict::DoesNotMatch
                } else {
                    Verdict::Unknown
                }
            }
        }
    }

    /// The name of the field of a slot, with its argument: `jevt.value[/stage]`.
    #[must_use]
    pub fn slot_name(&self, slot: Slot) -> &str {
        self.field_name(slot)
    }

    /// Whether a check reads a slot of that kind.
    fn looks_at(&self, check: u32, kind: &impl Fn(Slot) -> bool) -> bool {
        let check = &self.graph.checks[check as usize];
        check.left.looks_at(kind)
            || check.against.as_ref().is_some_and(|(_, right)| right.looks_at(kind))
    }
}

impl Source {
    fn looks_at(&self, kind: &impl Fn(Slot) -> bool) -> bool {
        match self {
            Self::Slot(slot) => kind(*slot),
            Self::Constant(_) => false,
            Self::List(parts) | Self::Call { operands: parts, .. } => {
                parts.iter().any(|part| part.looks_at(kind))
            }
        }
    }
}
