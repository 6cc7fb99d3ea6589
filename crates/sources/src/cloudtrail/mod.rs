//! The `ct.*`, `s3.*`, `ec2.*`, `ecr.*` and `iam.*` fields of `CloudTrail` records: what of the JSON each one is.
//! A value that should be text and is not counts as empty text, as in Falco. Used by `event`.

mod identity;
mod recipe;
mod summary;

use lanner_rules::{Extracted, Value};

use crate::document::Document;
use crate::json::{Kind, PathId};
pub(crate) use recipe::{Recipe, plugin_info, recipe};

/// Which end of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) into: Option<PathId>,
    pub(crate) out: Option<PathId>,
}

pub(crate) fn extract<'e>(recipe: &'e Recipe, document: Document<'e>) -> Extracted<'e> {
    let one = |text: Option<&'e [u8]>| text.map_or(Extracted::Missing, |text| document.one(text));
    match recipe {
        Recipe::Text(path) => one(text(document, *path)),
        Recipe::Json(path) => one(document.at(*path).map(|token| document.json_or_word(token))),
        Recipe::ShortSource(path) => one(text(document, *path).map(short_source)),
        Recipe::User(paths) => one(identity::user(document, paths)),
        Recipe::OriginalUser(paths) => one(identity::original_user(document, paths)),
        Recipe::Either(first, second) => {
            one(text(document, *first).or_else(|| text(document, *second)))
        }
        Recipe::Truth(path) => {
            one(document.at(*path).map(|token| match document.tokens.kind(token) {
                Kind::True => &b"true"[..],
                _ => &b"false"[..],
            }))
        }
        Recipe::Resources(path) => one(resources(document, *path)),
        Recipe::Info(paths) => one(Some(summary::info(document, paths))),
        Recipe::PluginInfo(paths) => one(Some(summary::plugin_info(document, paths))),
        Recipe::Uri { bucket, key } => one(uri(document, *bucket, *key)),
        Recipe::Bytes(transfer) => bytes(document, *transfer).map_or(Extracted::Missing, unsigned),
        Recipe::Count { name, counted } => text(document, *name)
            .filter(|name| counted.is(name))
            .map_or(Extracted::Missing, |_| unsigned(1)),
        Recipe::InstanceName(path) => one(instance_name(document, *path)),
        Recipe::ImageIds { response, request, index } => {
            let ids = image_ids(document, *response, *request);
            match index {
                Some(index) => document.many(ids.into_iter().skip(*index).take(1)),
                None => document.many(ids),
            }
        }
        Recipe::ImageId { response, request } => {
            one(image_ids(document, *response, *request).first().copied())
        }
        Recipe::Nothing => Extracted::Missing,
    }
}

fn unsigned<'e>(value: u64) -> Extracted<'e> {
    Extracted::One(Value::Unsigned(value))
}

/// Text as it is, anything else as no text.
fn text(document: Document<'_>, path: PathId) -> Option<&[u8]> {
    document.at(path).map(|token| plain(document, token))
}

fn plain(document: Document<'_>, token: u32) -> &[u8] {
    match document.tokens.kind(token) {
        Kind::String => document.string(token),
        _ => b"",
    }
}

fn short_source(source: &[u8]) -> &[u8] {
    source.strip_suffix(b".amazonaws.com").unwrap_or(source)
}

fn resources(document: Document<'_>, path: PathId) -> Option<&[u8]> {
    let mut joined = Vec::new();
    for (position, resource) in document.tokens.elements(document.at(path)?).enumerate() {
        if position > 0 {
            joined.push(b',');
        }
        document.tokens.write_compact(resource, &mut joined);
    }
    (!joined.is_empty()).then(|| &*document.arena.alloc_slice_copy(&joined))
}

fn uri(document: Document<'_>, bucket: PathId, key: PathId) -> Option<&[u8]> {
    let string = |path| {
        let token =
            document.at(path).filter(|&token| document.tokens.kind(token) == Kind::String)?;
        Some(document.string(token))
    };
    let (bucket, key) = (string(bucket)?, string(key)?);
    Some(document.arena.alloc_slice_copy(&[b"s3://", bucket, b"/", key].concat()))
}

/// The sum of the numbers that are there.
fn bytes(document: Document<'_>, transfer: Transfer) -> Option<u64> {
    let number = |path: Option<PathId>| {
        let token = document.at(path?)?;
        if document.tokens.kind(token) != Kind::Number {
            return None;
        }
        let text = std::str::from_utf8(document.tokens.word(token)).ok()?;
        text.parse().ok().or_else(|| text.parse().ok().map(whole))
    };
    match (number(transfer.into), number(transfer.out)) {
        (None, None) => None,
        (into, out) => Some(into.unwrap_or(0).wrapping_add(out.unwrap_or(0))),
    }
}

#[expect(
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and a negative size is none"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

fn instance_name(document: Document<'_>, path: PathId) -> Option<&[u8]> {
    let tokens = document.tokens;
    let items = tokens.elements(document.at(path)?);
    let instances =
        items.filter(|&item| document.is(tokens.member(item, b"resourceType"), "instance"));
    let mut tags = instances
        .filter_map(|item| tokens.member(item, b"tags"))
        .flat_map(|tags| tokens.elements(tags));
    let name = tags.find(|&tag| document.is(tokens.member(tag, b"key"), "Name"))?;
    Some(plain(document, tokens.member(name, b"value")?))
}

fn image_ids(document: Document<'_>, response: PathId, request: [PathId; 3]) -> Vec<&[u8]> {
    let tokens = document.tokens;
    let started: Vec<_> = document
        .at(response)
        .into_iter()
        .flat_map(|items| tokens.elements(items))
        .filter_map(|item| tokens.member(item, b"imageId"))
        .map(|token| plain(document, token))
        .collect();
    if !started.is_empty() {
        return started;
    }
    request.into_iter().find_map(|path| text(document, path)).into_iter().collect()
}
