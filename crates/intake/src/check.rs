//! Whether a text is an alert: strict JSON (RFC 8259), an object, and its keys of the kinds that outputs count on.
//! Keys it does not know may hold anything. One pass, nothing is built. Called by `intake` for every piece of a body.

use lanner_events::{Cursor, Fault, Priority, is_date_time, unescaped};

use crate::alert::Marks;
use crate::fault::AlertFault;
use crate::id::AlertId;
use crate::intake::Limits;

/// The keys that are looked at.
const KEYS: [&str; 9] =
    ["rule", "priority", "time", "output", "output_fields", "tags", "source", "hostname", "uuid"];
const REQUIRED: [usize; 3] = [RULE, PRIORITY, TIME];
const RULE: usize = 0;
const PRIORITY: usize = 1;
const TIME: usize = 2;
const FIELDS: usize = 4;
const TAGS: usize = 5;
const SOURCE: usize = 6;
const ID: usize = 8;

const PRIORITIES: &str =
    "one of Emergency, Alert, Critical, Error, Warning, Notice, Informational, Debug";

/// What an alert's text was found to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) id: Option<AlertId>,
    pub(crate) marks: Marks,
}

/// The kind of a value, with what else is needed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind<'a> {
    /// The text between its quotes.
    String(&'a str),
    Object,
    /// Whether all its elements are strings.
    Array(bool),
    Null,
    Other,
}

#[derive(Debug, Clone, Copy)]
enum Frame {
    Object,
    /// Whether all its elements are strings so far.
    Array(bool),
}

/// Memory that is used again from text to text.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    open: Vec<Frame>,
}

impl Checker {
    /// Judges `text`, which has no blanks around it.
    pub(crate) fn check(&mut self, text: &[u8], limits: &Limits) -> Result<Checked, AlertFault> {
        if text.len() > limits.bytes {
            return Err(AlertFault::TooLarge { size: text.len(), limit: limits.bytes });
        }
        let text = std::str::from_utf8(text).map_err(|_| AlertFault::NotUtf8)?;
        let mut walk = Walk {
            cursor: Cursor::new(text),
            open: &mut self.open,
            depth: limits.depth,
            seen: Seen::default(),
        };
        walk.document().map_err(|fault| walk.explain(fault))?;
        if walk.cursor.peek().is_some() {
            return Err(AlertFault::Trailing);
        }
        walk.seen.judge(text.starts_with('{'))
    }
}

/// What the keys held, as far as it was looked at.
#[derive(Debug, Default)]
struct Seen {
    keys: u16,
    id: Option<AlertId>,
    fault: Option<AlertFault>,
}

impl Seen {
    /// Takes in one of [`KEYS`]; the first fault is kept, as a broken grammar further on is worth more.
    fn member(&mut self, key: usize, kind: Kind<'_>) {
        let judged = self.value(key, kind);
        if let Err(fault) = judged
            && self.fault.is_none()
        {
            self.fault = Some(fault);
        }
    }

    fn value(&mut self, key: usize, kind: Kind<'_>) -> Result<(), AlertFault> {
        let name = KEYS[key];
        if self.keys & 1 << key != 0 {
            return Err(AlertFault::Duplicate { key: name });
        }
        self.keys |= 1 << key;
        let wrong = |expected| Err(AlertFault::WrongType { key: name, expected });
        match (key, kind) {
            (FIELDS, Kind::Object | Kind::Null) | (TAGS, Kind::Array(true)) => Ok(()),
            (FIELDS, _) => wrong("an object"),
            (TAGS, _) => wrong("an array of strings"),
            (_, Kind::String(raw)) => self.text(key, &unescaped(raw)),
            (RULE, _) => wrong("a non-empty string"),
            (PRIORITY, _) => wrong(PRIORITIES),
            (TIME, _) => wrong("an RFC 3339 time as a string"),
            (ID, _) => wrong("a UUID as a string"),
            _ => wrong("a string"),
        }
    }

    fn text(&mut self, key: usize, text: &str) -> Result<(), AlertFault> {
        let name = KEYS[key];
        match key {
            RULE if text.is_empty() => {
                Err(AlertFault::WrongType { key: name, expected: "a non-empty string" })
            }
            PRIORITY if Priority::named(text).is_none() => {
                Err(AlertFault::wrong_value(name, text, PRIORITIES))
            }
            TIME if !is_date_time(text) => {
                Err(AlertFault::wrong_value(name, text, "an RFC 3339 time"))
            }
            ID => {
                self.id = AlertId::parse(text);
                match self.id {
                    Some(_) => Ok(()),
                    None => Err(AlertFault::wrong_value(name, text, "a UUID")),
                }
            }
            _ => Ok(()),
        }
    }

