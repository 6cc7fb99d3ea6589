//! The fields of system calls from saved trace events (docs/trace-events.md): a line's keys are the fields' names.
//! What a line leaves out is absent, empty or false; what a tracer can't know has no value. Used by `event`.

mod capability;
mod container;
mod recipe;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod triage;
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
#[path = "no_triage.rs"]
mod triage;

use std::net::IpAddr;

use bumpalo::collections::Vec as BumpVec;
use lanner_rules::{Extracted, FieldType, Value};

use crate::document::Document;
use crate::json::{Kind, PathId};
pub use container::Container;
pub(crate) use recipe::{Recipe, recipe};
pub use triage::Triage;

pub(crate) fn extract<'e>(recipe: &'e Recipe, document: Document<'e>) -> Extracted<'e> {
    let tokens = document.tokens;
    let result = |path: &PathId| document.at(*path).and_then(|token| integer(document, token));
    match recipe {
        Recipe::Value { path, kind } => document
            .at(*path)
            .and_then(|token| typed(document, token, *kind))
            .map_or(Extracted::Missing, Extracted::One),
        Recipe::Truth(path) => Extracted::One(Value::Bool(
            document.at(*path).is_some_and(|token| tokens.kind(token) == Kind::True),
        )),
        Recipe::Ends { paths, kind } => {
            let mut ends = BumpVec::new_in(document.arena);
            ends.extend(
                paths.iter().filter_map(|path| typed(document, document.at(*path)?, *kind)),
            );
            if ends.is_empty() {
                Extracted::Missing
            } else {
                Extracted::Many(ends.into_bump_slice())
            }
        }
        Recipe::Ancestor { list, own, index: Some(index), kind } => {
            let token = match index {
                0 => document.at(*own),
                _ => document.at(*list).and_then(|list| tokens.elements(list).nth(index - 1)),
            };
            token
                .and_then(|token| typed(document, token, *kind))
                .map_or(Extracted::Missing, Extracted::One)
        }
        Recipe::Ancestor { list, kind, index: None, .. } => {
            let Some(list) = document.at(*list) else { return Extracted::Missing };
            let mut values = BumpVec::new_in(document.arena);
            values.extend(tokens.elements(list).filter_map(|token| typed(document, token, *kind)));
            if values.is_empty() {
                Extracted::Missing
            } else {
                Extracted::Many(values.into_bump_slice())
            }
        }
        Recipe::Argument { arguments, key, raw } => argument(document, *arguments, key, *raw),
        Recipe::Arguments { name, line, index } => words(document, *name, *line, *index),
        Recipe::ArgumentCount { name, line, length } => {
            let Some(words) = arguments_of(document, *name, *line) else {
                return Extracted::Missing;
            };
            let words = words.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
            let count = if *length { words.map(<[u8]>::len).sum() } else { words.count() };
            Extracted::One(Value::Unsigned(count as u64))
        }
        Recipe::PathArgument { arguments, directory, names, raw } => {
            path_argument(document, *arguments, names, (!raw).then_some(*directory))
        }
        Recipe::WholeLine { exe, name, line } => whole_line(document, *exe, *name, *line),
        Recipe::Capabilities(path) => {
            let set = document.at(*path).and_then(|token| hexadecimal(document.string(token)));
            document.one(
                document.arena.alloc_slice_copy(capability::names(set.unwrap_or(0)).as_bytes()),
            )
        }
        Recipe::IsType { kind, name } => {
            Extracted::One(Value::Unsigned(u64::from(document.is(document.at(*kind), name))))
        }
        Recipe::CallType(path) => match document.at(*path) {
            Some(token) if !document.is(Some(token), "procexit") => {
                document.one(document.text(token))
            }
            _ => Extracted::Missing,
        },
        Recipe::Failed(path) => result(path)
            .map_or(Extracted::Missing, |result| Extracted::One(Value::Bool(result < 0))),
        Recipe::FailureCount(path) => match result(path) {
            Some(result) if result < 0 => Extracted::One(Value::Unsigned(1)),
            _ => Extracted::Missing,
        },
        Recipe::Constant(constant) => Extracted::One(constant.value()),
    }
}

