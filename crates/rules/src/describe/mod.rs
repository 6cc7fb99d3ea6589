//! What rule files define, described as `falco -L` does in JSON: conditions with macros and lists put in, and what each uses.
//! Describes what the loader made; compiles nothing. Used by `lanner rules list` and `rules describe`.

mod usage;

use serde_json::{Value, json};

use crate::ast::Expression;
use crate::catalog::Catalog;
use crate::condition::compiled;
use crate::evttypes::EventTypes;
use crate::load::Selection;
use crate::ruleset::{List, Macro, PluginRequirement, Rule, Ruleset};
use usage::{FieldOrigins, Usage, formatted_fields};

/// What events of a plugin's source are called.
const PLUGIN_EVENTS: &[&str] = &["asyncevent", "pluginevent"];

/// Describes rulesets in terms of the fields of some sources.
#[derive(Debug)]
pub struct Describer {
    origins: FieldOrigins,
}

impl Describer {
    /// With the fields of these catalogs.
    #[must_use]
    pub fn new(catalogs: &[Catalog]) -> Self {
        Self { origins: FieldOrigins::new(catalogs) }
    }

    /// Everything as one JSON object; of `only` its rule alone. `selection` decides what is enabled.
    #[must_use]
    pub fn json(&self, ruleset: &Ruleset, selection: &Selection, only: Option<&str>) -> String {
        let rules: Vec<Value> = ruleset
            .rules
            .iter()
            .filter(|rule| only.is_none_or(|name| name == rule.name))
            .map(|rule| self.rule(rule, selection.includes(rule)))
            .collect();
        if only.is_some() {
            return json!({ "rules": rules }).to_string();
        }
        let lists: Vec<Value> = ruleset.lists.iter().map(list).collect();
        let macros: Vec<Value> = ruleset.macros.iter().map(macro_).collect();
        let plugins: Vec<Value> = ruleset.required_plugins.iter().map(requirement).collect();
        let mut whole = json!({ "lists": lists, "macros": macros });
        if let (Some(object), Some(version)) =
            (whole.as_object_mut(), ruleset.required_engine_version)
        {
            object.insert("required_engine_version".to_owned(), version.to_string().into());
        }
        if let Some(object) = whole.as_object_mut() {
            object.insert("required_plugin_versions".to_owned(), plugins.into());
            object.insert("rules".to_owned(), rules.into());
        }
        whole.to_string()
    }

    fn rule(&self, rule: &Rule, enabled: bool) -> Value {
        let used = Usage::of(&rule.condition);
        let outputs = formatted_fields(&rule.output);
        let exceptions = &rule.exceptions;
        json!({
            "details": {
                "condition_compiled": compiled(&rule.condition),
                "condition_fields": used.fields,
                "condition_operators": used.operators,
                "events": events(&rule.condition, &rule.source),
                "exception_fields": distinct(exceptions.iter().flat_map(|each| &each.fields)),
                "exception_names": distinct(exceptions.iter().map(|each| &each.name)),
                "exception_operators": distinct(exceptions.iter().flat_map(|each| &each.operators)),
                "lists": rule.lists,
                "macros": rule.macros,
                "output_compiled": rule.output,
                "output_fields": outputs,
                "plugins": self.origins.plugins(&rule.source, used.fields.iter().chain(&outputs)),
            },
            "info": {
                "capture": rule.capture,
                "capture_duration": rule.capture_duration,
                "condition": rule.condition_text,
                "description": rule.description,
                "enabled": enabled,
                "name": rule.name,
                "output": rule.output,
                "priority": rule.priority.name(),
                "source": rule.source,
                "tags": rule.tags,
            },
        })
    }
}

fn macro_(each: &Macro) -> Value {
    let used = Usage::of(&each.condition);
    json!({
        "details": {
            "condition_compiled": compiled(&each.condition),
            "condition_fields": used.fields,
            "condition_operators": used.operators,
            "events": events(&each.condition, "syscall"),
            "lists": each.lists,
            "macros": each.macros,
            // Falco names none, whatever the fields.
            "plugins": [],
            "used": each.used,
        },
        "info": { "condition": each.condition_text, "name": each.name },
    })
}

/// Names of lists among the items are told apart from items.
fn list(each: &List) -> Value {
    let items: Vec<&String> = each.items.iter().filter(|item| !each.lists.contains(item)).collect();
    json!({
        "details": {
            "items_compiled": each.compiled,
            "lists": each.lists,
            "plugins": [],
            "used": each.used,
        },
        "info": { "items": items, "name": each.name },
    })
}

fn requirement(plugin: &PluginRequirement) -> Value {
    let alternatives: Vec<Value> = plugin
        .alternatives
        .iter()
        .map(|(name, version)| json!({ "name": name, "version": version.to_string() }))
        .collect();
    json!({ "alternatives": alternatives, "name": plugin.name, "version": plugin.version.to_string() })
}

/// A source other than `syscall` has events of two types only.
fn events(condition: &Expression, source: &str) -> Vec<&'static str> {
    if source != "syscall" {
        return PLUGIN_EVENTS.to_vec();
    }
    EventTypes::of(condition).names().collect()
}

fn distinct<'t>(texts: impl Iterator<Item = &'t String>) -> Vec<&'t str> {
    let mut all: Vec<&str> = Vec::new();
    for text in texts {
        if !all.contains(&text.as_str()) {
            all.push(text);
        }
    }
    all
}
