//! The tokens of JSON (RFC 8259 §2, §6, §7), read from left to right with the first fault named.
//! Knows no containers: `scalar` does, and `lanner-intake` for what is posted. Used by both.

/// Why a line is no JSON text: the first reason from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It breaks the grammar.
    Grammar,
    /// It ends too early, and all before is fine.
    Incomplete,
    /// Too many containers within each other.
    TooDeep,
    /// A whole object, and then more.
    Trailing,
}

/// A place in a line.
#[derive(Debug)]
pub struct Cursor<'a> {
    pub(crate) line: &'a str,
    bytes: &'a [u8],
    /// The offset of what is looked at next; on the boundary of a character.
    pub at: usize,
}

impl<'a> Cursor<'a> {
    /// At the beginning of `line`.
    #[must_use]
    pub fn new(line: &'a str) -> Self {
        Self { line, bytes: line.as_bytes(), at: 0 }
    }

    /// The next byte; none at the end.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Goes over spaces, tabs and line ends.
    pub fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Nothing more is here although something must be, or something is that must not.
    #[must_use]
    pub fn fault(&self) -> Fault {
        if self.at >= self.bytes.len() { Fault::Incomplete } else { Fault::Grammar }
    }

    /// A string; gives the raw text between its quotes.
    pub fn string(&mut self) -> Result<&'a str, Fault> {
        let start = self.at + 1;
        self.at = start;
        loop {
            let rest = &self.bytes[self.at..];
            let plain = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            // Without an early exit the compiler makes vectors of it.
            if rest[..plain].iter().fold(u8::MAX, |least, byte| least.min(*byte)) < 0x20 {
                return Err(Fault::Grammar);
            }
            self.at += plain;
            match self.peek() {
                Some(b'"') => break,
                Some(_) => self.escape()?,
                None => return Err(Fault::Incomplete),
            }
        }
        let text = &self.line[start..self.at];
        self.at += 1;
        Ok(text)
    }

    fn escape(&mut self) -> Result<(), Fault> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => match self.code_unit()? {
                // RFC 8259 §7 lets a pair stand for one character; half a pair stands for none (§8.2).
                0xD800..=0xDBFF => {
                    for expected in *b"\\u" {
                        if self.peek() != Some(expected) {
                            return Err(self.fault());
                        }
                        self.at += 1;
                    }
                    self.at -= 1;
                    if (0xDC00..=0xDFFF).contains(&self.code_unit()?) {
                        Ok(())
                    } else {
                        Err(Fault::Grammar)
                    }
                }
                0xDC00..=0xDFFF => Err(Fault::Grammar),
                _ => Ok(()),
            },
            _ => Err(self.fault()),
        }
    }

    /// The four digits after the `u` at hand.
    fn code_unit(&mut self) -> Result<u32, Fault> {
        let mut unit = 0;
        for _ in 0..4 {
            self.at += 1;
            let digit = self
                .peek()
                .and_then(|byte| char::from(byte).to_digit(16))
                .ok_or_else(|| self.fault())?;
            unit = unit * 16 + digit;
        }
        self.at += 1;
        Ok(unit)
    }

    /// RFC 8259 §6: any number of digits, no leading zero.
    pub fn number(&mut self) -> Result<(), Fault> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(self.fault()) } else { Ok(()) }
    }

    /// `word` itself.
    pub fn literal(&mut self, word: &[u8]) -> Result<(), Fault> {
        for expected in word {
            if self.peek() != Some(*expected) {
                return Err(self.fault());
            }
            self.at += 1;
        }
        Ok(())
    }
}
