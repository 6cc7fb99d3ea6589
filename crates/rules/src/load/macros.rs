//! Macros: their trees, and their replacement in the trees that name them.

use std::collections::BTreeSet;

use crate::ast::{Expression, Right, Span};
use crate::load::collector::Table;
use crate::load::definition::MacroItem;

/// Levels a condition may have once its macros are replaced.
const MAX_DEPTH: usize = 500;

/// Checks and values that macros may add to one condition.
const MAX_ADDED: usize = 300_000;

/// The same for all conditions together.
const MAX_ADDED_IN_ALL: usize = 4_000_000;

/// Why macros cannot be replaced.
#[derive(Debug)]
pub(super) enum MacroFault {
    /// Not defined, or only later.
    Undefined { name: String, at: Span },
    /// Made of itself.
    Loop { name: String, at: Span },
    /// Made of more than can be held.
    TooLarge { at: Span },
}

/// A macro while others are replaced in it.
#[derive(Debug)]
struct Body {
    tree: Expression,
    resolved: bool,
    /// Levels and checks with their values, once resolved.
    depth: usize,
    size: usize,
    /// Macros named in its text.
    direct: BTreeSet<usize>,
    /// Those and the ones within them.
    used: BTreeSet<usize>,
}

/// All macros of the namespace.
pub(super) struct Macros<'t> {
    table: &'t Table<MacroItem>,
    bodies: Vec<Body>,
    /// Checks and values added so far.
    added: usize,
}

/// One replacement under way.
struct Walk {
    visibility: usize,
    /// Macros being replaced within each other.
    path: Vec<usize>,
    used: BTreeSet<usize>,
    added: usize,
}

/// A tree without macros.
pub(super) struct Resolved {
    pub(super) tree: Expression,
    /// Numbers of the macros it was made of, at any depth.
    pub(super) used: BTreeSet<usize>,
    /// Those named in the text itself.
    pub(super) direct: BTreeSet<usize>,
}

impl<'t> Macros<'t> {
    /// With the trees of all macros, as parsed.
    pub(super) fn new(table: &'t Table<MacroItem>, trees: Vec<Expression>) -> Self {
        let (direct, used) = (BTreeSet::new(), BTreeSet::new());
        let empty = Body {
            tree: Expression::And(Vec::new()),
            resolved: false,
            depth: 0,
            size: 0,
            direct,
            used,
        };
        let bodies = trees
            .into_iter()
            .map(|tree| Body {
                size: size(&tree),
                tree,
                direct: BTreeSet::new(),
                used: BTreeSet::new(),
                ..empty
            })
            .collect();
        Self { table, bodies, added: 0 }
    }

    /// Replaces macros in the macro itself, once.
    pub(super) fn resolve_body(&mut self, number: usize) -> Result<(), MacroFault> {
        let visibility = self.table.items[number].visibility;
        let tree = self.bodies[number].tree.clone();
        let resolved = self.resolve_within(tree, visibility, vec![number])?;
        self.bodies[number] = Body {
            depth: depth(&resolved.tree),
            size: size(&resolved.tree),
            tree: resolved.tree,
            resolved: true,
            direct: resolved.direct,
            used: resolved.used,
        };
        Ok(())
    }

    /// Of a macro that was resolved: its tree, the macros named in its text, and all it was made of.
    pub(super) fn body(&self, number: usize) -> (&Expression, &BTreeSet<usize>, &BTreeSet<usize>) {
        let body = &self.bodies[number];
        (&body.tree, &body.direct, &body.used)
    }

    fn named_in(&self, tree: &Expression, names: &mut BTreeSet<usize>) {
        match tree {
            Expression::And(members) | Expression::Or(members) => {
                for member in members {
                    self.named_in(member, names);
                }
            }
            Expression::Not(inner) => self.named_in(inner, names),
            Expression::Check(_) => {}
            Expression::Macro { name, .. } => names.extend(self.table.number(name)),
        }
    }

    /// Replaces all macros.
    pub(super) fn resolve(&mut self, tree: Expression) -> Result<Resolved, MacroFault> {
        self.resolve_within(tree, usize::MAX, Vec::new())
    }

