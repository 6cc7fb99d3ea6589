//! The object `falco -V` prints with JSON output: keys sorted, positions from 0.

use std::fmt::Write as _;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Location};

/// Text as a JSON string.
pub(crate) fn string(out: &mut String, text: &str) {
    let _ = write!(out, "{}", Value::from(text));
}

/// Items with commas between, in brackets.
pub(crate) fn array<T>(out: &mut String, items: &[T], mut item: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (index, value) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        item(out, value);
    }
    out.push(']');
}

fn location(out: &mut String, location: &Location) {
    out.push_str("{\"item_name\":");
    string(out, &location.name);
    out.push_str(",\"item_type\":");
    string(out, location.kind.name());
    let position = &location.position;
    let _ = write!(
        out,
        ",\"position\":{{\"column\":{},\"line\":{},\"name\":",
        position.column, position.line
    );
    string(out, &position.name);
    let _ = write!(out, ",\"offset\":{}}}}}", position.offset);
}

impl Diagnostic {
    /// The diagnostic as Falco's object. A hint, which Falco has none of, is a further key.
    pub fn write_json(&self, out: &mut String) {
        out.push_str("{\"code\":");
        string(out, self.code.name());
        out.push_str(",\"codedesc\":");
        string(out, self.code.description());
        out.push_str(",\"context\":{\"locations\":");
        array(out, &self.locations, location);
        out.push_str(",\"snippet\":");
        string(out, &self.snippet);
        out.push('}');
        if let Some(hint) = &self.hint {
            out.push_str(",\"hint\":");
            string(out, hint);
        }
        out.push_str(",\"message\":");
        string(out, &self.message);
        if let Some(place) = &self.place {
            let _ = write!(
                out,
                ",\"place\":{{\"column\":{},\"line\":{},\"name\":",
                place.column, place.line
            );
            string(out, &place.name);
            let _ = write!(out, ",\"offset\":{}}}", place.offset);
        }
        out.push('}');
    }
}
