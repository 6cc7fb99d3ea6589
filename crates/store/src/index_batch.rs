//! Alerts read for an index that is kept elsewhere: what is counted by as numbers, and a keyed hash of 64 bits for every word and value.
//! Knows nothing of how that index lies. Used by the addon, for the store on Redis.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::Hasher;

use foldhash::fast::RandomState;
use siphasher::sip::SipHasher13;

use crate::alert::{Alert, AlertReader};
use crate::phrase;
use crate::words::{TextItem, each_word, text_items};

/// Bytes of the values that are told; longer ones have their term only.
const TOLD: usize = 96;

/// Hashes words and values, so that nobody outside makes two of them fall together. What it gives is kept: it stays as it is.
#[derive(Debug, Clone, Copy)]
pub struct IndexKey([u8; 16]);

impl IndexKey {
    /// From a secret of the index.
    #[must_use]
    pub const fn new(secret: [u8; 16]) -> Self {
        Self(secret)
    }

    /// The term of a word in lower case.
    #[must_use]
    pub fn word(&self, word: &str) -> u64 {
        self.hash(&[b"w", word.as_bytes()])
    }

    /// The term of an output field's value.
    #[must_use]
    pub fn value(&self, name: &str, value: &str) -> u64 {
        // No UTF-8 text holds this byte.
        self.hash(&[b"f", name.as_bytes(), b"\xFF", value.as_bytes()])
    }

    fn hash(&self, parts: &[&[u8]]) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.0);
        for part in parts {
            hasher.write(part);
        }
        hasher.finish()
    }
}

/// Texts, each once, with a number in the order of their first appearance.
#[derive(Debug, Clone, Default)]
pub struct Numbered {
    /// By number.
    pub texts: Vec<String>,
    numbers: HashMap<String, u32, RandomState>,
}

impl Numbered {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&known) = self.numbers.get(text) {
            return known;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

/// Alerts by columns, in the order of their lines.
#[derive(Debug, Clone, Default)]
pub struct IndexBatch {
    /// Where the line of each begins and ends.
    pub lines: Vec<[u32; 2]>,
    /// UUIDs.
    pub ids: Vec<[u8; 16]>,
    /// Nanoseconds since 1970.
    pub times: Vec<i64>,
    /// Places in [`crate::PRIORITIES`].
    pub priorities: Vec<u8>,
    /// What the numbers of the next four columns stand for.
    pub names: Numbered,
    /// Rules; of an alert without one the empty text, as in the following.
    pub rules: Vec<u32>,
    /// Sources of events.
    pub sources: Vec<u32>,
    /// Hosts.
    pub hostnames: Vec<u32>,
    /// `k8s.ns.name`.
    pub namespaces: Vec<u32>,
    /// Of each alert, as they stand.
    pub tags: Vec<Vec<String>>,
    /// The different terms of each alert, one alert behind the other.
    pub terms: Vec<u64>,
    /// Where those of each alert end.
    pub term_ends: Vec<u32>,
    /// Names of output fields.
    pub field_names: Numbered,
    /// Numbers of the fields each alert has, one alert behind the other.
    pub fields: Vec<u32>,
    /// Where those of each alert end.
    pub field_ends: Vec<u32>,
    /// The different words, each with its term.
    pub words: Vec<(String, u64)>,
    /// The different values that are not too long: number of the field, value, term.
    pub values: Vec<(u32, String, u64)>,
    /// Why lines were no alerts, in their order.
    pub refused: Vec<&'static str>,
}

/// Reads alerts for an index.
#[derive(Debug)]
struct Indexing {
    key: IndexKey,
    batch: IndexBatch,
    told: HashSet<u64, RandomState>,
    scratch: String,
}

/// Reads lines, one alert each; empty ones count for nothing.
pub fn index_batch(lines: &[u8], key: IndexKey) -> Result<IndexBatch, &'static str> {
    let mut reader = AlertReader::new().ok_or("no memory for a parser")?;
    let (batch, told) = (IndexBatch::default(), HashSet::default());
    let mut indexing = Indexing { key, batch, told, scratch: String::new() };
    let mut begin = 0;
    for line in lines.split(|&byte| byte == b'\n') {
        let place = [begin as u32, (begin + line.len()) as u32];
        begin += line.len() + 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match reader.read(line) {
            Ok(alert) => indexing.add(&alert, place),
            Err(reason) => indexing.batch.refused.push(reason),
        }
    }
    Ok(indexing.batch)
}

