//! The shape of rule files as Falco's JSON schema has it: stricter than the loader, and only ever told, never refused.

use std::rc::Rc;

use crate::document::{Node, NodeKind};

/// What the check says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SchemaOutcome {
    /// The file is not YAML, so there was nothing to check.
    #[default]
    None,
    /// As it should be.
    Valid,
    /// What is not, one sentence each.
    Invalid(Vec<String>),
}

/// What a value must be.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Switch,
    Number,
    Priority,
    Action,
    Anything,
    Texts,
    ListOf(&'static [(&'static str, Shape)]),
    Map(&'static [(&'static str, Shape)]),
}

const PRIORITIES: [&str; 9] = [
    "EMERGENCY",
    "ALERT",
    "CRITICAL",
    "ERROR",
    "WARNING",
    "NOTICE",
    "INFO",
    "INFORMATIONAL",
    "DEBUG",
];

const ALTERNATIVE: &[(&str, Shape)] = &[("name", Shape::Text), ("version", Shape::Text)];

const PLUGIN: &[(&str, Shape)] = &[
    ("name", Shape::Text),
    ("version", Shape::Text),
    ("alternatives", Shape::ListOf(ALTERNATIVE)),
];

const EXCEPTION: &[(&str, Shape)] = &[
    ("name", Shape::Text),
    ("fields", Shape::Anything),
    ("comps", Shape::Anything),
    ("values", Shape::Anything),
];

const OVERRIDE: &[(&str, Shape)] = &[
    ("capture", Shape::Action),
    ("capture_duration", Shape::Action),
    ("condition", Shape::Action),
    ("desc", Shape::Action),
    ("enabled", Shape::Action),
    ("exceptions", Shape::Action),
    ("items", Shape::Action),
    ("output", Shape::Action),
    ("priority", Shape::Action),
    ("skip-if-unknown-filter", Shape::Action),
    ("tags", Shape::Action),
    ("warn_evttypes", Shape::Action),
];

const ITEM: &[(&str, Shape)] = &[
    ("append", Shape::Switch),
    ("capture", Shape::Switch),
    ("capture_duration", Shape::Number),
    ("condition", Shape::Text),
    ("desc", Shape::Text),
    ("enabled", Shape::Switch),
    ("exceptions", Shape::ListOf(EXCEPTION)),
    ("items", Shape::Texts),
    ("list", Shape::Text),
    ("macro", Shape::Text),
    ("output", Shape::Text),
    ("override", Shape::Map(OVERRIDE)),
    ("priority", Shape::Priority),
    ("required_engine_version", Shape::Text),
    ("required_plugin_versions", Shape::ListOf(PLUGIN)),
    ("rule", Shape::Text),
    ("skip-if-unknown-filter", Shape::Switch),
    ("source", Shape::Text),
    ("tags", Shape::Texts),
    ("warn_evttypes", Shape::Switch),
];

/// Checks all documents; empty ones are fine.
pub(super) fn check(documents: &[Rc<Node>]) -> SchemaOutcome {
    let mut notes = Vec::new();
    for document in documents.iter().filter(|document| !document.is_null()) {
        shape(document, Shape::ListOf(ITEM), "the content", &mut notes);
    }
    if notes.is_empty() { SchemaOutcome::Valid } else { SchemaOutcome::Invalid(notes) }
}

fn shape(node: &Node, wanted: Shape, name: &str, notes: &mut Vec<String>) {
    let text = node.scalar();
    let (fits, what) = match wanted {
        Shape::Anything => (true, ""),
        Shape::Text => (text.is_some(), "a text"),
        // The values are read without tags, so a quoted switch is one too, but only in these words.
        Shape::Switch => (matches!(text, Some("true" | "false")), "true or false"),
        Shape::Number => (text.is_some_and(|text| text.parse::<i64>().is_ok()), "a number"),
        Shape::Priority => {
            (text.is_some_and(|text| PRIORITIES.contains(&text)), "a priority in capitals")
        }
        Shape::Action => (matches!(text, Some("append" | "replace")), "'append' or 'replace'"),
        Shape::Texts => (
            node.items().is_some_and(|items| items.iter().all(|item| item.scalar().is_some())),
            "a sequence of texts",
        ),
        Shape::ListOf(keys) => {
            for item in node.items().unwrap_or_default().iter().filter(|item| !item.is_null()) {
                shape(item, Shape::Map(keys), name, notes);
            }
            (node.items().is_some(), "a sequence")
        }
        Shape::Map(keys) => {
            for (key, value) in node.entries() {
                let key = key.scalar().unwrap_or_default();
                match keys.iter().find(|(known, _)| *known == key) {
                    Some((_, wanted)) => shape(value, *wanted, key, notes),
                    None => notes.push(format!(
                        "line {}: the key '{key}' does not belong in {name}",
                        value.mark.line + 1
                    )),
                }
            }
            (matches!(node.kind, NodeKind::Mapping(_)), "a mapping")
        }
    };
    if !fits {
        notes.push(format!("line {}: {name} is not {what}", node.mark.line + 1));
    }
}
