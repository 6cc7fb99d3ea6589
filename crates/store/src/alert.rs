//! What the store reads in an alert's line: identity, time, the values counted by, and every text.
//! Judges no more than it needs: a line that has no UUID or no time can't be kept. Used by `insertion` and `phrase`.

use std::borrow::Cow;

use lanner_sources::json::{Kind, TokenIndex, Tokens, Walker, unescaped};
use lanner_sources::time;

/// Most urgent first; their places are their numbers in the store.
pub const PRIORITIES: [&str; 8] =
    ["Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"];

/// The number of a priority by its name in any case; `info` is Informational.
pub(crate) fn priority_number(name: &str) -> Option<u8> {
    let name = if name.eq_ignore_ascii_case("info") { "Informational" } else { name };
    PRIORITIES.iter().position(|known| known.eq_ignore_ascii_case(name)).map(|at| at as u8)
}

/// One alert, its texts borrowed from the line where nothing is escaped.
#[derive(Debug, Default)]
pub(crate) struct Alert<'a> {
    pub(crate) id: [u8; 16],
    /// Nanoseconds since 1970.
    pub(crate) time: i64,
    pub(crate) priority: u8,
    pub(crate) rule: Cow<'a, str>,
    pub(crate) source: Cow<'a, str>,
    pub(crate) hostname: Cow<'a, str>,
    /// `k8s.ns.name` among the output fields, empty without.
    pub(crate) namespace: Cow<'a, str>,
    pub(crate) output: Cow<'a, str>,
    pub(crate) tags: Vec<Cow<'a, str>>,
    /// Names and values as text; an array has an entry an element.
    pub(crate) fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl Alert<'_> {
    /// Calls `each` with every text that words are looked for in.
    pub(crate) fn each_text(&self, mut each: impl FnMut(&str)) {
        each(&self.output);
        for text in [&self.rule, &self.source, &self.hostname] {
            each(text);
        }
        each(PRIORITIES[usize::from(self.priority).min(7)]);
        self.tags.iter().for_each(|tag| each(tag));
        self.fields.iter().for_each(|(_, value)| each(value));
    }
}

/// Reads lines, in memory that is used again.
#[derive(Debug)]
pub(crate) struct AlertReader {
    index: TokenIndex,
    walker: Walker,
}

impl AlertReader {
    pub(crate) fn new() -> Option<Self> {
        Some(Self { index: TokenIndex::new(4096).ok()?, walker: Walker::default() })
    }

    /// The alert in a line, or why it is none.
    pub(crate) fn read<'a>(&'a mut self, line: &'a [u8]) -> Result<Alert<'a>, &'static str> {
        std::str::from_utf8(line).map_err(|_| "not UTF-8")?;
        let at = self.index.whole(line).ok_or("not JSON")?;
        let tokens = Tokens { bytes: line, at };
        match self.walker.check(tokens, 0) {
            Ok(end) if end as usize == at.len() => {}
            _ => return Err("not JSON"),
        }
        if tokens.kind(0) != Kind::Object {
            return Err("not an object");
        }
        alert(tokens)
    }
}

fn alert(tokens: Tokens<'_>) -> Result<Alert<'_>, &'static str> {
    let mut alert = Alert { priority: 7, ..Alert::default() };
    let (mut id, mut time) = (None, None);
    for (key, value) in tokens.members(0) {
        match &*unescaped(tokens.quoted(key)) {
            b"uuid" => id = uuid(tokens.quoted(value)),
            b"time" => time = time::parse(tokens.quoted(value)).map(u64::cast_signed),
            b"priority" => alert.priority = priority_number(&text(tokens, value)).unwrap_or(7),
            b"rule" => alert.rule = string(tokens, value),
            b"source" => alert.source = string(tokens, value),
            b"hostname" => alert.hostname = string(tokens, value),
            b"output" => alert.output = string(tokens, value),
            b"tags" => {
                let strings =
                    tokens.elements(value).filter(|&tag| tokens.kind(tag) == Kind::String);
                alert.tags = strings.map(|tag| text(tokens, tag)).collect();
            }
            b"output_fields" => fields(tokens, value, &mut alert),
            _ => {}
        }
    }
    alert.id = id.ok_or("no UUID")?;
    alert.time = time.ok_or("no time")?;
    Ok(alert)
}

