//! Variables that a negated expression would have to bind itself: `not input.list[_] == 1`. OPA refuses such a module; the engine
//! takes it for "no element" or "some element is not", whichever it happens to evaluate, which could turn a refusal into a pass.
//! Reads syntax trees only. Used by `load`.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value as Json;

use crate::syntax::Tree;

/// What has a scope, or a value, of its own: OPA evaluates it before the negation, so its variables may be bound in it.
const APART: &[&str] = &[
    "Call",
    "ArithExpr",
    "BinExpr",
    "BoolExpr",
    "Membership",
    "ArrayCompr",
    "SetCompr",
    "ObjectCompr",
];

/// A complaint for each negation in `tree` with a variable that nothing else binds; `rules` are the names of its package.
pub(crate) fn unsafe_negations(tree: &Tree<'_>, rules: &HashSet<String>) -> BTreeSet<String> {
    let imported = tree.imports().into_iter().map(|(alias, _)| alias);
    let known: HashSet<String> =
        imported.chain(rules.iter().cloned()).chain(["input", "data"].map(str::to_owned)).collect();
    let mut found = BTreeSet::new();
    for rule in tree.json["rules"].as_array().into_iter().flatten() {
        let mut exposed = Vec::new();
        negations(rule, &mut exposed);
        let text = rule["Spec"].get("span").and_then(|span| span_text(tree.source, span));
        for name in &exposed {
            // Declared by `some`, a name is still bound by nothing.
            let idle = exposed.iter().filter(|other| *other == name).count()
                + declared(rule, tree.source, name);
            let only_here = text.is_some_and(|text| words(text, name) <= idle);
            if *name == "_" || (!known.contains(*name) && only_here) {
                found.insert(format!("variable `{name}` is unsafe: a negation binds nothing"));
            }
        }
    }
    found
}

/// The variables of all negations below `node` that the negation itself would have to bind.
fn negations<'json>(node: &'json Json, exposed: &mut Vec<&'json str>) {
    match node {
        Json::Array(items) => items.iter().for_each(|item| negations(item, exposed)),
        Json::Object(fields) => {
            for (kind, part) in fields {
                let top = (kind == "NotExpr").then(|| part["expr"].as_object()).flatten();
                for (_, body) in top.into_iter().flatten() {
                    variables(body, exposed);
                    // `Var` holds its name where others hold expressions.
                    exposed.extend(part["expr"]["Var"]["value"].as_str());
                }
                negations(part, exposed);
            }
        }
        _ => {}
    }
}

fn variables<'json>(node: &'json Json, exposed: &mut Vec<&'json str>) {
    match node {
        Json::Array(items) => items.iter().for_each(|item| variables(item, exposed)),
        Json::Object(fields) => {
            for (kind, part) in fields {
                if kind == "Var" {
                    exposed.extend(part["value"].as_str());
                } else if kind != "fcn" && !APART.contains(&kind.as_str()) {
                    variables(part, exposed);
                }
            }
        }
        _ => {}
    }
}

/// How often `some` declares `name` without a collection.
fn declared(node: &Json, source: &str, name: &str) -> usize {
    match node {
        Json::Array(items) => items.iter().map(|item| declared(item, source, name)).sum(),
        Json::Object(fields) => fields
            .iter()
            .map(|(kind, part)| {
                let vars = (kind == "SomeVars").then(|| part["vars"].as_array()).flatten();
                let here = vars.into_iter().flatten();
                here.filter(|span| span_text(source, span) == Some(name)).count()
                    + declared(part, source, name)
            })
            .sum(),
        _ => 0,
    }
}

/// How often `name` stands in `text` as a word, strings and comments included.
fn words(text: &str, name: &str) -> usize {
    text.split(|char: char| !char.is_alphanumeric() && char != '_')
        .filter(|word| *word == name)
        .count()
}

fn span_text<'json>(source: &'json str, span: &Json) -> Option<&'json str> {
    let at = |name: &str| span[name].as_u64().and_then(|offset| usize::try_from(offset).ok());
    source.get(at("start")?..at("end")?)
}
