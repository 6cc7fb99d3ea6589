//! What alerts are found by and what queries look for, as columns of numbers: for a store that keeps its own index.
//! Decides nothing; `lanner-store` does. Used by `src/serve/store/redis`.

use lanner_store::{IndexBatch, IndexKey};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, BigInt64Array, Buffer, Uint32Array};
use napi_derive::napi;

use crate::failure::Failure;
use crate::job::{Job, job, now};

/// Alerts by columns, in the order of their lines. A term is a number of 64 bits: its lower half, then its upper one.
#[napi(object)]
pub struct IndexedAlerts {
    /// Where the line of each begins and ends, in turn.
    pub lines: Uint32Array,
    /// Sixteen bytes each.
    pub ids: Buffer,
    /// Nanoseconds since 1970.
    pub times: BigInt64Array,
    /// Places in the list of priorities, the most urgent first; a byte each.
    pub priorities: Buffer,
    /// What the numbers of the next four columns stand for.
    pub names: Vec<String>,
    /// Of an alert without one the number of the empty text, as in the following.
    pub rules: Uint32Array,
    /// Sources of events.
    pub sources: Uint32Array,
    /// Hosts.
    pub hostnames: Uint32Array,
    /// `k8s.ns.name`.
    pub namespaces: Uint32Array,
    /// Of each alert, as they stand.
    pub tags: Vec<Vec<String>>,
    /// The different terms of each alert, one alert behind the other.
    pub terms: Uint32Array,
    /// Where those of each alert end, in terms.
    pub term_ends: Uint32Array,
    /// Names of output fields.
    pub field_names: Vec<String>,
    /// Numbers of the fields each alert has, one alert behind the other.
    pub fields: Uint32Array,
    /// Where those of each alert end.
    pub field_ends: Uint32Array,
    /// The different words.
    pub words: Vec<String>,
    /// Their terms.
    pub word_terms: Uint32Array,
    /// The different values of at most 96 bytes.
    pub values: Vec<String>,
    /// Their terms.
    pub value_terms: Uint32Array,
    /// Numbers of their fields.
    pub value_fields: Uint32Array,
    /// Why lines were no alerts, in their order.
    pub refused: Vec<String>,
}

impl From<IndexBatch> for IndexedAlerts {
    fn from(batch: IndexBatch) -> Self {
        let (words, word_terms): (Vec<String>, Vec<u64>) = batch.words.into_iter().unzip();
        let value_fields: Vec<u32> = batch.values.iter().map(|&(field, ..)| field).collect();
        let (values, value_terms): (Vec<String>, Vec<u64>) =
            batch.values.into_iter().map(|(_, value, term)| (value, term)).unzip();
        Self {
            lines: batch.lines.into_flattened().into(),
            ids: batch.ids.into_flattened().into(),
            times: batch.times.into(),
            priorities: batch.priorities.into(),
            names: batch.names.texts,
            rules: batch.rules.into(),
            sources: batch.sources.into(),
            hostnames: batch.hostnames.into(),
            namespaces: batch.namespaces.into(),
            tags: batch.tags,
            terms: halves(batch.terms),
            term_ends: batch.term_ends.into(),
            field_names: batch.field_names.texts,
            fields: batch.fields.into(),
            field_ends: batch.field_ends.into(),
            words,
            word_terms: halves(word_terms),
            values,
            value_terms: halves(value_terms),
            value_fields: value_fields.into(),
            refused: batch.refused.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// Reads lines, one alert each, for an index that hashes with a secret of sixteen bytes. Rejects with `ERR_STORE_KEY` when it is not so long.
#[napi(catch_unwind, ts_return_type = "Promise<IndexedAlerts>")]
#[must_use]
pub fn index_alerts(lines: Buffer, key: Buffer) -> AsyncTask<Job<IndexedAlerts>> {
    let (lines, key) = (lines.to_vec(), key.to_vec());
    job(move || {
        let batch = lanner_store::index_batch(&lines, index_key(&key)?);
        Ok(batch.map_err(|reason| Failure::new("ERR_INTERNAL", reason))?.into())
    })
}

/// The terms of words in lower case. Throws `ERR_STORE_KEY`.
#[napi(catch_unwind)]
pub fn index_words(env: Env, words: Vec<String>, key: Buffer) -> napi::Result<Uint32Array> {
    now(env, || {
        let key = index_key(&key)?;
        Ok(halves(words.iter().map(|word| key.word(word))))
    })
}

/// The terms of output fields' values: a name and a value in turn. Throws `ERR_STORE_KEY`.
#[napi(catch_unwind)]
pub fn index_values(env: Env, pairs: Vec<String>, key: Buffer) -> napi::Result<Uint32Array> {
    now(env, || {
        let key = index_key(&key)?;
        Ok(halves(pairs.as_chunks().0.iter().map(|[name, value]| key.value(name, value))))
    })
}

/// Whether each of these lines holds the phrases in what a person typed: 1 or 0.
#[napi(catch_unwind)]
pub fn phrases_held(env: Env, lines: Buffer, text: String) -> napi::Result<Buffer> {
    now(env, || {
        let held = lanner_store::phrases_held(&lines, &text);
        let held = held.map_err(|reason| Failure::new("ERR_INTERNAL", reason))?;
        Ok(held.into_iter().map(u8::from).collect::<Vec<u8>>().into())
    })
}

fn index_key(key: &[u8]) -> Result<IndexKey, Failure> {
    let secret = key.try_into().map_err(|_| {
        Failure::new(
            "ERR_STORE_KEY",
            format!("a key of 16 bytes was expected, not of {}", key.len()),
        )
    })?;
    Ok(IndexKey::new(secret))
}

fn halves(terms: impl IntoIterator<Item = u64>) -> Uint32Array {
    terms
        .into_iter()
        .flat_map(|term| [term as u32, (term >> 32) as u32])
        .collect::<Vec<u32>>()
        .into()
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
