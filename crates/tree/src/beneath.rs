//! Opens paths that can't leave the scanned directory, whatever is renamed or linked while we look.
//! Follows no link at all: links are resolved once, by the listing, and what they lead to is opened by its real path.
//! Used by the listing, the hasher and the hand-out of products.

use std::fs::canonicalize;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, fstat, openat, statat};
use rustix::io::{Errno, Result};

use crate::error::{Reason, TreeError};
use crate::identity::Identity;

/// `O_NONBLOCK`: a FIFO put in place of a file must not hang us. `O_NOCTTY`: nor may a terminal become ours.
const FILE: OFlags =
    OFlags::NONBLOCK.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::NOCTTY);
const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The scanned directory, held open.
#[derive(Debug)]
pub(crate) struct Root {
    /// Without links, so that targets can be compared with it.
    real: PathBuf,
    directory: OwnedFd,
    /// Whether the kernel can check a whole path at once (Linux 5.6; some sandboxes refuse it).
    whole_paths: bool,
}

impl Root {
    pub(crate) fn open(path: &Path) -> std::result::Result<Self, TreeError> {
        let fault = |source| TreeError::Root { path: path.to_owned(), source };
        let real = canonicalize(path).map_err(fault)?;
        let directory =
            openat(CWD, &real, DIRECTORY, Mode::empty()).map_err(|errno| fault(errno.into()))?;
        let whole_paths = whole_path(&directory, b".", DIRECTORY).is_ok();
        Ok(Self { real, directory, whole_paths })
    }

    pub(crate) fn real(&self) -> &Path {
        &self.real
    }

    /// Opens a directory by its real path below the root; the empty path is the root.
    pub(crate) fn open_directory(&self, path: &[u8]) -> Result<OwnedFd> {
        self.open_beneath(if path.is_empty() { b"." } else { path }, DIRECTORY)
    }

    /// Opens the regular file that `expected` was taken of, and returns its present state with it.
    pub(crate) fn open_file(
        &self,
        path: &[u8],
        expected: &Identity,
    ) -> std::result::Result<(OwnedFd, Identity), Reason> {
        let file = self.open_beneath(path, FILE).map_err(Reason::from_errno)?;
        let stat = fstat(&file).map_err(Reason::from_errno)?;
        let identity = Identity::of(&stat);
        if is_regular(&stat) && identity.is_same_file(expected) {
            Ok((file, identity))
        } else {
            Err(Reason::Changed)
        }
    }

    /// The present state of the regular file at a path, without opening it.
    pub(crate) fn identity(&self, path: &[u8]) -> std::result::Result<Identity, Reason> {
        let stat =
            statat(&self.directory, path, AtFlags::SYMLINK_NOFOLLOW).map_err(Reason::from_errno)?;
        if is_regular(&stat) { Ok(Identity::of(&stat)) } else { Err(Reason::Changed) }
    }

    fn open_beneath(&self, path: &[u8], flags: OFlags) -> Result<OwnedFd> {
        if self.whole_paths {
            whole_path(&self.directory, path, flags)
        } else {
            by_components(&self.directory, path, flags)
        }
    }
}

pub(crate) fn is_regular(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// openat2(2): one call, and the kernel refuses links in any component.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn whole_path(directory: &OwnedFd, path: &[u8], flags: OFlags) -> Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    openat2(directory, path, flags, Mode::empty(), resolve)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn whole_path(_: &OwnedFd, _: &[u8], _: OFlags) -> Result<OwnedFd> {
    Err(Errno::NOSYS)
}

/// The same by hand: each component is opened in the one before, and none may be a link.
fn by_components(directory: &OwnedFd, path: &[u8], flags: OFlags) -> Result<OwnedFd> {
    let mut components = path.split(|byte| *byte == b'/');
    let last = components.next_back().ok_or(Errno::NOENT)?;
    let mut parent: Option<OwnedFd> = None;
    for component in components {
        let base = parent.as_ref().map_or(directory.as_fd(), AsFd::as_fd);
        parent = Some(openat(base, component, DIRECTORY, Mode::empty())?);
    }
    let base = parent.as_ref().map_or(directory.as_fd(), AsFd::as_fd);
    openat(base, last, flags, Mode::empty())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs;
    use std::os::unix::fs::symlink;

    use super::Root;
    use crate::error::Reason;

    /// Both ways to open have to give the same answer, and only one of them is the platform's default.
    fn both_ways(check: impl Fn(&Root)) {
        let outer = tempfile::tempdir().unwrap();
        let tree = outer.path().join("tree");
        fs::create_dir_all(tree.join("d/e")).unwrap();
        fs::create_dir(outer.path().join("out")).unwrap();
        for file in ["tree/d/e/file", "out/file"] {
            fs::write(outer.path().join(file), "content").unwrap();
        }
        symlink("e", tree.join("d/link")).unwrap();
        symlink("../../out/file", tree.join("d/away")).unwrap();
        symlink("../out", tree.join("out")).unwrap();
        let mut root = Root::open(&tree).unwrap();
        check(&root);
        root.whole_paths = false;
        check(&root);
    }

    #[test]
    fn a_path_without_links_opens() {
        both_ways(|root| {
            let identity = root.identity(b"d/e/file").unwrap();
            assert_eq!(root.open_file(b"d/e/file", &identity).unwrap().1, identity);
            root.open_directory(b"").unwrap();
            root.open_directory(b"d/e").unwrap();
        });
    }

    #[test]
    fn a_link_in_any_component_is_refused() {
        both_ways(|root| {
            let identity = root.identity(b"d/e/file").unwrap();
            for path in ["d/link/file", "d/away", "out/file"] {
                let refusal = root.open_file(path.as_bytes(), &identity).unwrap_err();
                assert_eq!(refusal, Reason::Changed, "{path}");
            }
            assert!(root.open_directory(b"out").is_err());
            assert!(root.open_directory(b"d/link").is_err());
        });
    }

    #[test]
    fn another_file_at_the_path_is_refused() {
        both_ways(|root| {
            let expected = root.identity(b"d/e/file").unwrap();
            let tree = root.real();
            fs::write(tree.join("new"), "content").unwrap();
            fs::rename(tree.join("d/e/file"), tree.join("old")).unwrap();
            fs::rename(tree.join("new"), tree.join("d/e/file")).unwrap();
            let refusal = root.open_file(b"d/e/file", &expected).unwrap_err();
            assert_eq!(refusal, Reason::Changed);
            fs::rename(tree.join("old"), tree.join("d/e/file")).unwrap();
        });
    }
}
