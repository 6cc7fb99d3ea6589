//! Ed25519 over a spool: the same signatures as others make, and the same ones refused.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::Write;
use std::process::Command;
use std::sync::atomic::Ordering;

use common::{Cells, payload_of, skipped};
use lanner_payload::{Pae, Payload, public_ed25519, sign_ed25519, spool_file, verify_ed25519};

const SEED: [u8; 32] = *b"\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60";

fn verify(public: &[u8; 32], payload: &Payload, payload_type: &str, signature: &[u8]) -> bool {
    let cells = Cells::new();
    verify_ed25519(public, &Pae::new(payload, payload_type), signature, cells.work()).unwrap()
}

fn sign(payload: &Payload, payload_type: &str) -> [u8; 64] {
    let cells = Cells::new();
    sign_ed25519(&SEED, &Pae::new(payload, payload_type), cells.work()).unwrap()
}

/// Key pair of RFC 8032 section 7.1, test 1.
#[test]
fn the_public_key_is_that_of_the_rfc() {
    const PUBLIC: [u8; 32] = *b"\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a";
    assert_eq!(public_ed25519(&SEED), PUBLIC);
}

#[test]
fn a_signature_is_byte_for_byte_the_one_openssl_makes() {
    let dir = tempfile::tempdir().unwrap();
    // RFC 8410 section 7: the fixed prefix of an Ed25519 private key.
    let prefix = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    std::fs::write(dir.path().join("key.der"), [prefix.as_slice(), &SEED].concat()).unwrap();
    for size in [0, 1, 111, 112, 300_000] {
        let body: Vec<u8> = (0..size).map(|i: u32| (i * 7) as u8).collect();
        let mut payload = payload_of(&body[..body.len() / 3]);
        let mut file = spool_file(dir.path()).unwrap();
        file.write_all(&body).unwrap();
        payload.push_file(file, payload.len(), body.len() as u64 - payload.len());
        let pae = Pae::new(&payload, "text/plain");
        let mut bytes = vec![0; usize::try_from(pae.len()).unwrap()];
        pae.read_at(0, &mut bytes).unwrap();
        std::fs::write(dir.path().join("pae"), &bytes).unwrap();
        let Ok(openssl) = Command::new("openssl")
            .args([
                "pkeyutl", "-sign", "-inkey", "key.der", "-keyform", "DER", "-rawin", "-in", "pae",
            ])
            .current_dir(dir.path())
            .output()
        else {
            return skipped("no openssl on PATH");
        };
        assert!(openssl.status.success(), "{openssl:?}");
        assert_eq!(openssl.stdout, sign(&payload, "text/plain"));
        assert!(verify(&public_ed25519(&SEED), &payload, "text/plain", &openssl.stdout));
    }
}

#[test]
fn one_changed_bit_of_key_signature_payload_or_type_is_refused() {
    // Every eleventh bit: each position within a byte, at a cost an unoptimised build can bear.
    let body = b"{\"a\":1}".to_vec();
    let public = public_ed25519(&SEED);
    let signature = sign(&payload_of(&body), "t");
    assert!(verify(&public, &payload_of(&body), "t", &signature));
    for bit in (0..8 * 64).step_by(11) {
        let mut changed = signature;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!verify(&public, &payload_of(&body), "t", &changed), "bit {bit} of the signature");
    }
    for bit in (0..8 * 32).step_by(11) {
        let mut changed = public;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!verify(&changed, &payload_of(&body), "t", &signature), "bit {bit} of the key");
    }
    for bit in (0..8 * body.len()).step_by(11) {
        let mut changed = body.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(
            !verify(&public, &payload_of(&changed), "t", &signature),
            "bit {bit} of the payload"
        );
    }
    assert!(!verify(&public, &payload_of(&body), "T", &signature));
    assert!(!verify(&public, &payload_of(&body), "", &signature));
}

#[test]
fn a_signature_of_another_length_is_refused_unread() {
    let payload = payload_of(b"x");
    let signature = sign(&payload, "t");
    let cells = Cells::new();
    for bad in [&signature[..63], &[&signature[..], &[0]].concat(), &[]] {
        assert!(
            !verify_ed25519(&public_ed25519(&SEED), &Pae::new(&payload, "t"), bad, cells.work())
                .unwrap()
        );
    }
    assert_eq!(cells.progress.load(Ordering::Relaxed), 0);
}

/// RFC 8032 section 5.1.7: S must be below the group order L, else anybody could make a second signature.
#[test]
fn s_plus_the_group_order_is_refused() {
    const L: [u8; 32] = *b"\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10";
    let payload = payload_of(b"x");
    let mut signature = sign(&payload, "t");
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    assert!(!verify(&public_ed25519(&SEED), &payload, "t", &signature));
}

/// Pins parity with Go: the identity as key and R, S = 0, solves the equation for every message.
#[test]
fn keys_of_small_order_or_other_form_are_judged_as_go_judges_them() {
    let mut identity = [0; 32];
    identity[0] = 1;
    // y = p + 1: the same point in a form that is not canonical.
    let mut other_form = [0xff; 32];
    (other_form[0], other_form[31]) = (0xee, 0x7f);
    let payload = payload_of(b"anything");
    let signature = |r: [u8; 32]| [r, [0; 32]].concat();
    assert!(verify(&identity, &payload, "t", &signature(identity)));
    assert!(verify(&other_form, &payload, "t", &signature(identity)));
    assert!(!verify(&identity, &payload, "t", &signature(other_form)));
    // y = 2 is on no point of the curve.
    let mut no_point = [0; 32];
    no_point[0] = 2;
    assert!(!verify(&no_point, &payload, "t", &signature(identity)));
}

#[test]
fn a_cancelled_call_gives_no_signature() {
    let cells = Cells::new();
    cells.cancel.store(true, Ordering::Relaxed);
    let payload = payload_of(b"x");
    let pae = Pae::new(&payload, "t");
    assert_eq!(sign_ed25519(&SEED, &pae, cells.work()).unwrap_err().code(), "ERR_CANCELLED");
    let error = verify_ed25519(&public_ed25519(&SEED), &pae, &[0; 64], cells.work()).unwrap_err();
    assert_eq!(error.code(), "ERR_CANCELLED");
}

#[test]
fn a_payload_that_cannot_be_read_gives_no_signature_but_the_reason() {
    let mut payload = Payload::new();
    payload.push_file(spool_file(&std::env::temp_dir()).unwrap(), 0, 5);
    let cells = Cells::new();
    let error = sign_ed25519(&SEED, &Pae::new(&payload, "t"), cells.work()).unwrap_err();
    assert_eq!(error.code(), "ERR_PAYLOAD_READ");
}
