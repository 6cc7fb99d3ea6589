//! Finds the events in a batch: documents, arrays and lists of them, records wrapped as text.
//! Each is walked once, timed, numbered and handed on; what is none is counted. One reader a thread.

use std::ops::Range;

use bumpalo::Bump;
use lanner_events::EventsError;

use crate::batch::{Batch, Layout};
use crate::event::{Moment, SourceEvent};
use crate::json::{Kind, MISSING, Malformed, PathId, TokenIndex, Tokens, Walker, unescaped};
use crate::plan::Plan;
use crate::skipped::{Place, SkipReason, Skipped};
use crate::source::Source;
use crate::time;

/// Room for the tokens of a usual batch; it grows when needed.
const USUAL_BATCH: usize = 1 << 20;

/// The arena is emptied when it holds more, so that its memory is near.
const ARENA: usize = 256 << 10;

/// What came before a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// How many events.
    pub events: u64,
    /// The time of the first, once there was one.
    pub first: Option<u64>,
}

/// Reads batches, in memory that is used again.
#[derive(Debug)]
pub struct EventReader<'p> {
    plan: &'p Plan,
    index: TokenIndex,
    inner: Option<TokenIndex>,
    scratch: Scratch,
}

#[derive(Debug)]
struct Scratch {
    walker: Walker,
    found: Vec<u32>,
    arena: Bump,
}

/// One reading of one batch.
struct Pass<'r, V> {
    plan: &'r Plan,
    scratch: &'r mut Scratch,
    inner: &'r mut Option<TokenIndex>,
    order: &'r mut Order,
    skipped: &'r mut Skipped,
    visit: &'r mut V,
    /// Where offsets count from.
    place: Place,
}

impl<'p> EventReader<'p> {
    /// A reader of events of the plan's source.
    pub fn new(plan: &'p Plan) -> Result<Self, EventsError> {
        Self::sized(plan, USUAL_BATCH)
    }

    /// The same with room for batches of `bytes`.
    pub fn sized(plan: &'p Plan, bytes: usize) -> Result<Self, EventsError> {
        let scratch = Scratch {
            walker: Walker::default(),
            found: vec![MISSING; plan.paths.len()],
            arena: Bump::new(),
        };
        Ok(Self { plan, index: TokenIndex::new(bytes)?, inner: None, scratch })
    }

    /// Visits the events of a batch in order. `order` and `skipped` go on from what they were.
    pub fn read<V: FnMut(&mut SourceEvent<'_>)>(
        &mut self,
        batch: &Batch,
        order: &mut Order,
        skipped: &mut Skipped,
        visit: &mut V,
    ) {
        let Self { plan, index, inner, scratch } = self;
        let place = Place { input: batch.input, offset: batch.offset };
        let mut pass = Pass { plan, scratch, inner, order, skipped, visit, place };
        match &batch.layout {
            Layout::Lines => match index.whole(&batch.text) {
                Some(at) => pass.lines(Tokens { bytes: &batch.text, at }),
                None => pass.lines_apart(&batch.text, index),
            },
            Layout::Documents(ranges) => match index.whole(&batch.text) {
                Some(at) => pass.documents(Tokens { bytes: &batch.text, at }, ranges),
                None => pass.documents_apart(batch, ranges, index),
            },
        }
    }
}

