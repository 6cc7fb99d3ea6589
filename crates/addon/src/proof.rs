//! Inclusion proofs for JavaScript: made from a capture in one flat-memory pass, checked against a root.
//! Knows no envelope. Used by `events prove` and `events verify`.

use lanner_events::EventProof;
use lanner_merkle::InclusionProof;
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, BigInt, Buffer};
use napi_derive::napi;

use crate::events::{ingest_options, open_regular};
use crate::failure::Failure;
use crate::job::{Job, job, now};
use crate::tree::hex;
use crate::work::Work;

/// One event of a capture with its way to the root.
#[napi(object)]
pub struct ProvenEvent {
    /// The line without its end.
    pub event: Buffer,
    /// Number of the line in the file, from 1.
    pub line: BigInt,
    /// Number of events.
    pub size: BigInt,
    /// RFC 6962 leaf hash, hex.
    pub leaf_hash: String,
    /// Sibling hashes from leaf to root, hex.
    pub audit_path: Vec<String>,
    /// Root, hex.
    pub root: String,
    /// SHA-256 of the file, hex.
    pub file_sha256: String,
}

/// A claim to check.
#[napi(object)]
pub struct InclusionClaim {
    /// The line without its end.
    pub event: Buffer,
    /// Its leaf hash as claimed, hex.
    pub leaf_hash: String,
    /// Its number, from 0.
    pub index: BigInt,
    /// Number of events.
    pub size: BigInt,
    /// Sibling hashes from leaf to root, hex.
    pub audit_path: Vec<String>,
    /// The signed root, hex.
    pub root: String,
}

/// Reads the capture at `path` and proves its event number `index`. Rejects with `ERR_EVENTS_*`.
#[napi(catch_unwind, ts_return_type = "Promise<ProvenEvent>")]
#[must_use]
pub fn prove_event(path: String, index: BigInt, work: &Work) -> AsyncTask<Job<ProvenEvent>> {
    let cells = work.cells();
    let index = index.get_u64().1;
    job(move || {
        let file = open_regular(&path)?;
        let proof = lanner_events::prove(&file, index, ingest_options(None, &cells))
            .map_err(|error| Failure::from(error).in_file(&path))?;
        Ok(ProvenEvent::from(proof))
    })
}

/// The same for several events, in the order of `indices`, with one reading; takes 64 bytes of memory for each event of the capture.
#[napi(catch_unwind, ts_return_type = "Promise<Array<ProvenEvent>>")]
#[must_use]
pub fn prove_events(
    path: String,
    indices: Vec<BigInt>,
    work: &Work,
) -> AsyncTask<Job<Vec<ProvenEvent>>> {
    let cells = work.cells();
    let indices: Vec<u64> = indices.iter().map(|index| index.get_u64().1).collect();
    job(move || {
        let file = open_regular(&path)?;
        let proofs = lanner_events::prove_all(&file, &indices, ingest_options(None, &cells))
            .map_err(|error| Failure::from(error).in_file(&path))?;
        Ok(proofs.into_iter().map(ProvenEvent::from).collect())
    })
}

impl From<EventProof> for ProvenEvent {
    fn from(proof: EventProof) -> Self {
        Self {
            event: proof.event.into(),
            line: BigInt::from(proof.line_number),
            size: BigInt::from(proof.size),
            leaf_hash: hex(&proof.leaf_hash),
            audit_path: proof.audit_path.iter().map(|hash| hex(hash)).collect(),
            root: hex(&proof.root),
            file_sha256: hex(&proof.file_sha256),
        }
    }
}

/// Whether the event is leaf `index` of the tree with that root (RFC 6962 §2.1.1).
#[napi(catch_unwind)]
pub fn verify_inclusion(env: Env, claim: InclusionClaim) -> napi::Result<bool> {
    now(env, || {
        let leaf = lanner_merkle::leaf_hash(&claim.event);
        if hex(&leaf) != claim.leaf_hash {
            return Ok(false);
        }
        let path = claim.audit_path.iter().map(|text| hash(text)).collect::<Result<Vec<_>, _>>()?;
        let proof =
            InclusionProof { index: claim.index.get_u64().1, size: claim.size.get_u64().1, path };
        Ok(proof.verify(&leaf, &hash(&claim.root)?).is_ok())
    })
}

fn hash(text: &str) -> Result<[u8; 32], Failure> {
    let fault = || Failure::new("ERR_PROOF_SYNTAX", format!("`{text}` is no SHA-256 in hex"));
    if text.len() != 64 || !text.is_ascii() {
        return Err(fault());
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).map_err(|_| fault())?;
    }
    Ok(bytes)
}
