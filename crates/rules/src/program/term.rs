//! Operands over slots: a field, or transformers over fields.
//! Evaluates into [`Held`]; a missing operand makes the whole missing.

use std::collections::BTreeSet;
use std::io::Write as _;

use super::held::Held;
use super::slots::Slots;
use crate::ast::Transformer;
use crate::compile::Term;
use crate::event::{Event, Slot};
use crate::value::Value;

/// A [`Term`] whose fields have slots.
#[derive(Debug)]
pub(crate) enum Source {
    Slot(Slot),
    Constant(Box<[u8]>),
    List(Box<[Source]>),
    Call { transformer: Transformer, operands: Box<[Source]>, argument: Option<Box<str>> },
}

/// Buffers to borrow while evaluating.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    free: Vec<Held>,
    bytes: Vec<u8>,
}

impl Scratch {
    pub(crate) fn take(&mut self) -> Held {
        let mut held = self.free.pop().unwrap_or_default();
        held.clear();
        held
    }

    pub(crate) fn give(&mut self, held: Held) {
        self.free.push(held);
    }
}

impl Source {
    pub(crate) fn new(term: &Term, slots: &mut Slots) -> Self {
        let mut all = |terms: &[Term]| terms.iter().map(|term| Self::new(term, slots)).collect();
        match term {
            Term::Field(usage) => Self::Slot(slots.slot(usage)),
            Term::Constant(text) => Self::Constant(text.clone()),
            Term::List(items) => Self::List(all(items)),
            Term::Call { transformer, operands, argument } => Self::Call {
                transformer: *transformer,
                operands: all(operands),
                argument: argument.clone(),
            },
        }
    }

    /// The fields it is made of.
    pub(crate) fn reads(&self, slots: &mut BTreeSet<Slot>) {
        match self {
            Self::Slot(slot) => {
                slots.insert(*slot);
            }
            Self::Constant(_) => {}
            Self::List(parts) | Self::Call { operands: parts, .. } => {
                for part in parts {
                    part.reads(slots);
                }
            }
        }
    }

    /// `blind_to_lists`: as Falco does, the transformers of texts find nothing in a list.
    pub(crate) fn evaluate(
        &self,
        event: &mut impl Event,
        scratch: &mut Scratch,
        out: &mut Held,
        blind_to_lists: bool,
    ) {
        match self {
            Self::Slot(slot) => out.hold(event.extract(*slot)),
            Self::Constant(text) => {
                out.clear();
                out.push(Value::Bytes(text));
            }
            Self::List(items) => {
                out.clear();
                let mut one = scratch.take();
                for item in items {
                    item.evaluate(event, scratch, &mut one, blind_to_lists);
                    if one.is_missing() {
                        out.clear();
                        break;
                    }
                    one.values().for_each(|value| out.push(value));
                }
                scratch.give(one);
                out.make_list();
            }
            Self::Call { transformer, operands, argument } => {
                match (transformer, operands.as_ref()) {
                    (Transformer::Join, [separator, items]) => {
                        join(separator, items, event, scratch, out, blind_to_lists);
                    }
                    (Transformer::Concat, parts) => {
                        concat(parts, event, scratch, out, blind_to_lists);
                    }
                    (Transformer::GetOpt, [words, letters]) => {
                        let (mut held, mut spec) = (scratch.take(), scratch.take());
                        words.evaluate(event, scratch, &mut held, blind_to_lists);
                        letters.evaluate(event, scratch, &mut spec, blind_to_lists);
                        out.clear();
                        super::options::getopt(&held, &spec, argument.as_deref(), out);
                        scratch.give(held);
                        scratch.give(spec);
                    }
                    (_, [one, ..]) => {
                        one.evaluate(event, scratch, out, blind_to_lists);
                        change(*transformer, scratch, out, blind_to_lists);
                    }
                    (_, []) => out.clear(),
                }
            }
        }
    }
}

fn change(transformer: Transformer, scratch: &mut Scratch, out: &mut Held, blind_to_lists: bool) {
    if blind_to_lists && out.is_list() && transformer != Transformer::Len {
        return out.clear();
    }
    match transformer {
        Transformer::ToLower => out.change_bytes(<[u8]>::make_ascii_lowercase),
        Transformer::ToUpper => out.change_bytes(<[u8]>::make_ascii_uppercase),
        Transformer::BaseName => out.keep_base_names(),
        Transformer::Len => out.measure(),
        Transformer::B64 => out.decode_base64(&mut scratch.bytes),
        Transformer::Join | Transformer::Concat | Transformer::GetOpt | Transformer::Val => {}
    }
}

fn join(
    separator: &Source,
    items: &Source,
    event: &mut impl Event,
    scratch: &mut Scratch,
    out: &mut Held,
    blind_to_lists: bool,
) {
    let (mut between, mut parts) = (scratch.take(), scratch.take());
    separator.evaluate(event, scratch, &mut between, blind_to_lists);
    items.evaluate(event, scratch, &mut parts, blind_to_lists);
    let written_empty = matches!(items, Source::List(items) if items.is_empty());
    out.clear();
    let between_text = between.values().next();
    if let Some(Value::Bytes(between_text)) = between_text
        && (written_empty || !parts.is_missing())
    {
        let mut text = std::mem::take(&mut scratch.bytes);
        text.clear();
        for (at, part) in parts.values().enumerate() {
            if at > 0 {
                text.extend_from_slice(between_text);
            }
            append(part, &mut text);
        }
        out.push(Value::Bytes(&text));
        scratch.bytes = text;
    }
    scratch.give(between);
    scratch.give(parts);
}

fn concat(
    parts: &[Source],
    event: &mut impl Event,
    scratch: &mut Scratch,
    out: &mut Held,
    blind_to_lists: bool,
) {
    let (mut part, mut whole) = (scratch.take(), scratch.take());
    let mut complete = true;
    for source in parts {
        source.evaluate(event, scratch, &mut part, blind_to_lists);
        complete &= !part.is_missing();
        part.values().for_each(|value| whole.push(value));
    }
    out.clear();
    if complete {
        let mut text = std::mem::take(&mut scratch.bytes);
        text.clear();
        for value in whole.values() {
            append(value, &mut text);
        }
        out.push(Value::Bytes(&text));
        scratch.bytes = text;
    }
    scratch.give(part);
    scratch.give(whole);
}

/// A value as text; writing to a vector cannot fail.
fn append(value: Value<'_>, text: &mut Vec<u8>) {
    let _ = match value {
        Value::Bytes(bytes) => text.write_all(bytes),
        Value::Bool(value) => write!(text, "{value}"),
        Value::Signed(value) => write!(text, "{value}"),
        Value::Unsigned(value) => write!(text, "{value}"),
        Value::Double(value) => write!(text, "{value}"),
        Value::Address(value) => write!(text, "{value}"),
    };
}
