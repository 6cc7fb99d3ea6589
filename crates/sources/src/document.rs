//! One event's JSON with what a walk found in it, and the values that extraction makes of it.
//! Values borrow from the text where they can and live in the event's arena where not. Used by the modules of the sources.

use std::borrow::Cow;

use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use lanner_rules::{Extracted, Value};

use crate::json::{Kind, MISSING, PathId, Tokens};

/// Everything an extraction needs to know of one event.
#[derive(Clone, Copy)]
pub(crate) struct Document<'e> {
    pub(crate) tokens: Tokens<'e>,
    pub(crate) found: &'e [u32],
    pub(crate) arena: &'e Bump,
    /// Text ends at a NUL, as in Falco, whose strings are C's.
    pub(crate) cut_at_nul: bool,
}

impl<'e> Document<'e> {
    /// The value at a path.
    #[inline]
    pub(crate) fn at(&self, path: PathId) -> Option<u32> {
        let token = self.found[path.0 as usize];
        (token != MISSING).then_some(token)
    }

    /// Text that outlives the call, in the arena if need be.
    pub(crate) fn keep(&self, text: Cow<'e, [u8]>) -> &'e [u8] {
        match text {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => self.arena.alloc_slice_copy(&text),
        }
    }

    /// A string as it is, any other value as JSON.
    #[inline]
    pub(crate) fn text(&self, token: u32) -> &'e [u8] {
        match self.tokens.byte(token) {
            b'"' => self.string(token),
            b'{' | b'[' => self.json(token),
            _ => self.tokens.word(token),
        }
    }

    /// The string at `token`, escapes resolved.
    #[inline]
    pub(crate) fn string(&self, token: u32) -> &'e [u8] {
        self.keep(crate::json::unescaped(self.tokens.quoted(token)))
    }

    /// The value at `token` as JSON without blanks.
    pub(crate) fn json(&self, token: u32) -> &'e [u8] {
        let mut out = Vec::new();
        self.tokens.write_compact(token, &mut out);
        // Written without blanks in the first place: then it need not be copied.
        let start = self.tokens.start(token);
        match self.tokens.bytes.get(start..start + out.len()) {
            Some(text) if text == out => text,
            _ => self.arena.alloc_slice_copy(&out),
        }
    }

    /// The value at `token` as JSON, text in its quotes.
    pub(crate) fn json_or_word(&self, token: u32) -> &'e [u8] {
        match self.tokens.byte(token) {
            b'"' | b'{' | b'[' => self.json(token),
            _ => self.tokens.word(token),
        }
    }

    /// A text as a field's value.
    #[inline]
    pub(crate) fn one(&self, text: &'e [u8]) -> Extracted<'e> {
        Extracted::One(self.value(text))
    }

    #[inline]
    pub(crate) fn value(&self, text: &'e [u8]) -> Value<'e> {
        match memchr::memchr(0, text) {
            Some(end) if self.cut_at_nul => Value::Bytes(&text[..end]),
            _ => Value::Bytes(text),
        }
    }

    /// The text at a path.
    #[inline]
    pub(crate) fn text_at(&self, path: PathId) -> Extracted<'e> {
        self.at(path).map_or(Extracted::Missing, |token| self.one(self.text(token)))
    }

    /// Texts as a field's values; none is as good as missing.
    pub(crate) fn many(&self, texts: impl IntoIterator<Item = &'e [u8]>) -> Extracted<'e> {
        let mut values = BumpVec::new_in(self.arena);
        values.extend(texts.into_iter().map(|text| self.value(text)));
        if values.is_empty() {
            Extracted::Missing
        } else {
            Extracted::Many(values.into_bump_slice())
        }
    }

    /// Whether the value is the string.
    pub(crate) fn is(&self, token: Option<u32>, text: &str) -> bool {
        token.is_some_and(|token| {
            self.tokens.kind(token) == Kind::String
                && *crate::json::unescaped(self.tokens.quoted(token)) == *text.as_bytes()
        })
    }
}
