//! Text as words: runs of letters and digits in lower case, an ideograph each by itself; and what a person types as such words.
//! Every other character separates, so that `/etc/shadow` is two words in a row. Used by terms and phrases.

/// Bytes of a word that count; what goes on alike is the same word.
const MAX_WORD: usize = 64;

/// Calls `each` with the words of `text` in order. `scratch` is memory to use again.
pub(crate) fn each_word(text: &str, scratch: &mut String, mut each: impl FnMut(&str)) {
    scratch.clear();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x80 {
            at += 1;
            if byte.is_ascii_alphanumeric() {
                push(scratch, char::from(byte.to_ascii_lowercase()));
                continue;
            }
        } else if let Some(character) = text[at..].chars().next() {
            at += character.len_utf8();
            if is_ideograph(character) {
                flush(scratch, &mut each);
                scratch.push(character);
            } else if character.is_alphanumeric() {
                character.to_lowercase().for_each(|lower| push(scratch, lower));
                continue;
            }
        }
        flush(scratch, &mut each);
    }
    flush(scratch, &mut each);
}

fn push(word: &mut String, character: char) {
    if word.len() + character.len_utf8() <= MAX_WORD {
        word.push(character);
    }
}

fn flush(word: &mut String, each: &mut impl FnMut(&str)) {
    if !word.is_empty() {
        each(word);
        word.clear();
    }
}

/// Written without blanks between words: Han, Hiragana, Katakana.
fn is_ideograph(character: char) -> bool {
    matches!(
        u32::from(character),
        0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF
    )
}

/// Words that must stand one behind the other in one text of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextItem {
    /// At least one.
    pub words: Vec<String>,
    /// Whether the last may go on.
    pub prefix: bool,
}

/// What a person typed: blanks separate, quotes join, a `*` at the end lets the last word go on. What holds no word is left out.
#[must_use]
pub fn text_items(text: &str) -> Vec<TextItem> {
    let mut items = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (item, after) = match rest.strip_prefix('"') {
            Some(quoted) => match quoted.split_once('"') {
                Some((inside, after)) => (inside, after),
                None => (quoted, ""),
            },
            None => rest.split_at(
                rest.find(|at: char| at.is_whitespace() || at == '"').unwrap_or(rest.len()),
            ),
        };
        let starred = after.strip_prefix('*');
        let prefix = starred.is_some() || item.ends_with('*');
        let mut words = Vec::new();
        each_word(item, &mut String::new(), |word| words.push(word.to_owned()));
        if !words.is_empty() {
            items.push(TextItem { words, prefix });
        }
        rest = starred.unwrap_or(after).trim_start();
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each_word(text, &mut String::new(), |word| found.push(word.to_owned()));
        found
    }

    #[test]
    fn letters_and_digits_make_words_in_any_script() {
        assert_eq!(words("cat /etc/SHADOW-2"), ["cat", "etc", "shadow", "2"]);
        assert_eq!(words("Größe ÅÄÖ=naïve 🐦x"), ["größe", "åäö", "naïve", "x"]);
        assert_eq!(words("读取文件a"), ["读", "取", "文", "件", "a"]);
        assert!(words(" -/_.\u{7f}🐦").is_empty());
        assert_eq!(words(&"é".repeat(40)), ["é".repeat(32)]);
    }

    #[test]
    fn quotes_join_and_a_star_lets_a_word_go_on() {
        let item = |words: &[&str], prefix| TextItem {
            words: words.iter().map(ToString::to_string).collect(),
            prefix,
        };
        assert_eq!(
            text_items(r#" shell  "spawned by" ngin* "#),
            [item(&["shell"], false), item(&["spawned", "by"], false), item(&["ngin"], true)]
        );
        assert_eq!(
            text_items(r#"/etc/sha* *** "a b"* "open"#),
            [item(&["etc", "sha"], true), item(&["a", "b"], true), item(&["open"], false)]
        );
    }
}