/// A value as its field's type has it.
fn typed(document: Document<'_>, token: u32, kind: FieldType) -> Option<Value<'_>> {
    match kind {
        FieldType::CharBuf | FieldType::FsPath | FieldType::ByteBuf | FieldType::Dynamic => {
            Some(document.value(document.text(token)))
        }
        FieldType::Bool => Some(Value::Bool(document.tokens.kind(token) == Kind::True)),
        FieldType::Int8 | FieldType::Int16 | FieldType::Int32 | FieldType::Int64 => {
            integer(document, token).map(Value::Signed)
        }
        FieldType::IpAddr | FieldType::IpNet => {
            let text = std::str::from_utf8(document.string(token)).ok()?;
            text.parse::<IpAddr>().ok().map(Value::Address)
        }
        FieldType::Double => {
            std::str::from_utf8(document.tokens.word(token)).ok()?.parse().ok().map(Value::Double)
        }
        _ => {
            let text = std::str::from_utf8(document.tokens.word(token)).ok()?;
            text.parse().ok().map(Value::Unsigned)
        }
    }
}

fn integer(document: Document<'_>, token: u32) -> Option<i64> {
    std::str::from_utf8(document.tokens.word(token)).ok()?.parse().ok()
}

fn hexadecimal(text: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(text).ok()?.strip_prefix("0x")?, 16).ok()
}

/// By name, or by position; `<NA>` is what Falco has and a tracer has not.
fn argument<'e>(document: Document<'e>, arguments: PathId, key: &str, raw: bool) -> Extracted<'e> {
    let tokens = document.tokens;
    let Some(arguments) = document.at(arguments) else { return Extracted::Missing };
    let token = match key.parse::<usize>() {
        Ok(position) => tokens.members(arguments).nth(position).map(|(_, value)| value),
        Err(_) => tokens.member(arguments, key.as_bytes()),
    };
    let Some(text) = token.map(|token| document.text(token)).filter(|text| *text != b"<NA>") else {
        return Extracted::Missing;
    };
    let number = || std::str::from_utf8(text).ok()?.parse::<i64>().ok();
    match raw.then(number).flatten() {
        Some(number) => Extracted::One(Value::Signed(number)),
        None => document.one(text),
    }
}

/// A path among the arguments. It is made whole by what stands before it, as fields of paths are; links are not followed.
fn path_argument<'e>(
    document: Document<'e>,
    arguments: PathId,
    names: &[&str],
    directory: Option<PathId>,
) -> Extracted<'e> {
    let tokens = document.tokens;
    let Some(arguments) = document.at(arguments) else { return Extracted::Missing };
    let token = names.iter().find_map(|name| tokens.member(arguments, name.as_bytes()));
    let Some(path) = token.map(|token| document.text(token)).filter(|path| *path != b"<NA>") else {
        return Extracted::Missing;
    };
    let directory =
        directory.filter(|_| !path.starts_with(b"/")).and_then(|path| document.at(path));
    match directory.map(|token| document.text(token)) {
        None => document.one(path),
        Some(directory) => {
            let slash: &[u8] = if directory.ends_with(b"/") { b"" } else { b"/" };
            document.one(document.arena.alloc_slice_copy(&[directory, slash, path].concat()))
        }
    }
}

/// The command line without the name in front of it.
fn arguments_of(document: Document<'_>, name: PathId, line: PathId) -> Option<&[u8]> {
    let line = document.text(document.at(line)?);
    let name = document.at(name).map_or(&b""[..], |token| document.text(token));
    let rest = line.strip_prefix(name)?;
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

fn words(
    document: Document<'_>,
    name: PathId,
    line: PathId,
    index: Option<usize>,
) -> Extracted<'_> {
    let Some(words) = arguments_of(document, name, line) else { return Extracted::Missing };
    let chosen = match index {
        None => Some(words),
        Some(index) => words.split(|&byte| byte == b' ').filter(|word| !word.is_empty()).nth(index),
    };
    chosen.map_or(Extracted::Missing, |words| document.one(words))
}

fn whole_line(document: Document<'_>, exe: PathId, name: PathId, line: PathId) -> Extracted<'_> {
    let Some(exe) = document.at(exe).map(|token| document.text(token)) else {
        return Extracted::Missing;
    };
    let words = arguments_of(document, name, line).unwrap_or_default();
    if words.is_empty() {
        return document.one(exe);
    }
    document.one(document.arena.alloc_slice_copy(&[exe, b" ", words].concat()))
}
