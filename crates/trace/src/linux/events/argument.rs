//! One argument of an event: its value as a number or text, and the meaning Falco gives it.
//! Reads nothing from a process; `decoding` does. Rendered by `render`, compared by rules.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use super::flags::{Names, write_choice, write_flags};
use crate::linux::errno;

/// The name of the error behind a result of `-errno`.
pub(super) fn errno_name(result: i64) -> &'static str {
    i32::try_from(-result).map_or("", errno::name)
}

/// An argument by Falco's name for it.
#[derive(Debug, Clone)]
pub struct Argument {
    /// As in `evt.arg.NAME`.
    pub name: Cow<'static, str>,
    /// Its value.
    pub value: Value,
}

/// A value, in the kinds Falco's table of events has.
#[derive(Debug, Clone)]
pub enum Value {
    /// Falco knows it, a tracer does not.
    Absent,
    /// A result: not negative, or `-errno`.
    Result(i64),
    /// A descriptor: its number, or `-errno` where one would have been made, and what it stands for (`<f>/etc/passwd`).
    Descriptor(i64, String),
    /// A path as it was given, and as it is from the root where that differs.
    Path(String, Option<String>),
    /// Some text.
    Text(String),
    /// Some text that many events share.
    Shared(Arc<str>),
    /// Bits, each with a name.
    Flags(u32, Names),
    /// One of several.
    Choice(u32, Names),
    /// Permissions of a file, with names.
    Mode(u32, Names),
    /// Permissions of a file.
    Octal(u32),
    /// A number.
    Number(i64),
    /// A number without a sign.
    Unsigned(u64),
    /// A number shown in hexadecimal digits.
    Hexadecimal(u64),
    /// A process, and its name where it is known.
    Process(i64, Arc<str>),
    /// A user or a group by number, and its name.
    Account(u32, Arc<str>),
    /// As read back from a file: only what it means.
    Saved(String),
}

impl Value {
    /// `evt.arg.NAME`: the meaning where there is one, else the value.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text)
            | Self::Saved(text)
            | Self::Path(text, None)
            | Self::Path(_, Some(text)) => Cow::Borrowed(text),
            Self::Shared(text) => Cow::Borrowed(text),
            Self::Descriptor(_, meaning) if !meaning.is_empty() => Cow::Borrowed(meaning),
            Self::Process(_, name) | Self::Account(_, name) if !name.is_empty() => {
                Cow::Borrowed(name)
            }
            other => {
                let mut text = String::new();
                other.write_meaning(&mut text);
                if text.is_empty() {
                    other.write_value(&mut text);
                }
                Cow::Owned(text)
            }
        }
    }

    /// As in `evt.args`: the value, and its meaning in parentheses where it has one.
    pub(super) fn write_with_meaning(&self, out: &mut String) {
        self.write_value(out);
        let end = out.len();
        out.push('(');
        self.write_meaning(out);
        if out.len() == end + 1 {
            out.truncate(end);
        } else {
            out.push(')');
        }
    }

    fn write_value(&self, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Absent => out.write_str("<NA>"),
            Self::Result(number)
            | Self::Descriptor(number, _)
            | Self::Number(number)
            | Self::Process(number, _) => {
                write!(out, "{number}")
            }
            Self::Path(text, _) | Self::Text(text) | Self::Saved(text) => out.write_str(text),
            Self::Shared(text) => out.write_str(text),
            Self::Flags(bits, _) | Self::Choice(bits, _) => write!(out, "{bits}"),
            Self::Mode(0, _) | Self::Octal(0) => out.write_str("0"),
            Self::Mode(mode, _) | Self::Octal(mode) => write!(out, "0{mode:o}"),
            Self::Unsigned(number) => write!(out, "{number}"),
            Self::Hexadecimal(number) => write!(out, "{number:X}"),
            Self::Account(u32::MAX, _) => out.write_str("-1"),
            Self::Account(number, _) => write!(out, "{number}"),
        };
    }

    fn write_meaning(&self, out: &mut String) {
        match self {
            Self::Result(number) if *number < 0 => out.push_str(errno_name(*number)),
            Self::Descriptor(_, meaning) | Self::Path(_, Some(meaning)) => out.push_str(meaning),
            Self::Flags(bits, names) | Self::Mode(bits, names) => write_flags(*bits, names, out),
            Self::Choice(value, names) => write_choice(*value, names, out),
            Self::Process(_, name) | Self::Account(_, name) => out.push_str(name),
            _ => {}
        }
    }
}
