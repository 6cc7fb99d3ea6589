//! The conditions of all rules as one graph: equal checks and equal groups are one node, whichever rule they stand in.
//! Groups are flattened and ordered from cheap to costly; `evt.num` against constants that decide nothing is folded.

use std::collections::{BTreeSet, HashMap};

use super::slots::Slots;
use super::term::Source;
use crate::ast::Operator;
use crate::compile::{Compiled, Constant, Predicate, Test};
use crate::event::Slot;
use crate::evttypes;
use crate::matcher::Matcher;

pub(crate) type NodeId = u32;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Constant(bool),
    /// A place in [`Graph::checks`].
    Check(u32),
    Not(NodeId),
    And(Box<[NodeId]>),
    Or(Box<[NodeId]>),
}

/// A predicate, ready to run.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) left: Source,
    pub(crate) matcher: Matcher,
    pub(crate) against: Option<(Operator, Source)>,
    /// All values of a list or both ends of a connection, not any.
    pub(crate) every_value: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) checks: Vec<Check>,
    costs: Vec<u32>,
    by_node: HashMap<Node, NodeId>,
    by_predicate: HashMap<Predicate, NodeId>,
}

impl Graph {
    pub(crate) fn insert(&mut self, condition: &Compiled, slots: &mut Slots) -> NodeId {
        match condition {
            Compiled::Check(predicate, _) => self.check(predicate, slots),
            Compiled::Not(child) => {
                let child = self.insert(child, slots);
                self.not(child)
            }
            Compiled::And(children) => self.group(children, slots, true),
            Compiled::Or(children) => self.group(children, slots, false),
        }
    }

    /// The node of a predicate that is in the graph already.
    pub(crate) fn known(&self, predicate: &Predicate) -> Option<NodeId> {
        self.by_predicate.get(predicate).copied()
    }

    /// The fields that a node asks for.
    pub(crate) fn reads(&self, node: NodeId, slots: &mut BTreeSet<Slot>) {
        match &self.nodes[node as usize] {
            Node::Constant(_) => {}
            Node::Not(child) => self.reads(*child, slots),
            Node::And(children) | Node::Or(children) => {
                for &child in children {
                    self.reads(child, slots);
                }
            }
            Node::Check(check) => {
                let check = &self.checks[*check as usize];
                check.left.reads(slots);
                if let Some((_, right)) = &check.against {
                    right.reads(slots);
                }
            }
        }
    }

    fn not(&mut self, child: NodeId) -> NodeId {
        match self.nodes[child as usize] {
            Node::Constant(value) => self.node(Node::Constant(!value), 0),
            Node::Not(inner) => inner,
            _ => self.node(Node::Not(child), self.costs[child as usize]),
        }
    }

    fn group(&mut self, children: &[Compiled], slots: &mut Slots, all: bool) -> NodeId {
        let mut members = Vec::with_capacity(children.len());
        for child in children {
            let id = self.insert(child, slots);
            match &self.nodes[id as usize] {
                Node::Constant(value) if *value == all => {}
                Node::Constant(_) => return self.node(Node::Constant(!all), 0),
                Node::And(inner) if all => members.extend_from_slice(inner),
                Node::Or(inner) if !all => members.extend_from_slice(inner),
                _ => members.push(id),
            }
        }
        members.sort_unstable_by_key(|&id| (self.costs[id as usize], id));
        members.dedup();
        match members.as_slice() {
            [] => self.node(Node::Constant(all), 0),
            [only] => *only,
            _ => {
                let cost =
                    members.iter().map(|&id| self.costs[id as usize]).fold(0, u32::saturating_add);
                let members = members.into();
                self.node(if all { Node::And(members) } else { Node::Or(members) }, cost)
            }
        }
    }

    fn node(&mut self, node: Node, cost: u32) -> NodeId {
        if let Some(&id) = self.by_node.get(&node) {
            return id;
        }
        let id = self.nodes.len() as NodeId;
        self.nodes.push(node.clone());
        self.costs.push(cost);
        self.by_node.insert(node, id);
        id
    }

    fn check(&mut self, predicate: &Predicate, slots: &mut Slots) -> NodeId {
        if let Some(&id) = self.by_predicate.get(predicate) {
            return id;
        }
        let id = if let Some(value) = decided(predicate) {
            self.node(Node::Constant(value), 0)
        } else {
            let left = Source::new(&predicate.left, slots);
            let against = match &predicate.test {
                Test::Against { operator, right } => Some((*operator, Source::new(right, slots))),
                _ => None,
            };
            let matcher = Matcher::build(&predicate.test);
            let plain = matches!(left, Source::Slot(_)) && against.is_none();
            let cost = matcher.cost().saturating_add(if plain { 0 } else { 10 });
            self.checks.push(Check { left, matcher, against, every_value: predicate.every_value });
            self.node(Node::Check(self.checks.len() as u32 - 1), cost)
        };
        self.by_predicate.insert(predicate.clone(), id);
        id
    }
}

/// What a check of `evt.num` is for every event, when it is the same for all.
fn decided(predicate: &Predicate) -> Option<bool> {
    if !predicate.counts_events {
        return None;
    }
    let number = |constant: &Constant| match constant {
        Constant::Unsigned(number) => Some(*number),
        _ => None,
    };
    match &predicate.test {
        Test::Exists => Some(true),
        Test::One { operator, constant } => {
            evttypes::counts(*operator, false, &[number(constant)?])
        }
        Test::Member { constants } => {
            let numbers = constants.iter().map(number).collect::<Option<Vec<_>>>()?;
            evttypes::counts(Operator::In, false, &numbers)
        }
        _ => None,
    }
}
