//! The index in front of the rules: a few fields are looked up, and only rules that can still fire are visited.
//! Which fields, follows from what the rules need of an event; nothing is known here of any source.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::graph::{Graph, Node, NodeId};
use super::necessary::{Facts, Necessary};
use crate::event::{Event, Extracted, Slot};
use crate::value::Value;

/// More fields cost more than they spare.
const MOST_STEPS: usize = 4;

/// A set of rules, a bit each.
type Rules = Box<[u64]>;

#[derive(Debug)]
struct Step {
    slot: Slot,
    /// Rules that may fire when the field is this text.
    by_text: HashMap<Box<[u8]>, Rules, RandomState>,
    /// Rules that do not ask for the field, when it is missing or another text.
    otherwise: Rules,
}

/// The index of a program.
#[derive(Debug)]
pub(crate) struct Dispatch {
    steps: Vec<Step>,
    all: Rules,
}

impl Dispatch {
    pub(crate) fn new(graph: &Graph, roots: &[NodeId]) -> Self {
        let mut all = vec![0_u64; roots.len().div_ceil(64)].into_boxed_slice();
        let mut necessary = Necessary::default();
        let mut facts = Vec::with_capacity(roots.len());
        for (rule, &root) in roots.iter().enumerate() {
            if graph.nodes[root as usize] != Node::Constant(false) {
                set(&mut all, rule);
            }
            facts.push(necessary.of(graph, root));
        }
        let steps =
            chosen(&facts).into_iter().map(|slot| Step::new(slot, &facts, all.len())).collect();
        Self { steps, all }
    }

    /// Leaves the rules that can fire in `rules`; `false` when there are none. Asks for no slot that is `unknown`.
    pub(crate) fn narrow(
        &self,
        event: &mut impl Event,
        unknown: &[bool],
        rules: &mut Vec<u64>,
    ) -> bool {
        rules.clear();
        rules.extend_from_slice(&self.all);
        for step in &self.steps {
            if unknown.get(usize::from(step.slot.0)) == Some(&true) {
                continue;
            }
            let allowed = match event.extract(step.slot) {
                Extracted::Missing => &step.otherwise,
                Extracted::One(Value::Bytes(text)) => {
                    step.by_text.get(text).unwrap_or(&step.otherwise)
                }
                // Numbers, and fields of which one of many values satisfies, are left to the rules.
                Extracted::One(_) | Extracted::Many(_) => continue,
            };
            let mut left = 0;
            for (word, allowed) in rules.iter_mut().zip(allowed) {
                *word &= allowed;
                left |= *word;
            }
            if left == 0 {
                return false;
            }
        }
        rules.iter().any(|&word| word != 0)
    }
}

impl Step {
    fn new(slot: Slot, facts: &[Facts], words: usize) -> Self {
        let mut otherwise = vec![0_u64; words].into_boxed_slice();
        for (rule, facts) in facts.iter().enumerate() {
            if !facts.contains_key(&slot) {
                set(&mut otherwise, rule);
            }
        }
        let mut by_text: HashMap<Box<[u8]>, Rules, RandomState> = HashMap::default();
        for (rule, facts) in facts.iter().enumerate() {
            for text in facts.get(&slot).into_iter().flatten() {
                set(by_text.entry(text.clone()).or_insert_with(|| otherwise.clone()), rule);
            }
        }
        Self { slot, by_text, otherwise }
    }
}

fn set(rules: &mut [u64], rule: usize) {
    rules[rule / 64] |= 1 << (rule % 64);
}

/// The fields that most rules ask for, each while a good part of the rules does; those with more texts tell more apart.
fn chosen(facts: &[Facts]) -> Vec<Slot> {
    let mut asked: HashMap<Slot, (usize, std::collections::BTreeSet<&[u8]>)> = HashMap::new();
    for facts in facts {
        for (slot, texts) in facts {
            let entry = asked.entry(*slot).or_default();
            entry.0 += 1;
            entry.1.extend(texts.iter().map(AsRef::as_ref));
        }
    }
    let mut slots: Vec<(usize, usize, Slot)> = asked
        .into_iter()
        .filter(|(_, (rules, _))| *rules * 4 >= facts.len())
        .map(|(slot, (rules, texts))| (rules, texts.len(), slot))
        .collect();
    slots.sort_unstable_by_key(|&(rules, texts, slot)| (std::cmp::Reverse((rules, texts)), slot));
    slots.into_iter().take(MOST_STEPS).map(|(.., slot)| slot).collect()
}
