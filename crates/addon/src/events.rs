//! Falco captures as JavaScript holds them: looked at, digested and parsed in one pass, their event lines kept for embedding.
//! Counts and judges nothing; `lanner-events` does. Used by the falco attestor and the product pass.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lanner_events::{CaptureReport, IngestOptions, Sniff};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, BigInt, Buffer};
use napi_derive::napi;

use crate::failure::Failure;
use crate::job::{Job, job, now};
use crate::payload::Payload;
use crate::tree::hex;
use crate::work::{Cells, Work};

/// A capture that has been read once.
#[napi]
#[derive(Debug)]
pub struct Capture {
    report: CaptureReport,
    spool: Option<Arc<File>>,
    /// Whether the file is known to have changed between being listed and being read to its end.
    changed: bool,
    /// Whether the step left the file with the bytes it had before.
    unchanged: bool,
}

/// An open capture and the name errors call it by.
pub(crate) struct CaptureSource<'a> {
    pub(crate) file: &'a File,
    pub(crate) name: &'a str,
}

impl Capture {
    /// Reads `source` to its end; the event lines go to an unlinked file in `spool_directory` when there is one.
    pub(crate) fn read(
        source: &CaptureSource<'_>,
        spool_directory: Option<&Path>,
        cells: &Cells,
    ) -> Result<Self, Failure> {
        let spool = spool_directory.map(new_spool).transpose()?;
        let report = lanner_events::ingest(source.file, ingest_options(spool.as_ref(), cells))
            .map_err(|error| Failure::from(error).in_file(source.name))?;
        Ok(Self {
            changed: report.changed_while_read,
            unchanged: false,
            report,
            spool: spool.map(Arc::new),
        })
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        self.report.sha256
    }

    /// Notes what the file held before the step.
    pub(crate) fn compare(&mut self, before: Option<[u8; 32]>) {
        self.unchanged = before == Some(self.report.sha256);
    }

    /// Notes that the file is no longer what was read.
    pub(crate) fn mark_changed(&mut self) {
        self.changed = true;
    }
}

/// One worker for each processor.
pub(crate) fn ingest_options<'a>(spool: Option<&'a File>, cells: &'a Cells) -> IngestOptions<'a> {
    IngestOptions {
        workers: std::thread::available_parallelism().map_or(1, usize::from),
        spool,
        cancel: &cells.cancel,
        progress: &cells.progress,
        limits: lanner_events::Limits::default(),
    }
}

fn new_spool(directory: &Path) -> Result<File, Failure> {
    lanner_payload::spool_file(directory).map_err(|error| {
        Failure::new("ERR_EVENTS_SPOOL", format!("no spool file in {}: {error}", directory.display()))
            .hint(Some("the spool lies beside the envelope: choose a writable --outfile, or --attestor-falco-events digest"))
    })
}

#[napi]
impl Capture {
    /// SHA-256 of the whole file as it was read, lower-case hex.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn sha256(&self) -> String {
        hex(&self.report.sha256)
    }

    /// Bytes of the file as it was read.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn size(&self) -> BigInt {
        BigInt::from(self.report.bytes)
    }

    /// Whether the file changed while it was read.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn changed_while_read(&self) -> bool {
        self.changed
    }

    /// Whether the file holds the bytes it held before the step: touched, or written anew with the same content.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn unchanged_by_step(&self) -> bool {
        self.unchanged
    }

    /// Counts, tree and summary as JSON.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn report_json(&self) -> Buffer {
        self.report.to_json().into_bytes().into()
    }

    /// Appends the event lines as a JSON array to a payload under construction. Throws `ERR_INTERNAL` without a spool.
    #[napi(catch_unwind)]
    pub fn append_to(&self, env: Env, payload: &mut Payload) -> napi::Result<()> {
        now(env, || {
            let spool = self
                .spool
                .as_ref()
                .ok_or_else(|| Failure::new("ERR_INTERNAL", "the capture has no spool"))?;
            let payload = payload.building()?;
            payload.push_bytes(b"[".to_vec());
            payload.push_file(Arc::clone(spool), 0, self.report.spool_bytes);
            payload.push_bytes(b"]".to_vec());
            Ok(())
        })
    }
}

/// Reads the capture at `path` as `ProductScan.ingest` does.
#[napi(catch_unwind, ts_return_type = "Promise<Capture>")]
#[must_use]
pub fn ingest_file(
    path: String,
    spool_directory: Option<String>,
    work: &Work,
) -> AsyncTask<Job<Capture>> {
    let cells = work.cells();
    job(move || {
        let file = open_regular(&path)?;
        let spool = spool_directory.map(PathBuf::from);
        Capture::read(&CaptureSource { file: &file, name: &path }, spool.as_deref(), &cells)
    })
}

/// What the head of the file at `path` looks like. Throws `ERR_EVENTS_OPEN`.
#[napi(catch_unwind)]
pub fn sniff_file(env: Env, path: String) -> napi::Result<String> {
    now(env, || Ok(sniff(&open_regular(&path)?, &path)?.name().to_owned()))
}

/// Looks at the head of `file`, from its present position.
pub(crate) fn sniff(mut file: &File, name: &str) -> Result<Sniff, Failure> {
    let fault =
        |error: std::io::Error| Failure::new("ERR_EVENTS_READ", error.to_string()).in_file(name);
    let length = file.metadata().map_err(fault)?.len();
    let mut head = Vec::new();
    file.by_ref().take(lanner_events::SNIFF_LEN as u64).read_to_end(&mut head).map_err(fault)?;
    Ok(lanner_events::sniff(&head, length))
}

/// Opens a regular file; a FIFO named by mistake must not block the run (open(2), `O_NONBLOCK`).
pub(crate) fn open_regular(path: &str) -> Result<File, Failure> {
    use std::os::unix::fs::OpenOptionsExt;
    let fault = |why: String| Failure::new("ERR_EVENTS_OPEN", why).in_file(path);
    let file = File::options()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC)
        .open(path)
        .map_err(|error| fault(error.to_string()))?;
    let metadata = file.metadata().map_err(|error| fault(error.to_string()))?;
    if metadata.is_file() { Ok(file) } else { Err(fault("not a regular file".to_owned())) }
}