impl Indexing {
    fn add(&mut self, alert: &Alert<'_>, place: [u32; 2]) {
        let batch = &mut self.batch;
        batch.lines.push(place);
        batch.ids.push(alert.id);
        batch.times.push(alert.time);
        batch.priorities.push(alert.priority);
        for (column, text) in [
            (&mut batch.rules, &alert.rule),
            (&mut batch.sources, &alert.source),
            (&mut batch.hostnames, &alert.hostname),
            (&mut batch.namespaces, &alert.namespace),
        ] {
            column.push(batch.names.number(text));
        }
        batch.tags.push(alert.tags.iter().cloned().map(Cow::into_owned).collect());
        let first = batch.terms.len();
        alert.each_text(|text| {
            each_word(text, &mut self.scratch, |word| {
                let term = self.key.word(word);
                batch.terms.push(term);
                if self.told.insert(term) {
                    batch.words.push((word.to_owned(), term));
                }
            });
        });
        for (name, value) in &alert.fields {
            let (term, field) = (self.key.value(name, value), batch.field_names.number(name));
            batch.terms.push(term);
            batch.fields.push(field);
            if value.len() <= TOLD && self.told.insert(term) {
                batch.values.push((field, value.clone().into_owned(), term));
            }
        }
        different(&mut batch.terms, first);
        batch.term_ends.push(batch.terms.len() as u32);
        batch.field_ends.push(batch.fields.len() as u32);
    }
}

/// Leaves each number once among those from `first` on.
fn different(numbers: &mut Vec<u64>, first: usize) {
    numbers[first..].sort_unstable();
    let mut kept = first;
    for at in first..numbers.len() {
        if at == first || numbers[at] != numbers[kept - 1] {
            numbers[kept] = numbers[at];
            kept += 1;
        }
    }
    numbers.truncate(kept);
}

/// Which of these lines hold the phrases in what a person typed; single words are not looked for.
pub fn phrases_held(lines: &[u8], text: &str) -> Result<Vec<bool>, &'static str> {
    let mut phrases: Vec<TextItem> = text_items(text);
    phrases.retain(|item| item.words.len() > 1);
    let mut reader = AlertReader::new().ok_or("no memory for a parser")?;
    let mut holds = |line| reader.read(line).is_ok_and(|alert| phrase::holds_all(&alert, &phrases));
    Ok(lines.split(|&byte| byte == b'\n').map(&mut holds).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: IndexKey = IndexKey::new([7; 16]);

    fn line(fields: &str) -> String {
        format!(
            "{{\"uuid\":\"00000000-0000-4000-8000-0000000000ff\",\"time\":\"2026-06-01T00:00:00Z\",\"rule\":\"A rule\",\"output_fields\":{{{fields}}}}}"
        )
    }

    #[test]
    fn an_alert_has_a_term_for_each_different_word_and_value() {
        let text = format!("\n{}\nno alert\n", line(r#""a":"x y x","b":null,"a.b":1"#));
        let batch = index_batch(text.as_bytes(), KEY).unwrap();
        let mut expected: Vec<u64> =
            ["a", "rule", "debug", "x", "y", "1"].map(|word| KEY.word(word)).to_vec();
        expected.extend([KEY.value("a", "x y x"), KEY.value("a.b", "1")]);
        expected.sort_unstable();
        assert_eq!(batch.terms, expected);
        assert_eq!(batch.field_names.texts, ["a", "a.b"]);
        assert_eq!((batch.fields, batch.field_ends), (vec![0, 1], vec![2]));
        assert_eq!(batch.refused, ["not JSON"]);
        let [begin, end] = batch.lines[0].map(|at| at as usize);
        assert_eq!(text.as_bytes()[begin], b'{');
        assert_eq!(&text[end..], "\nno alert\n");
    }

    #[test]
    fn words_and_values_are_told_once_a_batch_and_long_values_never() {
        let long = "z".repeat(TOLD + 1);
        let text = format!("{}\n{0}", line(&format!("\"a\":\"x\",\"l\":\"{long}\"")));
        let batch = index_batch(text.as_bytes(), KEY).unwrap();
        assert_eq!(batch.term_ends.len(), 2);
        let values: Vec<&str> = batch.values.iter().map(|(_, value, _)| &**value).collect();
        assert_eq!(values, ["x"]);
        assert!(batch.terms.contains(&KEY.value("l", &long)));
        let mut words: Vec<&str> = batch.words.iter().map(|(word, _)| &**word).collect();
        words.sort_unstable();
        assert_eq!(words.iter().filter(|word| **word == "x").count(), 1);
        words.dedup();
        assert_eq!(words.len(), batch.words.len());
    }

    #[test]
    fn hashes_are_those_of_siphash_1_3_and_differ_by_kind_and_by_key() {
        let mut hasher = SipHasher13::new_with_key(&[7; 16]);
        hasher.write(b"wcurl");
        assert_eq!(KEY.word("curl"), hasher.finish());
        assert_ne!(KEY.word("ab"), KEY.value("a", "b"));
        assert_ne!(KEY.value("ab", "c"), KEY.value("a", "bc"));
        assert_ne!(KEY.word("curl"), IndexKey::new([8; 16]).word("curl"));
    }

    #[test]
    fn phrases_are_looked_for_line_by_line() {
        let text = format!("{}\nnothing\n{}", line(r#""a":"x y""#), line(r#""a":"y x""#));
        assert_eq!(phrases_held(text.as_bytes(), "x/y rule").unwrap(), [true, false, false]);
    }
}
