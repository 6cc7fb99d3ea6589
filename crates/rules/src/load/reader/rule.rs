//! `rule`: defined, switched, appended to, replaced in part; with its exceptions.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Context, ItemKind};
use crate::document::Node;
use crate::load::decode::{self, Item, invalid};
use crate::load::definition::{ExceptionItem, Output, RuleItem, RuleUpdate};
use crate::load::reader::{Overrides, Reader};
use crate::load::{Fault, Outcome};
use crate::ruleset::Priority;

const APPENDABLE: [&str; 5] = ["condition", "output", "desc", "tags", "exceptions"];

const REPLACEABLE: [&str; 11] = [
    "condition",
    "output",
    "desc",
    "priority",
    "tags",
    "exceptions",
    "enabled",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "capture",
    "capture_duration",
];

const KEYS: [&str; 15] = [
    "rule",
    "condition",
    "output",
    "desc",
    "priority",
    "source",
    "enabled",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "tags",
    "exceptions",
    "append",
    "override",
    "capture",
    "capture_duration",
];

const ONLY_ENABLED: &str =
    "an item with only 'enabled' is out of use: add 'enabled: replace' under 'override'";

impl Reader<'_, '_> {
    pub(super) fn rule(&mut self, item: &Item<'_>) -> Outcome<()> {
        let name = item.text("rule")?;
        let append = self.append_flag(item)?;
        let overrides = Overrides::read(item, append, &APPENDABLE, &REPLACEABLE)?;
        if append || !overrides.is_empty() {
            self.update_rule(item, name, append, &overrides)?;
        } else if ["condition", "output", "desc", "priority"].into_iter().any(|key| item.has(key)) {
            let rule = self.rule_item(item, name)?;
            self.loader.collector.define_rule(rule, self.loader.checker, self.warnings)?;
        } else {
            item.value("enabled")?;
            let enabled = item.switch("enabled")?.unwrap_or(true);
            self.warn(Code::DeprecatedItem, ONLY_ENABLED, &item.context);
            self.loader.collector.enable_rule(name, enabled, &item.context)?;
        }
        self.unknown_keys(item, &KEYS);
        Ok(())
    }

    fn update_rule(
        &mut self,
        item: &Item<'_>,
        name: &str,
        append: bool,
        overrides: &Overrides,
    ) -> Outcome<()> {
        let context = &item.context;
        self.same_source(item, name)?;
        if append {
            // Only these two were ever appended by the old key; others stand beside it unread.
            let update =
                self.update(item, |key| matches!(key, "condition" | "exceptions"), true)?;
            return self.loader.collector.append_rule(name, update, context, self.loader.checker);
        }
        overrides.check_keys(item, &["rule", "override", "source"])?;
        if !overrides.append.is_empty() {
            let update = self.update(item, |key| overrides.appends(key), true)?;
            self.loader.collector.append_rule(name, update, context, self.loader.checker)?;
        }
        if !overrides.replace.is_empty() {
            let update =
                self.update(item, |key| overrides.replace.iter().any(|name| name == key), false)?;
            self.loader.collector.replace_in_rule(name, update, context, self.loader.checker)?;
        }
        Ok(())
    }

    fn update(
        &mut self,
        item: &Item<'_>,
        named: impl Fn(&str) -> bool,
        append: bool,
    ) -> Outcome<RuleUpdate> {
        let takes = |key: &str| named(key) && item.has(key);
        let mut update = RuleUpdate::default();
        if takes("condition") {
            update.condition = Some(item.condition(self.file, ItemKind::RuleCondition)?);
        }
        if takes("exceptions") {
            update.exceptions = Some(self.exceptions(item, append)?);
        }
        if takes("output") {
            update.output = Some(output(item)?);
        }
        if takes("desc") {
            update.description = Some(item.text("desc")?.to_owned());
        }
        if takes("tags") {
            update.tags = Some(tags(item)?);
        }
        if takes("priority") {
            update.priority = Some(priority(item)?);
        }
        let switch = |key: &str| if takes(key) { item.switch(key) } else { Ok(None) };
        update.enabled = switch("enabled")?;
        update.warn_evttypes = switch("warn_evttypes")?;
        update.skip_if_unknown_filter = switch("skip-if-unknown-filter")?;
        update.capture = switch("capture")?;
        if takes("capture_duration") {
            update.capture_duration = item.number("capture_duration")?;
        }
        Ok(update)
    }

