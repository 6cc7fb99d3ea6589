//! What alerts are found by and what queries look for, as words: for a store that keeps its own index.
//! Decides nothing; `lanner-store` does. Used by `src/serve/store/redis.ts`.

use lanner_store::AlertTerms;
use napi::bindgen_prelude::{BigInt, Buffer};
use napi_derive::napi;

/// What one alert is found by.
#[napi(object)]
#[derive(Debug)]
pub struct AlertIndexTerms {
    /// UUID, lower case.
    pub id: String,
    /// Nanoseconds since 1970.
    pub time: BigInt,
    /// Canonical name.
    pub priority: String,
    /// Empty without, as the following.
    pub rule: String,
    /// Source of the event.
    pub source: String,
    /// Host.
    pub hostname: String,
    /// `k8s.ns.name`.
    pub namespace: String,
    /// As they stand.
    pub tags: Vec<String>,
    /// Different words.
    pub words: Vec<String>,
    /// Output fields: a name and a value in turn.
    pub fields: Vec<String>,
    /// Words of every text, in order.
    pub texts: Vec<Vec<String>>,
}

impl From<AlertTerms> for AlertIndexTerms {
    fn from(terms: AlertTerms) -> Self {
        Self {
            id: terms.id,
            time: BigInt::from(terms.time),
            priority: terms.priority.to_owned(),
            rule: terms.rule,
            source: terms.source,
            hostname: terms.hostname,
            namespace: terms.namespace,
            tags: terms.tags,
            words: terms.words,
            fields: terms.fields.into_iter().flat_map(|(name, value)| [name, value]).collect(),
            texts: terms.texts,
        }
    }
}

/// What the alert in a line is found by; the reason when the line is none.
#[napi(catch_unwind)]
#[must_use]
pub fn alert_index_terms(line: Buffer) -> napi::Either<AlertIndexTerms, String> {
    match lanner_store::alert_terms(&line) {
        Ok(terms) => napi::Either::A(terms.into()),
        Err(reason) => napi::Either::B(reason.to_owned()),
    }
}

/// Words that must stand in a row.
#[napi(object)]
#[derive(Debug)]
pub struct QueryTextItem {
    /// In lower case.
    pub words: Vec<String>,
    /// Whether the last may go on.
    pub prefix: bool,
}

/// What a person typed, as words.
#[napi(catch_unwind)]
#[must_use]
pub fn query_text_items(text: String) -> Vec<QueryTextItem> {
    let items = lanner_store::text_items(&text).into_iter();
    items.map(|item| QueryTextItem { words: item.words, prefix: item.prefix }).collect()
}
