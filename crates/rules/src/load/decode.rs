//! Values of keys as text, numbers and switches, with what Falco says when they are not.

use std::rc::Rc;
use std::sync::Arc;

use crate::diagnostic::{Code, Context, ItemKind};
use crate::document::Node;
use crate::load::definition::{Condition, Entry};
use crate::load::source_file::{SourceFile, Text};
use crate::load::{Fault, Outcome};

pub(crate) fn invalid(message: impl Into<String>, context: &Context) -> Box<Fault> {
    Fault::new(Code::YamlValidate, message, context)
}

/// An item that is being read.
pub(crate) struct Item<'n> {
    pub(crate) node: &'n Node,
    pub(crate) context: Context,
}

impl<'n> Item<'n> {
    pub(crate) const fn new(node: &'n Node, context: Context) -> Self {
        Self { node, context }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.node.get(key).is_some()
    }

    fn value_context(&self, key: &str, value: &Node) -> Context {
        self.context.within(ItemKind::ValueFor, key, value.mark)
    }

    /// The value, which must be there.
    pub(crate) fn value(&self, key: &str) -> Outcome<&'n Rc<Node>> {
        let value = self
            .node
            .get(key)
            .ok_or_else(|| invalid(format!("the item has no key '{key}'"), &self.context))?;
        if value.is_null() {
            Err(invalid(format!("the key '{key}' has no value"), &self.context))
        } else {
            Ok(value)
        }
    }

    /// A text, which must be there and not be empty.
    pub(crate) fn text(&self, key: &str) -> Outcome<&'n str> {
        let value = self.value(key)?;
        let context = self.value_context(key, value);
        let text = value
            .scalar()
            .ok_or_else(|| invalid(format!("the value of '{key}' is not a text"), &context))?;
        if text.is_empty() {
            Err(invalid(format!("the value of '{key}' is empty"), &context))
        } else {
            Ok(text)
        }
    }

    /// A text, if the key is there.
    pub(crate) fn optional_text(&self, key: &str) -> Outcome<Option<&'n str>> {
        if self.has(key) { self.text(key).map(Some) } else { Ok(None) }
    }

    /// A switch, if the key is there.
    pub(crate) fn switch(&self, key: &str) -> Outcome<Option<bool>> {
        let Some(text) = self.optional_text(key)? else { return Ok(None) };
        let word = |words: [&str; 4]| words.into_iter().any(|word| spelled(text, word));
        if word(["y", "yes", "true", "on"]) {
            Ok(Some(true))
        } else if word(["n", "no", "false", "off"]) {
            Ok(Some(false))
        } else {
            Err(invalid(
                format!("the value of '{key}' is not true or false"),
                &self.value_context(key, self.value(key)?),
            ))
        }
    }

    /// A number, if the key is there.
    pub(crate) fn number(&self, key: &str) -> Outcome<Option<u32>> {
        let Some(text) = self.optional_text(key)? else { return Ok(None) };
        match text.parse() {
            Ok(number) if !text.starts_with('+') => Ok(Some(number)),
            _ => Err(invalid(
                format!("the value of '{key}' is not a number"),
                &self.value_context(key, self.value(key)?),
            )),
        }
    }

    /// A sequence of texts, which must be there; it may be empty, and texts in it too.
    pub(crate) fn texts(&self, key: &str) -> Outcome<Vec<String>> {
        let value = self.value(key)?;
        let context = self.value_context(key, value);
        let items = value
            .items()
            .ok_or_else(|| invalid(format!("the value of '{key}' is not a sequence"), &context))?;
        items
            .iter()
            .map(|item| {
                let place = || context.within(ItemKind::ListItem, "", item.mark);
                item.scalar()
                    .map(ToOwned::to_owned)
                    .ok_or_else(|| invalid("an item of the sequence is not a text", &place()))
            })
            .collect()
    }

    /// A condition, which must be there.
    pub(crate) fn condition(&self, file: &Arc<SourceFile>, kind: ItemKind) -> Outcome<Condition> {
        let text = self.text("condition")?;
        let mark = self.value("condition")?.mark;
        Ok(Condition {
            text: Text::new(text, file, mark),
            context: self.context.within(kind, "", mark),
        })
    }

    /// A text or a list of such at any depth.
    pub(crate) fn entry(&self, key: &str) -> Outcome<Entry> {
        self.value(key).map(|value| entry(value))
    }
}

/// All lower, all upper or capitalised: the spellings of YAML 1.1.
fn spelled(text: &str, word: &str) -> bool {
    text.eq_ignore_ascii_case(word) && {
        let (first, rest) = text.split_at(1);
        rest.bytes().all(|byte| byte.is_ascii_lowercase())
            || (first.bytes().all(|byte| byte.is_ascii_uppercase())
                && rest.bytes().all(|byte| byte.is_ascii_uppercase()))
    }
}

pub(crate) fn entry(node: &Node) -> Entry {
    match (node.scalar(), node.items()) {
        (Some(text), _) => Entry::Item(text.to_owned()),
        (None, Some(items)) => Entry::List(items.iter().map(|item| entry(item)).collect()),
        (None, None) => Entry::List(Vec::new()),
    }
}