    fn rule_item(&mut self, item: &Item<'_>, name: &str) -> Outcome<RuleItem> {
        Ok(RuleItem {
            name: name.to_owned(),
            condition: item.condition(self.file, ItemKind::RuleCondition)?,
            output: output(item)?,
            description: item.text("desc")?.to_owned(),
            priority: priority(item)?,
            source: item.optional_text("source")?.unwrap_or("syscall").to_owned(),
            unknown_source: false,
            enabled: item.switch("enabled")?.unwrap_or(true),
            warn_evttypes: item.switch("warn_evttypes")?.unwrap_or(true),
            skip_if_unknown_filter: item.switch("skip-if-unknown-filter")?.unwrap_or(false),
            capture: item.switch("capture")?.unwrap_or(false),
            capture_duration: item.number("capture_duration")?.unwrap_or(0),
            tags: if item.has("tags") { tags(item)? } else { BTreeSet::new() },
            exceptions: self.exceptions(item, false)?,
            context: item.context.clone(),
        })
    }

    fn exceptions(&mut self, item: &Item<'_>, append: bool) -> Outcome<Vec<ExceptionItem>> {
        let Some(node) = item.node.get("exceptions").filter(|node| !node.is_null()) else {
            return Ok(Vec::new());
        };
        let context = item.context.within(ItemKind::Exceptions, "", node.mark);
        let items = node
            .items()
            .ok_or_else(|| invalid("the exceptions of a rule must be a sequence", &context))?;
        let mut exceptions: Vec<ExceptionItem> = Vec::new();
        let mut names = BTreeSet::new();
        for node in items {
            let exception = self.exception(node, item, &context, append)?;
            if !names.insert(exception.name.clone()) {
                let message = format!("the rule has several exceptions named '{}'", exception.name);
                self.warn(Code::ExceptionNameNotUnique, message, &exception.context);
            }
            exceptions.push(exception);
        }
        Ok(exceptions)
    }

    fn exception(
        &mut self,
        node: &Node,
        rule: &Item<'_>,
        parent: &Context,
        append: bool,
    ) -> Outcome<ExceptionItem> {
        let name =
            Item::new(node, parent.within(ItemKind::Exception, "", node.mark)).text("name")?;
        let item = Item::new(node, rule.context.within(ItemKind::Exception, name, node.mark));
        let optional = |key: &str| if item.has(key) { item.entry(key).map(Some) } else { Ok(None) };
        let fields = if append { optional("fields")? } else { Some(item.entry("fields")?) };
        let operators = optional("comps")?;
        let values = node.get("values").filter(|values| !values.is_null());
        if values.is_none() && append {
            let message = "values are to be appended to the exception, but it has none";
            self.warn(Code::AppendNoValues, message, &item.context);
        }
        let values = values.map(|values| {
            values.items().ok_or_else(|| {
                invalid("the values of an exception must be a sequence", &item.context)
            })
        });
        let values = values
            .transpose()?
            .unwrap_or_default()
            .iter()
            .map(|value| decode::entry(value))
            .collect();
        Ok(ExceptionItem {
            name: name.to_owned(),
            fields,
            operators,
            values,
            context: item.context.clone(),
        })
    }

    /// What appends or overrides may repeat the source, but not name another.
    fn same_source(&self, item: &Item<'_>, name: &str) -> Outcome<()> {
        let Some(source) = item.node.get("source").and_then(|source| source.scalar()) else {
            return Ok(());
        };
        let rules = &self.loader.collector.rules;
        match rules.number(name).and_then(|number| rules.items.get(number)) {
            Some(placed) if !source.is_empty() && placed.item.source != source => Err(Fault::new(
                Code::Validate,
                "the rule is defined again for another source",
                &item.context,
            )),
            _ => Ok(()),
        }
    }
}

fn output(item: &Item<'_>) -> Outcome<Output> {
    let text = item.text("output")?;
    let mark = item.value("output")?.mark;
    Ok(Output {
        text: text.trim().to_owned(),
        context: item.context.within(ItemKind::RuleOutput, "", mark),
    })
}

fn priority(item: &Item<'_>) -> Outcome<Priority> {
    let text = item.text("priority")?;
    let mark = item.value("priority")?.mark;
    Priority::parse(text).ok_or_else(|| {
        let mut fault = invalid(
            format!("'{text}' is not a priority"),
            &item.context.within(ItemKind::RulePriority, "", mark),
        );
        fault.hint = Some(
            "one of EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFORMATIONAL, DEBUG"
                .to_owned(),
        );
        fault
    })
}

fn tags(item: &Item<'_>) -> Outcome<BTreeSet<String>> {
    item.texts("tags").map(|tags| tags.into_iter().collect())
}
