//! Finds where documents end in text that comes in pieces, by brackets and quotes alone.
//! A document that is too large to hold is opened: the elements of its array become documents. Used by `cutter` alone.

use std::ops::Range;

use memchr::memchr2;

/// Keys whose array holds events: of Kubernetes lists, of `CloudTrail` files, of `lookup-events`.
const LISTS: [&[u8]; 4] = [b"items", b"Records", b"Events", b"events"];

/// What was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// An array: its elements are documents.
    Array,
    /// An object: only the array of a known key is looked into. So many brackets are open in another member.
    List { depth: u32, key: bool },
}

/// The state between pieces. Positions are those in the buffer that it is given.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    /// Everything before was looked at.
    position: usize,
    /// The document that is open, and the brackets open in it.
    document: Option<(usize, u32)>,
    /// The string that is open.
    string: Option<usize>,
    levels: Vec<Level>,
    /// Stop behind the first document.
    once: bool,
    done: bool,
}

impl Splitter {
    /// For one document, after which [`done`](Self::done) tells where it ended.
    pub(super) fn for_one() -> Self {
        Self { once: true, ..Self::default() }
    }

    /// The end of the one document, once it is known.
    pub(super) fn done(&self) -> Option<usize> {
        self.done.then_some(self.position)
    }

    /// From where on the buffer is still needed.
    pub(super) fn needed_from(&self) -> usize {
        self.document
            .map(|(start, _)| start)
            .or(self.string)
            .unwrap_or(self.position)
            .min(self.position)
    }

    /// The buffer has lost so many bytes at its start.
    pub(super) fn shift(&mut self, count: usize) {
        self.position -= count;
        if let Some((start, _)) = &mut self.document {
            *start -= count;
        }
        if let Some(start) = &mut self.string {
            *start -= count;
        }
    }

    /// Looks at what is new and tells the documents that ended there.
    pub(super) fn scan(&mut self, bytes: &[u8], ended: &mut Vec<Range<u32>>) {
        while self.position < bytes.len() && !self.done {
            if let Some(start) = self.string {
                if !self.end_string(bytes, start) {
                    return;
                }
            } else if let Some((start, depth)) = self.document {
                self.inside(bytes, start, depth, ended);
                self.done = self.once && self.document.is_none() && self.levels.is_empty();
            } else {
                let at = self.position;
                self.position += 1;
                match bytes[at] {
                    b'"' => self.string = Some(at),
                    byte => {
                        let opened = !self.levels.is_empty();
                        self.between(at, byte);
                        self.done = self.once && opened && self.levels.is_empty();
                    }
                }
            }
        }
    }

    /// Inside a document, which is where nearly all bytes are: up to its end, or to a string that goes on.
    fn inside(&mut self, bytes: &[u8], start: usize, mut depth: u32, ended: &mut Vec<Range<u32>>) {
        let mut at = self.position;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => match closing_quote(bytes, at + 1) {
                    Ok(quote) => at = quote,
                    Err(known) => {
                        self.string = Some(at);
                        self.document = Some((start, depth));
                        self.position = known;
                        return;
                    }
                },
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        ended.push(start as u32..at as u32 + 1);
                        self.document = None;
                        self.position = at + 1;
                        return;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.document = Some((start, depth));
        self.position = at;
    }

    /// Outside any document.
    fn between(&mut self, at: usize, byte: u8) {
        match self.levels.last_mut() {
            Some(Level::List { depth, key }) => match byte {
                b'[' if *key && *depth == 0 => self.levels.push(Level::Array),
                b'{' | b'[' => *depth += 1,
                b'}' if *depth == 0 => {
                    self.levels.pop();
                }
                b'}' | b']' => *depth = depth.saturating_sub(1),
                b',' if *depth == 0 => *key = false,
                _ => {}
            },
            Some(Level::Array) if byte == b']' => {
                self.levels.pop();
            }
            _ if matches!(byte, b'{' | b'[') => self.document = Some((at, 1)),
            _ => {}
        }
    }

