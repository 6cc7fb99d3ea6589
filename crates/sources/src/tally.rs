//! Counts stored alerts by what they say, for the server's metrics: host, rule, priority, source, namespace, pod.
//! Judges nothing; a line that is no alert is not counted. Used by `lanner serve`.

use std::collections::HashMap;

use crate::json::{Kind, MISSING, PathId, Paths, TokenIndex, Tokens, Walker, unescaped};

/// Where the values are that alerts are told apart by, in the order of [`Tally::values`].
const PLACES: [&[&str]; 6] = [
    &["hostname"],
    &["rule"],
    &["priority"],
    &["source"],
    &["output_fields", "k8s.ns.name"],
    &["output_fields", "k8s.pod.name"],
];

/// How many alerts say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Host, rule, priority, source, namespace, pod; empty where the alert has no such text.
    pub values: [String; PLACES.len()],
    /// Alerts.
    pub count: u64,
}

/// The alerts of `lines`, by their values, in the order in which these were met.
#[must_use]
pub fn tally(lines: &[u8]) -> Vec<Tally> {
    let mut paths = Paths::default();
    let places = PLACES.map(|place| paths.add(place));
    let mut found = vec![MISSING; paths.len()];
    let mut walker = Walker::default();
    let mut tallies: Vec<Tally> = Vec::new();
    let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
    let Ok(mut index) = TokenIndex::new(lines.len().max(64)) else { return tallies };
    let Some(at) = index.whole(lines) else { return tallies };
    let tokens = Tokens { bytes: lines, at };
    let mut key = Vec::new();
    let mut token = 0;
    while (token as usize) < at.len() {
        let Ok(after) = walker.walk(tokens, token, &paths, &mut found) else { return tallies };
        token = after;
        let texts = places.map(|place| text(tokens, &found, place));
        key.clear();
        for text in texts {
            key.extend_from_slice(&(text.len() as u64).to_le_bytes());
            key.extend_from_slice(text);
        }
        if let Some(&place) = known.get(&key) {
            tallies[place].count += 1;
        } else {
            known.insert(key.clone(), tallies.len());
            let values = texts.map(|text| String::from_utf8_lossy(&unescaped(text)).into_owned());
            tallies.push(Tally { values, count: 1 });
        }
    }
    tallies
}

/// The characters between the quotes, as they are written.
fn text<'t>(tokens: Tokens<'t>, found: &[u32], place: PathId) -> &'t [u8] {
    let token = found[place.0 as usize];
    if token == MISSING || tokens.kind(token) != Kind::String { b"" } else { tokens.quoted(token) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_that_say_the_same_are_counted_together() {
        let lines = concat!(
            r#"{"uuid":"1","rule":"A \"b\"","priority":"Error","source":"syscall","hostname":"n","output_fields":{"k8s.ns.name":"shop"}}"#,
            "\n",
            r#"{"hostname":"n","rule":"A \"b\"","priority":"Error","output_fields":{"k8s.ns.name":"shop","k8s.pod.name":null},"source":"syscall"}"#,
            "\n",
            r#"{"rule":"C","priority":"Error","source":"syscall","output_fields":null}"#,
            "\n",
        );
        let tallies = tally(lines.as_bytes());
        assert_eq!(tallies.len(), 2);
        assert_eq!(tallies[0].values, ["n", "A \"b\"", "Error", "syscall", "shop", ""]);
        assert_eq!(tallies[0].count, 2);
        assert_eq!(tallies[1].values, ["", "C", "Error", "syscall", "", ""]);
    }

    #[test]
    fn what_is_no_text_of_alerts_counts_nothing() {
        assert_eq!(tally(b""), []);
        assert_eq!(tally(b"\"open"), []);
    }
}
