//! The grammar of one JSON value as an automaton that can be stopped and resumed between any two bytes.
//! Reads nothing and keeps nothing but the open brackets; offsets it reports are relative to the bytes just fed.
//! Used by `window` for every value that is copied or skipped without being looked into.

use super::plain::plain_run;

/// RFC 8259 sets no limit; Go's decoder stops here and so do we.
pub(crate) const DEPTH_LIMIT: usize = 10_000;

/// What ended a call to [`Validator::feed`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fed {
    /// The value is complete; this many of the bytes belong to it.
    Done(usize),
    /// All bytes belong to it and more must follow.
    More,
}

/// The byte at this index cannot stand there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Value,
    FirstElement,
    FirstKey,
    Key,
    Colon,
    After,
    Text { is_key: bool },
    Escape { is_key: bool },
    Hex { is_key: bool, left: u8 },
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    Literal { rest: &'static [u8] },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    Array,
    Object,
}

/// Checks one value after the other.
#[derive(Debug)]
pub(crate) struct Validator {
    state: State,
    open: Vec<Bracket>,
    /// Brackets open around the value, which count towards the limit.
    outer: usize,
}

impl Validator {
    pub(crate) const fn new() -> Self {
        Self { state: State::Value, open: Vec::new(), outer: 0 }
    }

    /// Begins a new value inside `outer` open brackets.
    pub(crate) fn begin(&mut self, outer: usize) {
        self.state = State::Value;
        self.open.clear();
        self.outer = outer;
    }

    /// Whether the value is complete if no byte follows: true for a number alone.
    pub(crate) fn ends_here(&self) -> bool {
        self.open.is_empty() && is_whole_number(self.state)
    }

