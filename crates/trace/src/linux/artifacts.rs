//! Materials and products of a step, from its record.
//! Looks at no file: what was read and written has been digested by then. Used by the attestors of those names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::linux::path::is_below;
use crate::linux::record::{Content, Digest, Trace};

/// Files with their digests.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Artifacts {
    /// Paths relative to the working directory of the step, absolute outside of it; sorted.
    pub files: Vec<(Vec<u8>, Digest)>,
    /// Those without a digest, and why.
    pub incomplete: Vec<(Vec<u8>, String)>,
}

impl Trace {
    /// What was read before the step wrote it, as it was when it was first opened.
    #[must_use]
    pub fn materials(&self, include_outside: bool) -> Artifacts {
        let mut artifacts = Artifacts::default();
        for history in &self.paths {
            let Some(path) = self.relative(&history.path, include_outside) else { continue };
            match history.before.first() {
                Some(Content::Sha256(digest)) => artifacts.files.push((path.to_vec(), *digest)),
                Some(Content::Unknown(reason)) => {
                    artifacts.incomplete.push((path.to_vec(), reason.to_string()));
                }
                None => {}
            }
        }
        artifacts.files.sort_unstable();
        artifacts.incomplete.sort_unstable();
        artifacts
    }

    /// Absolute paths of what the step wrote, or put where it is, and left behind: regular files, and symbolic links to such;
    /// sorted.
    #[must_use]
    pub fn written(&self, include_outside: bool) -> Vec<PathBuf> {
        self.paths
            .iter()
            .filter(|history| {
                history.product && self.relative(&history.path, include_outside).is_some()
            })
            .map(|history| Path::new(OsStr::from_bytes(&history.path)).to_path_buf())
            .collect()
    }

    /// A path as an artifact has it, if it is to be one.
    fn relative<'a>(&self, path: &'a [u8], include_outside: bool) -> Option<&'a [u8]> {
        let directory = self.directory.as_os_str().as_bytes();
        if is_below(path, directory) {
            let rest = &path[directory.len()..];
            return Some(rest.strip_prefix(b"/").unwrap_or(rest));
        }
        include_outside.then_some(path)
    }
}
