//! Whether words stand one behind the other in an alert: what the terms alone can't tell.
//! Reads the alert's line again. Used where lists and counts are made.

use crate::alert::Alert;
use crate::words::{TextItem, each_word};

/// As many words of a phrase are compared; what is behind them is not.
const MAX_WORDS: usize = 64;

/// Whether the alert holds each of the phrases in one of its texts.
pub(crate) fn holds_all(alert: &Alert<'_>, phrases: &[TextItem]) -> bool {
    phrases.iter().all(|phrase| holds(alert, phrase))
}

fn holds(alert: &Alert<'_>, phrase: &TextItem) -> bool {
    let words = &phrase.words[..phrase.words.len().min(MAX_WORDS)];
    let end = 1_u64 << (words.len() - 1);
    let mut found = false;
    let mut scratch = String::new();
    alert.each_text(|text| {
        // A bit for each beginning of the phrase that ends at the last word read.
        let mut progress = 0_u64;
        each_word(text, &mut scratch, |word| {
            let begun = progress << 1 | 1;
            progress = 0;
            for (place, wanted) in words.iter().enumerate() {
                let last = phrase.prefix && place + 1 == words.len();
                if begun & 1 << place != 0
                    && (word == wanted || (last && word.starts_with(&**wanted)))
                {
                    progress |= 1 << place;
                }
            }
            found |= progress & end != 0;
        });
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::text_items;

    #[test]
    fn words_must_stand_in_a_row_in_one_text() {
        let mut alert = Alert { output: "File /etc/etc/shadow opened".into(), ..Alert::default() };
        alert.fields.push(("fd.name".into(), "by cat".into()));
        let holds = |text: &str| holds_all(&alert, &text_items(text));
        for text in ["/etc/shadow", "etc/sha*", "\"file etc\"", "\"Opened\" \"BY cat\""] {
            assert!(holds(text), "{text}");
        }
        for text in ["etc/sha", "\"opened by\"", "shadow/etc", "\"file shadow\""] {
            assert!(!holds(text), "{text}");
        }
    }
}
