//! What a file asks of the engine and its plugins.

use std::rc::Rc;

use crate::diagnostic::{Context, ItemKind};
use crate::document::Node;
use crate::load::Outcome;
use crate::load::decode::{Item, invalid};
use crate::load::definition::PluginItem;
use crate::load::reader::Reader;
use crate::load::version::Version;

impl Reader<'_, '_> {
    pub(super) fn required_engine(&mut self, item: &Item<'_>) -> Outcome<()> {
        let text = item.text("required_engine_version")?;
        let version = match text.parse::<u32>() {
            Ok(minor) => Version::new(0, minor, 0),
            Err(_) => Version::parse(text).ok_or_else(|| {
                invalid(
                    format!("'{text}' is not a version of the engine: a number or three with dots"),
                    &item.context,
                )
            })?,
        };
        let ours = self.loader.engine.version;
        self.loader.collector.require_engine(version, ours, &item.context)?;
        self.unknown_keys(item, &["required_engine_version"]);
        Ok(())
    }

    pub(super) fn required_plugins(&mut self, plugins: &Rc<Node>, parent: &Context) -> Outcome<()> {
        let context = parent.within(ItemKind::RequiredPluginVersions, "", plugins.mark);
        let items = plugins.items().ok_or_else(|| {
            invalid("the value of 'required_plugin_versions' is not a sequence", &context)
        })?;
        for node in items {
            let (name, version) = plugin(node, &context, ItemKind::RequiredPluginVersionsEntry)?;
            let context =
                context.within(ItemKind::RequiredPluginVersionsEntry, name.as_str(), node.mark);
            let alternatives = match node.get("alternatives") {
                None => Vec::new(),
                Some(value) => value
                    .items()
                    .ok_or_else(|| {
                        invalid("the value of 'alternatives' is not a sequence", &context)
                    })?
                    .iter()
                    .map(|node| plugin(node, &context, ItemKind::RequiredPluginVersionsAlternative))
                    .collect::<Outcome<_>>()?,
            };
            let plugins = &self.loader.engine.plugins;
            self.loader
                .collector
                .require_plugin(PluginItem { name, version, alternatives, context }, plugins)?;
        }
        Ok(())
    }
}

/// A name and a version.
fn plugin(node: &Node, parent: &Context, kind: ItemKind) -> Outcome<(String, Version)> {
    let name = Item::new(node, parent.within(kind, "", node.mark)).text("name")?;
    let item = Item::new(node, parent.within(kind, name, node.mark));
    let text = item.text("version")?;
    let version = Version::parse(text).ok_or_else(|| {
        invalid(format!("'{text}' is not a version: three numbers with dots"), &item.context)
    })?;
    Ok((name.to_owned(), version))
}
