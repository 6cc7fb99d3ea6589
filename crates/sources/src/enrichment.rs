//! Adds fields and tags to stored alerts that lack them. Every other byte stays as it is.
//! Knows nothing of where alerts come from. Used by `lanner serve`.

use std::ops::Range;

use crate::json::{Kind, TokenIndex, Tokens, unescaped};

/// What is added.
#[derive(Clone, Debug, Default)]
pub struct Enrichment {
    fields: Vec<Addition>,
    tags: Vec<Addition>,
}

#[derive(Clone, Debug)]
struct Addition {
    name: String,
    /// A member of an object, or an element of an array.
    json: String,
}

/// Text in place of what is at a range, which may be empty.
struct Edit {
    at: Range<usize>,
    text: String,
}

impl Enrichment {
    /// Fields with their texts, and tags.
    #[must_use]
    pub fn new(fields: &[(String, String)], tags: &[String]) -> Self {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let field = |(name, value): &(String, String)| Addition {
            name: name.clone(),
            json: format!("{}:{}", text(name), text(value)),
        };
        let tag = |tag: &String| Addition { name: tag.clone(), json: text(tag) };
        Self { fields: fields.iter().map(field).collect(), tags: tags.iter().map(tag).collect() }
    }

    /// The lines with what they lacked.
    #[must_use]
    pub fn apply(&self, lines: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(lines.len() + lines.len() / 8);
        let mut copied = 0;
        for Edit { at, text } in self.edits(lines) {
            out.extend_from_slice(&lines[copied..at.start]);
            out.extend_from_slice(text.as_bytes());
            copied = at.end;
        }
        out.extend_from_slice(&lines[copied..]);
        out
    }

    fn edits(&self, lines: &[u8]) -> Vec<Edit> {
        let mut edits = Vec::new();
        let Ok(mut index) = TokenIndex::new(lines.len().max(64)) else { return edits };
        let Some(at) = index.whole(lines) else { return edits };
        let tokens = Tokens { bytes: lines, at };
        let mut token = 0;
        while (token as usize) < at.len() {
            if tokens.byte(token) == b'{' {
                self.edit(tokens, token, &mut edits);
            }
            token = tokens.after(token);
        }
        edits
    }

    /// Those of one alert, in the order of the text.
    fn edit(&self, tokens: Tokens<'_>, alert: u32, edits: &mut Vec<Edit>) {
        let start = tokens.start(alert) + 1;
        let parts = [
            (&self.fields, "output_fields", b'{', ["{", "}"]),
            (&self.tags, "tags", b'[', ["[", "]"]),
        ];
        let mut own = Vec::new();
        for (additions, key, open, [before, after]) in parts {
            let there = tokens.member(alert, key.as_bytes());
            let lacking: Vec<&str> = additions
                .iter()
                .filter(|addition| !has(tokens, there, addition.name.as_bytes()))
                .map(|addition| addition.json.as_str())
                .collect();
            if lacking.is_empty() {
                continue;
            }
            let added = lacking.join(",");
            own.push(match there {
                None => {
                    Edit { at: start..start, text: format!("\"{key}\":{before}{added}{after},") }
                }
                Some(value) if tokens.byte(value) == open => {
                    let place = tokens.start(value) + 1;
                    let empty = tokens.after(value) == value + 2;
                    let comma = if empty { "" } else { "," };
                    Edit { at: place..place, text: format!("{added}{comma}") }
                }
                Some(value) if tokens.kind(value) == Kind::Null => {
                    let place = tokens.start(value);
                    Edit { at: place..place + 4, text: format!("{before}{added}{after}") }
                }
                // Something else stands there, which is not ours to judge.
                Some(_) => continue,
            });
        }
        own.sort_by_key(|edit| edit.at.start);
        edits.append(&mut own);
    }
}

/// Whether an object has a member, or an array an element, of that name.
fn has(tokens: Tokens<'_>, value: Option<u32>, name: &[u8]) -> bool {
    let Some(value) = value else { return false };
    tokens.member(value, name).is_some()
        || tokens.elements(value).any(|element| {
            tokens.kind(element) == Kind::String && *unescaped(tokens.quoted(element)) == *name
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enriched(line: &str) -> String {
        let fields =
            [("env".to_owned(), "prod \"1\"".to_owned()), ("a.b".to_owned(), "x".to_owned())];
        let enrichment = Enrichment::new(&fields, &["eu".to_owned()]);
        String::from_utf8(enrichment.apply(line.as_bytes())).unwrap()
    }

    #[test]
    fn what_an_alert_lacks_is_added_and_all_else_stays() {
        let cases = [
            (
                r#"{"rule":"A","output_fields":{"n":18446744073709551615},"tags":["t"]}"#,
                r#"{"rule":"A","output_fields":{"env":"prod \"1\"","a.b":"x","n":18446744073709551615},"tags":["eu","t"]}"#,
            ),
            (
                r#"{"tags":["eu"],"output_fields":{"a.b":null}}"#,
                r#"{"tags":["eu"],"output_fields":{"env":"prod \"1\"","a.b":null}}"#,
            ),
            (
                r#"{"output_fields":null,"tags":[],"x":1}"#,
                r#"{"output_fields":{"env":"prod \"1\"","a.b":"x"},"tags":["eu"],"x":1}"#,
            ),
            (
                r#"{"x":1}"#,
                r#"{"output_fields":{"env":"prod \"1\"","a.b":"x"},"tags":["eu"],"x":1}"#,
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(enriched(line), expected);
        }
        let all: String = cases.iter().flat_map(|(line, _)| [*line, "\n"]).collect();
        let expected: String = cases.iter().flat_map(|(_, line)| [*line, "\n"]).collect();
        assert_eq!(enriched(&all), expected);
    }

    #[test]
    fn with_nothing_to_add_nothing_changes() {
        let line = b"{\"x\":1}\n{\"tags\":7}\n";
        assert_eq!(Enrichment::default().apply(line), line);
    }
}
