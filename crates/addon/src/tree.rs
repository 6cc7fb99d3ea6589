//! Tree scans as JavaScript holds them: the materials, the products in their two phases, and the captures read between.
//! Passes handles on; which file is a capture is decided in TypeScript. Used by the workflow's two passes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lanner_tree::{ProductGlobs, ScanOptions};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Buffer};
use napi_derive::napi;

use crate::events::{Capture, CaptureSource, sniff};
use crate::failure::Failure;
use crate::job::{Job, job, now};
use crate::payload::Payload;
use crate::work::{Cells, Work};

/// A tree of files with its Merkle root.
#[napi]
#[derive(Debug)]
pub struct TreeScan {
    inner: Arc<lanner_tree::TreeScan>,
}

/// How a scan treats what it finds.
#[napi(object)]
#[derive(Debug)]
pub struct ScanSettings {
    /// Read every file, whatever its metadata say.
    pub rehash: bool,
    /// Only these paths are products; all when absent.
    pub include: Option<String>,
    /// These paths are no products.
    pub exclude: Option<String>,
}

/// Walks and digests everything under `root`. Rejects with `ERR_TREE_*`.
#[napi(catch_unwind, ts_return_type = "Promise<TreeScan>")]
#[must_use]
pub fn scan_materials(
    root: String,
    settings: ScanSettings,
    work: &Work,
) -> AsyncTask<Job<TreeScan>> {
    let cells = work.cells();
    job(move || {
        let inner = lanner_tree::scan(Path::new(&root), &scan_options(settings.rehash, &cells))?;
        Ok(TreeScan::of(inner))
    })
}

impl TreeScan {
    pub(crate) fn of(inner: lanner_tree::TreeScan) -> Self {
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn shared(&self) -> Arc<lanner_tree::TreeScan> {
        Arc::clone(&self.inner)
    }
}

#[napi]
impl TreeScan {
    /// Root over the distinct contents, lower-case hex.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn root(&self) -> String {
        hex(&self.inner.root())
    }

    /// Number of distinct contents.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn tree_size(&self) -> i64 {
        self.inner.tree_size().cast_signed()
    }

    /// Number of paths.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn leaf_count(&self) -> i64 {
        self.inner.leaf_count().cast_signed() as i64
    }

    /// `[{"path","reason"}]` of files that could not be digested.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn incomplete_json(&self) -> Buffer {
        incomplete_json(self.inner.incomplete()).into()
    }

    /// Appends the leaves as a JSON array to a payload under construction.
    #[napi(catch_unwind)]
    pub fn append_to(&self, env: Env, payload: &mut Payload) -> napi::Result<()> {
        now(env, || {
            let mut json = Vec::new();
            self.inner.leaves_json(&mut json);
            payload.building()?.push_bytes(json);
            Ok(())
        })
    }

    /// Appends the leaves as the JSON object of the v0.1 predicates to a payload under construction.
    #[napi(catch_unwind)]
    pub fn append_map_to(&self, env: Env, payload: &mut Payload) -> napi::Result<()> {
        now(env, || {
            let mut json = Vec::new();
            self.inner.map_json(&mut json);
            payload.building()?.push_bytes(json);
            Ok(())
        })
    }

    /// Appends one subject for each leaf, named `prefix` and its path, separated by commas: elements of a JSON array.
    #[napi(catch_unwind)]
    pub fn append_subjects_to(
        &self,
        env: Env,
        payload: &mut Payload,
        prefix: String,
    ) -> napi::Result<()> {
        now(env, || {
            let mut json = Vec::new();
            self.inner.subjects_json(&prefix, &mut json);
            payload.building()?.push_bytes(json);
            Ok(())
        })
    }
}

/// The pass after the step, between finding what changed and digesting it.
#[napi]
#[derive(Debug)]
pub struct ProductScan {
    inner: Arc<Mutex<Option<lanner_tree::ProductScan>>>,
}

/// A changed file whose head was looked at.
#[napi(object)]
#[derive(Debug)]
pub struct PendingFile {
    /// For `ingest`.
    pub index: u32,
    /// As it will stand in the product tree.
    pub path: String,
    /// What its head looks like: `falco_events`, `empty`, `text`, `gzip` …
    pub look: String,
}

/// Walks `root` again and finds what is new or changed since `materials`. Rejects with `ERR_TREE_*`.
#[napi(catch_unwind, ts_return_type = "Promise<ProductScan>")]
#[must_use]
pub fn start_products(
    root: String,
    settings: ScanSettings,
    materials: Option<&TreeScan>,
    work: &Work,
) -> AsyncTask<Job<ProductScan>> {
    let cells = work.cells();
    let materials = materials.map(TreeScan::shared);
    job(move || {
        let include = settings.include.as_deref().unwrap_or("*");
        let globs = ProductGlobs::new(include, settings.exclude.as_deref().unwrap_or_default())?;
        let options = scan_options(settings.rehash, &cells);
        let scan = lanner_tree::ProductScan::start(
            Path::new(&root),
            materials.as_ref(),
            &globs,
            &options,
        )?;
        Ok(ProductScan::of(scan))
    })
}

