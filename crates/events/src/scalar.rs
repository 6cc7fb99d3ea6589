//! A strict RFC 8259 scanner: judges any line, of any size and with any numbers, and names the first fault.
//! Slower than the kernel and its oracle in the tests; runs where the kernel refuses. Called by `line` and `sniff`.

use std::borrow::Cow;

use crate::cursor::Cursor;
use crate::fields::{EventFields, Field};
use crate::keys::KeySet;
use crate::unescape::unescaped;

pub(crate) use crate::cursor::Fault;

/// Containers that may be open within each other; one more is a fault.
pub(crate) const MAX_DEPTH: usize = 1024;

/// A valid JSON text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Document<'a> {
    /// An object with its fields.
    Object(EventFields<'a>),
    /// Any other value.
    Other,
}

/// Names of the fields, in the order of `Scanner::texts`.
const NAMES: [&str; 4] = ["rule", "priority", "time", "hostname"];

/// The scanner and the memory it reuses from line to line.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    open: Vec<Frame>,
    keys: KeySet,
    texts: [String; 4],
}

#[derive(Debug, Clone, Copy)]
enum Frame {
    Array,
    /// With the mark of its first key.
    Object(usize),
}

/// The raw value of a field, as far as it matters.
#[derive(Debug, Clone, Copy, Default)]
enum Raw<'a> {
    #[default]
    Absent,
    Text(&'a str),
    Other,
}

impl Scanner {
    /// Judges the whole of `line`.
    pub(crate) fn scan<'a>(&'a mut self, line: &'a str) -> Result<Document<'a>, Fault> {
        self.open.clear();
        let mut walk = Walk { cursor: Cursor::new(line), raw: [Raw::Absent; 4], field: None };
        walk.cursor.blanks();
        let is_object = walk.cursor.peek() == Some(b'{');
        let whole = walk.document(&mut self.open, &mut self.keys);
        // Not at the next line, which may be another thread's.
        let duplicate_keys = self.keys.finish();
        whole?;
        walk.cursor.blanks();
        if walk.cursor.peek().is_some() {
            return Err(if is_object { Fault::Trailing } else { Fault::Grammar });
        }
        if !is_object {
            return Ok(Document::Other);
        }
        let [rule, priority, time, hostname] = &mut self.texts;
        Ok(Document::Object(EventFields {
            rule: field(walk.raw[0], rule),
            priority: field(walk.raw[1], priority),
            time: field(walk.raw[2], time),
            hostname: field(walk.raw[3], hostname),
            duplicate_keys,
        }))
    }
}

/// Unescapes into `memory` only when something is escaped.
fn field<'a>(raw: Raw<'a>, memory: &'a mut String) -> Field<'a> {
    match raw {
        Raw::Absent => Field::Absent,
        Raw::Other => Field::Other,
        Raw::Text(text) => match unescaped(text) {
            Cow::Borrowed(text) => Field::Text(text),
            Cow::Owned(text) => {
                *memory = text;
                Field::Text(memory)
            }
        },
    }
}

/// The way through one line.
struct Walk<'a> {
    cursor: Cursor<'a>,
    raw: [Raw<'a>; 4],
    /// The field whose value comes next.
    field: Option<usize>,
}

impl Walk<'_> {
    /// One value with all that it contains, without recursion: the depth is the input's choice.
    fn document(&mut self, open: &mut Vec<Frame>, keys: &mut KeySet) -> Result<(), Fault> {
        loop {
            let opened = self.value(open, keys)?;
            if opened && !self.close_empty(open, keys) {
                if let Some(Frame::Object(_)) = open.last() {
                    self.key(open.len(), keys)?;
                }
                continue;
            }
            if !self.rest(open, keys)? {
                return Ok(());
            }
        }
    }

    /// Begins a value: `true` when it is a container, now open; a scalar is done.
    fn value(&mut self, open: &mut Vec<Frame>, keys: &KeySet) -> Result<bool, Fault> {
        self.cursor.blanks();
        let field = self.field.take();
        let mut raw = Raw::Other;
        let mut opened = false;
        match self.cursor.peek() {
            Some(byte @ (b'{' | b'[')) => {
                if open.len() == MAX_DEPTH {
                    return Err(Fault::TooDeep);
                }
                self.cursor.at += 1;
                open.push(if byte == b'{' { Frame::Object(keys.mark()) } else { Frame::Array });
                opened = true;
            }
            Some(b'"') => raw = Raw::Text(self.cursor.string()?),
            Some(b'-' | b'0'..=b'9') => self.cursor.number()?,
            Some(b't') => self.cursor.literal(b"true")?,
            Some(b'f') => self.cursor.literal(b"false")?,
            Some(b'n') => self.cursor.literal(b"null")?,
            _ => return Err(self.cursor.fault()),
        }
        if let Some(field) = field {
            self.raw[field] = raw;
        }
        Ok(opened)
    }

    /// Closes a container that was just opened, when it is empty.
    fn close_empty(&mut self, open: &mut Vec<Frame>, keys: &mut KeySet) -> bool {
        self.cursor.blanks();
        let empty = matches!(
            (open.last(), self.cursor.peek()),
            (Some(Frame::Object(_)), Some(b'}')) | (Some(Frame::Array), Some(b']'))
        );
        if empty {
            self.close(open, keys);
        }
        empty
    }

    fn close(&mut self, open: &mut Vec<Frame>, keys: &mut KeySet) {
        self.cursor.at += 1;
        if let Some(Frame::Object(mark)) = open.pop() {
            keys.close(mark, self.cursor.line);
        }
    }

    /// After a value: closes what closes; `true` when another value follows, `false` when the document is whole.
    fn rest(&mut self, open: &mut Vec<Frame>, keys: &mut KeySet) -> Result<bool, Fault> {
        while let Some(frame) = open.last().copied() {
            self.cursor.blanks();
            match (frame, self.cursor.peek()) {
                (_, Some(b',')) => {
                    self.cursor.at += 1;
                    if let Frame::Object(_) = frame {
                        self.key(open.len(), keys)?;
                    }
                    return Ok(true);
                }
                (Frame::Object(_), Some(b'}')) | (Frame::Array, Some(b']')) => {
                    self.close(open, keys);
                }
                _ => return Err(self.cursor.fault()),
            }
        }
        Ok(false)
    }

    /// A key and its colon.
    fn key(&mut self, depth: usize, keys: &mut KeySet) -> Result<(), Fault> {
        self.cursor.blanks();
        if self.cursor.peek() != Some(b'"') {
            return Err(self.cursor.fault());
        }
        let start = self.cursor.at + 1;
        let raw = self.cursor.string()?;
        keys.push(raw, start, self.cursor.line);
        if depth == 1 {
            let name = unescaped(raw);
            self.field = NAMES.iter().position(|known| *known == name);
        }
        self.cursor.blanks();
        if self.cursor.peek() != Some(b':') {
            return Err(self.cursor.fault());
        }
        self.cursor.at += 1;
        Ok(())
    }
}
