//! Finds where the plain part of a JSON string ends.
//! Looks at eight bytes together in safe code, fast enough that strings cost less than the brackets around them.
//! Used by `validator` and `string`.

/// How many bytes stand before the next quote, backslash or control character. Eight bytes are looked at together: a byte
/// minus one borrows into its top bit only when it was zero, and the lowest such bit is exact (borrows move upwards only).
pub(crate) fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = ONES << 7;
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (ONES * u64::from(b'"'));
        let backslash = word ^ (ONES * u64::from(b'\\'));
        let special = ((quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word))
            & TOPS;
        if special != 0 {
            return at + (special.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes[at..].iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\');
    at + rest.unwrap_or(bytes.len() - at)
}
