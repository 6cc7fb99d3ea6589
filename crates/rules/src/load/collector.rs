//! The namespace all files share: definitions in order, redefined, appended to, replaced in part.
//! Positions count definitions: a list or macro sees what was first defined before its own last change, a rule sees everything.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::diagnostic::{Code, Context};
use crate::load::definition::{ListItem, MacroItem, PluginItem, RuleItem, RuleUpdate};
use crate::load::source_file::SourceFile;
use crate::load::version::Version;
use crate::load::{Checker, Fault, Outcome, exception};
use crate::ruleset::PluginRequirement;

/// A definition with its positions.
#[derive(Clone, Debug)]
pub(crate) struct Placed<T> {
    pub(crate) item: T,
    /// When it was first defined.
    pub(crate) index: usize,
    /// When it was last changed.
    pub(crate) visibility: usize,
    /// Where it was first defined.
    pub(crate) first: Context,
}

/// Items by name, in the order of their first definition.
#[derive(Debug)]
pub(crate) struct Table<T> {
    pub(crate) items: Vec<Placed<T>>,
    names: HashMap<String, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { items: Vec::new(), names: HashMap::new() }
    }
}

impl<T> Table<T> {
    /// The number of an item in `items`.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut Placed<T>> {
        let number = self.number(name)?;
        self.items.get_mut(number)
    }

    fn define(&mut self, name: &str, item: T, context: &Context, position: usize) {
        if let Some(placed) = self.get_mut(name) {
            placed.item = item;
            placed.visibility = position;
        } else {
            self.names.insert(name.to_owned(), self.items.len());
            self.items.push(Placed {
                item,
                index: position,
                visibility: position,
                first: context.clone(),
            });
        }
    }
}

/// The namespace.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    pub(crate) files: Vec<Arc<SourceFile>>,
    pub(crate) lists: Table<ListItem>,
    pub(crate) macros: Table<MacroItem>,
    pub(crate) rules: Table<RuleItem>,
    pub(crate) required_engine: Option<Version>,
    pub(crate) required_plugins: Vec<PluginRequirement>,
    position: usize,
}

fn missing(what: &str, context: &Context) -> Box<Fault> {
    Fault::new(Code::Validate, format!("{what} by that name is defined before"), context)
}

impl Collector {
    fn next(&mut self) -> usize {
        self.position += 1;
        self.position
    }

    pub(crate) fn require_engine(
        &mut self,
        wanted: Version,
        ours: Version,
        context: &Context,
    ) -> Outcome<()> {
        if wanted > ours {
            return Err(Fault::new(
                Code::Validate,
                format!("the rules require engine version {wanted}, but this is {ours}"),
                context,
            ));
        }
        self.required_engine = self.required_engine.max(Some(wanted));
        Ok(())
    }

    pub(crate) fn require_plugin(
        &mut self,
        wanted: PluginItem,
        ours: &[(String, Version)],
    ) -> Outcome<()> {
        let loaded = |name: &str, version: Version| {
            ours.iter().any(|(own, has)| own == name && has.satisfies(version))
        };
        let found = std::iter::once(&(wanted.name.clone(), wanted.version))
            .chain(&wanted.alternatives)
            .any(|(name, version)| loaded(name, *version));
        let PluginItem { name, version, alternatives, context } = wanted;
        if !found {
            let mut message = format!("the rules require plugin {name} {version}");
            for (name, version) in &alternatives {
                let _ = write!(message, " or {name} {version}");
            }
            message.push_str(", which is not provided");
            return Err(Fault::new(Code::Validate, message, &context));
        }
        let requirement = PluginRequirement { name, version, alternatives };
        if !self.required_plugins.contains(&requirement) {
            self.required_plugins.push(requirement);
        }
        Ok(())
    }

    pub(crate) fn define_list(&mut self, item: ListItem) {
        let position = self.next();
        let (name, context) = (item.name.clone(), item.context.clone());
        self.lists.define(&name, item, &context, position);
    }

    pub(crate) fn append_list(&mut self, item: ListItem) -> Outcome<()> {
        let position = self.next();
        let placed = self
            .lists
            .get_mut(&item.name)
            .ok_or_else(|| missing("the list is to be appended to, but none", &item.context))?;
        placed.item.items.extend(item.items);
        placed.visibility = position;
        Ok(())
    }

    pub(crate) fn define_macro(&mut self, item: MacroItem) {
        let position = self.next();
        let (name, context) = (item.name.clone(), item.context.clone());
        self.macros.define(&name, item, &context, position);
    }

