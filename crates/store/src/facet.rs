//! How often each value of one kind occurs among the alerts of a query, from the columns alone.
//! Used by the page's overview and its compatible interface.

use std::collections::HashMap;

use crate::alert::PRIORITIES;
use crate::dimensions::{self, Counts, Dimension, STRIPE};
use crate::error::{Fault, StoreError};
use crate::evaluation::Prepared;
use crate::listing::Found;
use crate::names::{NameKind, Names, tags_of};
use crate::query::Query;
use crate::store::Store;

/// By what alerts are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// By urgency.
    Priority,
    /// By rule.
    Rule,
    /// By source of events.
    Source,
    /// By host.
    Hostname,
    /// By tag: an alert counts for each of its tags.
    Tags,
    /// By `k8s.ns.name`.
    Namespace,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FacetCounts {
    /// The most frequent first, of equal ones by name.
    pub values: Vec<(String, u64)>,
    /// How many different values there are.
    pub distinct: usize,
}

impl Facet {
    pub(crate) fn dimension(self) -> Dimension {
        match self {
            Self::Priority => Dimension::Priority,
            Self::Rule => Dimension::Rule,
            Self::Source => Dimension::Source,
            Self::Hostname => Dimension::Hostname,
            Self::Tags => Dimension::Tags,
            Self::Namespace => Dimension::Namespace,
        }
    }

    /// The values that a number of the column stands for; none for an alert without.
    pub(crate) fn values(self, number: u32, names: &Names) -> Vec<&str> {
        let name = match self {
            Self::Priority => PRIORITIES.get(number as usize).copied().unwrap_or_default(),
            Self::Rule => names.text(NameKind::Rule, number),
            Self::Source => names.text(NameKind::Source, number),
            Self::Hostname => names.text(NameKind::Hostname, number),
            Self::Namespace => names.text(NameKind::Namespace, number),
            Self::Tags => return tags_of(names.text(NameKind::Tags, number)).collect(),
        };
        if name.is_empty() { Vec::new() } else { vec![name] }
    }
}

impl Store {
    /// Counts the values of a kind; gives the `limit` most frequent.
    pub fn facet(&self, query: &Query, by: Facet, limit: usize) -> Result<FacetCounts, StoreError> {
        self.read(|snapshot| {
            let found = Found::new(snapshot, &Prepared::new(query, &snapshot.names))?;
            let mut counts = Counts::default();
            for (segment, bits) in &found.segments {
                let docs = segment.first_live..segment.docs;
                dimensions::scan(
                    segment.pieces(snapshot.db),
                    by.dimension(),
                    docs,
                    |column, part| {
                        let base = part.start / STRIPE * STRIPE;
                        if bits.count_within(part.clone()) == part.len() as u64 {
                            column.tally(part.start - base..part.end - base, &mut counts);
                        } else {
                            bits.within(part).for_each(|doc| counts.add(column.get(doc - base), 1));
                        }
                        Ok::<_, Fault>(())
                    },
                )?;
            }
            Ok(ranked(&counts, by, &snapshot.names, limit))
        })
    }
}

fn ranked(counts: &Counts, by: Facet, names: &Names, limit: usize) -> FacetCounts {
    let mut values: HashMap<&str, u64> = HashMap::new();
    for (number, &count) in (0_u32..).zip(&counts.0) {
        if count > 0 {
            for value in by.values(number, names) {
                *values.entry(value).or_default() += count;
            }
        }
    }
    let distinct = values.len();
    let mut values: Vec<(String, u64)> =
        values.into_iter().map(|(value, count)| (value.to_owned(), count)).collect();
    values.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    values.truncate(limit);
    FacetCounts { values, distinct }
}
