//! Writes JSON the way Go's encoder does, for the few values an envelope holds beside its payload.
//! Reads nothing and orders fields as DSSE writers do, so that equal signatures give equal bytes.
//! Used by `document` and `envelope`.

use base64_simd::STANDARD;

use crate::EnvelopeSignature;

impl EnvelopeSignature {
    /// This entry as compact JSON in the order DSSE writers use, empty parts left out as cilock leaves them out.
    pub(crate) fn write_json(&self, out: &mut String) {
        out.push_str("{\"keyid\":");
        write_string(&self.keyid, out);
        out.push_str(",\"sig\":\"");
        STANDARD.encode_append(&self.sig, out);
        out.push('"');
        if !self.certificate.is_empty() {
            out.push_str(",\"certificate\":\"");
            STANDARD.encode_append(&self.certificate, out);
            out.push('"');
        }
        write_list("intermediates", &self.intermediates, out, |pem, out| {
            out.push('"');
            STANDARD.encode_append(pem, out);
            out.push('"');
        });
        write_list("timestamps", &self.timestamps, out, |timestamp, out| {
            out.push_str("{\"type\":");
            write_string(&timestamp.kind, out);
            out.push_str(",\"data\":\"");
            STANDARD.encode_append(&timestamp.data, out);
            out.push_str("\"}");
        });
        out.push('}');
    }
}

fn write_list<T>(
    name: &str,
    entries: &[T],
    out: &mut String,
    mut write: impl FnMut(&T, &mut String),
) {
    for (index, entry) in entries.iter().enumerate() {
        if index == 0 {
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\":[");
        } else {
            out.push(',');
        }
        write(entry, out);
    }
    if !entries.is_empty() {
        out.push(']');
    }
}

/// A JSON string as Go's encoder writes it: `<`, `>`, `&` and the two line separators escaped for HTML's sake.
pub(crate) fn write_string(text: &str, out: &mut String) {
    use std::fmt::Write;
    out.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => {
                out.push('\\');
                out.push(char);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}
