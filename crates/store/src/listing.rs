//! Alerts that fulfil a query, newest first and a page at a time, and how many there are.
//! A page begins behind the last alert of the one before, wherever that lies by then. Used by `store`'s callers.

use std::collections::BinaryHeap;

use crate::access::Snapshot;
use crate::alert::{AlertReader, uuid};
use crate::bitmap::Bitmap;
use crate::block::BlockReader;
use crate::error::{Fault, StoreError};
use crate::evaluation::Prepared;
use crate::query::Query;
use crate::rows::{Key, RowReader};
use crate::segment::Segment;
use crate::store::Store;
use crate::term::hyphenated;

/// So many alerts are read to see whether they hold a phrase, before counting ends.
const CONFIRMED: u64 = 2000;
/// So many for one page, which is shorter then.
const EXAMINED: u64 = 10_000;

/// A number that was counted to its end, or only so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// So many, or at least.
    pub count: u64,
    /// Whether there are no more.
    pub exact: bool,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Lines as they were inserted.
    pub alerts: Vec<Vec<u8>>,
    /// Over all pages.
    pub total: Counted,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

/// The alerts of each segment that a query found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) segments: Vec<(Segment, Bitmap)>,
    /// Whether all of them fulfil the query: too many to look for a phrase in, otherwise.
    pub(crate) exact: bool,
    /// Those that were looked into and do.
    confirmed: u64,
}

impl Found {
    /// Evaluates a query; looks for phrases in the newest alerts that may hold them.
    pub(crate) fn new(snapshot: &Snapshot<'_>, prepared: &Prepared) -> Result<Self, Fault> {
        let mut segments = Vec::new();
        for segment in &snapshot.segments {
            if let Some(bits) = prepared.alerts(snapshot, *segment)? {
                segments.push((*segment, bits));
            }
        }
        let mut found = Self { segments, exact: true, confirmed: 0 };
        if !prepared.is_exact() {
            found.confirm(snapshot, prepared)?;
        }
        Ok(found)
    }

    fn confirm(&mut self, snapshot: &Snapshot<'_>, prepared: &Prepared) -> Result<(), Fault> {
        let mut wrong = Vec::new();
        let mut walk = Walk::new(snapshot, &self.segments, None)?;
        let mut lines = Lines::new(snapshot)?;
        for _ in 0..CONFIRMED {
            let Some(next) = walk.next()? else { break };
            if prepared.confirms(&mut lines.reader, lines.blocks.line(walk.place(&next)?)?) {
                self.confirmed += 1;
            } else {
                wrong.push((next.at, next.doc));
            }
        }
        self.exact = walk.next()?.is_none();
        drop(walk);
        for (at, doc) in wrong {
            self.segments[at].1.clear(doc);
        }
        Ok(())
    }

    pub(crate) fn count(&self) -> Counted {
        let all = || self.segments.iter().map(|(_, bits)| bits.count()).sum();
        Counted { count: if self.exact { all() } else { self.confirmed }, exact: self.exact }
    }
}

struct Lines<'c> {
    reader: AlertReader,
    blocks: BlockReader<'c>,
}

impl<'c> Lines<'c> {
    fn new(snapshot: &Snapshot<'c>) -> Result<Self, Fault> {
        let reader = AlertReader::new().ok_or(Fault::Damaged("no memory for a parser"))?;
        Ok(Self { reader, blocks: BlockReader::new(snapshot.db) })
    }
}

/// An alert on the way from the newest to the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    key: Key,
    /// Which of the segments, and which of its alerts.
    at: usize,
    doc: usize,
}

/// Goes through alerts of several segments, newest first.
struct Walk<'f> {
    segments: &'f [(Segment, Bitmap)],
    /// Segments not begun yet, the one with the newest alert last.
    waiting: Vec<usize>,
    rows: Vec<Option<RowReader<'f>>>,
    rest: Vec<Option<Box<dyn Iterator<Item = usize> + 'f>>>,
    heap: BinaryHeap<Next>,
    db: &'f rusqlite::Connection,
    before: Option<Key>,
}

