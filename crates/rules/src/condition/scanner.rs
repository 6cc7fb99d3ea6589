//! A cursor over the text of a condition: takes tokens or stays where it is.
//! Decides nothing about their order; `parser`, `operand` and `value` do.

use crate::condition::{SyntaxError, SyntaxErrorKind};
use crate::diagnostic::line_and_column;

/// A place in the text of a condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextPosition {
    /// Bytes from the start.
    pub offset: u32,
    /// From 1.
    pub line: u32,
    /// From 1, in bytes.
    pub column: u32,
}

/// The cursor.
pub(super) struct Scanner<'t> {
    text: &'t str,
    offset: usize,
    /// The last token that was taken, for messages.
    pub(super) last: String,
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x08)
}

/// Whether the text is `[a-zA-Z]+[a-zA-Z0-9_]*`, the shape of a macro's name.
pub(crate) fn is_identifier(text: &str) -> bool {
    identifier_len(text.as_bytes()) == text.len() && !text.is_empty()
}

/// Bytes of the identifier at the start; zero when there is none.
fn identifier_len(bytes: &[u8]) -> usize {
    if !bytes.first().is_some_and(u8::is_ascii_alphabetic) {
        return 0;
    }
    bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, offset: 0, last: String::new() }
    }

    pub(super) fn offset(&self) -> u32 {
        self.offset as u32
    }

    /// The text not taken yet.
    fn rest(&self) -> &'t str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    pub(super) fn at_end(&self) -> bool {
        self.offset >= self.text.len()
    }

    /// Where the cursor stands. Counts lines, so it is only asked for errors.
    pub(super) fn position(&self) -> TextPosition {
        let (line, column) = line_and_column(self.text, self.offset);
        TextPosition { offset: self.offset(), line: line as u32 + 1, column: column as u32 + 1 }
    }

    pub(super) fn error(&self, kind: SyntaxErrorKind) -> SyntaxError {
        SyntaxError { kind, at: self.position() }
    }

    /// Whether there was any.
    pub(super) fn blanks(&mut self) -> bool {
        let count = self.rest().bytes().take_while(|byte| is_blank(*byte)).count();
        self.offset += count;
        count > 0
    }

    fn take(&mut self, len: usize) -> Option<&'t str> {
        if len == 0 {
            return None;
        }
        let token = self.rest().get(..len)?;
        self.offset += len;
        self.last.clear();
        self.last.push_str(token);
        Some(token)
    }

    /// Takes exactly this.
    pub(super) fn literal(&mut self, token: &str) -> bool {
        self.rest().starts_with(token) && self.take(token.len()).is_some()
    }

    /// `not` and the blanks behind it.
    pub(super) fn not_and_blanks(&mut self) -> bool {
        let bytes = self.rest().as_bytes();
        if !(bytes.starts_with(b"not") && bytes.get(3).copied().is_some_and(is_blank)) {
            return false;
        }
        self.offset += 3;
        self.blanks();
        true
    }

    pub(super) fn identifier(&mut self) -> Option<&'t str> {
        self.take(identifier_len(self.rest().as_bytes()))
    }

    /// Takes this identifier, and not the beginning of a longer one.
    pub(super) fn word(&mut self, word: &str) -> bool {
        identifier_len(self.rest().as_bytes()) == word.len() && self.literal(word)
    }

    /// Two or more identifiers joined by dots.
    pub(super) fn field_name(&mut self) -> Option<&'t str> {
        let bytes = self.rest().as_bytes();
        let mut end = identifier_len(bytes);
        let first = end;
        while end > 0 && bytes.get(end) == Some(&b'.') {
            let part = identifier_len(&bytes[end + 1..]);
            if part == 0 {
                break;
            }
            end += 1 + part;
        }
        if end == first { None } else { self.take(end) }
    }

    /// A value without quotes.
    pub(super) fn bare(&mut self) -> Option<&'t str> {
        let is_part = |byte: &u8| {
            !matches!(byte, b'(' | b')' | b'"' | b'\'' | b'=' | b',' | 0x0b | 0x0c)
                && (!is_blank(*byte) || *byte == 0x08)
        };
        self.take(self.rest().as_bytes().iter().take_while(|byte| is_part(byte)).count())
    }

    /// The argument of a field without quotes.
    pub(super) fn bare_argument(&mut self) -> Option<&'t str> {
        let is_part = |byte: &u8| !matches!(byte, b'[' | b']' | b'"' | b'\'') && !is_blank(*byte);
        self.take(self.rest().as_bytes().iter().take_while(|byte| is_part(byte)).count())
    }

    /// `0x…` or a decimal number with an optional fraction and a signed exponent.
    pub(super) fn number(&mut self) -> Option<&'t str> {
        let bytes = self.rest().as_bytes();
        let run = |from: usize, is: fn(&u8) -> bool| {
            bytes.get(from..).unwrap_or_default().iter().take_while(|byte| is(byte)).count()
        };
        if bytes.starts_with(b"0x") || bytes.starts_with(b"0X") {
            let digits = run(2, u8::is_ascii_alphanumeric);
            if digits > 0 {
                return self.take(2 + digits);
            }
        }
        let mut end = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
        let whole = run(end, u8::is_ascii_digit);
        if whole == 0 {
            return None;
        }
        end += whole;
        if bytes.get(end) == Some(&b'.') {
            end += 1 + run(end + 1, u8::is_ascii_digit);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E'))
            && matches!(bytes.get(end + 1), Some(b'+' | b'-'))
        {
            let exponent = run(end + 2, u8::is_ascii_digit);
            end += if exponent > 0 { 2 + exponent } else { 0 };
        }
        self.take(end)
    }

    /// A quoted text, escapes resolved. Nothing when there is no quote or it is not closed; a quote behind any backslash does not close.
    pub(super) fn quoted(&mut self) -> Result<Option<String>, SyntaxError> {
        let bytes = self.rest().as_bytes();
        let Some(quote @ (b'\'' | b'"')) = bytes.first().copied() else { return Ok(None) };
        let mut previous = quote;
        let Some(inner) = bytes[1..].iter().position(|byte| {
            let closes = *byte == quote && previous != b'\\';
            previous = *byte;
            closes
        }) else {
            return Ok(None);
        };
        let text = self.rest().get(1..=inner).unwrap_or_default();
        self.offset += inner + 2;
        let value = unescape(text, char::from(quote)).map_err(|kind| self.error(kind))?;
        self.last.clone_from(&value);
        Ok(Some(value))
    }

    /// Goes back, for alternatives that share a start.
    pub(super) fn back_to(&mut self, offset: u32) {
        self.offset = offset as usize;
    }
}

