//! Pure Ed25519 (RFC 8032 §5.1) over bytes that never fit in memory together.
//! Parses no key files and keeps no secret longer than the call; who may sign is not asked here.
//! Used for Ed25519 keys only: other algorithms take a digest and sign outside this crate.

use std::cell::RefCell;

use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign_byupdate};
use ed25519_dalek::{Signature, SignatureError, VerifyingKey};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::{Pae, PayloadError, Work};

/// Secret scalar and nonce prefix of a seed: the two halves of SHA-512(seed), RFC 8032 §5.1.5.
fn expand(seed: &[u8; 32]) -> ExpandedSecretKey {
    let mut halves = Zeroizing::new([0; 64]);
    halves.copy_from_slice(&Sha512::digest(seed));
    ExpandedSecretKey::from_bytes(&halves)
}

/// The public key that belongs to `seed`.
#[must_use]
pub fn public_ed25519(seed: &[u8; 32]) -> [u8; 32] {
    VerifyingKey::from(&expand(seed)).to_bytes()
}

/// Signs in two passes over the encoding, as pure Ed25519 must: one for the nonce, one for the challenge.
///
/// The signature is the one any other implementation makes. `seed` is the caller's to wipe; what is derived from it
/// here is wiped on return.
pub fn sign_ed25519(
    seed: &[u8; 32],
    pae: &Pae<'_>,
    work: Work<'_>,
) -> Result<[u8; 64], PayloadError> {
    let secret = expand(seed);
    let public = VerifyingKey::from(&secret);
    // The library's callback can say that it failed but not why, so the reason waits here.
    let fault = RefCell::new(None);
    let pass = |hash: &mut Sha512| {
        pae.for_each_run(work, |run| hash.update(run)).map_err(|error| {
            fault.replace(Some(error));
            SignatureError::new()
        })
    };
    raw_sign_byupdate::<Sha512, _>(&secret, pass, &public)
        .map(|signature| signature.to_bytes())
        .map_err(|_| fault.take().unwrap_or(PayloadError::Cancelled))
}

/// Whether `signature` is that of `public` over the encoding; reads it once.
///
/// Accepts what Go's `crypto/ed25519` accepts. Refused: S not below the group order, R not in canonical form (the
/// recomputed R is compared as bytes), a public key that is no point. Accepted as there: a public key in
/// non-canonical form and one of small order, under which anything can be signed and which only a policy can name.
/// A signature that cannot hold whatever the payload is refused without reading it.
pub fn verify_ed25519(
    public: &[u8; 32],
    pae: &Pae<'_>,
    signature: &[u8],
    work: Work<'_>,
) -> Result<bool, PayloadError> {
    let Ok(signature) = Signature::from_slice(signature) else { return Ok(false) };
    let Ok(key) = VerifyingKey::from_bytes(public) else { return Ok(false) };
    let Ok(mut verifier) = key.verify_stream(&signature) else { return Ok(false) };
    pae.for_each_run(work, |run| verifier.update(run))?;
    Ok(verifier.finalize_and_verify().is_ok())
}
