//! The include and exclude globs of products, as gobwas/glob compiles them without separators.
//! There `*` and `?` cross slashes and `?` is a character, not a byte, which is why they are not file globs of another library.
//! Used by the product pass, on paths as they are shown.

use std::fmt::Write;

use regex::{Regex, escape};

use crate::error::TreeError;

/// Which paths may be products: included, and not excluded.
#[derive(Debug, Clone)]
pub struct ProductGlobs {
    include: Glob,
    exclude: Glob,
}

impl ProductGlobs {
    /// Compiles both globs; an empty exclude excludes nothing, `*` includes everything.
    pub fn new(include: &str, exclude: &str) -> Result<Self, TreeError> {
        Ok(Self { include: Glob::new(include)?, exclude: Glob::new(exclude)? })
    }

    /// Whether a path may be a product.
    #[must_use]
    pub fn accepts(&self, path: &str) -> bool {
        !self.exclude.matches(path) && self.include.matches(path)
    }
}

impl Default for ProductGlobs {
    fn default() -> Self {
        Self { include: Glob::Everything, exclude: Glob::Nothing }
    }
}

#[derive(Debug, Clone)]
enum Glob {
    Everything,
    Nothing,
    Some(Regex),
}

impl Glob {
    fn new(pattern: &str) -> Result<Self, TreeError> {
        if pattern.is_empty() {
            return Ok(Self::Nothing);
        }
        if pattern.bytes().all(|byte| byte == b'*') {
            return Ok(Self::Everything);
        }
        let fault = |problem| TreeError::Glob { pattern: pattern.to_owned(), problem };
        let regex = Translation::of(pattern).map_err(|problem| fault(problem.to_owned()))?;
        let regex = Regex::new(&regex).map_err(|error| fault(error.to_string()))?;
        Ok(Self::Some(regex))
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Nothing => false,
            Self::Some(regex) => regex.is_match(path),
        }
    }
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

struct Translation {
    regex: String,
    /// How many `{` are open.
    depth: usize,
}

impl Translation {
    /// A regular expression that matches the same whole paths.
    fn of(pattern: &str) -> Result<String, &'static str> {
        let mut translation = Self { regex: String::from("(?s)^(?:"), depth: 0 };
        let mut characters = pattern.chars().peekable();
        while let Some(character) = characters.next() {
            translation.take(character, &mut characters)?;
        }
        if translation.depth > 0 {
            return Err("`{` is not closed");
        }
        translation.regex.push_str(")$");
        Ok(translation.regex)
    }

    fn take(&mut self, character: char, rest: &mut Characters<'_>) -> Result<(), &'static str> {
        match character {
            '*' => {
                while rest.next_if_eq(&'*').is_some() {}
                self.regex.push_str(".*");
            }
            '?' => self.regex.push('.'),
            '[' => self.class(rest)?,
            '{' => {
                self.depth += 1;
                self.regex.push_str("(?:");
            }
            ',' if self.depth > 0 => self.regex.push('|'),
            '}' if self.depth > 0 => {
                self.depth -= 1;
                self.regex.push(')');
            }
            '\\' => {
                let escaped = rest.next().ok_or("`\\` at the end escapes nothing")?;
                self.literal(escaped);
            }
            other => self.literal(other),
        }
        Ok(())
    }

    fn literal(&mut self, character: char) {
        self.regex.push_str(&escape(character.encode_utf8(&mut [0; 4])));
    }

    /// `[abc]`, `[a-z]`, `[!a-z]`; `^` is a character like any other.
    fn class(&mut self, rest: &mut Characters<'_>) -> Result<(), &'static str> {
        const OPEN: &str = "`[` is not closed";
        self.regex.push('[');
        if rest.next_if_eq(&'!').is_some() {
            self.regex.push('^');
        }
        let mut empty = true;
        loop {
            let low = match rest.next().ok_or(OPEN)? {
                ']' if empty => return Err("`[]` is empty"),
                ']' => break,
                '\\' => rest.next().ok_or(OPEN)?,
                character => character,
            };
            empty = false;
            let ranged = {
                let mut ahead = rest.clone();
                ahead.next() == Some('-') && ahead.next().is_some_and(|end| end != ']')
            };
            self.member(low);
            if ranged {
                rest.next();
                let high = match rest.next().ok_or(OPEN)? {
                    '\\' => rest.next().ok_or(OPEN)?,
                    character => character,
                };
                if high < low {
                    return Err("a range ends before it begins");
                }
                self.regex.push('-');
                self.member(high);
            }
        }
        self.regex.push(']');
        Ok(())
    }

    /// By number, since a class gives meaning to more characters than `escape` knows of.
    fn member(&mut self, character: char) {
        // Writing to a string cannot fail.
        let _ = write!(self.regex, "\\x{{{:x}}}", u32::from(character));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::ProductGlobs;

    fn included(pattern: &str, path: &str) -> bool {
        ProductGlobs::new(pattern, "").unwrap().accepts(path)
    }

    #[test]
    fn a_glob_matches_the_whole_path_and_crosses_slashes() {
        let matches = [
            ("*", "a/b"),
            ("*", ""),
            ("**", "a/b/c"),
            ("*.txt", "d/c.txt"),
            ("a*c", "a/b/c"),
            ("a?b", "a/b"),
            ("?", "\u{e9}"),
            ("[\u{e0}-\u{ef}]", "\u{e9}"),
            ("**/x", "a/x"),
            ("{a,b}*.[ch]", "b/x.h"),
            ("{a,{b,c}}d", "cd"),
            ("{a,}b", "b"),
            ("[!a-c]x", "dx"),
            ("[^a]", "^"),
            ("[a-]", "-"),
            ("[\\]]", "]"),
            ("[&~]", "~"),
            ("\\*", "*"),
            ("a,b}", "a,b}"),
            ("a\n*", "a\n\nb"),
        ];
        for (pattern, path) in matches {
            assert!(included(pattern, path), "{pattern} {path}");
        }
        let differs = [
            ("*.txt", "c.txt2"),
            ("a", "xa"),
            ("**/x", "x"),
            ("?", "ab"),
            ("{a,b}*.[ch]", "d/a.c"),
            ("[!a-c]x", "bx"),
            ("\\*", "a"),
            ("a.c", "abc"),
            ("A", "a"),
        ];
        for (pattern, path) in differs {
            assert!(!included(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn exclusion_goes_before_inclusion() {
        let globs = ProductGlobs::new("*.txt", "skip*").unwrap();
        assert!(globs.accepts("a.txt") && globs.accepts("d/skip.txt"));
        assert!(!globs.accepts("skip.txt") && !globs.accepts("a.bin"));
        assert!(!ProductGlobs::new("*", "*").unwrap().accepts("a"));
    }

    #[test]
    fn a_glob_that_means_nothing_is_refused() {
        for pattern in ["[", "[a", "[]", "[!]", "[z-a]", "{a", "{a,{b}", "a\\", "[a-\\"] {
            let error = ProductGlobs::new(pattern, "").unwrap_err();
            assert_eq!(error.code(), "ERR_TREE_GLOB", "{pattern}");
            assert!(ProductGlobs::new("*", pattern).is_err());
        }
    }
}
