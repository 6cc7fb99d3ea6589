//! Lists: their items, and the replacement of their names in the text of conditions.
//! Falco replaces list after list in the whole text; here the text is walked once with the same outcome.

use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::Code;
use crate::load::collector::Table;
use crate::load::definition::ListItem;
use crate::load::exception::quoted;
use crate::load::{Fault, Outcome};

/// Items of all lists together, after lists among them were replaced.
const MAX_ITEMS: usize = 4_000_000;

/// Lists with unusual names that are looked for, each in the whole condition.
const MAX_UNUSUAL: usize = 64;

/// Bytes walked and written for one condition.
const MAX_WORK: usize = 64 << 20;

/// A list whose items are ready to stand in a condition.
#[derive(Debug)]
pub(super) struct CompiledList {
    pub(super) items: Vec<String>,
    /// Numbers of the lists among its items.
    pub(super) lists: Vec<usize>,
    /// The items as they stand in a condition, a blank behind.
    text: String,
}

/// All lists of the namespace.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) compiled: Vec<CompiledList>,
    names: HashMap<String, usize>,
    /// Those that blanks and parentheses do not keep apart. Falco warns of such names and replaces them all the same.
    unusual: Vec<(String, usize)>,
}

/// A condition with its lists replaced.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// Numbers of the lists that were named.
    pub(super) used: BTreeSet<usize>,
    segments: Vec<Segment>,
    /// Places are lost: a list with an unusual name was replaced.
    shifted: bool,
}

/// Bytes of the expanded text and where they come from.
#[derive(Clone, Copy, Debug)]
struct Segment {
    start: usize,
    source: usize,
    /// Of the original text byte by byte; else all stand for the name of a list.
    copied: bool,
}

impl Expanded {
    /// The byte of the original text behind a byte of the expanded one, when it can be told.
    pub(super) fn source(&self, offset: usize) -> Option<usize> {
        if self.shifted {
            return None;
        }
        let source = match self
            .segments
            .partition_point(|segment| segment.start <= offset)
            .checked_sub(1)
            .map(|index| self.segments[index])
        {
            Some(Segment { start, source, copied: true }) => source + (offset - start),
            Some(Segment { source, .. }) => source,
            None => 0,
        };
        Some(source)
    }

    fn mark(&mut self, source: usize, copied: bool) {
        let start = self.text.len();
        while self.segments.last().is_some_and(|segment| segment.start >= start) {
            self.segments.pop();
        }
        self.segments.push(Segment { start, source, copied });
    }

    fn trim_end(&mut self) {
        let len = self.text.trim_end_matches(is_blank).len();
        self.text.truncate(len);
    }
}

const fn is_blank(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\n' | '\r')
}

const fn is_delimiter(char: char) -> bool {
    is_blank(char) || matches!(char, '(' | ')' | ',' | '=')
}

/// Text that is being walked: the condition, or the items of a list within it.
struct Walk<'l> {
    text: &'l str,
    at: usize,
    /// Lists before this were replaced already when this text came in.
    from: usize,
    /// Where in the condition, for items of a list.
    origin: Option<usize>,
}

impl Lists {
    /// Replaces lists among the items of lists defined before them, one level deep as Falco does.
    pub(super) fn compile(table: &Table<ListItem>) -> Outcome<Self> {
        let mut lists = Self::default();
        let mut total = 0;
        for (number, placed) in table.items.iter().enumerate() {
            let (mut items, mut used) = (Vec::new(), Vec::new());
            for item in &placed.item.items {
                let other = table
                    .number(item)
                    .filter(|other| table.items[*other].index < placed.visibility);
                if let Some(other) = other {
                    used.push(other);
                    items.extend(table.items[other].item.items.iter().map(|item| quoted(item)));
                } else {
                    items.push(quoted(item));
                }
                if total + items.len() > MAX_ITEMS {
                    let message = format!("lists within lists make more than {MAX_ITEMS} items");
                    return Err(Fault::new(Code::Validate, message, &placed.item.context));
                }
            }
            total += items.len();
            let mut text = String::new();
            for item in &items {
                // A separator is only written behind something: leading empty items vanish.
                if !text.is_empty() {
                    text.push_str(", ");
                }
                text.push_str(item);
            }
            text.push(' ');
            lists.compiled.push(CompiledList { items, lists: used, text });
            if !placed.item.name.contains(is_delimiter) {
                lists.names.insert(placed.item.name.clone(), number);
            } else if lists.unusual.len() < MAX_UNUSUAL {
                lists.unusual.push((placed.item.name.clone(), number));
            }
        }
        Ok(lists)
    }

