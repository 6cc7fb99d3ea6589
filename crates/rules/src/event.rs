//! How an event is asked. A compiled program lists what it asks for once ([`FieldUse`]); each use has a [`Slot`].

use crate::value::Value;

/// A field as a program uses it: which, and with what argument.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldUse {
    /// Its position in the [`Catalog`](crate::Catalog).
    pub field: u16,
    /// What stood in the brackets, without quotes.
    pub argument: Option<Box<str>>,
}

/// The position of a [`FieldUse`] in the program's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u16);

/// What an event has for a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extracted<'a> {
    /// Nothing: every check on it is false, `!=` and `exists` too.
    Missing,
    /// The value of a field that is no list.
    One(Value<'a>),
    /// The values of a list field, never empty (an empty list is missing); or the two ends of a field like `fd.ip`, or the
    /// ancestors of `proc.aname` without an index, of which one must satisfy.
    Many(&'a [Value<'a>]),
}

/// One event of a source. Values are extracted when asked for and may be asked for more than once.
pub trait Event {
    /// When it happened, in nanoseconds since 1970 (UTC): the `time` of its alert, and what `evt.time` is among `output_fields`.
    fn time(&self) -> u64;

    /// What it has for a slot of [`Program::fields`](crate::Program::fields).
    fn extract(&mut self, slot: Slot) -> Extracted<'_>;
}
