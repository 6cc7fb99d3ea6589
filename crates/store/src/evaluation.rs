//! A query made ready once, then put to each segment: the alerts that fulfil it, as bits.
//! Phrases are only narrowed down to alerts with all their words; who lists or counts asks [`Prepared::confirms`].

use crate::access::Snapshot;
use crate::alert::{AlertReader, priority_number};
use crate::bitmap::Bitmap;
use crate::dimensions::{self, Dimension, STRIPE};
use crate::error::Fault;
use crate::names::{NameKind, Names};
use crate::phrase;
use crate::query::Query;
use crate::rows::RowReader;
use crate::segment::Segment;
use crate::term::{MAX_VALUE, field_term, word_term};
use crate::term_reader::union_of;
use crate::words::{TextItem, text_items};

/// A term, and whether what begins so is meant too.
type Wanted = (Vec<u8>, bool);

/// See the module.
#[derive(Debug)]
pub(crate) struct Prepared {
    from: i64,
    /// `None`: without end.
    to: Option<i64>,
    /// Columns with the numbers that are wanted.
    numbers: Vec<(Dimension, Vec<u32>)>,
    /// All of these must be there, of each any.
    terms: Vec<Vec<Wanted>>,
    phrases: Vec<TextItem>,
}

impl Prepared {
    pub(crate) fn new(query: &Query, names: &Names) -> Self {
        let text = text_items(&query.text);
        let mut terms: Vec<Vec<Wanted>> = Vec::new();
        for item in &text {
            for (at, word) in item.words.iter().enumerate() {
                let mut term = Vec::new();
                word_term(word, &mut term);
                terms.push(vec![(term, item.prefix && at + 1 == item.words.len())]);
            }
        }
        terms.extend(field_terms(query, names));
        Self {
            from: query.from.unwrap_or(i64::MIN),
            to: query.to,
            numbers: numbers(query, names),
            terms,
            phrases: text.into_iter().filter(|item| item.words.len() > 1).collect(),
        }
    }

    /// Whether the bits of a segment are the answer, or only narrow it down.
    pub(crate) fn is_exact(&self) -> bool {
        self.phrases.is_empty()
    }

    /// Whether an alert that the bits name fulfils the phrases too.
    pub(crate) fn confirms(&self, reader: &mut AlertReader, line: &[u8]) -> bool {
        self.phrases.is_empty()
            || reader.read(line).is_ok_and(|alert| phrase::holds_all(&alert, &self.phrases))
    }

    /// The alerts of a segment that may fulfil the query; `None` when no alert can.
    pub(crate) fn alerts(
        &self,
        snapshot: &Snapshot<'_>,
        segment: Segment,
    ) -> Result<Option<Bitmap>, Fault> {
        let beyond = self.to.is_some_and(|to| segment.oldest >= to);
        if beyond || segment.newest < self.from || segment.live() == 0 {
            return Ok(None);
        }
        let pieces = segment.pieces(snapshot.db);
        let (mut start, mut end) = (segment.first_live, segment.docs);
        if segment.oldest < self.from || self.to.is_some_and(|to| segment.newest >= to) {
            let mut rows = RowReader::new(pieces, segment.docs)?;
            start = start.max(rows.before(self.from)?);
            if let Some(to) = self.to {
                end = end.min(rows.before(to)?);
            }
        }
        if start >= end {
            return Ok(None);
        }
        let mut bits = Bitmap::range(segment.docs, start..end);
        for alternatives in &self.terms {
            let mut any = Bitmap::none(segment.docs);
            for (term, prefix) in alternatives {
                union_of(pieces, term, *prefix, &mut any)?;
            }
            bits.intersect(&any);
            if bits.is_empty() {
                return Ok(None);
            }
        }
        for (dimension, wanted) in &self.numbers {
            narrow(&mut bits, *dimension, wanted, pieces, start..end)?;
        }
        Ok((!bits.is_empty()).then_some(bits))
    }
}

/// Leaves only alerts whose number in a column is wanted.
fn narrow(
    bits: &mut Bitmap,
    dimension: Dimension,
    wanted: &[u32],
    pieces: crate::pieces::Pieces<'_>,
    docs: std::ops::Range<usize>,
) -> Result<(), Fault> {
    let most = wanted.iter().max().map_or(0, |&most| most as usize + 1);
    let mut is_wanted = vec![false; most];
    for &number in wanted {
        is_wanted[number as usize] = true;
    }
    dimensions::scan(pieces, dimension, docs, |column, part| {
        let base = part.start / STRIPE * STRIPE;
        bits.retain_within(part, |doc| {
            is_wanted.get(column.get(doc - base) as usize).copied().unwrap_or(false)
        });
        Ok(())
    })
}

fn numbers(query: &Query, names: &Names) -> Vec<(Dimension, Vec<u32>)> {
    let mut all = Vec::new();
    let mut add = |dimension, given: bool, numbers: Vec<u32>| {
        if given {
            all.push((dimension, numbers));
        }
    };
    let priorities =
        query.priorities.iter().filter_map(|name| priority_number(name).map(u32::from));
    add(Dimension::Priority, !query.priorities.is_empty(), priorities.collect());
    for (dimension, kind, wanted) in [
        (Dimension::Rule, NameKind::Rule, &query.rules),
        (Dimension::Source, NameKind::Source, &query.sources),
        (Dimension::Hostname, NameKind::Hostname, &query.hostnames),
    ] {
        let found = wanted.iter().filter_map(|name| names.find(kind, name)).collect();
        add(dimension, !wanted.is_empty(), found);
    }
    add(Dimension::Tags, !query.tags.is_empty(), names.sets_with(&query.tags));
    all
}

/// For each name that is asked for, the terms of its values.
fn field_terms(query: &Query, names: &Names) -> Vec<Vec<Wanted>> {
    let mut by_name: Vec<(&str, Vec<Wanted>)> = Vec::new();
    for (name, value) in &query.fields {
        let at = by_name.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            by_name.push((name, Vec::new()));
            by_name.len() - 1
        });
        // A name that was never seen has no alerts.
        if let Some(field) = names.find(NameKind::Field, name) {
            let mut term = Vec::with_capacity(MAX_VALUE + 5);
            field_term(field, value, &mut term);
            by_name[at].1.push((term, false));
        }
    }
    by_name.into_iter().map(|(_, terms)| terms).collect()
}
