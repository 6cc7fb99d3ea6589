//! The recorded answers of a real Falco, read in place: `LANNER_CORPUS` names the folder.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a test that has no corpus says so")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of `falco-rules`, or a word on the terminal that there is none.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder =
        std::env::var_os("LANNER_CORPUS").map(|corpus| PathBuf::from(corpus).join("falco-rules"));
    if folder.is_none() {
        eprintln!("skipped: no corpus");
    }
    folder
}

/// A file of the corpus.
pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(
        &fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    )
    .unwrap()
}
