//! A piece of JSON as the positions of its tokens: navigation over them, with the text of each left where it is.
//! Expects what `walk` found well formed, and answers something harmless when it is not. Used by all sources.

/// The bytes and the offsets in them where a token begins: brackets, `:`, `,`, strings, other words.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'t> {
    /// All bytes that the offsets are of.
    pub bytes: &'t [u8],
    /// Ascending.
    pub at: &'t [u32],
}

/// What begins with a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the names are those of JSON; a number is any word that is none of the others"
)]
pub enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

impl<'t> Tokens<'t> {
    /// The first byte of a token, zero past the last.
    #[inline]
    #[must_use]
    pub fn byte(&self, token: u32) -> u8 {
        match self.at.get(token as usize) {
            Some(&at) => self.bytes.get(at as usize).copied().unwrap_or(0),
            None => 0,
        }
    }

    /// Where a token begins; past the last, where the bytes end.
    #[inline]
    #[must_use]
    pub fn start(&self, token: u32) -> usize {
        self.at.get(token as usize).map_or(self.bytes.len(), |&at| at as usize)
    }

    /// The kind of the value at a token.
    #[inline]
    #[must_use]
    pub fn kind(&self, token: u32) -> Kind {
        match self.byte(token) {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::String,
            b't' => Kind::True,
            b'f' => Kind::False,
            b'n' if self.bytes.get(self.start(token) + 1) == Some(&b'u') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// The token after the value at `token`.
    #[must_use]
    pub fn after(&self, token: u32) -> u32 {
        let mut next = token as usize;
        let mut depth = 0_u32;
        while let Some(&at) = self.at.get(next) {
            next += 1;
            match self.bytes.get(at as usize) {
                Some(b'{' | b'[') => depth += 1,
                Some(b'}' | b']') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        next as u32
    }

    /// Between the quotes of the string at `token`, escapes as they are.
    #[inline]
    #[must_use]
    pub fn quoted(&self, token: u32) -> &'t [u8] {
        let start = self.start(token) + 1;
        // Between a string and the token that follows it stands nothing but its closing quote and blanks.
        let mut end = match self.at.get(token as usize + 1) {
            Some(&next) => next as usize,
            None => return self.last_quoted(start),
        };
        while end > start {
            end -= 1;
            if self.bytes[end] == b'"' {
                return &self.bytes[start..end];
            }
        }
        &[]
    }

    fn last_quoted(&self, start: usize) -> &'t [u8] {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let mut from = 0;
        while let Some(at) = memchr::memchr2(b'"', b'\\', &rest[from..]) {
            if rest[from + at] == b'"' {
                return &rest[..from + at];
            }
            from = (from + at + 2).min(rest.len());
        }
        rest
    }

    /// The text of a number or a word, as written.
    #[must_use]
    pub fn word(&self, token: u32) -> &'t [u8] {
        let rest = self.bytes.get(self.start(token)..).unwrap_or_default();
        let len = rest.iter().position(|&byte| ends_word(byte)).unwrap_or(rest.len());
        &rest[..len]
    }

    /// The values of the array at `token`; of anything else none.
    #[must_use]
    pub fn elements(self, token: u32) -> Elements<'t> {
        let empty = self.byte(token) != b'[' || self.byte(token + 1) == b']';
        Elements { tokens: self, next: (!empty).then_some(token + 1) }
    }

    /// The keys and values of the object at `token`; of anything else none.
    #[must_use]
    pub fn members(self, token: u32) -> Members<'t> {
        let empty = self.byte(token) != b'{' || self.byte(token + 1) == b'}';
        Members { tokens: self, next: (!empty).then_some(token + 1) }
    }

    /// The value of the first member with that name.
    #[must_use]
    pub fn member(self, token: u32, name: &[u8]) -> Option<u32> {
        self.members(token).find(|&(key, _)| self.is_key(key, name)).map(|(_, value)| value)
    }

    /// The value at the end of a path of names.
    #[must_use]
    pub fn descend(self, token: u32, path: &[&str]) -> Option<u32> {
        path.iter().try_fold(token, |at, name| self.member(at, name.as_bytes()))
    }

    #[inline]
    fn is_key(&self, key: u32, name: &[u8]) -> bool {
        let quoted = self.quoted(key);
        quoted == name
            || (memchr::memchr(b'\\', quoted).is_some() && super::text::unescaped(quoted) == name)
    }
}

/// What can follow a number or word.
#[inline]
pub(crate) fn ends_word(byte: u8) -> bool {
    matches!(byte, b',' | b']' | b'}' | b':' | b' ' | b'\n' | b'\r' | b'\t' | b'{' | b'[' | b'"')
}

/// See [`Tokens::elements`].
#[derive(Clone, Debug)]
pub struct Elements<'t> {
    tokens: Tokens<'t>,
    next: Option<u32>,
}

impl Iterator for Elements<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let value = self.next?;
        let after = self.tokens.after(value);
        self.next = (self.tokens.byte(after) == b',').then_some(after + 1);
        Some(value)
    }
}

/// See [`Tokens::members`].
#[derive(Clone, Debug)]
pub struct Members<'t> {
    tokens: Tokens<'t>,
    next: Option<u32>,
}

impl Iterator for Members<'_> {
    /// The tokens of the key and of the value.
    type Item = (u32, u32);

    fn next(&mut self) -> Option<(u32, u32)> {
        let key = self.next?;
        let after = self.tokens.after(key + 2);
        self.next = (self.tokens.byte(after) == b',').then_some(after + 1);
        Some((key, key + 2))
    }
}