fn fields<'a>(tokens: Tokens<'a>, object: u32, alert: &mut Alert<'a>) {
    for (key, value) in tokens.members(object) {
        let name = text(tokens, key);
        match tokens.kind(value) {
            Kind::Null => continue,
            Kind::Array => {
                for element in tokens.elements(value) {
                    alert.fields.push((name.clone(), text(tokens, element)));
                }
                continue;
            }
            _ => {}
        }
        let value = text(tokens, value);
        if name == "k8s.ns.name" {
            alert.namespace.clone_from(&value);
        }
        alert.fields.push((name, value));
    }
}

/// A string's text; of anything else none.
fn string(tokens: Tokens<'_>, token: u32) -> Cow<'_, str> {
    if tokens.kind(token) == Kind::String { text(tokens, token) } else { Cow::Borrowed("") }
}

/// A string's text, or any other value as it is written.
fn text(tokens: Tokens<'_>, token: u32) -> Cow<'_, str> {
    let bytes = match tokens.kind(token) {
        Kind::String => unescaped(tokens.quoted(token)),
        Kind::Object | Kind::Array => tokens.text(token).into_owned().into(),
        _ => Cow::Borrowed(tokens.word(token)),
    };
    match bytes {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// The bytes of a UUID in its usual form, in either case.
pub(crate) fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 || [8, 13, 18, 23].iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let mut digits = text.iter().filter(|&&byte| byte != b'-');
    let mut id = [0; 16];
    for byte in &mut id {
        let mut digit = || digits.next().and_then(|&digit| char::from(digit).to_digit(16));
        *byte = (digit()? << 4 | digit()?) as u8;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"uuid":"0192D3A4-0000-4000-8000-0000000000ff","time":"2026-05-29T12:50:08.5+02:00","rule":"Größe \"x\"",
        "priority":"warning","tags":["a",1,"b"],"output_fields":{"n":1780051808717141556,"x":null,"list":["p","q"],"k8s.ns.name":"prod"}}"#;

    #[test]
    fn texts_numbers_and_times_are_read_as_they_stand() {
        let mut reader = AlertReader::new().unwrap();
        let alert = reader.read(LINE.as_bytes()).unwrap();
        assert_eq!((alert.id[0], alert.id[15], alert.priority), (1, 255, 4));
        assert_eq!(alert.time, 1_780_051_808_500_000_000);
        assert_eq!(
            (&*alert.rule, &*alert.hostname, &*alert.namespace),
            ("Größe \"x\"", "", "prod")
        );
        assert_eq!(alert.tags, ["a", "b"]);
        let fields: Vec<_> = alert.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        let expected =
            [("n", "1780051808717141556"), ("list", "p"), ("list", "q"), ("k8s.ns.name", "prod")];
        assert_eq!(fields, expected);
    }

    #[test]
    fn a_line_without_identity_or_time_or_that_is_no_json_says_so() {
        let mut reader = AlertReader::new().unwrap();
        let mut why = |line: &str| reader.read(line.as_bytes()).unwrap_err();
        assert_eq!(why("{\"uuid\":"), "not JSON");
        assert_eq!(why("{} {}"), "not JSON");
        assert_eq!(why("[]"), "not an object");
        assert_eq!(why(&LINE.replace("uuid", "id")), "no UUID");
        assert_eq!(why(&LINE.replace("2026-05", "2026-15")), "no time");
        assert_eq!(reader.read(b"{\"a\":\"\xff\"}").unwrap_err(), "not UTF-8");
    }
}