impl<V: FnMut(&mut SourceEvent<'_>)> Pass<'_, V> {
    fn note(&mut self, reason: SkipReason, offset: usize) {
        let place = Place { offset: self.place.offset + offset as u64, ..self.place };
        self.skipped.note(reason, place);
    }

    /// All lines, whose tokens were found at once.
    fn lines(&mut self, tokens: Tokens<'_>) {
        let Tokens { bytes, at } = tokens;
        let mut token = 0;
        while let Some(&start) = at.get(token) {
            let start = start as usize;
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |end| start + end);
            token = self.within(tokens, token, end);
        }
    }

    /// All documents, whose tokens were found at once.
    fn documents(&mut self, tokens: Tokens<'_>, ranges: &[Range<u32>]) {
        let mut token = 0;
        for range in ranges {
            while tokens.at.get(token).is_some_and(|&at| at < range.start) {
                token += 1;
            }
            if tokens.at.get(token).is_some_and(|&at| at < range.end) {
                token = self.within(tokens, token, range.end as usize);
            }
        }
    }

    /// The document that begins at `token` and must end before `end`, and alone. Returns the token after it.
    fn within(&mut self, tokens: Tokens<'_>, token: usize, end: usize) -> usize {
        let Tokens { at, .. } = tokens;
        let start = at[token] as usize;
        let after = match self.root(tokens, token as u32) {
            Ok(after) if at[after as usize - 1] as usize >= end => Err(SkipReason::NotJson),
            Ok(after) if at.get(after as usize).is_some_and(|&next| (next as usize) < end) => {
                Err(SkipReason::Trailing)
            }
            walked => walked,
        };
        match after {
            Ok(after) => {
                self.dispatch(tokens, token as u32, Some(after), start);
                after as usize
            }
            Err(reason) => {
                self.note(reason, start);
                token + at[token..].partition_point(|&at| (at as usize) < end)
            }
        }
    }

    /// The same when a string somewhere is open, or holds a control character.
    fn documents_apart(&mut self, batch: &Batch, ranges: &[Range<u32>], index: &mut TokenIndex) {
        for range in ranges {
            let text = batch.text.get(range.start as usize..range.end as usize).unwrap_or_default();
            self.place.offset = batch.offset + u64::from(range.start);
            self.single(text, index);
        }
    }

    /// The same when some line has a string that is open, or that holds a control character.
    fn lines_apart(&mut self, text: &[u8], index: &mut TokenIndex) {
        let base = self.place.offset;
        let mut start = 0;
        while start < text.len() {
            let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |end| start + end);
            self.place.offset = base + start as u64;
            self.single(&text[start..end], index);
            start = end + 1;
        }
        self.place.offset = base;
    }

    /// One document that is all of the text.
    fn single(&mut self, text: &[u8], index: &mut TokenIndex) {
        let at = match index.whole(text) {
            Some(at) => Some(at),
            // Asked again: the borrow of a first answer would last.
            None => index.single(text),
        };
        let Some(at) = at else { return self.note(SkipReason::NotJson, 0) };
        if at.is_empty() {
            return;
        }
        let tokens = Tokens { bytes: text, at };
        match self.root(tokens, 0) {
            Ok(after) if (after as usize) < at.len() => self.note(SkipReason::Trailing, 0),
            Ok(after) => {
                self.dispatch(tokens, 0, Some(after), 0);
            }
            Err(reason) => self.note(reason, 0),
        }
    }

    /// Walks a whole document, so that nothing of it is used before all of it is known to be well formed.
    fn root(&mut self, tokens: Tokens<'_>, token: u32) -> Result<u32, SkipReason> {
        let Scratch { walker, found, .. } = self.scratch;
        let walked = match tokens.byte(token) {
            b'{' => walker.walk(tokens, token, &self.plan.paths, found),
            _ => walker.check(tokens, token),
        };
        walked.map_err(|fault| match fault {
            Malformed::Syntax(_) => SkipReason::NotJson,
            Malformed::TooDeep => SkipReason::TooDeep,
        })
    }

    /// Takes the value at `token` as an event or as many; `walked` is the token after it when it was just walked.
    /// Returns the token after it.
    fn dispatch(
        &mut self,
        tokens: Tokens<'_>,
        token: u32,
        walked: Option<u32>,
        start: usize,
    ) -> u32 {
        match tokens.byte(token) {
            b'{' => {
                let after = match walked.map_or_else(|| self.root(tokens, token), Ok) {
                    Ok(after) => after,
                    Err(reason) => {
                        self.note(reason, start);
                        return tokens.after(token);
                    }
                };
                self.object(tokens, start);
                after
            }
            b'[' => self.array(tokens, token),
            _ => {
                self.note(SkipReason::NotAnEvent, start);
                token + 1
            }
        }
    }

    fn array(&mut self, tokens: Tokens<'_>, token: u32) -> u32 {
        let mut next = token + 1;
        if tokens.byte(next) == b']' {
            return next + 1;
        }
        loop {
            next = self.dispatch(tokens, next, None, tokens.start(next));
            if tokens.byte(next) != b',' {
                return next + 1;
            }
            next += 1;
        }
    }

    fn found(&self, path: PathId) -> Option<u32> {
        let token = self.scratch.found[path.0 as usize];
        (token != MISSING).then_some(token)
    }

    /// The time in the object that was walked last.
    fn time(&self) -> Option<u32> {
        self.found(self.plan.frame.time)
    }

    /// The object that was walked last.
    fn object(&mut self, tokens: Tokens<'_>, start: usize) {
        let frame = self.plan.frame;
        let kind = self.found(frame.kind);
        let many = frame
            .many
            .into_iter()
            .find_map(|path| self.found(path).filter(|&token| tokens.kind(token) == Kind::Array));
        match self.plan.source {
            Source::K8sAudit => {
                // The API server names the kind of a list it posts, not that of its items. A list too long to hold comes as its
                // items, so they are told by what they have.
                if is(tokens, kind, b"Event") || (kind.is_none() && self.time().is_some()) {
                    return self.event(tokens, start);
                }
                if is(tokens, kind, b"EventList")
                    && let Some(items) = many
                {
                    self.array(tokens, items);
                    return;
                }
            }
            Source::CloudTrail => {
                if let Some(records) = many {
                    self.array(tokens, records);
                    return;
                }
                if let Some(text) =
                    self.found(frame.wrapped).filter(|&token| tokens.kind(token) == Kind::String)
                {
                    return self.wrapped(&unescaped(tokens.quoted(text)), start);
                }
                if is(tokens, kind, b"AwsCloudTrailInsight") {
                    return self.note(SkipReason::Insight, start);
                }
                if kind.is_some() {
                    return self.event(tokens, start);
                }
            }
            Source::StoredAlert | Source::Syscall => {
                if kind.is_some() {
                    return self.event(tokens, start);
                }
            }
        }
        self.note(SkipReason::NotAnEvent, start);
    }

    /// A record that stands in another document as text.
    fn wrapped(&mut self, text: &[u8], start: usize) {
        let Ok(mut index) = self.inner.take().map_or_else(|| TokenIndex::new(4096), Ok) else {
            return self.note(SkipReason::TooLong, start);
        };
        let at = match index.whole(text) {
            Some(at) => Some(at),
            None => index.single(text),
        };
        let tokens = Tokens { bytes: text, at: at.unwrap_or_default() };
        let whole = self.root(tokens, 0).is_ok_and(|after| after as usize == tokens.at.len());
        let kind = self.found(self.plan.frame.kind);
        if !whole || tokens.byte(0) != b'{' {
            self.note(SkipReason::NotJson, start);
        } else if is(tokens, kind, b"AwsCloudTrailInsight") {
            self.note(SkipReason::Insight, start);
        } else if kind.is_none() {
            self.note(SkipReason::NotAnEvent, start);
        } else {
            self.event(tokens, start);
        }
        *self.inner = Some(index);
    }

    fn event(&mut self, tokens: Tokens<'_>, start: usize) {
        let text = self.time().filter(|&token| tokens.kind(token) == Kind::String);
        let Some(time) = text.and_then(|token| time::parse(tokens.quoted(token))) else {
            return self.note(SkipReason::NoTime, start);
        };
        let first = *self.order.first.get_or_insert(time);
        self.order.events += 1;
        let moment = Moment { time, number: self.order.events, first };
        let offset = self.place.offset + start as u64;
        let Scratch { found, arena, .. } = self.scratch;
        (self.visit)(&mut SourceEvent::new(self.plan, tokens, found, arena, moment, offset));
        if arena.allocated_bytes() > ARENA || arena.chunk_capacity() < ARENA / 8 {
            arena.reset();
        }
    }
}

fn is(tokens: Tokens<'_>, token: Option<u32>, text: &[u8]) -> bool {
    token.is_some_and(|token| {
        tokens.kind(token) == Kind::String && *unescaped(tokens.quoted(token)) == *text
    })
}