    /// Replaces macros that were first defined before `visibility`.
    fn resolve_within(
        &mut self,
        text: Expression,
        visibility: usize,
        path: Vec<usize>,
    ) -> Result<Resolved, MacroFault> {
        let mut direct = BTreeSet::new();
        self.named_in(&text, &mut direct);
        let mut walk = Walk { visibility, path, used: BTreeSet::new(), added: 0 };
        let tree = self.replace(text, &mut walk, 0)?;
        Ok(Resolved { tree, used: walk.used, direct })
    }

    fn replace(
        &mut self,
        tree: Expression,
        walk: &mut Walk,
        level: usize,
    ) -> Result<Expression, MacroFault> {
        match tree {
            Expression::And(members) => self.replace_all(members, walk, level).map(Expression::And),
            Expression::Or(members) => self.replace_all(members, walk, level).map(Expression::Or),
            Expression::Not(inner) => {
                self.replace(*inner, walk, level + 1).map(|inner| Expression::Not(Box::new(inner)))
            }
            Expression::Check(check) => Ok(Expression::Check(check)),
            Expression::Macro { name, at } => self.named(name, &at, walk, level),
        }
    }

    fn replace_all(
        &mut self,
        members: Vec<Expression>,
        walk: &mut Walk,
        level: usize,
    ) -> Result<Vec<Expression>, MacroFault> {
        members.into_iter().map(|member| self.replace(member, walk, level + 1)).collect()
    }

    fn named(
        &mut self,
        name: String,
        at: &Span,
        walk: &mut Walk,
        level: usize,
    ) -> Result<Expression, MacroFault> {
        let Some(number) = self
            .table
            .number(&name)
            .filter(|number| self.table.items[*number].index < walk.visibility)
        else {
            return Err(MacroFault::Undefined { name, at: at.clone() });
        };
        if walk.path.contains(&number) {
            return Err(MacroFault::Loop { name, at: at.clone() });
        }
        walk.used.insert(number);
        let body = &self.bodies[number];
        walk.added += body.size;
        self.added += body.size;
        let large = walk.added > MAX_ADDED || self.added > MAX_ADDED_IN_ALL;
        if large || level + body.depth > MAX_DEPTH || walk.path.len() > MAX_DEPTH {
            return Err(MacroFault::TooLarge { at: at.clone() });
        }
        let tree = body.tree.clone();
        if body.resolved {
            walk.used.extend(&body.used);
            return Ok(tree);
        }
        // Redefined later than something it names: seen with the eyes of whoever names it.
        walk.path.push(number);
        let replaced = self.replace(tree, walk, level);
        walk.path.pop();
        replaced.map_err(|fault| fault.moved(at))
    }
}

impl MacroFault {
    /// Told at the name in the text that was asked for, not in that of a macro within.
    fn moved(self, to: &Span) -> Self {
        match self {
            Self::Undefined { name, .. } => Self::Undefined { name, at: to.clone() },
            Self::Loop { name, .. } => Self::Loop { name, at: to.clone() },
            Self::TooLarge { .. } => Self::TooLarge { at: to.clone() },
        }
    }
}

/// Levels of a tree; bounded by the parser and by `MAX_DEPTH`.
fn depth(tree: &Expression) -> usize {
    match tree {
        Expression::And(members) | Expression::Or(members) => {
            1 + members.iter().map(depth).max().unwrap_or_default()
        }
        Expression::Not(inner) => 1 + depth(inner),
        Expression::Check(_) | Expression::Macro { .. } => 1,
    }
}

/// Checks and values of a tree.
fn size(tree: &Expression) -> usize {
    match tree {
        Expression::And(members) | Expression::Or(members) => {
            members.iter().map(size).sum::<usize>() + 1
        }
        Expression::Not(inner) => 1 + size(inner),
        Expression::Check(check) => {
            1 + if let Right::List(values) = &check.right { values.len() } else { 0 }
        }
        Expression::Macro { .. } => 1,
    }
}
