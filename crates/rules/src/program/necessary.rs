//! What must be true of an event for a rule to fire: "this field is one of these texts".
//! Derived from the graph for every field; `dispatch` makes an index of the facts that tell rules apart best.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Graph, Node, NodeId};
use super::term::Source;
use crate::event::Slot;

/// Larger sets tell little and cost much.
const MOST_TEXTS: usize = 512;

/// Groups deeper than this are not looked into; what is found stays true.
const MOST_LEVELS: u32 = 64;

/// For some fields, the texts of which the field must be one.
pub(crate) type Facts = BTreeMap<Slot, BTreeSet<Box<[u8]>>>;

/// Keeps what was found for a node: nodes are shared between rules.
#[derive(Default)]
pub(crate) struct Necessary {
    known: BTreeMap<(NodeId, bool), Facts>,
}

impl Necessary {
    pub(crate) fn of(&mut self, graph: &Graph, node: NodeId) -> Facts {
        self.find(graph, node, false, 0)
    }

    fn find(&mut self, graph: &Graph, node: NodeId, negated: bool, level: u32) -> Facts {
        if level > MOST_LEVELS {
            return Facts::new();
        }
        if let Some(facts) = self.known.get(&(node, negated)) {
            return facts.clone();
        }
        let facts = match (&graph.nodes[node as usize], negated) {
            (Node::Check(check), false) => of_check(graph, *check),
            (Node::Not(child), _) => self.find(graph, *child, !negated, level + 1),
            (Node::And(children), false) | (Node::Or(children), true) => {
                let mut facts = Facts::new();
                for child in children {
                    for (slot, texts) in self.find(graph, *child, negated, level + 1) {
                        match facts.get_mut(&slot) {
                            Some(known) => known.retain(|text| texts.contains(text)),
                            None => {
                                facts.insert(slot, texts);
                            }
                        }
                    }
                }
                facts
            }
            (Node::Or(children), false) | (Node::And(children), true) => {
                let mut children = children.iter();
                let first =
                    children.next().map(|child| self.find(graph, *child, negated, level + 1));
                let mut facts = first.unwrap_or_default();
                for child in children {
                    if facts.is_empty() {
                        break;
                    }
                    let other = self.find(graph, *child, negated, level + 1);
                    facts.retain(|slot, texts| {
                        other.get(slot).is_some_and(|more| {
                            texts.extend(more.iter().cloned());
                            texts.len() <= MOST_TEXTS
                        })
                    });
                }
                facts
            }
            (Node::Constant(_) | Node::Check(_), _) => Facts::new(),
        };
        self.known.insert((node, negated), facts.clone());
        facts
    }
}

fn of_check(graph: &Graph, check: u32) -> Facts {
    let check = &graph.checks[check as usize];
    let Source::Slot(slot) = check.left else { return Facts::new() };
    if check.against.is_some() {
        return Facts::new();
    }
    match check.matcher.texts() {
        Some(texts) if texts.len() <= MOST_TEXTS => {
            Facts::from([(slot, texts.into_iter().map(Into::into).collect())])
        }
        _ => Facts::new(),
    }
}
