//! Lines of alerts become a segment: read, checked against what is known, gathered by term, written in the order of time.
//! Runs inside a transaction of `store`, which it leaves whole or not at all.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use rusqlite::Connection;

use crate::alert::{Alert, AlertReader};
use crate::block::BlockWriter;
use crate::dimensions::DIMENSIONS;
use crate::error::Fault;
use crate::known::KnownIds;
use crate::names::{NameKind, Names, TAG_MARK};
use crate::pieces::{Pieces, Sink};
use crate::rows::{self, Key, Row, RowReader};
use crate::segment::{self, Segment};
use crate::term::{field_term, id_term, word_term};
use crate::term_reader::TermReader;
use crate::term_table::TermTable;
use crate::term_writer::TermWriter;
use crate::words::each_word;
use crate::writer::Numbers;

/// Alerts that one segment begins with, at most: more lines make more segments.
pub(crate) const BATCH: usize = 8192;

/// What became of the lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Insertion {
    /// Were new.
    pub added: u64,
    /// Had an id that was there already.
    pub known: u64,
    /// Were no alerts.
    pub refused: u64,
    /// The first of these, counted from 1, and why.
    pub first_refused: Option<(u64, &'static str)>,
    /// Why segments could not be merged of late; the alerts are kept all the same.
    pub upkeep: Option<String>,
}

/// Alerts gathered for one segment.
#[derive(Debug)]
struct Batch<'l> {
    rows: Vec<Row>,
    lines: Vec<&'l [u8]>,
    table: TermTable,
    /// The different terms of each alert, one alert behind the other.
    terms: Vec<u32>,
    ends: Vec<usize>,
    /// The last alert, plus one, that has each term.
    last: Vec<u32>,
}

/// What an insertion works with; all of it belongs to the writer.
#[derive(Debug)]
pub(crate) struct Inserter<'w> {
    pub(crate) db: &'w Connection,
    pub(crate) names: &'w mut Names,
    pub(crate) known: &'w KnownIds,
    pub(crate) segments: &'w [Segment],
    pub(crate) numbers: &'w Numbers,
}

impl Inserter<'_> {
    /// Keeps the lines that are new. Gives their ids too.
    pub(crate) fn insert(&mut self, lines: &[u8]) -> Result<(Insertion, Vec<[u8; 16]>), Fault> {
        let mut reader = AlertReader::new().ok_or(Fault::Damaged("no memory for a parser"))?;
        let mut done = Insertion::default();
        let mut batch = Batch::new();
        let mut seen = HashSet::new();
        let mut added = Vec::new();
        let (db, segments) = (self.db, self.segments);
        let mut lookup = Lookup::default();
        for (number, line) in (1_u64..).zip(lines.split(|&byte| byte == b'\n')) {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let alert = match reader.read(line) {
                Ok(alert) => alert,
                Err(reason) => {
                    done.refused += 1;
                    done.first_refused.get_or_insert((number, reason));
                    continue;
                }
            };
            let key = Key { time: alert.time, id: alert.id };
            if !seen.insert(alert.id)
                || (self.known.may_hold(alert.id) && lookup.holds(db, segments, key)?)
            {
                done.known += 1;
                continue;
            }
            done.added += 1;
            added.push(alert.id);
            batch.add(&alert, line, self.names);
            if batch.rows.len() == BATCH {
                self.write(&mut batch)?;
            }
        }
        self.write(&mut batch)?;
        Ok((done, added))
    }

    fn write(&mut self, batch: &mut Batch<'_>) -> Result<(), Fault> {
        if batch.rows.is_empty() {
            return Ok(());
        }
        let pieces = Pieces { db: self.db, segment: self.numbers.segment() };
        let segment = batch.write(pieces, self.numbers)?;
        segment::put(self.db, segment)?;
        batch.clear();
        Ok(())
    }
}

/// Looks for alerts that may be kept, with open readers of the segments looked into.
#[derive(Debug, Default)]
struct Lookup<'c> {
    readers: HashMap<i64, RowReader<'c>>,
}

