//! `urlquery.*` as Go's `net/url` escapes: a space is `+`, only letters, digits and `-_.~` stay.
//! Builds no URL. Used by `install`.

use std::collections::BTreeMap;

use regorus::Value;

use super::{Builtin, Fault, text};

pub(super) const BUILTINS: &[Builtin] = &[
    ("urlquery.decode", 1, |args| {
        Ok(Value::from(unescaped("urlquery.decode", text("urlquery.decode", &args[0])?)?))
    }),
    ("urlquery.decode_object", 1, decode_object),
    ("urlquery.encode", 1, |args| Ok(Value::from(escaped(text("urlquery.encode", &args[0])?)))),
    ("urlquery.encode_object", 1, encode_object),
];

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => {
                out.push('%');
                out.push_str(&super::hex(&[byte]).to_uppercase());
            }
        }
    }
    out
}

fn unescaped(builtin: &str, text: &str) -> Result<String, Fault> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                let value = digits
                    .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                    .ok_or_else(|| Fault::new(format!("{builtin}: `{text}` has a bad escape")))?;
                out.push(value);
                rest = &after[2..];
            }
            _ => out.push(byte),
        }
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn decode_object(args: &[Value]) -> Result<Value, Fault> {
    let name = "urlquery.decode_object";
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for part in text(name, &args[0])?.split('&').filter(|part| !part.is_empty()) {
        if part.contains(';') {
            return Err(Fault::new(format!("{name}: `;` separates nothing")));
        }
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = Value::from(unescaped(name, value)?);
        found.entry(unescaped(name, key)?).or_default().push(value);
    }
    let members = found.into_iter().map(|(key, values)| (Value::from(key), Value::from(values)));
    Ok(Value::from(members.collect::<BTreeMap<_, _>>()))
}

fn encode_object(args: &[Value]) -> Result<Value, Fault> {
    let name = "urlquery.encode_object";
    let Value::Object(object) = &args[0] else {
        return Err(Fault::expected(name, "an object", &args[0]));
    };
    let mut pairs = Vec::new();
    for (key, value) in object.iter_sorted() {
        let key = escaped(text(name, key)?);
        let values: Vec<&Value> = match value {
            Value::Array(array) => array.iter().collect(),
            Value::Set(set) => set.iter_sorted().collect(),
            _ => vec![value],
        };
        for value in values {
            pairs.push(format!("{key}={}", escaped(text(name, value)?)));
        }
    }
    Ok(Value::from(pairs.join("&")))
}
