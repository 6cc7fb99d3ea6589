//! The fields that every source has: number and time of the event, where it is from, and its JSON by pointer.
//! Times are local but for ISO 8601's. Used by `event`.

use lanner_rules::{Extracted, Value};

use crate::document::Document;
use crate::event::Moment;
use crate::json::{PathId, Paths, ROOT};
use crate::plan::Plan;
use crate::source::Source;
use crate::time::{Form, SECOND};

/// How a value is made.
#[derive(Clone, Debug)]
pub(crate) enum Recipe {
    Number,
    Clock(Form),
    Iso8601,
    RawTime,
    RawSeconds,
    RawNanoseconds,
    Since,
    SinceSeconds,
    SinceNanoseconds,
    PluginName,
    PluginInfo,
    SourceName,
    IsAsync,
    Hostname,
    Nothing,
    Pretty,
    TimeText,
    /// The path as far as only names lead, and the steps that remain, which may be positions in arrays.
    Pointer(PathId, Vec<Box<str>>),
}

impl Recipe {
    /// Whether the value depends on the events before.
    pub(crate) fn needs_order(&self) -> bool {
        matches!(self, Self::Number | Self::Since | Self::SinceSeconds | Self::SinceNanoseconds)
    }
}

pub(crate) fn recipe(name: &str, argument: Option<&str>, paths: &mut Paths) -> Option<Recipe> {
    let clock = |date, nanoseconds| Recipe::Clock(Form { date, nanoseconds, zone: false });
    Some(match name {
        "evt.num" => Recipe::Number,
        "evt.time" => clock(None, true),
        "evt.time.s" => clock(None, false),
        "evt.time.iso8601" => Recipe::Iso8601,
        "evt.datetime" => clock(Some(' '), true),
        "evt.datetime.s" => clock(Some(' '), false),
        "evt.rawtime" => Recipe::RawTime,
        "evt.rawtime.s" => Recipe::RawSeconds,
        "evt.rawtime.ns" => Recipe::RawNanoseconds,
        "evt.reltime" => Recipe::Since,
        "evt.reltime.s" => Recipe::SinceSeconds,
        "evt.reltime.ns" => Recipe::SinceNanoseconds,
        "evt.pluginname" => Recipe::PluginName,
        "evt.plugininfo" => Recipe::PluginInfo,
        "evt.source" => Recipe::SourceName,
        "evt.is_async" => Recipe::IsAsync,
        "evt.asynctype" => Recipe::Nothing,
        "evt.hostname" => Recipe::Hostname,
        "json.obj" | "jevt.obj" => Recipe::Pretty,
        "json.rawtime" | "jevt.rawtime" => Recipe::TimeText,
        "json.value" | "jevt.value" => pointer(argument?, paths),
        _ => return None,
    })
}

fn pointer(text: &str, paths: &mut Paths) -> Recipe {
    let text = text.strip_prefix('/').unwrap_or(text);
    if text.is_empty() {
        return Recipe::Pointer(ROOT, Vec::new());
    }
    let parts: Vec<String> =
        text.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    let is_position =
        |part: &String| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let named = parts.iter().position(is_position).unwrap_or(parts.len());
    let leading: Vec<&str> = parts[..named].iter().map(String::as_str).collect();
    let rest = parts[named..].iter().map(|part| part.as_str().into()).collect();
    Recipe::Pointer(paths.add(&leading), rest)
}

pub(crate) fn extract<'e>(
    recipe: &Recipe,
    document: Document<'e>,
    moment: Moment,
    plan: &'e Plan,
) -> Extracted<'e> {
    let owned = |text: String| document.one(document.arena.alloc_slice_copy(text.as_bytes()));
    let unsigned = |value| Extracted::One(Value::Unsigned(value));
    match recipe {
        Recipe::Number => unsigned(moment.number),
        Recipe::Clock(form) => owned(form.write(moment.time, plan.options.utc_offset)),
        Recipe::Iso8601 => {
            owned(Form { date: Some('T'), nanoseconds: true, zone: true }.write(moment.time, 0))
        }
        Recipe::RawTime => unsigned(moment.time),
        Recipe::RawSeconds => unsigned(moment.time / SECOND),
        Recipe::RawNanoseconds => unsigned(moment.time % SECOND),
        Recipe::Since => unsigned(moment.since()),
        Recipe::SinceSeconds => unsigned(moment.since() / SECOND),
        Recipe::SinceNanoseconds => unsigned(moment.since() % SECOND),
        Recipe::PluginName => {
            plan.source.plugin().map_or(Extracted::Missing, |name| document.one(name.as_bytes()))
        }
        Recipe::PluginInfo => match plan.source {
            Source::Syscall => Extracted::Missing,
            _ => document.one(document.json(document.found[0])),
        },
        Recipe::SourceName => document.one(plan.source.name().as_bytes()),
        Recipe::IsAsync => Extracted::One(Value::Bool(false)),
        Recipe::Hostname => document.one(plan.options.hostname.as_bytes()),
        Recipe::Nothing => Extracted::Missing,
        Recipe::Pretty => {
            let mut text = Vec::new();
            document.tokens.write_pretty(document.found[0], &mut text);
            document.one(document.arena.alloc_slice_copy(&text))
        }
        Recipe::TimeText => owned(moment.time.to_string()),
        Recipe::Pointer(path, steps) => {
            let start = document.at(*path);
            let end = start.and_then(|token| {
                steps.iter().try_fold(token, |at, step| follow(document, at, step))
            });
            end.map_or(Extracted::Missing, |token| document.one(document.text(token)))
        }
    }
}

fn follow(document: Document<'_>, token: u32, step: &str) -> Option<u32> {
    match document.tokens.byte(token) {
        b'{' => document.tokens.member(token, step.as_bytes()),
        b'[' => document.tokens.elements(token).nth(step.parse().ok()?),
        _ => None,
    }
}