    /// Takes the next bytes of the value.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Fed, Fault> {
        let mut state = self.state;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match state {
                State::Text { is_key } => {
                    at += plain_run(&bytes[at..]);
                    state = match bytes.get(at) {
                        None => break,
                        Some(b'"') if is_key => State::Colon,
                        Some(b'"') => State::After,
                        Some(b'\\') => State::Escape { is_key },
                        Some(_) => {
                            return Err(Fault { at, expected: "an escaped control character" });
                        }
                    };
                }
                State::Minus
                | State::Zero
                | State::Integer
                | State::Point
                | State::Fraction
                | State::Exponent
                | State::ExponentSign
                | State::ExponentDigits => match number(state, byte) {
                    Some(next) => state = next,
                    None if !is_whole_number(state) => {
                        return Err(Fault { at, expected: "a digit" });
                    }
                    // The byte that ends a number is not part of it.
                    None if self.open.is_empty() => return Ok(Fed::Done(at)),
                    None => {
                        state = State::After;
                        continue;
                    }
                },
                _ => state = self.token(state, byte).map_err(|expected| Fault { at, expected })?,
            }
            at += 1;
            if state == State::After && self.open.is_empty() {
                return Ok(Fed::Done(at));
            }
        }
        self.state = state;
        Ok(Fed::More)
    }

    /// The state after `byte`, everywhere but in a number and in the plain part of a string.
    #[inline]
    fn token(&mut self, state: State, byte: u8) -> Result<State, &'static str> {
        match state {
            State::After => self.after(byte),
            State::Key | State::FirstKey | State::Colon => self.member(state, byte),
            State::Escape { .. } | State::Hex { .. } => {
                escape(state, byte).ok_or("an escape of RFC 8259 section 7")
            }
            State::Literal { rest: [first, rest @ ..] } if *first == byte => {
                Ok(if rest.is_empty() { State::After } else { State::Literal { rest } })
            }
            State::Literal { .. } => Err("`true`, `false` or `null`"),
            _ => self.value(state, byte),
        }
    }

    /// The state after `byte` where a value has ended.
    fn after(&mut self, byte: u8) -> Result<State, &'static str> {
        match (byte, self.open.last()) {
            (b',', Some(Bracket::Object)) => Ok(State::Key),
            (b',', Some(Bracket::Array)) => Ok(State::Value),
            (b'}', Some(Bracket::Object)) | (b']', Some(Bracket::Array)) => {
                self.open.pop();
                Ok(State::After)
            }
            (b' ' | b'\t' | b'\n' | b'\r', _) => Ok(State::After),
            (_, Some(Bracket::Object)) => Err("`,` or `}`"),
            _ => Err("`,` or `]`"),
        }
    }

    /// The state after `byte` where a key, or the colon behind one, must stand.
    fn member(&mut self, state: State, byte: u8) -> Result<State, &'static str> {
        match (state, byte) {
            (_, b' ' | b'\t' | b'\n' | b'\r') => Ok(state),
            (State::Colon, b':') => Ok(State::Value),
            (State::Colon, _) => Err("`:`"),
            (_, b'"') => Ok(State::Text { is_key: true }),
            (State::FirstKey, b'}') => {
                self.open.pop();
                Ok(State::After)
            }
            _ => Err("a key"),
        }
    }

    /// The state after `byte` where a value must stand.
    fn value(&mut self, state: State, byte: u8) -> Result<State, &'static str> {
        match byte {
            b'"' => Ok(State::Text { is_key: false }),
            b'{' => self.nest(Bracket::Object, State::FirstKey),
            b'[' => self.nest(Bracket::Array, State::FirstElement),
            b'0' => Ok(State::Zero),
            b'1'..=b'9' => Ok(State::Integer),
            b'-' => Ok(State::Minus),
            b't' => Ok(State::Literal { rest: b"rue" }),
            b'f' => Ok(State::Literal { rest: b"alse" }),
            b'n' => Ok(State::Literal { rest: b"ull" }),
            b' ' | b'\t' | b'\n' | b'\r' => Ok(state),
            b']' if state == State::FirstElement => {
                self.open.pop();
                Ok(State::After)
            }
            _ => Err("a value"),
        }
    }

    fn nest(&mut self, bracket: Bracket, next: State) -> Result<State, &'static str> {
        self.open.push(bracket);
        if self.outer + self.open.len() > DEPTH_LIMIT {
            return Err("at most 10000 open brackets");
        }
        Ok(next)
    }
}

pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn escape(state: State, byte: u8) -> Option<State> {
    match (state, byte) {
        (State::Escape { is_key }, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
            Some(State::Text { is_key })
        }
        (State::Escape { is_key }, b'u') => Some(State::Hex { is_key, left: 4 }),
        (State::Hex { is_key, left: 1 }, _) if byte.is_ascii_hexdigit() => {
            Some(State::Text { is_key })
        }
        (State::Hex { is_key, left }, _) if byte.is_ascii_hexdigit() => {
            Some(State::Hex { is_key, left: left - 1 })
        }
        _ => None,
    }
}

/// RFC 8259 section 6; `None` when `byte` is not part of the number.
fn number(state: State, byte: u8) -> Option<State> {
    match (state, byte) {
        (State::Minus, b'0') => Some(State::Zero),
        (State::Minus | State::Integer, b'0'..=b'9') => Some(State::Integer),
        (State::Zero | State::Integer, b'.') => Some(State::Point),
        (State::Point | State::Fraction, b'0'..=b'9') => Some(State::Fraction),
        (State::Zero | State::Integer | State::Fraction, b'e' | b'E') => Some(State::Exponent),
        (State::Exponent, b'+' | b'-') => Some(State::ExponentSign),
        (State::Exponent | State::ExponentSign | State::ExponentDigits, b'0'..=b'9') => {
            Some(State::ExponentDigits)
        }
        _ => None,
    }
}

const fn is_whole_number(state: State) -> bool {
    matches!(state, State::Zero | State::Integer | State::Fraction | State::ExponentDigits)
}
