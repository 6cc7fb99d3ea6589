//! Which fields and operators a condition or an output names, each once, in the order of the text, and which plugin has a field.
//! Reads trees and formats as they are; whether a field exists was settled when they were loaded.

use std::collections::{BTreeSet, HashMap};

use crate::ast::{Check, Expression, Operand, Right};
use crate::catalog::Catalog;
use crate::compile::symbol;
use crate::condition;

/// What a condition names.
#[derive(Debug, Default)]
pub(super) struct Usage {
    pub(super) fields: Vec<String>,
    pub(super) operators: Vec<&'static str>,
}

impl Usage {
    pub(super) fn of(expression: &Expression) -> Self {
        let mut usage = Self::default();
        usage.expression(expression);
        usage
    }

    fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::And(parts) | Expression::Or(parts) => {
                for part in parts {
                    self.expression(part);
                }
            }
            Expression::Not(part) => self.expression(part),
            Expression::Check(check) => self.check(check),
            Expression::Macro { .. } => {}
        }
    }

    fn check(&mut self, check: &Check) {
        self.operand(&check.left);
        let operator = symbol(check.operator);
        if !self.operators.contains(&operator) {
            self.operators.push(operator);
        }
        if let Right::Operand(right) = &check.right {
            self.operand(right);
        }
    }

    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Field { name, argument, .. } => {
                let field = argument
                    .as_ref()
                    .map_or_else(|| name.clone(), |argument| format!("{name}[{argument}]"));
                if !self.fields.contains(&field) {
                    self.fields.push(field);
                }
            }
            Operand::Transform { operands, .. } | Operand::List { items: operands, .. } => {
                for operand in operands {
                    self.operand(operand);
                }
            }
            Operand::Constant { .. } => {}
        }
    }
}

/// The fields behind the `%` of an output, as often as they stand there.
pub(super) fn formatted_fields(output: &str) -> Vec<String> {
    let mut fields = Vec::new();
    for (at, _) in output.match_indices('%') {
        let body = output[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit());
        let end = field_end(body);
        let name = body[..end].trim_end_matches('.');
        if body[end..].starts_with('(') {
            inner_fields(&body[end..], &mut fields);
        } else if !name.is_empty() {
            push(&mut fields, &body[..end]);
        }
    }
    fields
}

/// Bytes of `name[argument]` at the start of `body`.
fn field_end(body: &str) -> usize {
    let name = body
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')))
        .unwrap_or(body.len());
    match body[name..].strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(argument) => name + argument + 2,
        None => name,
    }
}

/// Fields within the parentheses of a transformer.
fn inner_fields(call: &str, fields: &mut Vec<String>) {
    let mut depth = 0_usize;
    let end = call.find(|c: char| {
        depth = depth.saturating_add(usize::from(c == '(')).saturating_sub(usize::from(c == ')'));
        c == ')' && depth == 0
    });
    for part in call[..end.unwrap_or(call.len())].split(['(', ',', ' ']) {
        if part.contains('.') && condition::parse(&format!("{part} exists")).is_ok() {
            push(fields, part);
        }
    }
}

fn push(fields: &mut Vec<String>, text: &str) {
    fields.push(text.trim_end_matches('.').to_owned());
}

/// Which plugin of Falco's provides a field.
#[derive(Debug)]
pub(super) struct FieldOrigins {
    plugins: HashMap<(&'static str, &'static str), &'static str>,
}

/// Classes of fields that are plugins in Falco; others are built into it.
const PLUGINS: &[&str] = &["cloudtrail", "container", "json", "k8saudit"];

impl FieldOrigins {
    pub(super) fn new(catalogs: &[Catalog]) -> Self {
        let classes = catalogs
            .iter()
            .flat_map(|catalog| catalog.classes.iter().map(move |class| (catalog.source, class)));
        let plugins = classes
            .filter(|(_, class)| PLUGINS.contains(&class.name))
            .flat_map(|(source, class)| {
                class.fields.iter().map(move |field| ((source, field.name), class.name))
            })
            .collect();
        Self { plugins }
    }

    /// The plugins whose fields these are, in alphabetical order.
    pub(super) fn plugins<'f>(
        &self,
        source: &str,
        fields: impl Iterator<Item = &'f String>,
    ) -> Vec<&'static str> {
        let name = |field: &'f String| field.split('[').next().unwrap_or(field);
        let found = fields.filter_map(|field| self.plugins.get(&(source, name(field))).copied());
        found.collect::<BTreeSet<_>>().into_iter().collect()
    }
}
