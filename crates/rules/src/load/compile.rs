//! The namespace becomes a ruleset: lists, macros, then each rule; what nobody used is told last.

use std::collections::BTreeSet;

use crate::ast::Expression;
use crate::diagnostic::{Code, Position};
use crate::load::checker::{CheckError, Checker};
use crate::load::collector::{Collector, Placed};
use crate::load::definition::{Entry, RuleItem};
use crate::load::joined::Joined;
use crate::load::list::{Expanded, Lists};
use crate::load::macros::Macros;
use crate::load::{Fault, Outcome};
use crate::ruleset::{ExceptionSummary, List, Macro, Priority, Rule, Ruleset};

/// Compiles everything that is defined so far.
pub(super) fn compile(
    collector: &Collector,
    checker: &dyn Checker,
    minimum: Priority,
    warnings: &mut Vec<Fault>,
) -> Outcome<Ruleset> {
    let lists = Lists::compile(&collector.lists)?;
    let mut used_lists: BTreeSet<usize> =
        lists.compiled.iter().flat_map(|list| list.lists.iter().copied()).collect();
    let mut parsed = Vec::new();
    for placed in &collector.macros.items {
        let text = Joined::new(&placed.item.condition);
        let (tree, expanded) = text.parse(&lists)?;
        used_lists.extend(&expanded.used);
        parsed.push((tree, expanded));
    }
    let (trees, macro_texts): (Vec<_>, Vec<_>) = parsed.into_iter().unzip();
    let mut compiler = Compiler {
        collector,
        checker,
        macros: Macros::new(&collector.macros, trees),
        lists,
        used_lists,
        used_macros: BTreeSet::new(),
    };
    compiler.macros(&macro_texts)?;
    let mut rules = Vec::new();
    for placed in collector
        .rules
        .items
        .iter()
        .filter(|placed| placed.item.priority <= minimum && !placed.item.unknown_source)
    {
        rules.extend(compiler.rule(placed, warnings)?);
    }
    compiler.unused(warnings);
    Ok(compiler.ruleset(rules, &macro_texts))
}

struct Compiler<'c> {
    collector: &'c Collector,
    checker: &'c dyn Checker,
    macros: Macros<'c>,
    lists: Lists,
    used_lists: BTreeSet<usize>,
    used_macros: BTreeSet<usize>,
}

