//! What crosses to JavaScript and back when the store is asked. Converts only. Used by `store`.

use lanner_store::Query;
use napi::bindgen_prelude::{BigInt, BigInt64Array};
use napi_derive::napi;

/// A query; what is absent does not narrow.
#[napi(object)]
#[derive(Debug, Default)]
pub struct StoredAlertQuery {
    /// Words, "phrases" and `word*`.
    pub text: Option<String>,
    /// Nanoseconds since 1970, inclusive.
    pub from: Option<BigInt>,
    /// Exclusive.
    pub to: Option<BigInt>,
    /// Names, in any case.
    pub priorities: Option<Vec<String>>,
    /// Names of rules.
    pub rules: Option<Vec<String>>,
    /// Sources of events.
    pub sources: Option<Vec<String>>,
    /// Hosts.
    pub hostnames: Option<Vec<String>>,
    /// An alert with any of them.
    pub tags: Option<Vec<String>>,
    /// Output fields: a name and a value in turn.
    pub fields: Option<Vec<String>>,
}

impl From<StoredAlertQuery> for Query {
    fn from(query: StoredAlertQuery) -> Self {
        let fields = query.fields.unwrap_or_default();
        Self {
            text: query.text.unwrap_or_default(),
            from: query.from.as_ref().map(whole),
            to: query.to.as_ref().map(whole),
            priorities: query.priorities.unwrap_or_default(),
            rules: query.rules.unwrap_or_default(),
            sources: query.sources.unwrap_or_default(),
            hostnames: query.hostnames.unwrap_or_default(),
            tags: query.tags.unwrap_or_default(),
            fields: fields
                .as_chunks()
                .0
                .iter()
                .map(|[name, value]| (name.clone(), value.clone()))
                .collect(),
        }
    }
}

/// Times beyond what 64 bits hold mean the furthest that they hold.
pub(crate) fn whole(number: &BigInt) -> i64 {
    match number.get_i64() {
        (value, true) => value,
        _ if number.sign_bit => i64::MIN,
        _ => i64::MAX,
    }
}

/// What became of inserted lines.
#[napi(object)]
#[derive(Debug)]
pub struct StoreInsertion {
    /// Were new.
    pub added: u32,
    /// Were there already.
    pub known: u32,
    /// Were no alerts.
    pub refused: u32,
    /// The first of these: which line, from 1, and why.
    pub refused_line: Option<u32>,
    /// See `refused_line`.
    pub refused_reason: Option<String>,
    /// Why segments could not be merged; the alerts are kept all the same.
    pub upkeep: Option<String>,
}

/// One page.
#[napi(object)]
#[derive(Debug)]
pub struct StorePage {
    /// Lines.
    pub alerts: Vec<String>,
    /// How many over all pages.
    pub count: f64,
    /// Whether there are no more.
    pub exact: bool,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A number that was counted to its end, or only so far.
#[napi(object)]
#[derive(Debug)]
pub struct StoreCount {
    /// So many, or at least.
    pub count: f64,
    /// Whether there are no more.
    pub exact: bool,
}

/// Values and how often each occurs.
#[napi(object)]
#[derive(Debug)]
pub struct StoreFacet {
    /// The most frequent first.
    pub values: Vec<String>,
    /// One a value.
    pub counts: Vec<f64>,
    /// How many different values there are.
    pub distinct: u32,
}

/// Counts over time.
#[napi(object)]
pub struct StoreHistogram {
    /// Nanoseconds of one part.
    pub width: BigInt,
    /// When each part begins.
    pub starts: BigInt64Array,
    /// A row each.
    pub values: Vec<String>,
    /// Counts of the parts, a row behind the other.
    pub counts: Vec<f64>,
}

/// How much there is.
#[napi(object)]
#[derive(Debug)]
pub struct StoreExtent {
    /// Alerts.
    pub alerts: f64,
    /// Bytes of the file that hold something.
    pub bytes: f64,
    /// Times of the oldest and newest alert.
    pub oldest: Option<BigInt>,
    /// See `oldest`.
    pub newest: Option<BigInt>,
}
