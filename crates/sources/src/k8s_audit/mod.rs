//! The `ka.*` fields of Kubernetes audit events (audit.k8s.io/v1 `Event`): what of the JSON each one is.
//! An event without `auditID` has none of them, as in Falco. Used by `event`.

mod containers;
mod query;
mod recipe;

use lanner_rules::Extracted;

use crate::document::Document;
use crate::json::{Kind, PathId};
use crate::plan::Plan;
pub(crate) use recipe::{Recipe, recipe};

/// Whom a role binding is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubjectForm {
    /// `name` of those of this kind.
    Name(&'static str),
    /// `namespace:name` of service accounts.
    NamespacedName,
}

pub(crate) fn extract<'e>(
    recipe: &'e Recipe,
    document: Document<'e>,
    plan: &Plan,
) -> Extracted<'e> {
    if document.at(plan.frame.id).is_none() {
        return Extracted::Missing;
    }
    let tokens = document.tokens;
    match recipe {
        Recipe::Text(path) => document.text_at(*path),
        Recipe::WholeOrOne { path, index: None } => document
            .at(*path)
            .map_or(Extracted::Missing, |token| document.many([document.text(token)])),
        Recipe::List { path, index } | Recipe::WholeOrOne { path, index } => {
            list(document, *path, *index)
        }
        Recipe::QueryParameter { uri, name } => document
            .at(*uri)
            .and_then(|token| query::parameter(document.text(token), name))
            .map_or(Extracted::Missing, |text| document.one(document.keep(text))),
        Recipe::PodName { resource, subresource, name } => {
            let is_pod =
                document.is(document.at(*resource), "pods") && document.at(*subresource).is_none();
            if is_pod { document.text_at(*name) } else { Extracted::Missing }
        }
        Recipe::Subjects { path, form } => subjects(document, *path, *form),
        Recipe::True => document.one(b"true"),
        Recipe::Container { containers, field, index } => {
            containers::extract(document, *containers, *field, *index)
        }
        Recipe::FirstContainer { containers, field } => {
            match containers::extract(document, *containers, *field, Some(0)) {
                Extracted::Many([first, ..]) => Extracted::One(*first),
                other => other,
            }
        }
        Recipe::AnyPrivileged(path) => any_privileged(document, *path),
        Recipe::RuleItems { rules, name, index } => rule_items(document, *rules, name, *index),
        Recipe::VolumeText { volumes, names, index } => {
            let Some(volumes) = document.at(*volumes) else { return Extracted::Missing };
            let chosen = pick(tokens.elements(volumes), *index);
            document.many(
                chosen
                    .filter_map(|volume| tokens.descend(volume, names))
                    .map(|token| document.text(token)),
            )
        }
        Recipe::VolumeTypes { volumes, index } => {
            let Some(volumes) = document.at(*volumes) else { return Extracted::Missing };
            let keys =
                pick(tokens.elements(volumes), *index).flat_map(|volume| tokens.members(volume));
            document.many(keys.map(|(key, _)| document.string(key)).filter(|name| *name != b"name"))
        }
        Recipe::MountsHostPath { volumes, pattern } => {
            mounts_host_path(document, *volumes, pattern)
        }
        Recipe::Nothing => Extracted::Missing,
    }
}

/// All elements, or the one at a position.
fn pick<I: Iterator>(elements: I, index: Option<usize>) -> impl Iterator<Item = I::Item> {
    let (skip, take) = index.map_or((0, usize::MAX), |index| (index, 1));
    elements.skip(skip).take(take)
}

fn list(document: Document<'_>, path: PathId, index: Option<usize>) -> Extracted<'_> {
    let Some(token) = document.at(path) else { return Extracted::Missing };
    if document.tokens.kind(token) != Kind::Array {
        return Extracted::Missing;
    }
    document.many(pick(document.tokens.elements(token), index).map(|token| document.text(token)))
}

fn subjects(document: Document<'_>, path: PathId, form: SubjectForm) -> Extracted<'_> {
    let tokens = document.tokens;
    let Some(subjects) = document.at(path) else { return Extracted::Missing };
    let wanted = match form {
        SubjectForm::Name(kind) => kind,
        SubjectForm::NamespacedName => "ServiceAccount",
    };
    let of_kind = tokens
        .elements(subjects)
        .filter(|&subject| document.is(tokens.member(subject, b"kind"), wanted));
    let names = of_kind.filter_map(|subject| {
        let name = document.text(tokens.member(subject, b"name")?);
        if form != SubjectForm::NamespacedName {
            return Some(name);
        }
        let namespace =
            tokens.member(subject, b"namespace").map_or(&b""[..], |token| document.text(token));
        let joined = document.arena.alloc_slice_fill_copy(namespace.len() + 1 + name.len(), b':');
        joined[..namespace.len()].copy_from_slice(namespace);
        joined[namespace.len() + 1..].copy_from_slice(name);
        Some(&*joined)
    });
    document.many(names)
}

fn any_privileged(document: Document<'_>, path: PathId) -> Extracted<'_> {
    let tokens = document.tokens;
    let Some(containers) = document.at(path) else { return Extracted::Missing };
    let any = tokens
        .elements(containers)
        .filter_map(|container| tokens.descend(container, &["securityContext", "privileged"]))
        .any(|token| tokens.kind(token) == Kind::True);
    document.one(if any { b"true" } else { b"false" })
}

fn rule_items<'e>(
    document: Document<'e>,
    rules: PathId,
    name: &str,
    index: Option<usize>,
) -> Extracted<'e> {
    let tokens = document.tokens;
    let Some(rules) = document.at(rules) else { return Extracted::Missing };
    let arrays =
        pick(tokens.elements(rules), index).filter_map(|rule| tokens.member(rule, name.as_bytes()));
    document.many(arrays.flat_map(|array| tokens.elements(array)).map(|token| document.text(token)))
}

fn mounts_host_path<'e>(document: Document<'e>, volumes: PathId, pattern: &str) -> Extracted<'e> {
    let tokens = document.tokens;
    let Some(volumes) = document.at(volumes) else { return Extracted::Missing };
    let mut paths = tokens
        .elements(volumes)
        .filter_map(|volume| tokens.descend(volume, &["hostPath", "path"]))
        .map(|token| document.text(token));
    let mounted = match pattern.strip_suffix('*') {
        Some(prefix) => paths.any(|path| path.starts_with(prefix.as_bytes())),
        None => paths.any(|path| path == pattern.as_bytes()),
    };
    document.one(if mounted { b"true" } else { b"false" })
}
