//! Envelope files as JavaScript holds them: written in two halves around a signature, or opened with their payload.
//! Writes nothing to stdout. Used by `envelope/dsse.ts` and `envelope/reading.ts`.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use lanner_payload::WrittenEnvelope;
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, BigInt, Buffer, Undefined};
use napi_derive::napi;

use crate::failure::Failure;
use crate::job::{Job, job, now};
use crate::payload::{Payload, payload_work};
use crate::work::Work;

/// Envelopes are public: everyone may read them, the owner may replace them.
const ENVELOPE_MODE: u32 = 0o644;

#[derive(Debug)]
enum Stage {
    Created(lanner_payload::EnvelopeFile),
    Written(WrittenEnvelope),
    /// Taken by a job, committed or discarded.
    Spent,
}

/// An envelope on its way to disk: nothing is seen under its name before `commit`.
#[napi]
#[derive(Debug)]
pub struct EnvelopeFile {
    stage: Arc<Mutex<Stage>>,
}

/// Begins an envelope at `path`. Throws `ERR_ENVELOPE_WRITE` when nothing can be created there.
#[napi(catch_unwind)]
pub fn create_envelope(env: Env, path: String) -> napi::Result<EnvelopeFile> {
    now(env, || {
        let file = lanner_payload::EnvelopeFile::create(Path::new(&path), ENVELOPE_MODE)?;
        Ok(EnvelopeFile { stage: Arc::new(Mutex::new(Stage::Created(file))) })
    })
}

#[napi]
impl EnvelopeFile {
    /// Writes everything before the signatures. Throws `ERR_ENVELOPE_WRITE`; nothing is left on disk then.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    #[must_use]
    pub fn write_payload(
        &self,
        payload: &Payload,
        payload_type: String,
        work: &Work,
    ) -> AsyncTask<Job<Undefined>> {
        let (stage, payload, cells) = (Arc::clone(&self.stage), payload.shared(), work.cells());
        job(move || {
            let Stage::Created(file) = take(&stage) else { return Err(out_of_order()) };
            let written = file.write_payload(&payload, &payload_type, payload_work(&cells))?;
            put(&stage, Stage::Written(written));
            Ok(())
        })
    }

    /// Adds the signatures (a JSON array), flushes to disk and gives the file its name. Resolves to the bytes written.
    #[napi(catch_unwind, ts_return_type = "Promise<bigint>")]
    #[must_use]
    pub fn commit(&self, signatures_json: Buffer, work: &Work) -> AsyncTask<Job<BigInt>> {
        let (stage, json, cells) =
            (Arc::clone(&self.stage), signatures_json.to_vec(), work.cells());
        job(move || {
            let Stage::Written(written) = take(&stage) else { return Err(out_of_order()) };
            Ok(BigInt::from(written.commit(&json, payload_work(&cells))?))
        })
    }

    /// Forgets the envelope and removes what was written of it. Does nothing after `commit`.
    #[napi(catch_unwind)]
    pub fn discard(&self) {
        drop(take(&self.stage));
    }
}

fn take(stage: &Mutex<Stage>) -> Stage {
    std::mem::replace(&mut *stage.lock().unwrap_or_else(PoisonError::into_inner), Stage::Spent)
}

fn put(stage: &Mutex<Stage>, next: Stage) {
    *stage.lock().unwrap_or_else(PoisonError::into_inner) = next;
}

fn out_of_order() -> Failure {
    Failure::new("ERR_INTERNAL", "envelope halves written out of order")
}

/// An envelope that was read: strict in its syntax, believed in nothing.
#[napi]
#[derive(Debug)]
pub struct EnvelopeDocument {
    payload: Arc<lanner_payload::Payload>,
    payload_type: String,
    signatures: String,
}

/// Reads the envelope at `path`; a payload too large for memory goes to an unlinked file in `spool_directory`.
/// Throws `ERR_ENVELOPE_*` naming the byte and what was expected there.
#[napi(catch_unwind, ts_return_type = "Promise<EnvelopeDocument>")]
#[must_use]
pub fn open_envelope(
    path: String,
    spool_directory: String,
    work: &Work,
) -> AsyncTask<Job<EnvelopeDocument>> {
    let cells = work.cells();
    job(move || {
        let spool = Path::new(&spool_directory);
        let document =
            lanner_payload::EnvelopeDocument::open(Path::new(&path), spool, payload_work(&cells))
                .map_err(|error| Failure::from(error).in_file(&path))?;
        Ok(EnvelopeDocument {
            signatures: document.signatures_json(),
            payload_type: document.payload_type,
            payload: Arc::new(document.payload),
        })
    })
}

#[napi]
impl EnvelopeDocument {
    /// The type the envelope claims; the signature binds it.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn payload_type(&self) -> String {
        self.payload_type.clone()
    }

    /// The signatures as a JSON array.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn signatures_json(&self) -> Buffer {
        self.signatures.clone().into_bytes().into()
    }

    /// The decoded payload.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn payload(&self) -> Payload {
        Payload::sharing(Arc::clone(&self.payload))
    }
}