impl Compiler<'_> {
    fn macros(&mut self, texts: &[Expanded]) -> Outcome<()> {
        for (number, placed) in self.collector.macros.items.iter().enumerate() {
            self.macros.resolve_body(number).map_err(|fault| {
                let text = Joined::new(&placed.item.condition);
                text.macro_fault(
                    fault,
                    &texts[number],
                    &self.collector.macros.items,
                    &placed.item.context,
                )
            })?;
            self.used_macros.extend(self.macros.body(number).2);
        }
        Ok(())
    }

    fn rule(
        &mut self,
        placed: &Placed<RuleItem>,
        warnings: &mut Vec<Fault>,
    ) -> Outcome<Option<Rule>> {
        let item = &placed.item;
        let joined = Joined::with_exceptions(item)?;
        let (tree, expanded) = joined.parse(&self.lists)?;
        self.used_lists.extend(&expanded.used);
        let resolved = self.macros.resolve(tree).map_err(|fault| {
            joined.macro_fault(fault, &expanded, &self.collector.macros.items, &item.context)
        })?;
        self.used_macros.extend(&resolved.used);
        let skipped = |error: &CheckError| error.unknown_field && item.skip_if_unknown_filter;
        // The output is checked first, as Falco does: of two faults a file shows only one.
        let output = match self.checker.output(&item.source, &item.output.text) {
            Ok(remarks) => remarks,
            Err(error) => {
                let code = if skipped(&error) { Code::UnknownFilter } else { Code::CompileOutput };
                return refuse(
                    Fault::new(code, error.message, &item.output.context),
                    error.hint,
                    warnings,
                );
            }
        };
        let condition = match self.checker.condition(&item.source, &resolved.tree) {
            Ok(remarks) => remarks,
            Err(error) => {
                let code =
                    if skipped(&error) { Code::UnknownFilter } else { Code::CompileCondition };
                let mut fault = joined.fault(
                    code,
                    error.message.clone(),
                    &expanded,
                    self.check_start(&joined, error.at),
                    &item.condition.context,
                );
                fault.place = self.place(&joined, &resolved.used, &item.source, &error);
                return refuse(fault, error.hint, warnings);
            }
        };
        let remarks = condition
            .into_iter()
            .chain(output)
            .filter(|remark| item.warn_evttypes || remark.code != Code::NoEventType);
        warnings
            .extend(remarks.map(|remark| *Fault::new(remark.code, remark.message, &item.context)));
        Ok(Some(self.finished(placed, resolved.tree, &expanded.used, &resolved.direct)))
    }

    /// Where the check begins that a byte belongs to; Falco points there, whatever part is at fault.
    fn check_start(&self, rule: &Joined<'_>, at: u32) -> u32 {
        let start = |tree: &Expression| match checks_at(tree, at).first() {
            Some(Expression::Check(check)) => check.at.start,
            _ => 0,
        };
        rule.parse(&self.lists).map_or(at, |(tree, _)| start(&tree))
    }

    /// Where the check that is at fault was written: in the rule, or in a macro it is made of.
    fn place(
        &self,
        rule: &Joined<'_>,
        used: &BTreeSet<usize>,
        source: &str,
        error: &CheckError,
    ) -> Option<Position> {
        let macros = used.iter().map(|number| &self.collector.macros.items[*number].item.condition);
        std::iter::once(rule.clone()).chain(macros.map(Joined::new)).find_map(|text| {
            let (tree, expanded) = text.parse(&self.lists).ok()?;
            let same = |check: &Expression| {
                self.checker
                    .condition(source, check)
                    .is_err_and(|found| found.message == error.message)
            };
            let own = checks_at(&tree, error.at).into_iter().any(same);
            own.then(|| text.place(&expanded, error.at)).flatten()
        })
    }

    fn finished(
        &self,
        placed: &Placed<RuleItem>,
        tree: Expression,
        lists: &BTreeSet<usize>,
        macros: &BTreeSet<usize>,
    ) -> Rule {
        let item = &placed.item;
        Rule {
            name: item.name.clone(),
            source: item.source.clone(),
            priority: item.priority,
            tags: item.tags.iter().cloned().collect(),
            description: item.description.clone(),
            output: item.output.text.clone(),
            condition: tree,
            condition_text: item.condition.text.text.clone(),
            enabled: item.enabled,
            warn_evttypes: item.warn_evttypes,
            capture: item.capture,
            capture_duration: item.capture_duration,
            exceptions: item
                .exceptions
                .iter()
                .map(|exception| {
                    ExceptionSummary::new(
                        &exception.name,
                        exception.fields.as_ref(),
                        exception.operators.as_ref(),
                    )
                })
                .collect(),
            lists: self.list_names(lists),
            macros: self.macro_names(macros),
            position: placed.first.position().clone(),
        }
    }

    fn list_names<'n>(&self, numbers: impl IntoIterator<Item = &'n usize>) -> Vec<String> {
        numbers
            .into_iter()
            .map(|number| self.collector.lists.items[*number].item.name.clone())
            .collect()
    }

    fn macro_names(&self, numbers: &BTreeSet<usize>) -> Vec<String> {
        numbers
            .iter()
            .map(|number| self.collector.macros.items[*number].item.name.clone())
            .collect()
    }

    fn unused(&self, warnings: &mut Vec<Fault>) {
        for (number, placed) in self.collector.macros.items.iter().enumerate() {
            if !self.used_macros.contains(&number) {
                warnings.push(*Fault::new(
                    Code::UnusedMacro,
                    "no rule and no macro uses the macro",
                    &placed.item.context,
                ));
            }
        }
        for (number, placed) in self.collector.lists.items.iter().enumerate() {
            if !self.used_lists.contains(&number) {
                warnings.push(*Fault::new(
                    Code::UnusedList,
                    "no rule, macro or list uses the list",
                    &placed.item.context,
                ));
            }
        }
    }

    fn ruleset(&self, rules: Vec<Rule>, macro_texts: &[Expanded]) -> Ruleset {
        let collector = self.collector;
        let lists = collector.lists.items.iter().zip(&self.lists.compiled).enumerate().map(
            |(number, (placed, compiled))| List {
                name: placed.item.name.clone(),
                items: placed.item.items.clone(),
                compiled: compiled.items.clone(),
                lists: self.list_names(&compiled.lists),
                used: self.used_lists.contains(&number),
                position: placed.first.position().clone(),
            },
        );
        let macros = collector.macros.items.iter().zip(macro_texts).enumerate().map(
            |(number, (placed, text))| {
                let (tree, direct, _) = self.macros.body(number);
                Macro {
                    name: placed.item.name.clone(),
                    condition_text: placed.item.condition.text.text.clone(),
                    condition: tree.clone(),
                    lists: self.list_names(&text.used),
                    macros: self.macro_names(direct),
                    used: self.used_macros.contains(&number),
                    position: placed.first.position().clone(),
                }
            },
        );
        Ruleset {
            rules,
            lists: lists.collect(),
            macros: macros.collect(),
            required_engine_version: collector.required_engine,
            required_plugins: collector.required_plugins.clone(),
        }
    }
}

impl ExceptionSummary {
    fn new(name: &str, fields: Option<&Entry>, operators: Option<&Entry>) -> Self {
        let texts = |entry: Option<&Entry>| match entry {
            Some(Entry::Item(text)) => vec![text.clone()],
            Some(Entry::List(items)) => items
                .iter()
                .filter_map(
                    |item| if let Entry::Item(text) = item { Some(text.clone()) } else { None },
                )
                .collect(),
            None => Vec::new(),
        };
        Self { name: name.to_owned(), fields: texts(fields), operators: texts(operators) }
    }
}

/// An error ends the file, a warning only the rule.
fn refuse(
    mut fault: Box<Fault>,
    hint: Option<String>,
    warnings: &mut Vec<Fault>,
) -> Outcome<Option<Rule>> {
    fault.hint = hint;
    if fault.code.is_error() {
        return Err(fault);
    }
    warnings.push(*fault);
    Ok(None)
}

/// The checks of a tree that stand around a byte of its text.
fn checks_at(tree: &Expression, at: u32) -> Vec<&Expression> {
    match tree {
        Expression::And(members) | Expression::Or(members) => {
            members.iter().flat_map(|member| checks_at(member, at)).collect()
        }
        Expression::Not(inner) => checks_at(inner, at),
        Expression::Check(check) if check.at.contains(&at) => vec![tree],
        Expression::Check(_) | Expression::Macro { .. } => Vec::new(),
    }
}
