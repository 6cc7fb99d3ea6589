//! Lists of files as JavaScript holds them: read from where they lie in a payload, asked about roots, digests and links.
//! Keeps the columns on this side and decides nothing. Used by `policy/leaf-set.ts` and `policy/artifact-links.ts`.

use std::sync::Arc;

use lanner_payload::{PayloadError, leaf_rows};
use lanner_tree::{Agreement, LeafFault, compare_leaves};
use napi::bindgen_prelude::{AsyncTask, BigInt, ClassInstance};
use napi_derive::napi;

use crate::failure::Failure;
use crate::job::{Job, job};
use crate::payload::{Payload, payload_work};
use crate::work::Work;

/// The files that a material or product attestation lists.
#[napi]
#[derive(Debug)]
pub struct LeafTable {
    inner: Arc<lanner_tree::LeafTable>,
}

/// A path with a digest that was looked for.
#[napi(object)]
#[derive(Debug)]
pub struct FoundLeaf {
    /// The path.
    pub path: String,
    /// Whether its last segment is that of the name asked for.
    pub named: bool,
}

/// Whether a root is over the listed files.
#[napi(object)]
#[derive(Debug)]
pub struct RootAnswer {
    /// `many`, `digest`, `twice` or `root`: why not.
    #[napi(ts_type = "'many' | 'digest' | 'twice' | 'root'")]
    pub fault: Option<String>,
    /// The path at fault.
    pub path: Option<String>,
    /// Leaves of the tree, if it matches.
    pub size: Option<u32>,
    /// The first path with a leaf hash that is not of this tree.
    pub wrong_leaf_hash: Option<String>,
}

/// How two lists agree.
#[napi(object)]
#[derive(Debug)]
pub struct LeafAgreement {
    /// Paths with the same digest in both, if there is no conflict.
    pub shared: u32,
    /// The first path with two digests.
    pub conflict: Option<LeafConflict>,
}

/// A path with two digests, lower-case hex.
#[napi(object)]
#[derive(Debug)]
pub struct LeafConflict {
    /// The path.
    pub path: String,
    /// What was taken in.
    pub taken: String,
    /// What had been given.
    pub given: String,
}

/// The list in `length` bytes of `payload` from `offset` on, or `null` when it is not of the plain shape (see `leaf_rows`).
/// Rejects with `ERR_STATEMENT_TOO_LARGE` when it would take more than `room` bytes of memory.
#[napi(catch_unwind, ts_return_type = "Promise<LeafTable | null>")]
#[must_use]
pub fn read_leaves(
    payload: &Payload,
    offset: BigInt,
    length: BigInt,
    room: u32,
    work: &Work,
) -> AsyncTask<Job<Option<LeafTable>>> {
    let (payload, cells, room) = (payload.shared(), work.cells(), room as usize);
    let span = (offset.get_u64().1, length.get_u64().1);
    job(move || {
        let mut table = lanner_tree::LeafTable::default();
        let plain = leaf_rows(&payload, span, room, payload_work(&cells), |row, offset| {
            table.push(&row.path, &row.digest, row.leaf_hash.as_deref());
            if table.weight() > room {
                return Err(PayloadError::StatementTooLarge { offset, limit: room as u64 });
            }
            Ok(())
        })?;
        Ok(plain.then(|| LeafTable { inner: Arc::new(table) }))
    })
}

#[napi]
impl LeafTable {
    /// Number of files, as far as it fits.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn size(&self) -> u32 {
        count(self.inner.len())
    }

    /// Whether all of them were kept: of too many the rest is only counted.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.inner.is_whole()
    }

    /// Bytes of memory it takes.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn weight(&self) -> u32 {
        count(self.inner.weight() as u64)
    }

    /// Whether a file has this digest (lower-case hex).
    #[napi(catch_unwind)]
    #[must_use]
    pub fn has(&self, digest: String) -> bool {
        self.inner.has(&digest)
    }

    /// The path of a file with this digest (lower-case hex), of several one that ends like `name`.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn path_of(&self, digest: String, name: String) -> Option<FoundLeaf> {
        let (path, named) = self.inner.path_of(&digest, &name)?;
        Some(FoundLeaf { path: path.to_owned(), named })
    }

    /// Whether `root` (lower-case hex) is over exactly these files, in either leaf encoding.
    #[napi(catch_unwind, ts_return_type = "Promise<RootAnswer>")]
    #[must_use]
    pub fn matches(&self, root: String) -> AsyncTask<Job<RootAnswer>> {
        let inner = Arc::clone(&self.inner);
        job(move || {
            let refusal = |fault: &str, path: Option<&str>| RootAnswer {
                fault: Some(fault.to_owned()),
                path: path.map(str::to_owned),
                size: None,
                wrong_leaf_hash: None,
            };
            Ok(match inner.matches(&root) {
                Ok(found) => RootAnswer {
                    fault: None,
                    path: None,
                    size: Some(count(found.size)),
                    wrong_leaf_hash: found.wrong_leaf_hash.map(str::to_owned),
                },
                Err(LeafFault::TooMany) => refusal("many", None),
                Err(LeafFault::Digest(path)) => refusal("digest", Some(path)),
                Err(LeafFault::Twice(path)) => refusal("twice", Some(path)),
                Err(LeafFault::Root) => refusal("root", None),
            })
        })
    }
}

/// Compares the files of `taken`, in order, with those of `given`, of which later ones lie over earlier ones.
#[napi(catch_unwind, ts_return_type = "Promise<LeafAgreement>")]
#[must_use]
pub fn compare_leaf_tables(
    taken: Vec<ClassInstance<'_, LeafTable>>,
    given: Vec<ClassInstance<'_, LeafTable>>,
) -> AsyncTask<Job<LeafAgreement>> {
    let shared = |tables: Vec<ClassInstance<'_, LeafTable>>| -> Vec<_> {
        tables.iter().map(|table| Arc::clone(&table.inner)).collect()
    };
    let (taken, given) = (shared(taken), shared(given));
    job(move || {
        Ok(match compare_leaves(&taken, &given) {
            Agreement::Shared(shared) => LeafAgreement { shared: count(shared), conflict: None },
            Agreement::Conflict(found) => LeafAgreement {
                shared: 0,
                conflict: Some(LeafConflict {
                    path: found.path,
                    taken: found.taken,
                    given: found.given,
                }),
            },
        })
    })
}

/// Trees and weights fit by their limits; of a list beyond them the number is only shown.
fn count(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// SHA-256 of everything that can be read from `path`, lower-case hex. Rejects with `ERR_INPUT_READ`.
#[napi(catch_unwind, ts_return_type = "Promise<string>")]
#[must_use]
pub fn digest_file(path: String, work: &Work) -> AsyncTask<Job<String>> {
    let cells = work.cells();
    job(move || {
        let digest = std::fs::File::open(&path)
            .and_then(|file| lanner_tree::digest(file, &cells.cancel, &cells.progress))
            .map_err(|error| Failure::new("ERR_INPUT_READ", error.to_string()))?;
        digest.map(|digest| crate::tree::hex(&digest)).ok_or_else(|| PayloadError::Cancelled.into())
    })
}
