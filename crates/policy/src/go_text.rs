//! Values as text, the way Go and OPA write them: what a denial says, what `%v` prints, what `json.marshal` gives.
//! Keeps nothing. Used by `evaluate`, `sprintf` and the builtins.

use std::fmt::Write;

use regorus::Value;

use crate::go_number;

/// A denial's element as Go's `%v` prints it: strings bare, objects as `map[a:1]`, sets and arrays as `[1 2]`.
pub(crate) fn printed(value: &Value) -> String {
    let list = |items: Vec<String>| format!("[{}]", items.join(" "));
    match value {
        Value::Null | Value::Undefined => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(_) => go_number::json(value),
        Value::String(text) => text.to_string(),
        Value::Array(items) => list(items.iter().map(printed).collect()),
        Value::Set(items) => list(items.iter_sorted().map(printed).collect()),
        Value::Object(fields) => {
            let fields = fields
                .iter_sorted()
                .map(|(key, value)| format!("{}:{}", printed(key), printed(value)));
            format!("map[{}]", fields.collect::<Vec<_>>().join(" "))
        }
    }
}

/// A value as Rego text: `{"k": [1, 2]}`, `{1, 2}`, `set()`.
pub(crate) fn term(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null | Value::Undefined => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(_) => go_number::json(value),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", list(items.iter().map(term).collect())),
        Value::Set(items) if items.is_empty() => "set()".to_owned(),
        Value::Set(items) => format!("{{{}}}", list(items.iter_sorted().map(term).collect())),
        Value::Object(fields) => {
            let fields =
                fields.iter_sorted().map(|(key, value)| format!("{}: {}", term(key), term(value)));
            format!("{{{}}}", list(fields.collect()))
        }
    }
}

/// JSON as Go's encoder writes it: compact, keys sorted, `<`, `>`, `&` and the two line separators escaped.
pub(crate) fn json(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(",");
    match value {
        Value::Null | Value::Undefined => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(_) => go_number::json(value),
        Value::String(text) => json_string(text),
        Value::Array(items) => format!("[{}]", list(items.iter().map(json).collect())),
        Value::Set(items) => format!("[{}]", list(items.iter_sorted().map(json).collect())),
        Value::Object(fields) => {
            let fields = fields.iter_sorted().map(|(key, value)| {
                let key = if let Value::String(text) = key { text.to_string() } else { json(key) };
                format!("{}:{}", json_string(&key), json(value))
            });
            format!("{{{}}}", list(fields.collect()))
        }
    }
}

fn json_string(text: &str) -> String {
    let mut out = String::from('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => escape(&mut out, char),
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}

fn escape(out: &mut String, char: char) {
    // Writing to a string can't fail.
    let _ = write!(out, "\\u{:04x}", u32::from(char));
}

/// Go's `strconv.Quote`, but for characters of planes whose printability only its tables know: those stay as they are.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\0'..='\u{1f}' | '\u{7f}' => drop(write!(out, "\\x{:02x}", u32::from(char))),
            '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                escape(&mut out, char);
            }
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}
