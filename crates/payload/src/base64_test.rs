#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64_simd::STANDARD;
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::Base64Decoder;

/// Decodes `text` cut at the given places; `None` when it is refused.
fn decode(text: &[u8], cuts: &[usize]) -> Option<Vec<u8>> {
    let mut decoder = Base64Decoder::default();
    let mut out = Vec::new();
    let mut from = 0;
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
    cuts.sort_unstable();
    for to in cuts.into_iter().chain([text.len()]) {
        out.extend_from_slice(decoder.push(&text[from..to]).ok()?);
        from = to;
    }
    decoder.is_complete().then_some(out)
}

proptest! {
    #[test]
    fn decoding_inverts_encoding_wherever_the_text_is_cut(
        bytes in vec(any::<u8>(), 0..400),
        cuts in vec(any::<usize>(), 0..6),
    ) {
        let text = STANDARD.encode_to_string(&bytes);
        prop_assert_eq!(decode(text.as_bytes(), &cuts), Some(bytes));
    }

    #[test]
    fn a_changed_character_never_decodes_to_the_same_bytes_before_the_last_group(
        bytes in vec(any::<u8>(), 6..200),
        at in any::<usize>(),
        to in any::<u8>(),
        cut in any::<usize>(),
    ) {
        let mut text = STANDARD.encode_to_string(&bytes).into_bytes();
        let at = at % (text.len() - 4);
        if text[at] != to {
            text[at] = to;
            prop_assert!(decode(&text, &[cut]) != Some(bytes));
        }
    }
}

#[test]
fn every_length_modulo_three_round_trips() {
    for len in 0..=64_u8 {
        let bytes: Vec<u8> = (0..len).map(|i| i.wrapping_mul(37)).collect();
        let text = STANDARD.encode_to_string(&bytes);
        assert_eq!(decode(text.as_bytes(), &[]), Some(bytes));
    }
}

#[test]
fn padding_is_required_and_ends_the_string() {
    for bad in [
        "A",
        "AA",
        "AAA",
        "AA=",
        "=",
        "====",
        "A===",
        "AAAA=",
        "AAAA====",
        "AA==AAAA",
        "AA=A",
        "AA=AA",
        "AA=AAAAA",
        "AA==A",
        "AAA=A",
        "AA===",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AA==AA==",
    ] {
        assert_eq!(decode(bad.as_bytes(), &[]), None, "{bad}");
        assert_eq!(decode(bad.as_bytes(), &[1]), None, "{bad} cut");
    }
}

#[test]
fn other_alphabets_and_whitespace_are_refused() {
    for bad in ["AA-_", "AA A", "AAA\n", "AAA\t", "AAAA!!!!", "AAA\u{e9}", "\u{feff}AAAA"] {
        assert_eq!(decode(bad.as_bytes(), &[]), None, "{bad}");
    }
    let mut decoder = Base64Decoder::default();
    assert_eq!(decoder.push(b"AAAAAA-A").unwrap_err().0, 6);
}

#[test]
fn trailing_bits_are_forgiven() {
    assert_eq!(decode(b"AB==", &[]), Some(vec![0]));
    assert_eq!(decode(b"AAAAAAB=", &[3]), Some(vec![0; 5]));
}
