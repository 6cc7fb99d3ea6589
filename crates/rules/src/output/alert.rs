//! One rule's alert: its message, its `output_fields` in order, and the lines made of them.

use std::collections::BTreeMap;

use super::format::{self, OutputError, Piece};
use super::value::{self, Style};
use super::{AppendOutput, ExtraField, OutputOptions, json, operand, time};
use crate::compile::{Compiler, Typed};
use crate::event::{Event, Extracted};
use crate::program::{Held, RuleSource, Scratch, Slots, Source};
use crate::value::Value;

/// What stands for a missing value in text.
const MISSING: &[u8] = b"<NA>";

#[derive(Debug)]
struct Shown {
    source: Source,
    style: Style,
    width: Option<usize>,
}

#[derive(Debug)]
enum Part {
    Text(Box<[u8]>),
    Value(Shown),
}

#[derive(Debug)]
enum Content {
    /// When the event happened.
    Time,
    Value(Shown),
    Format(Box<[Part]>),
    Constant(Box<[u8]>),
}

/// A rule's output, read.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of Falco's configuration")]
#[derive(Debug)]
pub(crate) struct Alert {
    message: Box<[Part]>,
    /// Keys as JSON strings, sorted.
    fields: Box<[(Box<[u8]>, Content)]>,
    priority: Box<str>,
    /// `"priority":…,"rule":…,"source":…` and the tags, as they end every JSON line but for the time.
    tail: Box<[u8]>,
    /// `{"hostname":…`.
    head: Box<[u8]>,
    json: bool,
    with_output: bool,
    with_fields: bool,
    with_message: bool,
    zone: Option<i32>,
}

impl Alert {
    pub(crate) fn new(
        rule: &RuleSource<'_>,
        compiler: &Compiler,
        slots: &mut Slots,
        options: &OutputOptions,
    ) -> Result<Self, OutputError> {
        let appended: Vec<&AppendOutput> =
            options.append.iter().filter(|append| append.applies(rule)).collect();
        let mut output = rule.output.to_owned();
        for extra in appended.iter().filter_map(|append| append.extra_output.as_ref()) {
            output.push(' ');
            output.push_str(extra);
        }
        let mut builder =
            Builder { compiler, slots, base64: options.buffer_base64, fields: BTreeMap::new() };
        let message = builder.parts(&output, true)?;
        let prefix = if options.iso8601 { "evt.time.iso8601" } else { "evt.time" };
        builder.fields.insert(prefix.to_owned(), Content::Time);
        for extra in appended.iter().flat_map(|append| &append.extra_fields) {
            builder.extra(extra)?;
        }
        for (name, text) in &options.static_fields {
            builder.fields.insert(name.clone(), Content::Constant(quoted(text)));
        }
        Ok(Self {
            message,
            fields: builder
                .fields
                .into_iter()
                .map(|(name, content)| (quoted(&name), content))
                .collect(),
            priority: rule.priority.into(),
            tail: tail(rule, options.tags),
            head: [b"{\"hostname\":".as_slice(), &quoted(&options.hostname)].concat().into(),
            json: options.json,
            with_output: options.output,
            with_fields: options.fields,
            with_message: options.message,
            zone: (!options.iso8601).then_some(options.utc_offset_seconds),
        })
    }

    pub(crate) fn render(&self, event: &mut impl Event, compat: bool, out: &mut Vec<u8>) {
        let mut pen = Pen { scratch: Scratch::default(), held: Held::default(), compat };
        let mut line = Vec::with_capacity(256);
        match self.zone {
            Some(offset) => time::local(event.time(), offset, &mut line),
            None => time::iso8601(event.time(), "+0000", &mut line),
        }
        line.extend_from_slice(b": ");
        line.extend_from_slice(self.priority.as_bytes());
        line.push(b' ');
        let start = line.len();
        pen.parts(&self.message, event, &mut line);
        if !self.json {
            return json::escape_text(&line, out);
        }
        out.extend_from_slice(&self.head);
        if self.with_message {
            out.extend_from_slice(b",\"message\":");
            json::string(&line[start..], out);
        }
        if self.with_output {
            out.extend_from_slice(b",\"output\":");
            json::string(&line, out);
        }
        if self.with_fields {
            out.extend_from_slice(b",\"output_fields\":{");
            for (at, (name, content)) in self.fields.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(name);
                out.push(b':');
                pen.content(content, event, out);
            }
            out.push(b'}');
        }
        out.extend_from_slice(&self.tail);
        out.extend_from_slice(b",\"time\":\"");
        time::iso8601(event.time(), "Z", out);
        out.extend_from_slice(b"\"}");
    }
}

fn quoted(text: &str) -> Box<[u8]> {
    let mut out = Vec::with_capacity(text.len() + 2);
    json::string(text.as_bytes(), &mut out);
    out.into()
}

fn tail(rule: &RuleSource<'_>, with_tags: bool) -> Box<[u8]> {
    let mut out = Vec::new();
    for (key, text) in [("priority", rule.priority), ("rule", rule.name), ("source", rule.source)] {
        out.push(b',');
        json::string(key.as_bytes(), &mut out);
        out.push(b':');
        json::string(text.as_bytes(), &mut out);
    }
    if with_tags {
        let tags: std::collections::BTreeSet<&String> = rule.tags.iter().collect();
        out.extend_from_slice(b",\"tags\":[");
        for (at, tag) in tags.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            json::string(tag.as_bytes(), &mut out);
        }
        out.push(b']');
    }
    out.into()
}

