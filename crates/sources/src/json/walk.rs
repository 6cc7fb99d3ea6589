//! One pass over a value's tokens: is it well formed, and where are the values at the paths asked for.
//! Takes numbers and strings as patiently as the parser in Falco's plugins. The first of equal keys counts. Used by `events`.

use super::paths::{MISSING, Paths};
use super::tokens::{Tokens, ends_word};

/// Containers within containers. More than an API server takes (10,000 and those of the event around), so that nobody hides an
/// event, or the others of its list, behind brackets.
const MAX_DEPTH: usize = 16_384;

/// Room for those of a usual value; it grows when needed.
const USUAL_DEPTH: usize = 64;

/// No path goes on here.
const NOWHERE: u16 = u16::MAX;

/// Why a value can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// At this byte.
    Syntax(usize),
    /// Too many containers within each other.
    TooDeep,
}

/// An object or array being walked.
#[derive(Clone, Copy, Default)]
struct Open {
    object: bool,
    node: u16,
}

/// Memory of a walk, to use again.
#[derive(Debug)]
pub struct Walker {
    open: Vec<Open>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.object { "{" } else { "[" })
    }
}

impl Default for Walker {
    fn default() -> Self {
        Self { open: Vec::with_capacity(USUAL_DEPTH) }
    }
}

impl Walker {
    /// Walks the value at `token` and returns the token after it. `found`, as long as `paths`, gets the token of the value
    /// at each path, or [`MISSING`].
    pub fn walk(
        &mut self,
        tokens: Tokens<'_>,
        token: u32,
        paths: &Paths,
        found: &mut [u32],
    ) -> Result<u32, Malformed> {
        found.fill(MISSING);
        found[0] = token;
        self.run(tokens, token, paths, found, 0)
    }

    /// As [`walk`](Self::walk), looking for nothing.
    pub fn check(&mut self, tokens: Tokens<'_>, token: u32) -> Result<u32, Malformed> {
        static NONE: std::sync::LazyLock<Paths> = std::sync::LazyLock::new(Paths::default);
        self.run(tokens, token, &NONE, &mut [], NOWHERE)
    }

    fn run(
        &mut self,
        tokens: Tokens<'_>,
        token: u32,
        paths: &Paths,
        found: &mut [u32],
        root: u16,
    ) -> Result<u32, Malformed> {
        self.open.clear();
        let mut next = token as usize;
        let mut node = root;
        loop {
            let (after, opened) = self.value(tokens, next, node, paths)?;
            next = if opened { after } else { self.close(tokens, after)? };
            let Some(&Open { object, node: inside }) = self.open.last() else {
                return Ok(next as u32);
            };
            node = NOWHERE;
            if object {
                let key = next as u32;
                if tokens.byte(key) != b'"' || tokens.byte(key + 1) != b':' {
                    return Err(Malformed::Syntax(tokens.start(key)));
                }
                if inside != NOWHERE
                    && let Some(child) = child(tokens, key, paths, inside)
                    && found[child as usize] == MISSING
                {
                    found[child as usize] = key + 2;
                    node = child;
                }
                next += 2;
            }
        }
    }

    /// The value due at `next`, which belongs to `node`: the token after it, or after its bracket when it was opened.
    #[inline]
    fn value(
        &mut self,
        tokens: Tokens<'_>,
        next: usize,
        node: u16,
        paths: &Paths,
    ) -> Result<(usize, bool), Malformed> {
        let Tokens { bytes, at } = tokens;
        let start = *at.get(next).ok_or(Malformed::Syntax(bytes.len()))? as usize;
        let byte = bytes[start];
        match byte {
            b'"' => Ok((next + 1, false)),
            b'{' | b'[' => {
                // The closing brackets are two after the opening ones in ASCII.
                if tokens.byte(next as u32 + 1) == byte + 2 {
                    return Ok((next + 2, false));
                }
                if self.open.len() == MAX_DEPTH {
                    return Err(Malformed::TooDeep);
                }
                let object = byte == b'{';
                let leads = object && node != NOWHERE && !paths.is_leaf(node);
                self.open.push(Open { object, node: if leads { node } else { NOWHERE } });
                Ok((next + 1, true))
            }
            _ if is_word(&bytes[start..]) => Ok((next + 1, false)),
            _ => Err(Malformed::Syntax(start)),
        }
    }

