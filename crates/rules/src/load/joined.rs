//! The text of a condition with its exceptions, on its way to a tree; and the way back from a fault to where it was written.

use std::sync::Arc;

use crate::ast::Expression;
use crate::condition;
use crate::diagnostic::{Code, Context, ItemKind, Position, closest, line_and_column};
use crate::load::collector::Placed;
use crate::load::definition::{Condition, MacroItem, RuleItem};
use crate::load::list::{Expanded, Lists};
use crate::load::macros::MacroFault;
use crate::load::{Fault, Outcome, exception};

/// Characters of a condition that name it in a place.
const NAME_LENGTH: usize = 15;

/// A condition with its exceptions joined, before lists are replaced.
#[derive(Clone)]
pub(super) struct Joined<'c> {
    condition: &'c Condition,
    text: String,
    /// Bytes written before the condition.
    lead: usize,
}

impl<'c> Joined<'c> {
    pub(super) fn new(condition: &'c Condition) -> Self {
        Self { condition, text: condition.text.text.clone(), lead: 0 }
    }

    pub(super) fn with_exceptions(rule: &'c RuleItem) -> Outcome<Self> {
        if rule.exceptions.is_empty() {
            return Ok(Self::new(&rule.condition));
        }
        let text = exception::join(&rule.condition.text.text, &rule.exceptions)?;
        Ok(Self { condition: &rule.condition, text, lead: 1 })
    }

    pub(super) fn parse(&self, lists: &Lists) -> Outcome<(Expression, Expanded)> {
        let context = &self.condition.context;
        let Some(expanded) = lists.expand(&self.text) else {
            return Err(Fault::new(
                Code::Validate,
                "lists within lists make the condition too long",
                context,
            ));
        };
        match condition::parse(&expanded.text) {
            Ok(tree) => Ok((tree, expanded)),
            Err(error) => Err(self.fault(
                Code::CompileCondition,
                error.to_string(),
                &expanded,
                error.at.offset,
                context,
            )),
        }
    }

    /// A fault at a byte of the expanded condition, told below `parent`.
    pub(super) fn fault(
        &self,
        code: Code,
        message: impl Into<String>,
        expanded: &Expanded,
        offset: u32,
        parent: &Context,
    ) -> Box<Fault> {
        let offset = offset as usize;
        let (line, column) = line_and_column(&expanded.text, offset);
        let base = parent.position();
        let name: String = expanded
            .text
            .chars()
            .take(NAME_LENGTH)
            .map(|char| if char.is_control() { ' ' } else { char })
            .collect();
        let more = if expanded.text.chars().nth(NAME_LENGTH).is_some() { "..." } else { "" };
        let position = Position {
            name: Arc::from(format!("\"{name}{more}\"")),
            line: base.line + line + 1,
            column: base.column + column + 1,
            offset: base.offset + offset,
        };
        let mut fault =
            Fault::new(code, message, &parent.at(ItemKind::ConditionExpression, "", position));
        fault.place = self.place(expanded, offset as u32);
        fault
    }

    /// Where a byte of the expanded condition was written, if it was: exceptions are made up.
    pub(super) fn place(&self, expanded: &Expanded, offset: u32) -> Option<Position> {
        expanded
            .source(offset as usize)
            .and_then(|at| at.checked_sub(self.lead))
            .filter(|at| *at <= self.condition.text.text.len())
            .and_then(|at| self.condition.text.place(at))
    }

    /// A macro that cannot be replaced, told below `parent`.
    pub(super) fn macro_fault(
        &self,
        fault: MacroFault,
        expanded: &Expanded,
        known: &[Placed<MacroItem>],
        parent: &Context,
    ) -> Box<Fault> {
        let (message, at, hint) = match fault {
            MacroFault::Undefined { name, at } => {
                let later = known.iter().any(|placed| placed.item.name == name);
                let hint = if later {
                    Some(format!(
                        "`{name}` is defined further down; macros must stand before they are used"
                    ))
                } else {
                    closest(&name, known.iter().map(|placed| placed.item.name.as_str()))
                        .map(|name| format!("did you mean `{name}`?"))
                };
                (format!("the macro '{name}' is not defined"), at, hint)
            }
            MacroFault::Loop { name, at } => {
                (format!("the macro '{name}' is made of itself"), at, None)
            }
            MacroFault::TooLarge { at } => {
                ("macros within macros make the condition too large".to_owned(), at, None)
            }
        };
        let mut fault = self.fault(Code::Validate, message, expanded, at.start, parent);
        fault.hint = hint;
        fault
    }
}