/// Resolves escapes. A backslash before a blank is a backslash: older rule files hold `\ ` and mean that.
fn unescape(text: &str, quote: char) -> Result<String, SyntaxErrorKind> {
    let mut value = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            value.push(char);
            continue;
        }
        match chars.next() {
            Some('b') => value.push('\u{8}'),
            Some('f') => value.push('\u{c}'),
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some('\\' | ' ') | None => value.push('\\'),
            Some('/') => value.push('/'),
            Some(escaped @ ('"' | '\'')) if escaped == quote => value.push(escaped),
            Some(escaped @ ('"' | '\'')) => {
                return Err(SyntaxErrorKind::ForeignQuoteEscape { escaped, quote });
            }
            Some('x') => {
                let digits: String = chars.by_ref().take(2).collect();
                let byte = u8::from_str_radix(&digits, 16)
                    .ok()
                    .filter(|_| digits.len() == 2 && !digits.starts_with('+'));
                match byte {
                    Some(0) => return Err(SyntaxErrorKind::ZeroByte),
                    // A byte that is no character by itself cannot be kept in text; there it stays an unknown escape.
                    Some(byte) if byte.is_ascii() => value.push(char::from(byte)),
                    _ => return Err(SyntaxErrorKind::UnknownEscape('x')),
                }
            }
            Some(other) => return Err(SyntaxErrorKind::UnknownEscape(other)),
        }
    }
    Ok(value)
}
