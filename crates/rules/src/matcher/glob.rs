//! Shell patterns over bytes: `*`, `?`, `[…]`, and `\` before a character meant as itself; `*` crosses `/`.
//! Semantics are those of POSIX `fnmatch` without flags. One remembered star keeps it from exploding.

/// One place of a pattern.
#[derive(Debug)]
enum Piece {
    Byte(u8),
    AnyByte,
    Star,
    /// The bytes it accepts, a bit each.
    Class(Box<[u64; 4]>),
}

/// A pattern, read.
#[derive(Debug)]
pub(crate) struct Glob {
    pieces: Box<[Piece]>,
    any_case: bool,
}

impl Glob {
    pub(super) fn new(pattern: &[u8], any_case: bool) -> Self {
        let mut pieces = Vec::new();
        let mut rest = pattern;
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            match first {
                b'*' if matches!(pieces.last(), Some(Piece::Star)) => {}
                b'*' => pieces.push(Piece::Star),
                b'?' => pieces.push(Piece::AnyByte),
                b'\\' => match rest.split_first() {
                    Some((&escaped, after)) => {
                        pieces.push(Piece::Byte(folded(escaped, any_case)));
                        rest = after;
                    }
                    None => pieces.push(Piece::Byte(b'\\')),
                },
                b'[' => match class(rest, any_case) {
                    Some((set, after)) => {
                        pieces.push(Piece::Class(Box::new(set)));
                        rest = after;
                    }
                    None => pieces.push(Piece::Byte(b'[')),
                },
                other => pieces.push(Piece::Byte(folded(other, any_case))),
            }
        }
        Self { pieces: pieces.into(), any_case }
    }

    /// Whether the whole text fits. Only the last star met can need more text: what stood before it fits already.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let (mut piece, mut at) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.pieces.get(piece) {
                Some(Piece::Star) => {
                    star = Some((piece, at));
                    piece += 1;
                }
                Some(one) if self.fits(one, text[at]) => {
                    piece += 1;
                    at += 1;
                }
                _ => {
                    let Some((starred, from)) = star else { return false };
                    star = Some((starred, from + 1));
                    piece = starred + 1;
                    at = from + 1;
                }
            }
        }
        self.pieces[piece..].iter().all(|piece| matches!(piece, Piece::Star))
    }

    fn fits(&self, piece: &Piece, byte: u8) -> bool {
        let byte = folded(byte, self.any_case);
        match piece {
            Piece::Byte(wanted) => *wanted == byte,
            Piece::AnyByte => true,
            Piece::Class(set) => set[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0,
            Piece::Star => false,
        }
    }
}

fn folded(byte: u8, any_case: bool) -> u8 {
    if any_case { byte.to_ascii_lowercase() } else { byte }
}

/// What follows a `[`, up to its `]`: the set and the rest; `None` when nothing closes it, and `[` is itself.
fn class(pattern: &[u8], any_case: bool) -> Option<([u64; 4], &[u8])> {
    let (negated, mut rest) = match pattern.split_first() {
        Some((b'!' | b'^', rest)) => (true, rest),
        _ => (false, pattern),
    };
    let mut set = [0_u64; 4];
    let mut first = true;
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        if byte == b']' && !first {
            break;
        }
        first = false;
        if byte == b'['
            && rest.first() == Some(&b':')
            && let Some((name, after)) = named(rest)
        {
            (0..=255_u8)
                .filter(|&byte| is_in(name, byte))
                .for_each(|byte| add(&mut set, byte, any_case));
            rest = after;
            continue;
        }
        let (low, after) =
            if byte == b'\\' { rest.split_first().map(|(&b, r)| (b, r))? } else { (byte, rest) };
        rest = after;
        let high = match rest {
            [b'-', high, after @ ..] if *high != b']' => {
                rest = after;
                *high
            }
            _ => low,
        };
        for byte in low..=high {
            add(&mut set, byte, any_case);
        }
    }
    if negated {
        for word in &mut set {
            *word = !*word;
        }
    }
    Some((set, rest))
}

fn add(set: &mut [u64; 4], byte: u8, any_case: bool) {
    let byte = folded(byte, any_case);
    set[usize::from(byte >> 6)] |= 1 << (byte & 63);
}

/// `[:alpha:]`, after its first bracket.
fn named(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = rest.windows(2).skip(1).position(|pair| pair == b":]")? + 1;
    Some((&rest[1..end], &rest[end + 2..]))
}

fn is_in(name: &[u8], byte: u8) -> bool {
    match name {
        b"alpha" => byte.is_ascii_alphabetic(),
        b"digit" => byte.is_ascii_digit(),
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"upper" => byte.is_ascii_uppercase(),
        b"lower" => byte.is_ascii_lowercase(),
        b"space" => matches!(byte, b' ' | b'\t'..=b'\r'),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"punct" => byte.is_ascii_punctuation(),
        b"cntrl" => byte.is_ascii_control(),
        b"graph" => byte.is_ascii_graphic(),
        b"print" => byte.is_ascii_graphic() || byte == b' ',
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Glob;

    /// The definition, exponential.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some((b'*', rest)), _) => {
                (0..=text.len()).any(|skipped| naive(rest, &text[skipped..]))
            }
            (Some((b'?', rest)), Some((_, after))) => naive(rest, after),
            (Some((wanted, rest)), Some((byte, after))) => wanted == byte && naive(rest, after),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn stars_and_question_marks_match_as_defined(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(
                Glob::new(pattern.as_bytes(), false).matches(text.as_bytes()),
                naive(pattern.as_bytes(), text.as_bytes())
            );
        }
    }

    #[test]
    fn classes_escapes_and_case_are_those_of_fnmatch() {
        let matches = |pattern: &str, text: &str| {
            Glob::new(pattern.as_bytes(), false).matches(text.as_bytes())
        };
        for (pattern, text) in [
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("[^a]", "b"),
            ("[]]", "]"),
            ("[!]]", "a"),
            ("[[:digit:]]*", "7up"),
            ("[", "["),
            ("[a", "[a"),
            ("\\*", "*"),
            ("a\\", "a\\"),
            ("[a-]", "-"),
            ("*/*", "a/b/c"),
            ("**", ""),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("[a-c]x", "dx"),
            ("\\*", "a"),
            ("?", ""),
            ("[!a]", "a"),
            ("[[:digit:]]", "x"),
            ("A", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        assert!(Glob::new(b"[A-C]LICE*", true).matches(b"alice and Bob"));
    }
}
