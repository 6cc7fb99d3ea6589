//! The text of values: escapes resolved as Falco's plugins do, documents written again without or with blanks.
//! A string that nobody changed keeps its escapes when written. Used by extraction.

use std::borrow::Cow;

use memchr::memchr;

use super::tokens::{Kind, Tokens};

/// A string's bytes with its escapes resolved. What is no escape stays as written: the plugins' parser is as patient.
#[must_use]
pub fn unescaped(quoted: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr(b'\\', quoted) else { return Cow::Borrowed(quoted) };
    let mut out = Vec::with_capacity(quoted.len());
    out.extend_from_slice(&quoted[..first]);
    let mut rest = &quoted[first..];
    while let [b'\\', escape, tail @ ..] = rest {
        rest = tail;
        match escape {
            b'"' | b'\\' | b'/' => out.push(*escape),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => rest = unicode(tail, &mut out),
            _ => out.extend_from_slice(&[b'\\', *escape]),
        }
        let plain = memchr(b'\\', rest).unwrap_or(rest.len());
        out.extend_from_slice(&rest[..plain]);
        rest = &rest[plain..];
    }
    Cow::Owned(out)
}

/// After `\u`: writes the character, or what stood there when there is none; returns what follows.
fn unicode<'t>(rest: &'t [u8], out: &mut Vec<u8>) -> &'t [u8] {
    let Some(unit) = four_digits(rest) else {
        out.extend_from_slice(b"\\u");
        return rest;
    };
    let after = &rest[4..];
    if let Some(character) = char::from_u32(unit) {
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        return after;
    }
    let second = after.strip_prefix(b"\\u").and_then(four_digits);
    let Some(second) = second else {
        out.extend_from_slice(b"\\u");
        out.extend_from_slice(&rest[..4]);
        return after;
    };
    let paired = (unit < 0xDC00 && (0xDC00..0xE000).contains(&second))
        .then(|| 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00))
        .and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(paired.encode_utf8(&mut [0; 4]).as_bytes());
    &after[6..]
}

fn four_digits(text: &[u8]) -> Option<u32> {
    text.get(..4)?
        .iter()
        .try_fold(0, |value, &byte| char::from(byte).to_digit(16).map(|digit| value << 4 | digit))
}

impl Tokens<'_> {
    /// Writes the value at `token` without blanks, all else as it stands.
    pub fn write_compact(&self, token: u32, out: &mut Vec<u8>) {
        for at in token..self.after(token) {
            self.write_token(at, out);
        }
    }

    /// Writes the value at `token` over several lines, two blanks a level. Empty arrays and objects stay in one.
    pub fn write_pretty(&self, token: u32, out: &mut Vec<u8>) {
        let mut depth = 0;
        let mut fresh = false;
        for at in token..self.after(token) {
            let byte = self.byte(at);
            match byte {
                b'}' | b']' => {
                    depth -= 1;
                    if !fresh {
                        new_line(depth, out);
                    }
                    fresh = false;
                    out.push(byte);
                    continue;
                }
                b',' => {
                    out.push(b',');
                    new_line(depth, out);
                    continue;
                }
                b':' => {
                    out.extend_from_slice(b": ");
                    continue;
                }
                _ => {}
            }
            if fresh {
                new_line(depth, out);
                fresh = false;
            }
            self.write_token(at, out);
            if matches!(byte, b'{' | b'[') {
                depth += 1;
                fresh = true;
            }
        }
    }

    fn write_token(&self, token: u32, out: &mut Vec<u8>) {
        match self.byte(token) {
            b'"' => {
                out.push(b'"');
                out.extend_from_slice(self.quoted(token));
                out.push(b'"');
            }
            byte @ (b'{' | b'}' | b'[' | b']' | b',' | b':') => out.push(byte),
            _ => out.extend_from_slice(self.word(token)),
        }
    }

    /// A string's text with escapes resolved, or any other value as compact JSON.
    #[must_use]
    pub fn text(&self, token: u32) -> Cow<'_, [u8]> {
        match self.kind(token) {
            Kind::String => unescaped(self.quoted(token)),
            Kind::Object | Kind::Array => {
                let mut out = Vec::new();
                self.write_compact(token, &mut out);
                Cow::Owned(out)
            }
            _ => Cow::Borrowed(self.word(token)),
        }
    }
}

fn new_line(depth: usize, out: &mut Vec<u8>) {
    out.push(b'\n');
    out.resize(out.len() + 2 * depth, b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_and_what_is_none_stays() {
        for (quoted, text) in [
            (r"plain", "plain"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"a\u0041\u00e9\u20AC", "aAé€"),
            (r"\ud83d\ude00!", "😀!"),
            (r"\ud800x", r"\ud800x"),
            (r"\ud800\u0041", "\u{fffd}"),
            (r"\u12", r"\u12"),
            (r"\uzzzz", r"\uzzzz"),
            (r"\q\x41", r"\q\x41"),
        ] {
            assert_eq!(unescaped(quoted.as_bytes()), text.as_bytes(), "{quoted}");
        }
    }
}
