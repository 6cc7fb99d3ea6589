//! Regular expressions in RE2's syntax on the `regex` crate, whose time is linear too: the whole text must match.
//! Where the two syntaxes differ, the pattern is rewritten: classes, `\d \w \s \b` (ASCII in RE2), `\Q…\E`, lone braces.

use std::borrow::Cow;

use regex::bytes::{Regex, RegexBuilder};

/// RE2 has 8 MiB for a pattern; more than this is refused.
const SIZE_LIMIT: usize = 8 << 20;

/// Deeper groups are refused, as in RE2.
const NEST_LIMIT: u32 = 250;

/// Why the pattern is refused, if it is.
pub(crate) fn check(pattern: &str) -> Result<(), String> {
    build(pattern).map(|_| ())
}

pub(super) fn build(pattern: &str) -> Result<Regex, String> {
    // The pattern alone first: one with a parenthesis too many must not close ours.
    let inner = translated(pattern)?;
    compiled(&inner)?;
    compiled(&format!("\\A(?:{inner})\\z"))
}

fn compiled(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).nest_limit(NEST_LIMIT).build().map_err(
        |error| match error {
            regex::Error::Syntax(text) => {
                text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
            }
            other => other.to_string(),
        },
    )
}

/// Bytes that are not UTF-8 are replaced first, so that a pattern sees text only.
pub(super) fn matches(regex: &Regex, text: &[u8]) -> bool {
    match std::str::from_utf8(text) {
        Ok(_) => regex.is_match(text),
        Err(_) => match String::from_utf8_lossy(text) {
            Cow::Borrowed(text) => regex.is_match(text.as_bytes()),
            Cow::Owned(text) => regex.is_match(text.as_bytes()),
        },
    }
}

fn translated(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut repeated = false;
    while let Some(first) = rest.chars().next() {
        let repetition = repetition(rest);
        if let Some(length) = repetition {
            // `a**` is a mistake to RE2, `a*?` is not.
            if repeated {
                return Err(format!("bad repetition operator: {}", &rest[..length]));
            }
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            repeated = true;
            continue;
        }
        repeated = false;
        rest = match first {
            '\\' => escape(rest, false, &mut out),
            '[' => class(rest, &mut out),
            '{' | '}' => {
                out.push('\\');
                out.push(first);
                &rest[1..]
            }
            _ => {
                out.push(first);
                &rest[first.len_utf8()..]
            }
        };
    }
    Ok(out)
}

/// The length of a repetition with its `?`, when one stands here.
fn repetition(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let length = match bytes.first()? {
        b'*' | b'+' | b'?' => 1,
        b'{' => {
            let end = rest.find('}')?;
            let (low, high) = rest[1..end].split_once(',').unwrap_or((&rest[1..end], ""));
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            if low.is_empty() || !digits(low) || !digits(high) {
                return None;
            }
            end + 1
        }
        _ => return None,
    };
    Some(if bytes.get(length) == Some(&b'?') { length + 1 } else { length })
}

/// A backslash and what it stands before; returns the rest.
fn escape<'p>(rest: &'p str, in_class: bool, out: &mut String) -> &'p str {
    let Some(escaped) = rest[1..].chars().next() else {
        out.push('\\');
        return "";
    };
    let after = &rest[1 + escaped.len_utf8()..];
    let (open, close) = if in_class { ("", "") } else { ("[", "]") };
    match escaped {
        'Q' if !in_class => {
            let (literal, after) = after.split_once("\\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(literal));
            return after;
        }
        'd' => out.extend([open, "0-9", close]),
        'w' => out.extend([open, "0-9A-Za-z_", close]),
        's' => out.extend([open, "\\t\\n\\f\\r ", close]),
        'D' => out.push_str("[^0-9]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        'S' => out.push_str("[^\\t\\n\\f\\r ]"),
        'b' if !in_class => out.push_str("(?-u:\\b)"),
        'C' if !in_class => out.push_str("(?s-u:.)"),
        _ => {
            out.push('\\');
            out.push(escaped);
        }
    }
    after
}

/// A class from its `[` on. What `regex` would read as a set operation or a class within is escaped.
fn class<'p>(rest: &'p str, out: &mut String) -> &'p str {
    out.push('[');
    let mut rest = &rest[1..];
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    let mut first = true;
    while let Some(next) = rest.chars().next() {
        match next {
            ']' if !first => {
                out.push(']');
                return &rest[1..];
            }
            '[' if rest.starts_with("[:") && rest[2..].contains(":]") => {
                let end = 2 + rest[2..].find(":]").unwrap_or_default() + 2;
                out.push_str(&rest[..end]);
                rest = &rest[end..];
            }
            '\\' => rest = escape(rest, true, out),
            '[' | ']' | '&' | '~' => {
                out.push('\\');
                out.push(next);
                rest = &rest[1..];
            }
            _ => {
                out.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
        first = false;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::{build, matches};

    fn fits(pattern: &str, text: &[u8]) -> bool {
        matches(&build(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")), text)
    }

    #[test]
    fn the_whole_text_must_match() {
        assert!(fits("a|b", b"b"));
        assert!(!fits("a|b", b"ab"));
        assert!(!fits("^a", b"ab"));
        assert!(!fits("a", b"a\n"));
    }

    #[test]
    fn what_re2_reads_otherwise_is_rewritten() {
        for (pattern, text) in [
            ("[[a]", "["),
            ("[a&&b]", "&"),
            ("[a~~b]", "~"),
            ("[]a]", "]"),
            ("[^]a]", "b"),
            ("[[:alpha:]_]+", "a_b"),
            ("[\\d-]+", "1-2"),
            ("a{", "a{"),
            ("a{,2}", "a{,2}"),
            ("a{2}", "aa"),
            ("a{1,}?", "aaa"),
            ("\\Qa.b*\\E+", "a.b**"),
            ("\\pL+", "ñ"),
            ("x*?y", "xxy"),
        ] {
            assert!(fits(pattern, text.as_bytes()), "{pattern} {text}");
        }
        assert!(!fits("\\d", "٣".as_bytes()), "digits are ASCII");
        assert!(!fits("\\w", "ñ".as_bytes()), "words are ASCII");
    }

    #[test]
    fn what_re2_refuses_is_refused() {
        for pattern in [
            "*",
            "a**",
            "a+*",
            "(",
            ")",
            "a)(b",
            "[a",
            "\\",
            "x{5,1}",
            "(?<",
            "(?=a)",
            "(a)\\1",
            "((a{1000}){1000}){1000}",
        ] {
            assert!(build(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert!(fits("a.b", b"a\xffb"));
        assert!(fits("a\u{fffd}b", b"a\xffb"));
    }
}
