//! The pre-authentication encoding: the bytes a DSSE signature is really over.
//! Never builds them whole; it is a short prefix in front of a payload, read as one.
//! Used by the Ed25519 code here and, piece by piece, by signers outside this crate.

use sha2::{Digest, Sha256};

use crate::{Payload, PayloadError, Work};

/// `"DSSEv1" SP len(type) SP type SP len(body) SP body` (DSSE protocol, lengths in bytes) over a borrowed payload.
#[derive(Clone, Debug)]
pub struct Pae<'p> {
    prefix: Vec<u8>,
    payload: &'p Payload,
}

impl<'p> Pae<'p> {
    /// Binds `payload` to its type.
    #[must_use]
    pub fn new(payload: &'p Payload, payload_type: &str) -> Self {
        let prefix = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
        Self { prefix: prefix.into_bytes(), payload }
    }

    /// Number of bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.prefix.len() as u64 + self.payload.len()
    }

    /// Never true: the prefix is always there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// Fills `buf` from `offset` on and says how much of it; less than all only at the end.
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize, PayloadError> {
        let prefix_len = self.prefix.len() as u64;
        let Some(body_offset) = offset.checked_sub(prefix_len) else {
            let rest = &self.prefix[offset as usize..];
            let take = rest.len().min(buf.len());
            buf[..take].copy_from_slice(&rest[..take]);
            return Ok(take + self.payload.read_at(0, &mut buf[take..])?);
        };
        self.payload.read_at(body_offset, buf)
    }

    /// Hands every byte to `each`, in order.
    pub(crate) fn for_each_run(
        &self,
        work: Work<'_>,
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), PayloadError> {
        each(&self.prefix);
        self.payload.for_each_run(work, each)
    }
}

/// SHA-256 of the encoding of `payload` under `payload_type`, for signers that take a digest.
pub fn pae_digest_sha256(
    payload: &Payload,
    payload_type: &str,
    work: Work<'_>,
) -> Result<[u8; 32], PayloadError> {
    let mut hash = Sha256::new();
    Pae::new(payload, payload_type).for_each_run(work, |run| hash.update(run))?;
    Ok(hash.finalize().into())
}
