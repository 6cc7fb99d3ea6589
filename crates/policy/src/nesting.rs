//! How often the engine's parser would read a part of a module again: it takes each `[` and `{` for a comprehension first, reads the
//! first element, finds no `|` and starts over, so `[[[[…` doubles the work with every bracket. Two dozen take minutes.
//! Looks at brackets outside strings and comments, and parses nothing. Used before every parse.

/// 65,536 times at worst, which is a tenth of a second for a small module; no module of a person comes near.
const MAX_AGAIN: usize = 16;

/// Whether parsing `source` would take for ever.
pub(crate) fn parses_for_ever(source: &str) -> bool {
    // For each open bracket, whether what comes may be read again: in the first place of a `[` or `{`.
    let mut open: Vec<bool> = Vec::new();
    let mut again = 0;
    let mut rest = source.chars();
    while let Some(char) = rest.next() {
        match char {
            '"' => skip_string(&mut rest),
            '`' => skip_past(&mut rest, '`'),
            '#' => skip_past(&mut rest, '\n'),
            '[' | '{' => {
                open.push(true);
                again += 1;
                if again > MAX_AGAIN {
                    return true;
                }
            }
            '(' => open.push(false),
            ']' | '}' | ')' => again -= usize::from(open.pop() == Some(true)),
            ',' => {
                if let Some(first) = open.last_mut().filter(|first| **first) {
                    *first = false;
                    again -= 1;
                }
            }
            _ => {}
        }
    }
    false
}

fn skip_string(rest: &mut std::str::Chars<'_>) {
    while let Some(char) = rest.next() {
        match char {
            '\\' => drop(rest.next()),
            '"' => return,
            _ => {}
        }
    }
}

fn skip_past(rest: &mut std::str::Chars<'_>, end: char) {
    rest.find(|char| *char == end);
}

#[cfg(test)]
mod tests {
    use super::{MAX_AGAIN, parses_for_ever};

    #[test]
    fn only_brackets_in_first_place_are_counted() {
        let nested = |open: &str, close: &str, depth| open.repeat(depth) + &close.repeat(depth);
        for (open, close) in [
            ("[", "]"),
            ("{", "}"),
            ("{\"a\": ", "}"),
            ("[\n# ]\n", "]"),
            ("f([", "])"),
            ("[f(1, ", ")]"),
        ] {
            assert!(!parses_for_ever(&nested(open, close, MAX_AGAIN)), "{open}");
            assert!(parses_for_ever(&nested(open, close, MAX_AGAIN + 1)), "{open}");
        }
        for text in [
            nested("[1, ", "]", 1000),
            nested("(", ")", 1000),
            nested("[1, f(", ")]", 1000),
            format!("\"{}\\\"{}\"", "[".repeat(100), "{".repeat(100)),
            format!("`{}\\`", "[".repeat(100)),
            format!("# {}", "[".repeat(100)),
            "{[], [[]]}\n".repeat(100),
        ] {
            assert!(!parses_for_ever(&text), "{text}");
        }
    }
}
