//! Payloads as JavaScript holds them: built piece by piece, then read, signed and verified by several jobs at once.
//! Keeps the bytes on this side; JavaScript sees chunks when it must hash them itself. Used by `envelope` and the commands.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use lanner_payload::{ElidePath, Pae};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, BigInt, Buffer, Uint8Array};
use napi_derive::napi;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::job::{Job, job, now};
use crate::work::{Cells, Work};

/// The most one `read` hands out.
const MAX_READ: u32 = 16 << 20;

/// The signed bytes of an envelope, however many.
#[napi]
#[derive(Debug, Default)]
pub struct Payload {
    inner: Arc<lanner_payload::Payload>,
}

/// A value that was left out of an outline.
#[napi(object)]
#[derive(Debug)]
pub struct ElidedValue {
    /// JSON Pointer (RFC 6901) of the value.
    pub pointer: String,
    /// First byte of the value in the payload.
    pub offset: BigInt,
    /// Bytes of the value.
    pub length: BigInt,
    /// Elements of the array.
    pub count: BigInt,
}

/// The JSON text of a statement without its embedded events.
#[napi(object)]
pub struct StatementOutline {
    /// The text, `null` in place of each value left out.
    pub json: Buffer,
    /// What was left out, in order.
    pub elided: Vec<ElidedValue>,
}

#[napi]
impl Payload {
    /// An empty payload.
    #[napi(constructor, catch_unwind)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of bytes.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn size(&self) -> BigInt {
        BigInt::from(self.inner.len())
    }

    /// Appends bytes. Throws `ERR_INTERNAL` while a job reads the payload.
    #[napi(catch_unwind)]
    pub fn push_bytes(&mut self, env: Env, bytes: Buffer) -> napi::Result<()> {
        now(env, || {
            self.building()?.push_bytes(bytes.to_vec());
            Ok(())
        })
    }

    /// Up to `length` bytes from `offset` on; fewer only at the end. Throws `ERR_PAYLOAD_*`.
    #[napi(catch_unwind)]
    pub fn read(&self, env: Env, offset: BigInt, length: u32) -> napi::Result<Buffer> {
        now(env, || {
            let mut bytes = vec![0; length.min(MAX_READ) as usize];
            let read = self.inner.read_at(offset.get_u64().1, &mut bytes)?;
            bytes.truncate(read);
            Ok(bytes.into())
        })
    }

    /// Bytes of the pre-authentication encoding (DSSE v1) under `payload_type`.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn pae_length(&self, payload_type: String) -> BigInt {
        BigInt::from(Pae::new(&self.inner, &payload_type).len())
    }

    /// Up to `length` bytes of the pre-authentication encoding from `offset` on.
    #[napi(catch_unwind, ts_return_type = "Promise<Buffer>")]
    #[must_use]
    pub fn read_pae(
        &self,
        payload_type: String,
        offset: BigInt,
        length: u32,
    ) -> AsyncTask<Job<Buffer>> {
        let inner = Arc::clone(&self.inner);
        let offset = offset.get_u64().1;
        job(move || {
            let mut bytes = vec![0; length.min(MAX_READ) as usize];
            let read = Pae::new(&inner, &payload_type).read_at(offset, &mut bytes)?;
            bytes.truncate(read);
            Ok(bytes.into())
        })
    }

    /// The Ed25519 signature (RFC 8032, pure) of the pre-authentication encoding by the 32-byte `seed`, which is wiped here; the
    /// caller wipes its own copy.
    #[napi(catch_unwind, ts_return_type = "Promise<Buffer>")]
    pub fn sign_ed25519(
        &self,
        env: Env,
        payload_type: String,
        seed: Uint8Array,
        work: &Work,
    ) -> napi::Result<AsyncTask<Job<Buffer>>> {
        now(env, || {
            let seed = Zeroizing::new(exactly::<32>(&seed, "seed")?);
            let inner = Arc::clone(&self.inner);
            let cells = work.cells();
            Ok(job(move || {
                let pae = Pae::new(&inner, &payload_type);
                Ok(lanner_payload::sign_ed25519(&seed, &pae, payload_work(&cells))?.to_vec().into())
            }))
        })
    }

    /// Whether `signature` over the pre-authentication encoding holds under the 32-byte `public_key`.
    #[napi(catch_unwind, ts_return_type = "Promise<boolean>")]
    pub fn verify_ed25519(
        &self,
        env: Env,
        payload_type: String,
        public_key: Uint8Array,
        signature: Uint8Array,
        work: &Work,
    ) -> napi::Result<AsyncTask<Job<bool>>> {
        now(env, || {
            let public_key = exactly::<32>(&public_key, "public key")?;
            let signature = signature.to_vec();
            let inner = Arc::clone(&self.inner);
            let cells = work.cells();
            Ok(job(move || {
                let pae = Pae::new(&inner, &payload_type);
                Ok(lanner_payload::verify_ed25519(
                    &public_key,
                    &pae,
                    &signature,
                    payload_work(&cells),
                )?)
            }))
        })
    }

    /// The statement's JSON without the events embedded in Falco captures, and without the lists called `leaves` in a collection when
    /// `without_leaves`. Throws `ERR_STATEMENT_*` when it is not one JSON value.
    #[napi(catch_unwind, ts_return_type = "Promise<StatementOutline>")]
    #[must_use]
    pub fn outline(&self, work: &Work, without_leaves: bool) -> AsyncTask<Job<StatementOutline>> {
        let inner = Arc::clone(&self.inner);
        let cells = work.cells();
        job(move || {
            // In a collection, or in a statement of its own.
            let mut left_out = vec![
                ElidePath::new("predicate.attestations[*].attestation.events"),
                ElidePath::new("predicate.events"),
            ];
            if without_leaves {
                left_out.push(ElidePath::new("predicate.attestations[*].attestation.leaves"));
            }
            let outline = lanner_payload::outline(&inner, &left_out, payload_work(&cells))?;
            let elided = outline.elided.into_iter().map(|value| ElidedValue {
                pointer: value.pointer,
                offset: BigInt::from(value.offset),
                length: BigInt::from(value.len),
                count: BigInt::from(value.count),
            });
            Ok(StatementOutline { elided: elided.collect(), json: outline.json.into() })
        })
    }
}