impl<'c> Lookup<'c> {
    /// Most often an alert that comes again has its time too, so there is looked first.
    fn holds(&mut self, db: &'c Connection, segments: &[Segment], key: Key) -> Result<bool, Fault> {
        for segment in segments {
            if (segment.oldest..=segment.newest).contains(&key.time) {
                let rows = match self.readers.entry(segment.id) {
                    Entry::Occupied(open) => open.into_mut(),
                    Entry::Vacant(new) => {
                        new.insert(RowReader::new(segment.pieces(db), segment.docs)?)
                    }
                };
                let doc = rows.before_key(key)?;
                if doc < segment.docs && doc >= segment.first_live && rows.key(doc)? == key {
                    return Ok(true);
                }
            }
        }
        let term = id_term(key.id);
        for segment in segments {
            if doc_of(*segment, db, &term)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The alert of a segment that has an id, given as its term.
pub(crate) fn doc_of(
    segment: Segment,
    db: &Connection,
    term: &[u8],
) -> Result<Option<usize>, Fault> {
    let found = TermReader::new(segment.pieces(db), term)?;
    if found.term() != Some(term) {
        return Ok(None);
    }
    let mut docs = Vec::new();
    found.docs(&mut docs)?;
    Ok(docs.first().map(|&doc| doc as usize).filter(|&doc| doc >= segment.first_live))
}

impl<'l> Batch<'l> {
    fn new() -> Self {
        Self {
            rows: Vec::new(),
            lines: Vec::new(),
            table: TermTable::new(),
            terms: Vec::new(),
            ends: Vec::new(),
            last: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.lines.clear();
        self.table.clear();
        self.terms.clear();
        self.ends.clear();
        self.last.clear();
    }

    fn add(&mut self, alert: &Alert<'_>, line: &'l [u8], names: &mut Names) {
        let mut scratch = String::new();
        let mut term = Vec::with_capacity(128);
        alert.each_text(|text| {
            each_word(text, &mut scratch, |word| {
                word_term(word, &mut term);
                self.add_term(&term);
            });
        });
        let mut last_field = 0;
        for (name, value) in &alert.fields {
            let field = names.number(NameKind::Field, name);
            field_term(field, value, &mut term);
            self.add_term(&term);
            if field != last_field {
                names.used(NameKind::Field, field);
            }
            last_field = field;
        }
        self.add_term(&id_term(alert.id));
        self.ends.push(self.terms.len());
        let key = Key { time: alert.time, id: alert.id };
        self.rows.push(Row { key, place: 0, dimensions: dimensions(alert, names) });
        self.lines.push(line);
    }

    #[inline]
    fn add_term(&mut self, term: &[u8]) {
        let number = self.table.number(term);
        let at = number as usize;
        if at == self.last.len() {
            self.last.push(0);
        }
        let doc = self.rows.len() as u32 + 1;
        if self.last[at] != doc {
            self.last[at] = doc;
            self.terms.push(number);
        }
    }

    /// Writes lines, columns and terms.
    fn write(&mut self, mut pieces: Pieces<'_>, numbers: &Numbers) -> Result<Segment, Fault> {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_unstable_by_key(|&at| self.rows[at].key);
        let mut blocks = BlockWriter::new(numbers);
        for &at in &order {
            self.rows[at].place = blocks.add(&mut pieces, self.lines[at])?;
        }
        blocks.finish(&mut pieces)?;
        let sorted: Vec<Row> = order.iter().map(|&at| self.rows[at]).collect();
        rows::write(&mut pieces, &sorted)?;
        self.write_terms(&mut pieces, &order)?;
        let (oldest, newest) = (sorted.first(), sorted.last());
        Ok(Segment {
            id: pieces.segment,
            docs: sorted.len(),
            first_live: 0,
            oldest: oldest.map_or(0, |row| row.key.time),
            newest: newest.map_or(0, |row| row.key.time),
        })
    }

    fn write_terms(&self, pieces: &mut impl Sink, order: &[usize]) -> Result<(), Fault> {
        // Postings of one term lie together; alerts are visited in their new order, so that they come out rising.
        let mut starts = vec![0_u32; self.table.len() + 1];
        for &term in &self.terms {
            starts[term as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut docs = vec![0_u32; self.terms.len()];
        for (doc, &at) in order.iter().enumerate() {
            let start = if at == 0 { 0 } else { self.ends[at - 1] };
            for &term in &self.terms[start..self.ends[at]] {
                let slot = &mut next[term as usize];
                docs[*slot as usize] = doc as u32;
                *slot += 1;
            }
        }
        let mut writer = TermWriter::new(order.len());
        for term in self.table.sorted() {
            let (start, end) = (starts[term as usize], starts[term as usize + 1]);
            writer.add(pieces, self.table.get(term), &docs[start as usize..end as usize])?;
        }
        writer.finish(pieces)
    }
}

fn dimensions(alert: &Alert<'_>, names: &mut Names) -> [u32; DIMENSIONS] {
    let mut tags: Vec<&Cow<'_, str>> = alert.tags.iter().collect();
    tags.sort_unstable();
    tags.dedup();
    let set: String = tags.iter().flat_map(|tag| [TAG_MARK.to_string(), tag.to_string()]).collect();
    [
        u32::from(alert.priority),
        names.number(NameKind::Rule, &alert.rule),
        names.number(NameKind::Source, &alert.source),
        names.number(NameKind::Hostname, &alert.hostname),
        names.number(NameKind::Namespace, &alert.namespace),
        names.number(NameKind::Tags, &set),
    ]
}
