//! Both passes over real directories, with the shared ways to run them.
//! `quiet` has trees that hold still, `hostile` those that change, block, lie or refuse, `traced` what a tracer names.
//! What can only be seen between listing and reading is tested beside the code, in `src`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg_attr(
    not(target_os = "linux"),
    expect(clippy::print_stdout, reason = "what was skipped and why is shown by the test harness")
)]

mod hostile;
mod quiet;
mod traced;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use lanner_tree::{Leaf, ProductGlobs, ProductScan, ScanOptions, TreeScan, scan};
use sha2::{Digest, Sha256};

static RUN: AtomicBool = AtomicBool::new(false);
static BYTES: AtomicU64 = AtomicU64::new(0);

pub(crate) fn options() -> ScanOptions<'static> {
    ScanOptions { threads: 2, rehash: false, cancel: &RUN, progress: &BYTES }
}

pub(crate) fn material(root: &Path) -> Arc<TreeScan> {
    Arc::new(scan(root, &options()).unwrap())
}

pub(crate) fn start(root: &Path, materials: Option<&Arc<TreeScan>>) -> ProductScan {
    ProductScan::start(root, materials, &ProductGlobs::default(), &options()).unwrap()
}

pub(crate) fn products(root: &Path, materials: &Arc<TreeScan>) -> TreeScan {
    start(root, Some(materials)).finish(&options()).unwrap()
}

pub(crate) fn paths<'a>(leaves: impl Iterator<Item = &'a Leaf>) -> Vec<&'a str> {
    let mut paths: Vec<_> = leaves.map(Leaf::path).collect();
    paths.sort_unstable();
    paths
}

pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}
