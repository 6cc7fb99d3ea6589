//! Regular expressions with Go's meaning on Rust's engine: both are RE2, but `\d`, `\w`, `\s` and `\b` are ASCII in Go, and
//! Rust knows operators in classes, and flags, that Go does not. What can't be carried over is refused, never reread.
//! Used by the `regex.*` builtins.

use regex::Regex;

use crate::builtins::Fault;

/// Compiles `pattern` as Go would.
pub(crate) fn compile(name: &str, pattern: &str) -> Result<Regex, Fault> {
    let carried = carried_over(pattern)
        .ok_or_else(|| Fault::new(format!("{name}: unsupported pattern `{pattern}`")))?;
    Regex::new(&carried).map_err(|error| {
        let line = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
        Fault::new(format!("{name}: pattern `{pattern}`: {line}"))
    })
}

/// The same language in Rust's syntax.
fn carried_over(pattern: &str) -> Option<String> {
    let (mut out, mut chars) = (String::with_capacity(pattern.len()), pattern.chars().peekable());
    // Whether inside `[…]`, and at its first character.
    let (mut class, mut first) = (false, false);
    while let Some(char) = chars.next() {
        let at_first = std::mem::take(&mut first);
        match char {
            '\\' => escape(&mut out, chars.next()?, class, &mut chars)?,
            '[' if !class => {
                (class, first) = (true, true);
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            '[' if chars.peek() == Some(&':') => {
                out.push('[');
                for char in chars.by_ref() {
                    out.push(char);
                    if char == ']' {
                        break;
                    }
                }
            }
            '[' => out.push_str("\\["),
            ']' if class && at_first => out.push_str("\\]"),
            ']' if class => {
                class = false;
                out.push(']');
            }
            '&' | '~' if class => {
                out.push('\\');
                out.push(char);
            }
            // `--` is a difference in Rust and nothing anyone means in Go.
            '-' if class && chars.peek() == Some(&'-') => return None,
            '(' if !class && chars.peek() == Some(&'?') => {
                out.push('(');
                out.push(chars.next()?);
                group(&mut out, &mut chars)?;
            }
            _ => out.push(char),
        }
    }
    Some(out)
}

/// `(?flags`, `(?P<name>`, `(?<name>`: only Go's flags.
fn group(out: &mut String, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<()> {
    if matches!(chars.peek(), Some('P' | '<')) {
        return Some(());
    }
    while let Some(&char) = chars.peek() {
        match char {
            'i' | 'm' | 's' | 'U' | '-' => {
                out.push(char);
                chars.next();
            }
            ':' | ')' => return Some(()),
            _ => return None,
        }
    }
    None
}

fn escape(
    out: &mut String,
    letter: char,
    class: bool,
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
) -> Option<()> {
    let text = match (letter, class) {
        ('d', true) => "0-9",
        ('w', true) => "0-9A-Za-z_",
        ('s', true) => "\\t\\n\\x0c\\r ",
        ('d', false) | ('D', true) => {
            if letter == 'd' {
                "[0-9]"
            } else {
                "[^0-9]"
            }
        }
        ('w', false) => "[0-9A-Za-z_]",
        ('s', false) => "[\\t\\n\\x0c\\r ]",
        ('D', false) => "[^0-9]",
        ('W', _) => "[^0-9A-Za-z_]",
        ('S', _) => "[^\\t\\n\\x0c\\r ]",
        ('b', false) => "(?-u:\\b)",
        ('B', false) => "(?-u:\\B)",
        ('Q', _) => {
            // Literal up to \E or the end.
            let mut literal = String::new();
            while let Some(char) = chars.next() {
                if char == '\\' && chars.next_if_eq(&'E').is_some() {
                    break;
                }
                literal.push(char);
            }
            out.push_str(&regex::escape(&literal));
            return Some(());
        }
        ('A' | 'z' | 'p' | 'P' | 'x' | 'a' | 'f' | 'n' | 'r' | 't' | 'v', _) => {
            out.push('\\');
            out.push(letter);
            return Some(());
        }
        // Go reads octal; Rust refuses digits here, and nobody should need them.
        (letter, _) if letter.is_ascii_punctuation() => {
            out.push('\\');
            out.push(letter);
            return Some(());
        }
        _ => return None,
    };
    out.push_str(text);
    Some(())
}