/// The bytes of the file at `path`, copied away first: a signature reads them twice and must see the same bytes both times.
/// Large files go to an unlinked file in `spool_directory`. Rejects with `ERR_INPUT_READ` or `ERR_PAYLOAD_SPOOL`.
#[napi(catch_unwind, ts_return_type = "Promise<Payload>")]
#[must_use]
pub fn read_payload(path: String, spool_directory: String, work: &Work) -> AsyncTask<Job<Payload>> {
    let cells = work.cells();
    job(move || {
        let fault = |error: std::io::Error| {
            Failure::new("ERR_INPUT_READ", error.to_string()).in_file(&path)
        };
        let mut file = std::fs::File::open(&path).map_err(fault)?;
        let mut spool = lanner_payload::Spool::new(Path::new(&spool_directory));
        let mut chunk = vec![0; 1 << 20];
        loop {
            let read = file.read(&mut chunk).map_err(fault)?;
            if read == 0 {
                break;
            }
            if cells.cancel.load(Ordering::Relaxed) {
                return Err(lanner_payload::PayloadError::Cancelled.into());
            }
            spool.write(&chunk[..read])?;
            cells.progress.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(Payload::sharing(Arc::new(spool.finish()?)))
    })
}

impl Payload {
    pub(crate) fn sharing(inner: Arc<lanner_payload::Payload>) -> Self {
        Self { inner }
    }

    pub(crate) fn shared(&self) -> Arc<lanner_payload::Payload> {
        Arc::clone(&self.inner)
    }

    /// The payload to append to; what a job already reads must not grow under it.
    pub(crate) fn building(&mut self) -> Result<&mut lanner_payload::Payload, Failure> {
        Arc::get_mut(&mut self.inner)
            .ok_or_else(|| Failure::new("ERR_INTERNAL", "payload changed while it was in use"))
    }
}

/// The cells as the payload crate takes them.
pub(crate) fn payload_work(cells: &Cells) -> lanner_payload::Work<'_> {
    lanner_payload::Work::new(&cells.cancel, &cells.progress)
}

fn exactly<const N: usize>(bytes: &[u8], what: &str) -> Result<[u8; N], Failure> {
    bytes.try_into().map_err(|_| {
        Failure::new("ERR_INTERNAL", format!("{what} has {} bytes, expected {N}", bytes.len()))
    })
}
