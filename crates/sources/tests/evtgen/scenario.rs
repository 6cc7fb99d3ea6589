//! A scenario file: which processes do what, which rule is to fire, and the cases it is repeated for.
//! Keeps to the format; how a case is played is for `script`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::yaml;

/// One case of a scenario, its placeholders filled in.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The scenario's name.
    pub(crate) scenario: String,
    /// The values it was filled with.
    pub(crate) values: String,
    pub(crate) rule: String,
    pub(crate) priority: String,
    /// What the alert's fields must say.
    pub(crate) fields: BTreeMap<String, String>,
    /// Processors it is not for.
    pub(crate) not_on: Option<String>,
    /// What happens once the processes run, before the steps: a line of shell.
    pub(crate) before: Option<String>,
    pub(crate) in_container: bool,
    pub(crate) processes: Vec<Value>,
    pub(crate) resources: Vec<Value>,
    pub(crate) steps: Vec<Value>,
}

/// All cases of a file.
pub(crate) fn cases(path: &Path) -> Vec<Case> {
    let file = yaml::read(&quoted(&std::fs::read_to_string(path).unwrap()));
    let mut cases = Vec::new();
    for scenario in file["tests"].as_array().unwrap() {
        for values in fillings(&scenario["cases"]) {
            cases.push(case(&fill(scenario, &values), &values));
        }
    }
    cases
}

/// A placeholder that stands for a whole value need not be quoted in these files, though YAML wants it.
fn quoted(text: &str) -> String {
    let line = |line: &str| match line.split_once(": %{") {
        Some((key, rest)) => format!("{key}: \"%{{{rest}\"\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

type Filling = Map<String, Value>;

/// What the placeholders are filled with, a map for each case. A matrix has all combinations, a vector is one case.
fn fillings(cases: &Value) -> Vec<Filling> {
    let Some(strategies) = cases.as_array() else { return vec![Map::new()] };
    let of_strategy = |strategy: &Value| {
        let values = strategy["values"].as_object().unwrap();
        match strategy["strategy"].as_str().unwrap() {
            "vector" => vec![values.clone()],
            "matrix" => values.iter().fold(vec![Map::new()], combined),
            other => panic!("strategy {other}"),
        }
    };
    strategies.iter().flat_map(of_strategy).collect()
}

/// Each filling with each choice for one more name.
fn combined(fillings: Vec<Filling>, (name, choices): (&String, &Value)) -> Vec<Filling> {
    let choices = choices.as_array().unwrap();
    let mut all = Vec::with_capacity(fillings.len() * choices.len());
    for filling in fillings {
        for choice in choices {
            let mut filling = filling.clone();
            filling.insert(name.clone(), choice.clone());
            all.push(filling);
        }
    }
    all
}

/// `%{ item.NAME }` alone becomes the value itself.
fn fill(template: &Value, values: &Map<String, Value>) -> Value {
    match template {
        Value::String(text) => {
            let name = text.strip_prefix("%{").and_then(|rest| rest.strip_suffix('}'));
            match name.and_then(|name| name.trim().strip_prefix("item.")) {
                Some(name) => values[name].clone(),
                None => template.clone(),
            }
        }
        Value::Array(items) => items.iter().map(|item| fill(item, values)).collect(),
        Value::Object(members) => {
            let filled = |(key, value): (&String, &Value)| (key.clone(), fill(value, values));
            Value::Object(members.iter().filter(|(key, _)| *key != "cases").map(filled).collect())
        }
        other => other.clone(),
    }
}

fn case(scenario: &Value, values: &Map<String, Value>) -> Case {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let outcome = &scenario["expectedOutcome"];
    assert_eq!(outcome["source"], "syscall", "{scenario}");
    let fields = outcome["outputFields"].as_object().cloned().unwrap_or_default();
    let arch = &scenario["runIf"]["arch"];
    assert!(arch.is_null() || arch["op"] == "ne", "{arch}");
    let shown = values.iter().filter(|(name, _)| *name != "runIf");
    Case {
        scenario: text(&scenario["name"]).unwrap(),
        values: shown.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "),
        rule: text(&scenario["rule"]).unwrap(),
        priority: text(&outcome["priority"]).unwrap(),
        fields: fields.iter().map(|(key, value)| (key.clone(), text(value).unwrap())).collect(),
        not_on: text(&arch["val"]),
        before: text(&scenario["before"]),
        in_container: scenario["context"]["container"].is_object(),
        processes: list(&scenario["context"]["processes"]),
        resources: list(&scenario["resources"]),
        steps: list(&scenario["steps"]),
    }
}
