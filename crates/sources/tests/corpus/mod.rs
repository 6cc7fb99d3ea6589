//! Reading the corpus in place. Shared by the tests that compare with what a real Falco recorded.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// `falco-rules` of the corpus, if there is one.
pub(crate) fn corpus() -> Option<PathBuf> {
    let Some(root) = std::env::var_os("LANNER_CORPUS") else {
        eprintln!("skipped: no corpus");
        return None;
    };
    Some(Path::new(&root).join("falco-rules"))
}

/// A file, unpacked when its name ends in `.gz`.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if path.extension().is_none_or(|extension| extension != "gz") {
        return bytes;
    }
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text).unwrap();
    text
}

/// The files of a folder with that ending, in order.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort();
    files
}
