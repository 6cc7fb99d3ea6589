//! What alerts are found by: words, `name=value` of output fields, and their ids, each a run of bytes that sorts within its kind.
//! Used by `insertion`, which writes terms, and by queries, which ask for them.

use std::hash::{BuildHasher, Hasher};

/// Bytes of a field's value that are kept as they are; of longer ones the beginning and a digest.
pub(crate) const MAX_VALUE: usize = 96;
const KEPT_OF_LONG: usize = 64;

/// First byte of a term.
pub(crate) const WORD: u8 = b'w';
pub(crate) const FIELD: u8 = b'f';
pub(crate) const ID: u8 = b'i';

/// The term of a word; also what words that begin so begin with.
pub(crate) fn word_term(word: &str, term: &mut Vec<u8>) {
    term.clear();
    term.push(WORD);
    term.extend_from_slice(word.as_bytes());
}

/// The term of an output field's value. `field` is the number of its name.
pub(crate) fn field_term(field: u32, value: &str, term: &mut Vec<u8>) {
    field_beginning(field, term);
    let value = value.as_bytes();
    if value.len() <= MAX_VALUE {
        term.extend_from_slice(value);
        return;
    }
    term.extend_from_slice(&value[..KEPT_OF_LONG]);
    // No UTF-8 text holds this byte: a shorter value is never taken for a longer one.
    term.push(0xFF);
    term.extend_from_slice(&digest(value).to_be_bytes());
}

/// What all terms of a field begin with.
pub(crate) fn field_beginning(field: u32, term: &mut Vec<u8>) {
    term.clear();
    term.push(FIELD);
    term.extend_from_slice(&field.to_be_bytes());
}

/// The value in a field's term, when it is there whole.
pub(crate) fn value_of(term: &[u8]) -> Option<&str> {
    term.get(5..)
        .filter(|value| value.len() <= MAX_VALUE)
        .and_then(|value| std::str::from_utf8(value).ok())
}

/// The term of an alert's id.
pub(crate) fn id_term(id: [u8; 16]) -> [u8; 17] {
    let mut term = [ID; 17];
    term[1..].copy_from_slice(&id);
    term
}

/// The same in every process and release: it is written to disk.
fn digest(bytes: &[u8]) -> u64 {
    // FNV-1a with a finish that mixes the high bits down.
    let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, &byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (sum ^ sum >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A fast hash for tables in memory.
pub(crate) fn hash_of(state: &foldhash::fast::RandomState, bytes: &[u8]) -> u64 {
    let mut hasher = state.build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// A UUID in its usual form.
pub(crate) fn hyphenated(id: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in id.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text
}
