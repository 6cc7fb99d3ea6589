//! Documents become items of the collector: which keys an item has, which of them belong together.

mod override_keys;
mod requirement;
mod rule;

use std::sync::Arc;

use crate::condition::is_identifier;
use crate::diagnostic::{Code, Context, ItemKind};
use crate::document::{self, Node, NodeKind};
use crate::load::decode::{Item, invalid};
use crate::load::definition::{ListItem, MacroItem};
use crate::load::schema::{self, SchemaOutcome};
use crate::load::source_file::SourceFile;
use crate::load::{Fault, Loader, Outcome};
use override_keys::Overrides;

/// Reads all items of a file into the collector, up to the first fault.
pub(super) fn read(
    file: &Arc<SourceFile>,
    context: &Context,
    loader: &mut Loader<'_>,
    warnings: &mut Vec<Fault>,
    schema: &mut SchemaOutcome,
) -> Outcome<()> {
    let documents = document::read(&file.text).map_err(|error| {
        Fault::new(
            Code::YamlParse,
            error.message,
            &context.within(ItemKind::ValueFor, "", error.mark),
        )
    })?;
    *schema = schema::check(&documents);
    let mut reader = Reader { file, loader, warnings };
    for document in &documents {
        match &document.kind {
            NodeKind::Null => {}
            NodeKind::Scalar(_) => {
                return Err(invalid("the content is a single text, not rules", context));
            }
            NodeKind::Mapping(_) => {
                return Err(invalid("the content is a mapping, not a sequence of items", context));
            }
            NodeKind::Sequence(items) => {
                for item in items.iter().filter(|item| !item.is_null()) {
                    reader.item(item, context)?;
                }
            }
        }
    }
    Ok(())
}

struct Reader<'r, 'c> {
    file: &'r Arc<SourceFile>,
    loader: &'r mut Loader<'c>,
    warnings: &'r mut Vec<Fault>,
}

const APPEND_KEY: &str = "the key 'append' is out of use: name what is appended under 'override', as in 'condition: append'";

impl Reader<'_, '_> {
    fn item(&mut self, node: &Node, parent: &Context) -> Outcome<()> {
        let context = parent.within(ItemKind::RulesContentItem, "", node.mark);
        if !matches!(node.kind, NodeKind::Mapping(_)) {
            return Err(invalid("each item must be a mapping", &context));
        }
        if node.get("required_engine_version").is_some() {
            return self.required_engine(&Item::new(
                node,
                parent.within(ItemKind::RequiredEngineVersion, "", node.mark),
            ));
        }
        if let Some(plugins) = node.get("required_plugin_versions") {
            self.required_plugins(plugins, parent)?;
            let context = parent.within(ItemKind::RequiredPluginVersions, "", node.mark);
            self.unknown_keys(&Item::new(node, context), &["required_plugin_versions"]);
            return Ok(());
        }
        if node.get("list").is_some() {
            return self.list(&Self::named(node, parent, ItemKind::List, "list")?);
        }
        if node.get("macro").is_some() {
            return self.macro_item(&Self::named(node, parent, ItemKind::Macro, "macro")?);
        }
        if node.get("rule").is_some() {
            return self.rule(&Self::named(node, parent, ItemKind::Rule, "rule")?);
        }
        self.warn(
            Code::UnknownItem,
            "the item is neither a list, a macro, a rule nor a requirement",
            &context,
        );
        Ok(())
    }

    /// An item with the name its first key gives it.
    fn named<'n>(node: &'n Node, parent: &Context, kind: ItemKind, key: &str) -> Outcome<Item<'n>> {
        let name = Item::new(node, parent.within(kind, "", node.mark)).text(key)?.to_owned();
        Ok(Item::new(node, parent.within(kind, name, node.mark)))
    }

    fn warn(&mut self, code: Code, message: impl Into<String>, context: &Context) {
        self.warnings.push(*Fault::new(code, message, context));
    }

    fn unknown_keys(&mut self, item: &Item<'_>, known: &[&str]) {
        for (key, _) in item.node.entries() {
            let name = key.scalar().unwrap_or_default();
            if !known.contains(&name) {
                let mut fault = Fault::new(
                    Code::UnknownKey,
                    format!("the key '{name}' is unknown and ignored"),
                    &item.context,
                );
                fault.hint = crate::diagnostic::closest(name, known.iter().copied())
                    .map(|key| format!("did you mean `{key}`?"));
                let (file, mark) = (Arc::clone(&self.file.name), key.mark);
                fault.place = Some(crate::diagnostic::Position {
                    name: file,
                    line: mark.line,
                    column: mark.column,
                    offset: mark.offset,
                });
                self.warnings.push(*fault);
            }
        }
    }

    /// The old way to append, which is told of even where it is refused afterwards.
    fn append_flag(&mut self, item: &Item<'_>) -> Outcome<bool> {
        let append = item.switch("append")?.unwrap_or(false);
        if append {
            self.warn(Code::DeprecatedItem, APPEND_KEY, &item.context);
        }
        Ok(append)
    }

    fn list(&mut self, item: &Item<'_>) -> Outcome<()> {
        let name = item.text("list")?.to_owned();
        if name.contains(|char: char| {
            char.is_whitespace() || matches!(char, '(' | ')' | '"' | '\'' | '=' | ',')
        }) {
            self.warn(Code::InvalidListName, "the name has a blank, a quote, a parenthesis, '=' or ',': no condition can use the list", &item.context);
        }
        let append = self.append_flag(item)?;
        let overrides = Overrides::read(item, append, &["items"], &["items"])?;
        overrides.check_keys(item, &["list", "override"])?;
        let definition =
            ListItem { name, items: item.texts("items")?, context: item.context.clone() };
        if append || overrides.appends("items") {
            self.loader.collector.append_list(definition)?;
        } else {
            self.loader.collector.define_list(definition);
        }
        self.unknown_keys(item, &["list", "items", "append", "override"]);
        Ok(())
    }

    fn macro_item(&mut self, item: &Item<'_>) -> Outcome<()> {
        let name = item.text("macro")?.to_owned();
        if !is_identifier(&name) {
            self.warn(Code::InvalidMacroName, "the name is not made of letters, digits and '_', a letter first: no condition can use the macro", &item.context);
        }
        let append = self.append_flag(item)?;
        let overrides = Overrides::read(item, append, &["condition"], &["condition"])?;
        overrides.check_keys(item, &["macro", "override"])?;
        let condition = item.condition(self.file, ItemKind::MacroCondition)?;
        let definition = MacroItem { name, condition, context: item.context.clone() };
        if append || overrides.appends("condition") {
            self.loader.collector.append_macro(definition)?;
        } else {
            self.loader.collector.define_macro(definition);
        }
        self.unknown_keys(item, &["macro", "condition", "append", "override"]);
        Ok(())
    }
}
