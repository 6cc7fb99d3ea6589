//! A statement of any size made small: its own text with large arrays left out, and where those lie.
//! Every byte is checked against the JSON grammar, also in what is left out; values are neither built nor re-written.
//! Used to hand a statement with millions of embedded events to code that decides.

use std::io::Read;

use crate::elide::Step;
use crate::text::{Document, Window};
use crate::{ElidePath, Payload, PayloadError, Work};

/// What an outline may weigh. `JSON.parse` needs several times this, so more would help nobody.
pub const OUTLINE_LIMIT: usize = 256 << 20;

/// A statement without its elided arrays.
#[derive(Debug, PartialEq, Eq)]
pub struct Outline {
    /// The text as it stands in the payload, `null` in place of each elided array.
    pub json: Vec<u8>,
    /// What was left out, in order.
    pub elided: Vec<Elided>,
}

/// An array that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elided {
    /// Where it belongs: a JSON Pointer (RFC 6901).
    pub pointer: String,
    /// Its first byte in the payload, the opening bracket.
    pub offset: u64,
    /// Its length with both brackets.
    pub len: u64,
    /// Number of elements.
    pub count: u64,
}

/// Outlines a statement, leaving out the arrays that any of `elide` names; other values at those places stay.
///
/// What is left out has been checked like the rest: brackets, commas, literals, numbers, escapes, no raw control character in
/// a string, at most 10,000 brackets open. Not checked anywhere: that strings are UTF-8 and that keys are unique. If a key
/// on the way to an elided array comes twice, only what the last one holds is reported, as a parser would have it.
pub fn outline(
    payload: &Payload,
    elide: &[ElidePath],
    work: Work<'_>,
) -> Result<Outline, PayloadError> {
    outline_within(OUTLINE_LIMIT, payload, elide, work)
}

pub(crate) fn outline_within(
    limit: usize,
    payload: &Payload,
    elide: &[ElidePath],
    work: Work<'_>,
) -> Result<Outline, PayloadError> {
    let mut window = Window::new(payload.reader(), 0, Document::Statement, work);
    window.start_copy(Vec::new(), limit);
    let paths: Vec<&[Step]> = elide.iter().map(|path| path.steps.as_slice()).collect();
    let mut walk = Walk { elided: Vec::new(), pointer: String::new() };
    walk.value(&mut window, &paths)?;
    window.finish()?;
    Ok(Outline { json: window.take_copy()?, elided: walk.elided })
}

/// The way down to elided arrays. It recurses no deeper than the longest path.
struct Walk {
    elided: Vec<Elided>,
    pointer: String,
}

impl Walk {
    /// Reads one value that lies on the given paths, of which only what is still ahead is passed.
    fn value<R: Read>(
        &mut self,
        window: &mut Window<'_, R>,
        paths: &[&[Step]],
    ) -> Result<(), PayloadError> {
        match window.peek("a value")? {
            b'[' if paths.iter().any(|path| path.is_empty()) => self.elide(window),
            b'[' => {
                let inside: Vec<&[Step]> =
                    paths.iter().filter_map(|path| after_each(path)).collect();
                if inside.is_empty() {
                    return window.value().map(drop);
                }
                window
                    .array(|window, index| self.below(&index.to_string(), window, &inside))
                    .map(drop)
            }
            b'{' if paths.iter().any(|path| matches!(path.first(), Some(Step::Key(_)))) => window
                .object(|window, key| {
                    let inside: Vec<&[Step]> =
                        paths.iter().filter_map(|path| after_key(path, key)).collect();
                    match std::str::from_utf8(key) {
                        Ok(key) if !inside.is_empty() => self.below(key, window, &inside),
                        _ => window.value().map(drop),
                    }
                }),
            _ => window.value().map(drop),
        }
    }

    fn below<R: Read>(
        &mut self,
        token: &str,
        window: &mut Window<'_, R>,
        paths: &[&[Step]],
    ) -> Result<(), PayloadError> {
        let len = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
        let place = &self.pointer;
        self.elided.retain(|earlier| {
            earlier
                .pointer
                .strip_prefix(place.as_str())
                .is_none_or(|rest| !(rest.is_empty() || rest.starts_with('/')))
        });
        self.value(window, paths)?;
        self.pointer.truncate(len);
        Ok(())
    }

    fn elide<R: Read>(&mut self, window: &mut Window<'_, R>) -> Result<(), PayloadError> {
        let offset = window.offset();
        let (count, len) = window.replaced(b"null", |window| {
            let count = window.array(|window, _| window.value().map(drop))?;
            Ok((count, window.offset() - offset))
        })?;
        self.elided.push(Elided { pointer: self.pointer.clone(), offset, len, count });
        Ok(())
    }
}

fn after_each<'s>(path: &&'s [Step]) -> Option<&'s [Step]> {
    match path {
        [Step::Each, rest @ ..] => Some(rest),
        _ => None,
    }
}

fn after_key<'s>(path: &&'s [Step], key: &[u8]) -> Option<&'s [Step]> {
    match path {
        [Step::Key(name), rest @ ..] if name.as_bytes() == key => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
#[path = "outline_test.rs"]
mod test;
