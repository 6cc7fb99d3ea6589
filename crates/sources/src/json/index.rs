//! Finds tokens: with simdjson, or byte by byte where simdjson refuses what Falco's plugins read.
//! Knows no grammar. One a thread.

use lanner_events::{EventsError, StructureIndexer};

/// Finds the tokens of text, in memory that is used again.
#[derive(Debug)]
pub struct TokenIndex {
    fast: StructureIndexer,
    slow: Vec<u32>,
}

impl TokenIndex {
    /// With room for texts of `capacity` bytes; grows when needed.
    pub fn new(capacity: usize) -> Result<Self, EventsError> {
        Ok(Self { fast: StructureIndexer::new(capacity)?, slow: Vec::new() })
    }

    /// The tokens of all of `bytes`, or `None` when a string is open at the end of a line or of the text.
    pub fn whole(&mut self, bytes: &[u8]) -> Option<&[u32]> {
        self.fast.positions(bytes).ok()
    }

    /// The tokens of one document, control characters in its strings allowed; `None` when a string is not closed.
    pub fn single(&mut self, bytes: &[u8]) -> Option<&[u32]> {
        self.slow.clear();
        scan(bytes, &mut self.slow).then_some(&self.slow[..])
    }
}

fn scan(bytes: &[u8], found: &mut Vec<u32>) -> bool {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'{' | b'}' | b'[' | b']' | b':' | b',' => {
                found.push(at as u32);
                at += 1;
            }
            b'"' => {
                found.push(at as u32);
                let Some(end) = closing_quote(&bytes[at + 1..]) else { return false };
                at += end + 2;
            }
            _ => {
                found.push(at as u32);
                let rest = &bytes[at..];
                at += rest
                    .iter()
                    .position(|&byte| super::tokens::ends_word(byte))
                    .unwrap_or(rest.len());
            }
        }
    }
    true
}

fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', text.get(from..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_find_the_same_tokens() {
        let mut index = TokenIndex::new(64).unwrap();
        for text in [
            r#"{"a,b" : [1, true ,"x\"y\\"], "é":-1.5e3,"":null}"#,
            "  \n\t ",
            "[[],{}]  x",
            r#"{"kind":"Event","a":"\\\\","b":"\\\""}"#,
            "truefalse,1 2",
        ] {
            let fast = index.whole(text.as_bytes()).unwrap().to_vec();
            assert_eq!(index.single(text.as_bytes()).unwrap(), fast, "{text}");
        }
    }

    #[test]
    fn a_control_character_in_a_string_needs_the_slow_way() {
        let mut index = TokenIndex::new(64).unwrap();
        assert!(index.whole(b"{\"a\tb\":1}").is_none());
        assert_eq!(index.single(b"{\"a\tb\":1}").unwrap(), [0, 1, 6, 7, 8]);
        assert!(index.single(b"{\"a").is_none());
        assert!(index.single(b"{\"a\\").is_none());
    }
}
