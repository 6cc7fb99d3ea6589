//! Trees and product passes from what a tracer saw instead of a walk: files it names, digests it has taken.
//! Looks at no file but those named; which they are, the tracer decides. Used by the addon for traced steps.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::beneath::Root;
use crate::display;
use crate::error::{Incomplete, Reason, TreeError};
use crate::globs::ProductGlobs;
use crate::hasher::Hashed;
use crate::identity::{Identity, Timestamp};
use crate::listing::Listing;
use crate::options::ScanOptions;
use crate::product::ProductScan;
use crate::scan::{Leaf, TreeScan};
use crate::walk::{Entry, compare};

/// A path relative to the root, or absolute when it is not below it; any bytes.
pub type TracedPath = Vec<u8>;

/// The tree of files that were digested when they were opened.
///
/// `missing` are those that weren't, each with a reason. A path with several contents is listed with the first one, and the
/// others make it incomplete.
pub fn traced_materials(
    mut files: Vec<(TracedPath, [u8; 32])>,
    missing: Vec<(TracedPath, String)>,
    options: &ScanOptions,
) -> Result<TreeScan, TreeError> {
    let note = |path: &[u8], reason| Incomplete { path: display::shown(path), reason };
    let mut incomplete: Vec<_> =
        missing.into_iter().map(|(path, why)| note(&path, Reason::Traced(why))).collect();
    // Stable: of equal paths the first stays in front.
    files.sort_by(|(one, _), (other, _)| compare(one, other));
    files.dedup_by(|(path, digest), (first, kept)| {
        let same = path == first;
        if same && digest != kept {
            incomplete.push(note(path, Reason::Changed));
        }
        same
    });
    incomplete.dedup();
    let (paths, digests): (Vec<_>, Vec<_>) =
        files.into_iter().map(|(path, digest)| (path.into_boxed_slice(), digest)).unzip();
    let leaves = display::unique_paths(paths).into_iter().zip(digests).map(|(path, digest)| {
        // Of no state that a file can be in: a later pass must not take the digest over.
        let hashed = Hashed { digest, identity: Identity::NONE, at: Timestamp::now() };
        Leaf { path, hashed }
    });
    Ok(TreeScan::of(leaves.collect(), incomplete, &options.pool()?))
}

/// A product pass over the files at `paths` (absolute, without links on the way) instead of all below `root`. Those that are not
/// below it keep their absolute paths. A link shows the file it leads to, once for each target, as in a walk. What is neither any
/// more is incomplete.
pub fn traced_products(
    root: &Path,
    paths: &[PathBuf],
    materials: Option<&Arc<TreeScan>>,
    globs: &ProductGlobs,
    options: &ScanOptions,
) -> Result<ProductScan, TreeError> {
    options.proceed()?;
    let inside = Root::open(root)?;
    let real = inside.real().to_owned();
    let outside = paths.iter().any(|path| !path.starts_with(&real));
    // One directory to open all of them beneath.
    let (root, base) = if outside {
        (Root::open(Path::new("/"))?, Path::new("/"))
    } else {
        (inside, real.as_path())
    };
    let mut shown: Vec<_> = paths
        .iter()
        .filter_map(|path| {
            let below = path.strip_prefix(base).ok()?.as_os_str().as_bytes();
            let shown = path.strip_prefix(&real).unwrap_or(path).as_os_str().as_bytes();
            Some((Box::<[u8]>::from(shown), below))
        })
        .collect();
    shown.sort_by(|(one, _), (other, _)| compare(one, other));
    shown.dedup();
    let (shown, below): (Vec<_>, Vec<_>) = shown.into_iter().unzip();
    let mut listing = Listing::empty(root);
    let (mut directories, mut targets) = (HashMap::new(), HashSet::new());
    let (mut entries, mut incomplete) = (Vec::new(), Vec::new());
    for (path, below) in display::unique_paths(shown).into_iter().zip(below) {
        if !globs.accepts(&path.shown) {
            continue;
        }
        let limit = if path.raw().starts_with(b"/") { base } else { real.as_path() };
        let file = match leads_to(&base.join(OsStr::from_bytes(below)), limit) {
            Place::Itself => listing.add_file(below, &mut directories),
            Place::Nowhere => continue,
            Place::At(target) => {
                if !targets.insert(target.clone()) {
                    continue;
                }
                let below = target.strip_prefix(base).unwrap_or(&target);
                listing.add_file(below.as_os_str().as_bytes(), &mut directories)
            }
        };
        match file {
            Ok(file) => entries.push(Entry { path, file }),
            Err(reason) => incomplete.push(Incomplete { path: path.shown, reason }),
        }
    }
    let materials = materials.map_or([].as_slice(), |materials| materials.in_walk_order());
    Ok(ProductScan::over(listing, entries, materials, incomplete))
}

/// What a path shows.
enum Place {
    /// What is there.
    Itself,
    /// It is a link to this file.
    At(PathBuf),
    /// It is a link to something that is no product.
    Nowhere,
}

/// Follows a link to its end: only a regular file below `limit` counts.
fn leads_to(path: &Path, limit: &Path) -> Place {
    if !std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Place::Itself;
    }
    match std::fs::canonicalize(path) {
        Ok(target) if target.starts_with(limit) && target.is_file() => Place::At(target),
        _ => Place::Nowhere,
    }
}