    /// Replaces the names of lists in a condition. Nothing when it grows without bound.
    pub(super) fn expand(&self, condition: &str) -> Option<Expanded> {
        let mut out = Expanded::default();
        let unusual = self.replace_unusual(condition, &mut out.used);
        out.shifted = unusual.is_some();
        let condition = unusual.as_deref().unwrap_or(condition);
        let mut stack = vec![Walk { text: condition, at: 0, from: 0, origin: None }];
        // An empty list takes an adjoining comma with it: the one before, else the one behind.
        let mut drop_comma = false;
        let mut work = 0;
        out.mark(0, true);
        while let Some(walk) = stack.last_mut() {
            let rest = &walk.text[walk.at..];
            let Some(first) = rest.chars().next() else {
                let resumed = stack.pop().is_some_and(|walk| walk.origin.is_some());
                if let (true, Some(below)) = (resumed, stack.last()) {
                    out.mark(below.origin.unwrap_or(below.at), below.origin.is_none());
                }
                continue;
            };
            let len =
                if is_delimiter(first) { 1 } else { rest.find(is_delimiter).unwrap_or(rest.len()) };
            let token = &rest[..len];
            work += len;
            if work > MAX_WORK {
                return None;
            }
            let origin = walk.origin.unwrap_or(walk.at);
            walk.at += len;
            if drop_comma && !is_blank(first) {
                drop_comma = false;
                if first == ',' {
                    let (source, copied) = (walk.origin.unwrap_or(walk.at), walk.origin.is_none());
                    out.mark(source, copied);
                    continue;
                }
            }
            let list = self.names.get(token).copied().filter(|number| *number >= walk.from);
            let Some(number) = list else {
                out.text.push_str(token);
                continue;
            };
            out.used.insert(number);
            walk.at +=
                walk.text[walk.at..].bytes().take_while(|byte| is_blank(char::from(*byte))).count();
            out.trim_end();
            let list = &self.compiled[number];
            if list.items.is_empty() {
                if out.text.ends_with(',') {
                    out.text.pop();
                } else {
                    drop_comma = true;
                }
            }
            out.mark(origin, false);
            if !out.text.is_empty() {
                out.text.push(' ');
            }
            work += list.text.len() + 1;
            stack.push(Walk { text: &list.text, at: 0, from: number + 1, origin: Some(origin) });
        }
        Some(out)
    }

    /// The condition with lists of unusual names replaced, if it names any.
    fn replace_unusual(&self, condition: &str, used: &mut BTreeSet<usize>) -> Option<String> {
        let mut replaced: Option<String> = None;
        for (name, number) in &self.unusual {
            let text = replaced.as_deref().unwrap_or(condition);
            let apart = |at: usize| {
                text[..at].chars().next_back().is_none_or(is_delimiter)
                    && text[at + name.len()..].chars().next().is_none_or(is_delimiter)
            };
            let places: Vec<usize> = text
                .match_indices(name.as_str())
                .map(|(at, _)| at)
                .filter(|at| apart(*at))
                .collect();
            if places.is_empty() {
                continue;
            }
            used.insert(*number);
            let mut out = String::with_capacity(text.len());
            let mut from = 0;
            for at in places {
                out.push_str(&text[from..at]);
                out.push_str(&self.compiled[*number].text);
                from = at + name.len();
            }
            out.push_str(&text[from..]);
            replaced = Some(out);
        }
        replaced
    }
}
