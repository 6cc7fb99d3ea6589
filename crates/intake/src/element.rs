//! Where one value ends in text whose grammar is not known to be right: by brackets and quotes alone.
//! Judges nothing; what it delimits is judged afterwards. Used by `body` for arrays and for objects over several lines.

use memchr::memchr3;

/// No end was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endless {
    /// Bytes that were looked at.
    pub(crate) scanned: usize,
}

/// The offset behind the value that begins at `start`, which is no blank.
pub(crate) fn end_of_value(text: &[u8], start: usize) -> Result<usize, Endless> {
    match text[start] {
        b'{' | b'[' => end_of_container(text, start),
        b'"' => end_of_string(text, start + 1).map_err(|end| Endless { scanned: end - start }),
        _ => {
            let rest = &text[start + 1..];
            let len = rest.iter().position(|&byte| ends_word(byte)).unwrap_or(rest.len());
            Ok(start + 1 + len)
        }
    }
}

fn ends_word(byte: u8) -> bool {
    matches!(byte, b',' | b']' | b'}' | b'{' | b'[' | b'"' | b' ' | b'\t' | b'\r' | b'\n')
}

/// Brackets that don't match end the search: behind them nothing is certain.
fn end_of_container(text: &[u8], start: usize) -> Result<usize, Endless> {
    let mut depth = 0_usize;
    // Which of the open containers are objects; the last bit is the innermost. Deeper ones than an alert may have go unchecked.
    let mut objects = 0_u128;
    let mut known = true;
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => {
                depth += 1;
                known &= depth <= 128;
                objects = objects << 1 | u128::from(byte == b'{');
            }
            b'}' | b']' => {
                if known && (objects & 1 == 1) != (byte == b'}') {
                    return Err(Endless { scanned: at - start });
                }
                depth -= 1;
                objects >>= 1;
                if depth == 0 {
                    return Ok(at);
                }
            }
            b'"' => {
                at = end_of_string(text, at).map_err(|end| Endless { scanned: end - start })?;
            }
            _ => {}
        }
    }
    Err(Endless { scanned: at - start })
}

/// Behind the quote that ends the string whose text begins at `at`; the error is where it was given up. A line break can't be in
/// a string, so that a quote that is missing costs no more than its line.
fn end_of_string(text: &[u8], mut at: usize) -> Result<usize, usize> {
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let found = at + memchr3(b'"', b'\\', b'\n', rest).ok_or(text.len())?;
        match text[found] {
            b'"' => return Ok(found + 1),
            b'\\' if text.get(found + 1) != Some(&b'\n') => at = found + 2,
            _ => return Err(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_its_brackets_or_quotes_do() {
        for (text, end) in [
            (r#"{"a":"}\"]"} x"#, 12),
            (r"[[],{}],1", 7),
            (r#""a\\"b"#, 5),
            ("12,3", 2),
            ("}x", 2),
            ("true", 4),
        ] {
            assert_eq!(end_of_value(text.as_bytes(), 0), Ok(end), "{text}");
        }
    }

    #[test]
    fn a_string_does_not_go_on_in_the_next_line() {
        assert_eq!(end_of_value(b"{\"a\n\":1}", 0), Err(Endless { scanned: 3 }));
        assert_eq!(end_of_value(b"{\"a\\\n\":1}", 0), Err(Endless { scanned: 3 }));
        assert_eq!(end_of_value(b"{\"a\\", 0), Err(Endless { scanned: 4 }));
        assert_eq!(end_of_value(b"[{}", 0), Err(Endless { scanned: 3 }));
        assert_eq!(end_of_value(b"{\"a\":[1},{}]", 0), Err(Endless { scanned: 8 }));
    }
}