impl AppendOutput {
    fn applies(&self, rule: &RuleSource<'_>) -> bool {
        self.rule.as_deref().is_none_or(|name| name == rule.name)
            && self.source.as_deref().is_none_or(|source| source == rule.source)
            && self.tags.iter().all(|tag| rule.tags.contains(tag))
    }
}

struct Builder<'b> {
    compiler: &'b Compiler,
    slots: &'b mut Slots,
    base64: bool,
    fields: BTreeMap<String, Content>,
}

impl Builder<'_> {
    fn shown(&mut self, typed: &Typed, width: Option<usize>) -> Shown {
        let style = Style::of(typed.kind, typed.field, self.base64);
        Shown { source: Source::new(&typed.term, self.slots), style, width }
    }

    /// Reads a format; `named`: its fields belong to `output_fields`.
    fn parts(&mut self, format: &str, named: bool) -> Result<Box<[Part]>, OutputError> {
        let mut parts = Vec::new();
        for piece in format::read(format, self.compiler)? {
            match piece {
                Piece::Text(text) => parts.push(Part::Text(text.into_bytes().into())),
                Piece::Value { value, width, fields } => {
                    parts.push(Part::Value(self.shown(&value, width)));
                    for (name, typed) in fields.into_iter().filter(|_| named) {
                        self.field(name, &typed);
                    }
                }
            }
        }
        Ok(parts.into())
    }

    /// The texts of times are numbers among `output_fields`.
    fn field(&mut self, name: String, typed: &Typed) {
        let time = ["evt.time", "evt.time.s", "evt.time.iso8601", "evt.datetime", "evt.datetime.s"]
            .contains(&name.as_str());
        let content = if time { Content::Time } else { Content::Value(self.shown(typed, None)) };
        self.fields.insert(name, content);
    }

    fn extra(&mut self, extra: &ExtraField) -> Result<(), OutputError> {
        match extra {
            ExtraField::Field(name) => {
                let (name, typed) = operand::read_field(name, self.compiler)
                    .map_err(|fault| OutputError { fault, at: 0 })?;
                self.field(name, &typed);
            }
            ExtraField::Format { name, format } => {
                let parts = self.parts(format, false)?;
                self.fields.insert(name.clone(), Content::Format(parts));
            }
        }
        Ok(())
    }
}

/// Fills in the values of one event.
struct Pen {
    scratch: Scratch,
    held: Held,
    compat: bool,
}

impl Pen {
    fn parts(&mut self, parts: &[Part], event: &mut impl Event, out: &mut Vec<u8>) {
        for part in parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text),
                Part::Value(shown) => self.text(shown, event, out),
            }
        }
    }

    fn text(&mut self, shown: &Shown, event: &mut impl Event, out: &mut Vec<u8>) {
        let start = out.len();
        let one = |value: Value<'_>, out: &mut Vec<u8>| value::text(value, shown.style, out);
        self.write(shown, event, out, &[MISSING, b"(", b")"], one);
        if let Some(width) = shown.width {
            out.resize(start + width, b' ');
        }
    }

    fn json(&mut self, shown: &Shown, event: &mut impl Event, out: &mut Vec<u8>) {
        let one = |value: Value<'_>, out: &mut Vec<u8>| value::as_json(value, shown.style, out);
        self.write(shown, event, out, &[b"null", b"[", b"]"], one);
    }

    /// `marks`: what stands for a missing value, before a list, behind it. Fields are written straight from the event.
    fn write(
        &mut self,
        shown: &Shown,
        event: &mut impl Event,
        out: &mut Vec<u8>,
        marks: &[&[u8]; 3],
        one: impl Fn(Value<'_>, &mut Vec<u8>),
    ) {
        let Source::Slot(slot) = shown.source else {
            shown.source.evaluate(event, &mut self.scratch, &mut self.held, self.compat);
            let list = self.held.is_list();
            return write_values(self.held.values(), list, out, marks, one);
        };
        match event.extract(slot) {
            Extracted::Missing => out.extend_from_slice(marks[0]),
            Extracted::One(value) => one(value, out),
            Extracted::Many(values) => write_values(values.iter().copied(), true, out, marks, one),
        }
    }

    fn content(&mut self, content: &Content, event: &mut impl Event, out: &mut Vec<u8>) {
        match content {
            Content::Time => value::as_json(Value::Unsigned(event.time()), Style::Plain, out),
            Content::Constant(text) => out.extend_from_slice(text),
            Content::Format(parts) => {
                let mut line = Vec::new();
                self.parts(parts, event, &mut line);
                json::string(&line, out);
            }
            Content::Value(shown) => self.json(shown, event, out),
        }
    }
}

fn write_values<'v>(
    values: impl Iterator<Item = Value<'v>>,
    list: bool,
    out: &mut Vec<u8>,
    marks: &[&[u8]; 3],
    one: impl Fn(Value<'_>, &mut Vec<u8>),
) {
    let mut none = true;
    for value in values {
        if list {
            out.extend_from_slice(if none { marks[1] } else { b"," });
        }
        none = false;
        one(value, out);
    }
    if none {
        out.extend_from_slice(marks[0]);
    } else if list {
        out.extend_from_slice(marks[2]);
    }
}