impl<'f> Walk<'f> {
    fn new(
        snapshot: &'f Snapshot<'_>,
        segments: &'f [(Segment, Bitmap)],
        before: Option<Key>,
    ) -> Result<Self, Fault> {
        let mut waiting: Vec<usize> = (0..segments.len()).collect();
        waiting.sort_by_key(|&at| segments[at].0.newest);
        let mut walk = Self {
            segments,
            waiting,
            rows: segments.iter().map(|_| None).collect(),
            rest: segments.iter().map(|_| None).collect(),
            heap: BinaryHeap::new(),
            db: snapshot.db,
            before,
        };
        walk.begin_segments()?;
        Ok(walk)
    }

    /// Begins every segment that may have an alert newer than those begun.
    fn begin_segments(&mut self) -> Result<(), Fault> {
        while let Some(&at) = self.waiting.last() {
            let (segment, bits) = &self.segments[at];
            if self.heap.peek().is_some_and(|next| next.key.time > segment.newest) {
                break;
            }
            self.waiting.pop();
            let mut rows = RowReader::new(segment.pieces(self.db), segment.docs)?;
            let below = match self.before {
                Some(key) if key.time <= segment.newest => rows.before_key(key)?,
                _ => segment.docs,
            };
            self.rows[at] = Some(rows);
            self.rest[at] = Some(Box::new(bits.falling(below)));
            self.push(at)?;
        }
        Ok(())
    }

    fn push(&mut self, at: usize) -> Result<(), Fault> {
        if let (Some(rest), Some(rows)) = (&mut self.rest[at], &mut self.rows[at])
            && let Some(doc) = rest.next()
        {
            self.heap.push(Next { key: rows.key(doc)?, at, doc });
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Next>, Fault> {
        let Some(next) = self.heap.pop() else { return Ok(None) };
        self.push(next.at)?;
        self.begin_segments()?;
        Ok(Some(next))
    }

    fn place(&mut self, next: &Next) -> Result<u64, Fault> {
        match &mut self.rows[next.at] {
            Some(rows) => rows.place(next.doc),
            None => Err(Fault::Damaged("a segment was not begun")),
        }
    }
}

impl Store {
    /// The page of up to `limit` alerts that begins at `after`, the `next` of the page before.
    pub fn search(
        &self,
        query: &Query,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page, StoreError> {
        self.read(|snapshot| {
            let before = after.map(place).transpose()?;
            let prepared = Prepared::new(query, &snapshot.names);
            let found = Found::new(snapshot, &prepared)?;
            let mut walk = Walk::new(snapshot, &found.segments, before)?;
            let mut lines = Lines::new(snapshot)?;
            let mut page = Page { alerts: Vec::new(), total: found.count(), next: None };
            let mut last = None;
            let mut examined = 0;
            while let Some(next) = walk.next()? {
                if page.alerts.len() >= limit || examined >= EXAMINED.max(limit as u64) {
                    page.next = last.map(place_text);
                    break;
                }
                examined += 1;
                last = Some(next.key);
                let line = lines.blocks.line(walk.place(&next)?)?;
                if found.exact || prepared.confirms(&mut lines.reader, line) {
                    page.alerts.push(line.to_vec());
                }
            }
            Ok(page)
        })
    }

    /// How many alerts fulfil a query.
    pub fn count(&self, query: &Query) -> Result<Counted, StoreError> {
        self.read(|snapshot| {
            Ok(Found::new(snapshot, &Prepared::new(query, &snapshot.names))?.count())
        })
    }
}

/// Time and id of the last alert of a page.
fn place_text(key: Key) -> String {
    format!("{}~{}", key.time, hyphenated(key.id))
}

fn place(text: &str) -> Result<Key, Fault> {
    let read = || {
        let (time, id) = text.split_once('~')?;
        Some(Key { time: time.parse().ok()?, id: uuid(id.as_bytes())? })
    };
    read().ok_or_else(|| Fault::Place(text.to_owned()))
}
