//! Writes one value: as text into a message, as JSON into `output_fields`.

use std::io::Write as _;

use super::json;
use crate::catalog::FieldType;
use crate::value::Value;

/// How values of a field are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// Nine digits at least: the times of the event itself.
    Padded,
    /// A buffer: bytes that do not print are dots.
    Buffer,
    Base64,
}

impl Style {
    pub(super) fn of(kind: FieldType, field: Option<&str>, base64: bool) -> Self {
        match kind {
            FieldType::AbsTime | FieldType::RelTime
                if field.is_some_and(|name| name.starts_with("evt.")) =>
            {
                Self::Padded
            }
            FieldType::ByteBuf if base64 => Self::Base64,
            FieldType::ByteBuf => Self::Buffer,
            _ => Self::Plain,
        }
    }
}

/// Writing to a vector cannot fail, so results are dropped here.
pub(super) fn text(value: Value<'_>, style: Style, out: &mut Vec<u8>) {
    match (value, style) {
        (Value::Bytes(bytes), Style::Buffer) => {
            out.extend(
                bytes
                    .iter()
                    .map(|&byte| if byte.is_ascii_graphic() || byte == b' ' { byte } else { b'.' }),
            );
        }
        (Value::Bytes(bytes), Style::Base64) => base64(bytes, out),
        (Value::Bytes(bytes), _) => out.extend_from_slice(bytes),
        (Value::Unsigned(number), Style::Padded) => {
            let _ = write!(out, "{number:09}");
        }
        (value, _) => scalar(value, out),
    }
}

pub(super) fn as_json(value: Value<'_>, style: Style, out: &mut Vec<u8>) {
    match value {
        Value::Bytes(bytes) if style == Style::Plain => json::string(bytes, out),
        Value::Bytes(_) => {
            let mut written = Vec::new();
            text(value, style, &mut written);
            json::string(&written, out);
        }
        Value::Address(address) => {
            let _ = write!(out, "\"{address}\"");
        }
        // As Falco's JSON has them: a time before 1970 is negative.
        Value::Unsigned(number) => scalar(Value::Signed(number.cast_signed()), out),
        value => scalar(value, out),
    }
}

fn scalar(value: Value<'_>, out: &mut Vec<u8>) {
    let _ = match value {
        Value::Bool(value) => write!(out, "{value}"),
        Value::Signed(value) => write!(out, "{value}"),
        Value::Unsigned(value) => write!(out, "{value}"),
        Value::Double(value) => write!(out, "{value:?}"),
        Value::Address(value) => write!(out, "{value}"),
        Value::Bytes(_) => Ok(()),
    };
}

fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, &byte| (bits << 8) | u32::from(byte))
            << (8 * (3 - group.len()));
        for place in 0..4 {
            out.push(if place <= group.len() {
                DIGITS[(bits >> (18 - 6 * place)) as usize & 63]
            } else {
                b'='
            });
        }
    }
}