    /// Goes behind the closing quote; false when it is not there yet.
    fn end_string(&mut self, bytes: &[u8], start: usize) -> bool {
        match closing_quote(bytes, self.position) {
            Ok(quote) => self.position = quote + 1,
            Err(known) => {
                self.position = known;
                // A backslash at the very end: what it escapes has not come yet.
                return false;
            }
        }
        if self.document.is_none()
            && let Some(Level::List { depth: 0, key }) = self.levels.last_mut()
        {
            *key = LISTS.contains(&&bytes[start + 1..self.position - 1]);
        }
        self.string = None;
        true
    }

    /// Takes the open document as a list and finds its elements; false when it is none, as far as it goes.
    pub(super) fn open(&mut self, bytes: &[u8], ended: &mut Vec<Range<u32>>) -> bool {
        let Some((start, _)) = self.document else { return false };
        let mut inside = Self { position: start + 1, once: self.once, ..Self::default() };
        inside.levels.clone_from(&self.levels);
        inside.levels.push(match bytes[start] {
            b'[' => Level::Array,
            _ => Level::List { depth: 0, key: false },
        });
        let known = ended.len();
        inside.scan(bytes, ended);
        let holds = matches!(inside.levels.last(), Some(Level::Array)) || ended.len() > known;
        if holds {
            *self = inside;
        }
        holds
    }
}

/// Most strings are short: so many bytes are looked at one by one before the search by vectors begins.
const SHORT: usize = 24;

/// The next quote that closes a string, or from where to look again when more has come.
#[inline]
fn closing_quote(bytes: &[u8], mut from: usize) -> Result<usize, usize> {
    loop {
        let near = bytes.get(from..).unwrap_or_default();
        let near = &near[..near.len().min(SHORT)];
        let found = near.iter().position(|&byte| matches!(byte, b'"' | b'\\')).or_else(|| {
            let rest = bytes.get(from + near.len()..)?;
            memchr2(b'"', b'\\', rest).map(|found| found + near.len())
        });
        let Some(found) = found else { return Err(bytes.len().max(from)) };
        let at = from + found;
        if bytes[at] == b'"' {
            return Ok(at);
        }
        if at + 1 == bytes.len() {
            return Err(at);
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In pieces of every size, with the first document opened when `open`.
    fn split(text: &str, piece: usize, open: bool) -> Vec<String> {
        let mut splitter = Splitter::default();
        let mut ranges = Vec::new();
        let mut end = 0;
        let mut opened = !open;
        while end < text.len() {
            end = (end + piece).min(text.len());
            splitter.scan(&text.as_bytes()[..end], &mut ranges);
            if !opened {
                opened = splitter.open(&text.as_bytes()[..end], &mut ranges);
            }
        }
        ranges
            .iter()
            .map(|range| text[range.start as usize..range.end as usize].to_owned())
            .collect()
    }

    #[test]
    fn documents_end_where_their_brackets_close() {
        let text = "{\"a\":\"}\\\"\\\\\"}\n[{\"b\":[1,2]},\n {}] {\"c\":\"]\"}";
        for piece in 1..=text.len() {
            assert_eq!(
                split(text, piece, false),
                ["{\"a\":\"}\\\"\\\\\"}", "[{\"b\":[1,2]},\n {}]", "{\"c\":\"]\"}"]
            );
        }
    }

    #[test]
    fn an_opened_list_gives_its_elements() {
        let text = r#"{"kind":"EventList","metadata":{"items":[{"no":0}]},"x":["items"],"items":[{"a":1},{"b":[{}]}],"y":{"z":{}}} {"c":3}"#;
        for piece in 1..20 {
            let found = split(text, piece, true);
            assert_eq!(found, [r#"{"a":1}"#, r#"{"b":[{}]}"#, r#"{"c":3}"#], "{piece}");
        }
        assert_eq!(
            split(r#"[{"a":1},[{"b":2}], {"c":3}]{"d":4}"#, 3, true),
            [r#"{"a":1}"#, r#"[{"b":2}]"#, r#"{"c":3}"#, r#"{"d":4}"#]
        );
    }
}