impl ProductScan {
    pub(crate) fn of(scan: lanner_tree::ProductScan) -> Self {
        Self { inner: Arc::new(Mutex::new(Some(scan))) }
    }
}

#[napi]
impl ProductScan {
    /// Looks at the head of every changed file.
    #[napi(catch_unwind, ts_return_type = "Promise<Array<PendingFile>>")]
    #[must_use]
    pub fn sniff_pending(&self, work: &Work) -> AsyncTask<Job<Vec<PendingFile>>> {
        let (inner, cells) = (Arc::clone(&self.inner), work.cells());
        job(move || with_scan(&inner, |scan| sniff_all(scan, &cells)))
    }

    /// The index of the changed file with that path, if there is one.
    #[napi(catch_unwind)]
    pub fn find(&self, env: Env, path: String) -> napi::Result<Option<u32>> {
        now(env, || {
            with_scan(&self.inner, |scan| {
                Ok(scan.pending().find(|file| file.path == path).map(|file| file.index as u32))
            })
        })
    }

    /// Digests and parses a changed file as a Falco capture in one pass; the digest serves the product tree too.
    /// With a spool directory the event lines are kept for embedding.
    #[napi(catch_unwind, ts_return_type = "Promise<Capture>")]
    #[must_use]
    pub fn ingest(
        &self,
        index: u32,
        spool_directory: Option<String>,
        work: &Work,
    ) -> AsyncTask<Job<Capture>> {
        let (inner, cells) = (Arc::clone(&self.inner), work.cells());
        job(move || {
            with_scan(&inner, |scan| {
                let index = index as usize;
                let (name, before) = scan
                    .pending()
                    .nth(index)
                    .map(|file| (file.path.to_owned(), file.material))
                    .unwrap_or_default();
                let file = scan.open(index)?;
                let spool = spool_directory.map(PathBuf::from);
                let mut capture = Capture::read(
                    &CaptureSource { file: &file, name: &name },
                    spool.as_deref(),
                    &cells,
                )?;
                capture.compare(before);
                // Refused when the file changed meanwhile: `finish` then reads it anew, and the capture says so.
                if scan.set_digest(index, capture.digest()).is_err() {
                    capture.mark_changed();
                }
                Ok(capture)
            })
        })
    }

    /// Digests the rest and gives the tree of products. The scan is spent then.
    #[napi(catch_unwind, ts_return_type = "Promise<TreeScan>")]
    #[must_use]
    pub fn finish(&self, settings: ScanSettings, work: &Work) -> AsyncTask<Job<TreeScan>> {
        let (inner, cells) = (Arc::clone(&self.inner), work.cells());
        job(move || {
            let scan =
                inner.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(spent)?;
            Ok(TreeScan::of(scan.finish(&scan_options(settings.rehash, &cells))?))
        })
    }
}

fn sniff_all(
    scan: &mut lanner_tree::ProductScan,
    cells: &Cells,
) -> Result<Vec<PendingFile>, Failure> {
    let paths: Vec<(usize, String)> =
        scan.pending().map(|file| (file.index, file.path.to_owned())).collect();
    let mut files = Vec::with_capacity(paths.len());
    for (index, path) in paths {
        if cells.cancel.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(lanner_tree::TreeError::Cancelled.into());
        }
        // A file that cannot be opened is no candidate; `finish` records why it is missing.
        let Ok(look) = scan.open(index).map_err(Failure::from).and_then(|file| sniff(&file, &path))
        else {
            continue;
        };
        files.push(PendingFile { index: index as u32, path, look: look.name().to_owned() });
    }
    Ok(files)
}

fn with_scan<T>(
    inner: &Mutex<Option<lanner_tree::ProductScan>>,
    use_scan: impl FnOnce(&mut lanner_tree::ProductScan) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut guard = inner.lock().unwrap_or_else(PoisonError::into_inner);
    use_scan(guard.as_mut().ok_or_else(spent)?)
}

fn spent() -> Failure {
    Failure::new("ERR_INTERNAL", "the product scan was finished already")
}

/// The cells and the distrust of a scan, as the tree crate takes them.
pub(crate) fn scan_options(rehash: bool, cells: &Cells) -> ScanOptions<'_> {
    ScanOptions { threads: 0, rehash, cancel: &cells.cancel, progress: &cells.progress }
}

/// `[{"path","reason"}]`; both are text already, so only JSON's own characters need escaping.
fn incomplete_json(files: &[lanner_tree::Incomplete]) -> Vec<u8> {
    let rows: Vec<_> = files
        .iter()
        .map(|file| serde_json::json!({ "path": file.path, "reason": file.reason.to_string() }))
        .collect();
    serde_json::Value::Array(rows).to_string().into_bytes()
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
