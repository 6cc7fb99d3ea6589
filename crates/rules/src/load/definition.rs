//! Items as they are written, before anything is replaced.

use std::collections::BTreeSet;

use crate::diagnostic::Context;
use crate::load::source_file::Text;
use crate::load::version::Version;
use crate::ruleset::Priority;

/// `list`.
#[derive(Clone, Debug)]
pub(crate) struct ListItem {
    pub(crate) name: String,
    pub(crate) items: Vec<String>,
    pub(crate) context: Context,
}

/// A condition with the place it begins.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) text: Text,
    pub(crate) context: Context,
}

/// `macro`.
#[derive(Clone, Debug)]
pub(crate) struct MacroItem {
    pub(crate) name: String,
    pub(crate) condition: Condition,
    pub(crate) context: Context,
}

/// A text or a list of such, as `fields`, `comps` and `values` of exceptions are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Item(String),
    List(Vec<Entry>),
}

/// `exceptions`, one of them.
#[derive(Clone, Debug)]
pub(crate) struct ExceptionItem {
    pub(crate) name: String,
    pub(crate) fields: Option<Entry>,
    pub(crate) operators: Option<Entry>,
    pub(crate) values: Vec<Entry>,
    pub(crate) context: Context,
}

/// `output`, or the part of it that is appended.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) text: String,
    pub(crate) context: Context,
}

/// `rule`.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the rule")]
#[derive(Clone, Debug)]
pub(crate) struct RuleItem {
    pub(crate) name: String,
    pub(crate) condition: Condition,
    pub(crate) output: Output,
    pub(crate) description: String,
    pub(crate) priority: Priority,
    pub(crate) source: String,
    pub(crate) unknown_source: bool,
    pub(crate) enabled: bool,
    pub(crate) warn_evttypes: bool,
    pub(crate) skip_if_unknown_filter: bool,
    pub(crate) capture: bool,
    pub(crate) capture_duration: u32,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) exceptions: Vec<ExceptionItem>,
    pub(crate) context: Context,
}

/// What an appending or replacing item changes of a rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleUpdate {
    pub(crate) condition: Option<Condition>,
    pub(crate) output: Option<Output>,
    pub(crate) description: Option<String>,
    pub(crate) priority: Option<Priority>,
    pub(crate) enabled: Option<bool>,
    pub(crate) warn_evttypes: Option<bool>,
    pub(crate) skip_if_unknown_filter: Option<bool>,
    pub(crate) capture: Option<bool>,
    pub(crate) capture_duration: Option<u32>,
    pub(crate) tags: Option<BTreeSet<String>>,
    pub(crate) exceptions: Option<Vec<ExceptionItem>>,
}

/// `required_plugin_versions`, one of them.
#[derive(Clone, Debug)]
pub(crate) struct PluginItem {
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) alternatives: Vec<(String, Version)>,
    pub(crate) context: Context,
}