    pub(crate) fn append_macro(&mut self, item: MacroItem) -> Outcome<()> {
        let position = self.next();
        let placed = self
            .macros
            .get_mut(&item.name)
            .ok_or_else(|| missing("the macro is to be appended to, but none", &item.context))?;
        placed.item.condition.text.append(item.condition.text);
        placed.visibility = position;
        Ok(())
    }

    /// Defines a rule anew. `item.unknown_source` is set here.
    pub(crate) fn define_rule(
        &mut self,
        mut item: RuleItem,
        checker: &dyn Checker,
        warnings: &mut Vec<Fault>,
    ) -> Outcome<()> {
        if self.rules.get_mut(&item.name).is_some_and(|placed| placed.item.source != item.source) {
            return Err(Fault::new(
                Code::Validate,
                "the rule is defined again for another source",
                &item.context,
            ));
        }
        item.unknown_source = !checker.has_source(&item.source);
        if item.unknown_source {
            let message = format!("no source '{}' is loaded, the rule is skipped", item.source);
            warnings.push(*Fault::new(Code::UnknownSource, message, &item.context));
        } else {
            for exception in &mut item.exceptions {
                exception::validate(exception, &item.source, checker)?;
            }
        }
        let position = self.next();
        let (name, context) = (item.name.clone(), item.context.clone());
        self.rules.define(&name, item, &context, position);
        Ok(())
    }

    /// Switches a rule by an item that holds nothing else.
    pub(crate) fn enable_rule(
        &mut self,
        name: &str,
        enabled: bool,
        context: &Context,
    ) -> Outcome<()> {
        let placed = self
            .rules
            .get_mut(name)
            .ok_or_else(|| missing("the item only has 'enabled', but no rule", context))?;
        placed.item.enabled = enabled;
        Ok(())
    }

    pub(crate) fn append_rule(
        &mut self,
        name: &str,
        update: RuleUpdate,
        context: &Context,
        checker: &dyn Checker,
    ) -> Outcome<()> {
        let position = self.next();
        let placed = self
            .rules
            .get_mut(name)
            .ok_or_else(|| missing("the rule is to be appended to, but none", context))?;
        if update.is_empty() {
            return Err(Fault::new(
                Code::Validate,
                "an item appended to a rule must have a condition or exceptions",
                context,
            ));
        }
        let rule = &mut placed.item;
        if let Some(condition) = update.condition {
            rule.condition.text.append(condition.text);
        }
        if let Some(output) = update.output {
            rule.output.text = format!("{} {}", rule.output.text, output.text);
        }
        if let Some(description) = update.description {
            rule.description = format!("{} {description}", rule.description);
        }
        rule.tags.extend(update.tags.unwrap_or_default());
        for addition in update.exceptions.unwrap_or_default() {
            exception::append(rule, addition, checker)?;
        }
        placed.visibility = position;
        Ok(())
    }

    pub(crate) fn replace_in_rule(
        &mut self,
        name: &str,
        update: RuleUpdate,
        context: &Context,
        checker: &dyn Checker,
    ) -> Outcome<()> {
        let position = self.next();
        let placed = self
            .rules
            .get_mut(name)
            .ok_or_else(|| missing("parts of the rule are to be replaced, but none", context))?;
        let rule = &mut placed.item;
        if let Some(mut exceptions) = update.exceptions {
            if !rule.unknown_source {
                for exception in &mut exceptions {
                    exception::validate(exception, &rule.source, checker)?;
                }
            }
            rule.exceptions = exceptions;
        }
        if let Some(condition) = update.condition {
            rule.condition = condition;
        }
        if let Some(output) = update.output {
            rule.output = output;
        }
        rule.description = update.description.unwrap_or(std::mem::take(&mut rule.description));
        rule.tags = update.tags.unwrap_or(std::mem::take(&mut rule.tags));
        rule.priority = update.priority.unwrap_or(rule.priority);
        rule.enabled = update.enabled.unwrap_or(rule.enabled);
        rule.warn_evttypes = update.warn_evttypes.unwrap_or(rule.warn_evttypes);
        rule.skip_if_unknown_filter =
            update.skip_if_unknown_filter.unwrap_or(rule.skip_if_unknown_filter);
        rule.capture = update.capture.unwrap_or(rule.capture);
        rule.capture_duration = update.capture_duration.unwrap_or(rule.capture_duration);
        placed.visibility = position;
        Ok(())
    }
}

impl RuleUpdate {
    /// Nothing in it can be appended.
    fn is_empty(&self) -> bool {
        self.condition.is_none()
            && self.output.is_none()
            && self.description.is_none()
            && self.tags.is_none()
            && self.exceptions.is_none()
    }
}