    /// After a value: closes what ends here, and goes behind the comma if there is one.
    #[inline]
    fn close(&mut self, tokens: Tokens<'_>, mut next: usize) -> Result<usize, Malformed> {
        while let Some(&Open { object, .. }) = self.open.last() {
            match tokens.byte(next as u32) {
                b',' => return Ok(next + 1),
                b'}' if object => {}
                b']' if !object => {}
                _ => return Err(Malformed::Syntax(tokens.start(next as u32))),
            }
            next += 1;
            self.open.pop();
        }
        Ok(next)
    }
}

#[inline]
fn child(tokens: Tokens<'_>, key: u32, paths: &Paths, node: u16) -> Option<u16> {
    let quoted = tokens.quoted(key);
    paths.find(node, quoted).or_else(|| {
        memchr::memchr(b'\\', quoted)?;
        paths.find(node, &super::text::unescaped(quoted))
    })
}

/// `true`, `false`, `null`, or what the plugins' parser takes for a number: any run of digits, signs, dots and exponents, and
/// the words for what is none.
fn is_word(text: &[u8]) -> bool {
    let len = match text {
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => 4,
        [b'f', b'a', b'l', b's', b'e', ..] => 5,
        _ => number(text),
    };
    len > 0 && text.get(len).is_none_or(|&byte| ends_word(byte))
}

fn number(text: &[u8]) -> usize {
    let run = text
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
        .unwrap_or(text.len());
    let signed = matches!(text.first(), Some(b'-' | b'+'));
    if run > 1 || (run == 1 && !signed) {
        return run;
    }
    let word = text.get(run..run + 3).unwrap_or_default();
    if word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"nan") { run + 3 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::TokenIndex;

    fn walk(text: &str, paths: &Paths) -> Result<Vec<Option<String>>, Malformed> {
        let mut index = TokenIndex::new(64).unwrap();
        let at = index.whole(text.as_bytes()).unwrap();
        let tokens = Tokens { bytes: text.as_bytes(), at };
        let mut found = vec![0; paths.len()];
        let end = Walker::default().walk(tokens, 0, paths, &mut found)?;
        assert_eq!(end as usize, at.len());
        let text = |&token: &u32| {
            (token != MISSING).then(|| String::from_utf8_lossy(&tokens.text(token)).into_owned())
        };
        Ok(found[1..].iter().map(text).collect())
    }

    #[test]
    fn values_are_found_at_their_paths_and_the_first_of_equal_keys_counts() {
        let mut paths = Paths::default();
        paths.add(&["a"]);
        paths.add(&["b", "c"]);
        paths.add(&["b", "d", "e"]);
        let text = r#"{"x":{"a":0,"b":{"c":0}},"\u0061":1.0,"b":{"c":[1, {"c":2}],"d":null},"a":2,"b":{"d":{"e":1}}}"#;
        let found = walk(text, &paths).unwrap();
        let expected = [
            Some("1.0"),
            Some(r#"{"c":[1,{"c":2}],"d":null}"#),
            Some(r#"[1,{"c":2}]"#),
            Some("null"),
            None,
        ];
        assert_eq!(found, expected.map(|text| text.map(str::to_owned)));
    }

    #[test]
    fn what_is_not_json_is_refused_and_what_the_plugins_take_is_taken() {
        let paths = Paths::default();
        for good in
            [r#"{"x":NaN,"y":-inf,"z":1e5}"#, "[]", "{}", "[[],{}]", "1-2", "\"a\"", r#"[1,"a"]"#]
        {
            assert!(walk(good, &paths).is_ok(), "{good}");
        }
        for bad in [
            "[1,]",
            "{\"a\":}",
            "{\"a\" 1}",
            "{1:2}",
            "[1 2]",
            "{bad",
            "tru",
            "truex",
            "[",
            "[}",
            "{\"a\":1]",
            "-",
            "x",
        ] {
            assert!(walk(bad, &paths).is_err(), "{bad}");
        }
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(walk(&deep(MAX_DEPTH), &paths).is_ok());
        assert_eq!(walk(&format!("[{}]", deep(MAX_DEPTH + 1)), &paths), Err(Malformed::TooDeep));
    }
}
