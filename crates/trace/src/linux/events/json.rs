//! Objects and strings of JSON, written straight into a line.
//! Knows no field. Used by `render`, which leaves out what is empty or false.

use std::fmt::{Display, Write};
use std::net::SocketAddr;

/// A JSON object in the making.
pub(super) struct Object<'a> {
    pub(super) out: &'a mut String,
    pub(super) is_empty: bool,
}

impl<'a> Object<'a> {
    pub(super) fn begin(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, is_empty: true }
    }

    pub(super) fn end(self) {
        self.out.push('}');
    }

    pub(super) fn key(&mut self, key: &str) {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
        write_string(key, self.out);
        self.out.push(':');
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.key(key);
            write_string(text, self.out);
        }
    }

    pub(super) fn number(&mut self, key: &str, number: impl Display) {
        self.key(key);
        // Writing to a string cannot fail.
        let _ = write!(self.out, "{number}");
    }

    pub(super) fn truth(&mut self, key: &str, is_true: bool) {
        if is_true {
            self.key(key);
            self.out.push_str("true");
        }
    }

    pub(super) fn end_of_socket(&mut self, ip: &str, port: &str, end: Option<SocketAddr>) {
        if let Some(end) = end {
            self.text(ip, &end.ip().to_string());
            self.number(port, end.port());
        }
    }

    pub(super) fn list<T>(
        &mut self,
        key: &str,
        items: impl Iterator<Item = T>,
        write: impl Fn(T, &mut String),
    ) {
        self.key(key);
        self.out.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            write(item, self.out);
        }
        self.out.push(']');
    }
}

/// A JSON string, RFC 8259 section 7.
pub(super) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut start = 0;
    for (index, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[start..index]);
        start = index + 1;
        let _ = match byte {
            b'"' => out.write_str("\\\""),
            b'\\' => out.write_str("\\\\"),
            b'\n' => out.write_str("\\n"),
            b'\t' => out.write_str("\\t"),
            b'\r' => out.write_str("\\r"),
            byte => write!(out, "\\u{byte:04x}"),
        };
    }
    out.push_str(&text[start..]);
    out.push('"');
}
