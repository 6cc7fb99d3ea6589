//! What the first lines of a file tell about it, gathered line by line and weighed at the end.
//! Decides no more than `sniff` asks: the kind of file. Used by it alone.

use memchr::{memchr, memmem};

use crate::fields::{EventFields, Field};
use crate::prefix::has_runtime_prefix;
use crate::scalar::{Document, Fault, Scanner};
use crate::sniff::Sniff;

/// What the lines so far tell.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent signs, each seen or not; the verdict weighs them"
)]
pub(crate) struct Signs {
    scanner: Scanner,
    lines: u64,
    /// The first line begins a document that goes on after it; an array's can't be events.
    opens_document: bool,
    opens_array: bool,
    events: bool,
    json: bool,
    prefixed: bool,
    not_utf8: bool,
}

impl Signs {
    /// Takes the next line; `cut` when only its beginning is known.
    pub(crate) fn add(&mut self, line: &[u8], cut: bool) {
        self.lines += 1;
        let first = self.lines == 1;
        if cut {
            self.add_cut(line, first);
            return;
        }
        let Ok(text) = std::str::from_utf8(line) else {
            self.not_utf8 = true;
            return;
        };
        match self.scanner.scan(text) {
            Ok(Document::Object(fields)) => {
                self.json = true;
                self.events |= is_event(&fields) && !self.opens_array;
            }
            Ok(Document::Other) => {
                self.json = true;
                // A whole array in the first line: events, but none on a line of its own.
                self.opens_array |= first && line.starts_with(b"[");
            }
            Err(Fault::Incomplete) if first => {
                self.opens_document = line.starts_with(b"{");
                self.opens_array = line.starts_with(b"[");
            }
            Err(_) => self.prefixed |= has_runtime_prefix(text),
        }
    }

    /// No later line can change the verdict.
    pub(crate) fn found_event(&self) -> bool {
        self.events
    }

    /// The head ended within this line: keys and shape have to do.
    fn add_cut(&mut self, line: &[u8], first: bool) {
        let has = |key: &str| memmem::find(line, key.as_bytes()).is_some();
        if line.starts_with(b"{") {
            self.json = true;
            self.events |= !self.opens_array
                && (has("\"output_fields\"")
                    || (has("\"rule\"")
                        && (has("\"priority\"") || has("\"time\"") || has("\"output\""))));
        } else if first && line.starts_with(b"[") {
            self.opens_array = true;
        }
    }

    /// What all of it seems to be; `whole` when nothing follows `text`.
    pub(crate) fn verdict(&self, text: &[u8], whole: bool) -> Sniff {
        if self.events {
            return Sniff::FalcoEvents;
        }
        if self.lines == 0 {
            return if whole { Sniff::Empty } else { Sniff::Other };
        }
        // One unfinished line is a capture cut off in its first event, not a printed document.
        if self.opens_array || (self.opens_document && self.lines > 1) {
            return Sniff::PrettyPrinted;
        }
        if self.prefixed {
            return Sniff::PrefixedLog;
        }
        if self.json || self.opens_document {
            return Sniff::OtherJsonLines;
        }
        if self.not_utf8 || memchr(0, text).is_some() { Sniff::Other } else { Sniff::Text }
    }
}

/// A `rule` alone is in many formats; Falco's events have at least one of these beside it.
fn is_event(fields: &EventFields<'_>) -> bool {
    let others = [fields.priority, fields.time, fields.hostname];
    fields.rule.non_empty().is_some() && others.iter().any(|field| matches!(field, Field::Text(_)))
}