    fn judge(self, object: bool) -> Result<Checked, AlertFault> {
        if !object {
            return Err(AlertFault::NotObject);
        }
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if let Some(missing) = REQUIRED.into_iter().find(|key| self.keys & 1 << key == 0) {
            return Err(AlertFault::Missing { key: KEYS[missing] });
        }
        let marks = Marks::new(self.id.is_some(), self.keys & 1 << SOURCE != 0);
        Ok(Checked { id: self.id, marks })
    }
}

/// The way through one text.
struct Walk<'a, 'm> {
    cursor: Cursor<'a>,
    open: &'m mut Vec<Frame>,
    depth: usize,
    seen: Seen,
}

impl<'a> Walk<'a, '_> {
    fn explain(&self, fault: Fault) -> AlertFault {
        match fault {
            Fault::Incomplete => AlertFault::CutOff,
            Fault::TooDeep => AlertFault::TooDeep { limit: self.depth },
            Fault::Grammar | Fault::Trailing => AlertFault::NotJson { at: self.cursor.at },
        }
    }

    /// One value with all that it contains, without recursion: the depth is the sender's choice.
    fn document(&mut self) -> Result<(), Fault> {
        self.open.clear();
        // The key of the outermost object whose value is due, if it is one of `KEYS`.
        let mut due = None;
        loop {
            let mut done = self.value()?;
            if done.is_none() {
                match self.begin()? {
                    Begun::Empty => done = Some(self.closed()),
                    Begun::Key(key) => {
                        due = if self.open.len() == 1 { key } else { due };
                        continue;
                    }
                    Begun::Element => continue,
                }
            }
            let mut kind = done.unwrap_or(Kind::Other);
            loop {
                if self.open.len() == 1
                    && let Some(key) = due.take()
                {
                    self.seen.member(key, kind);
                }
                let Some(frame) = self.open.last_mut() else { return Ok(()) };
                if let Frame::Array(strings) = frame {
                    *strings &= matches!(kind, Kind::String(_));
                }
                let object = matches!(frame, Frame::Object);
                self.cursor.blanks();
                match self.cursor.peek() {
                    Some(b',') => {
                        self.cursor.at += 1;
                        if object {
                            let key = self.key()?;
                            due = if self.open.len() == 1 { key } else { due };
                        }
                        break;
                    }
                    Some(b'}') if object => kind = self.closed(),
                    Some(b']') if !object => kind = self.closed(),
                    _ => return Err(self.cursor.fault()),
                }
            }
        }
    }

    /// A scalar, or `None` for a container, whose first bracket was taken.
    fn value(&mut self) -> Result<Option<Kind<'a>>, Fault> {
        self.cursor.blanks();
        let scalar = match self.cursor.peek() {
            Some(byte @ (b'{' | b'[')) => {
                if self.open.len() == self.depth {
                    return Err(Fault::TooDeep);
                }
                self.cursor.at += 1;
                self.open.push(if byte == b'{' { Frame::Object } else { Frame::Array(true) });
                return Ok(None);
            }
            Some(b'"') => Kind::String(self.cursor.string()?),
            Some(b'-' | b'0'..=b'9') => {
                self.cursor.number()?;
                Kind::Other
            }
            Some(b'n') => {
                self.cursor.literal(b"null")?;
                Kind::Null
            }
            Some(b't') => {
                self.cursor.literal(b"true")?;
                Kind::Other
            }
            Some(b'f') => {
                self.cursor.literal(b"false")?;
                Kind::Other
            }
            _ => return Err(self.cursor.fault()),
        };
        Ok(Some(scalar))
    }

    /// What stands behind an opening bracket.
    fn begin(&mut self) -> Result<Begun, Fault> {
        self.cursor.blanks();
        let object = matches!(self.open.last(), Some(Frame::Object));
        match self.cursor.peek() {
            Some(b'}') if object => Ok(Begun::Empty),
            Some(b']') if !object => Ok(Begun::Empty),
            _ if object => Ok(Begun::Key(self.key()?)),
            _ => Ok(Begun::Element),
        }
    }

    /// Goes over a closing bracket.
    fn closed(&mut self) -> Kind<'a> {
        self.cursor.at += 1;
        match self.open.pop() {
            Some(Frame::Array(strings)) => Kind::Array(strings),
            _ => Kind::Object,
        }
    }

    /// A key and its colon; in the outermost object, which of [`KEYS`] it is.
    fn key(&mut self) -> Result<Option<usize>, Fault> {
        self.cursor.blanks();
        if self.cursor.peek() != Some(b'"') {
            return Err(self.cursor.fault());
        }
        let raw = self.cursor.string()?;
        let known = if self.open.len() == 1 {
            let name = unescaped(raw);
            KEYS.iter().position(|key| *key == name)
        } else {
            None
        };
        self.cursor.blanks();
        if self.cursor.peek() != Some(b':') {
            return Err(self.cursor.fault());
        }
        self.cursor.at += 1;
        Ok(known)
    }
}

enum Begun {
    Empty,
    Key(Option<usize>),
    Element,
}
