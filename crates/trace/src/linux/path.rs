//! Paths as a stopped thread means them: from its working directory, its descriptors, its root and its own `/proc/self`.
//! Gives canonical names, also of what does not exist any more or not yet, and shows any bytes as text. Used by the recorder.

use std::borrow::Cow;
use std::fmt::Write;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, Stat, fstat, openat, openat2, statat};
use rustix::io::Errno;

use crate::linux::observer::Tid;
use crate::linux::proc_fs::{Place, Proc, own_pid};

/// The longest path a call takes, its NUL included (`PATH_MAX`).
pub(crate) const PATH_LIMIT: usize = 4096;

/// Where a thread's paths begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewpoint<'a> {
    pub(crate) proc_fs: &'a Proc,
    pub(crate) tid: Tid,
    pub(crate) process: Tid,
    /// Its root directory or its mounts are not ours.
    pub(crate) elsewhere: bool,
}

impl Viewpoint<'_> {
    /// The state of what a path names; links are followed.
    pub(crate) fn stat(&self, dirfd: i32, path: &[u8]) -> Result<Stat, Errno> {
        if self.elsewhere || path.len() > PATH_LIMIT - 64 {
            return fstat(self.open(dirfd, path, OFlags::empty())?);
        }
        let path = self.own_names(path);
        if path.first() == Some(&b'/') {
            return statat(CWD, &*path, AtFlags::empty());
        }
        statat(self.proc_fs.root()?, join(&self.base(dirfd), &path), AtFlags::empty())
    }

    /// The canonical path of what a path names, and its state. `flags`: `O_NOFOLLOW` or nothing.
    pub(crate) fn canonical(
        &self,
        dirfd: i32,
        path: &[u8],
        flags: OFlags,
    ) -> Result<(Vec<u8>, Stat), Errno> {
        let file = self.open(dirfd, path, flags)?;
        Ok((self.path_of(&file)?, fstat(&file)?))
    }

    /// The canonical path of a name, whatever has it: its directory is resolved, the name itself is not.
    pub(crate) fn name(&self, dirfd: i32, path: &[u8]) -> Vec<u8> {
        let (parent, last) = split(path);
        if matches!(last, b"" | b"." | b"..") {
            return self
                .canonical(dirfd, path, OFlags::empty())
                .map_or_else(|_| self.lexical(dirfd, path), |(canonical, _)| canonical);
        }
        let folder = if parent.is_empty() {
            self.proc_fs.owned_link(&self.base_place(dirfd))
        } else {
            self.open(dirfd, parent, OFlags::DIRECTORY).and_then(|folder| self.path_of(&folder))
        };
        folder.map_or_else(|_| self.lexical(dirfd, path), |folder| join(&folder, last))
    }

    /// The path as it was given, from the root: for what cannot be resolved.
    pub(crate) fn lexical(&self, dirfd: i32, path: &[u8]) -> Vec<u8> {
        if path.first() == Some(&b'/') {
            return path.to_vec();
        }
        match self.proc_fs.owned_link(&self.base_place(dirfd)) {
            Ok(base) if path.is_empty() => base,
            Ok(base) => join(&base, path),
            Err(_) => path.to_vec(),
        }
    }

    /// What a path names, opened as a place only: that disturbs nobody.
    fn open(&self, dirfd: i32, path: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
        let flags = flags | OFlags::PATH | OFlags::CLOEXEC;
        let path = self.own_names(path);
        let absolute = path.first() == Some(&b'/');
        if !self.elsewhere && absolute {
            return openat(CWD, &*path, flags, Mode::empty());
        }
        let place = if absolute { Place::of(self.tid, "root") } else { self.base_place(dirfd) };
        let base = self.proc_fs.open_place(&place)?;
        match (absolute, path.is_empty()) {
            (_, true) => Ok(base),
            (true, _) => openat2(base, &*path, flags, Mode::empty(), ResolveFlags::IN_ROOT),
            (false, _) => openat(base, &*path, flags, Mode::empty()),
        }
    }

    fn path_of(&self, file: &OwnedFd) -> Result<Vec<u8>, Errno> {
        let path = self.proc_fs.owned_link(&Place::own(file.as_fd()))?;
        // Through a link to `/proc/self` that is spelled otherwise we arrived at ourselves.
        let own = format!("/proc/{}", own_pid());
        Ok(match path.strip_prefix(own.as_bytes()) {
            Some(rest) if rest.is_empty() || rest[0] == b'/' => {
                [format!("/proc/{}", self.process).as_bytes(), rest].concat()
            }
            _ => path,
        })
    }

    fn base_place(&self, dirfd: i32) -> Place {
        match dirfd {
            libc::AT_FDCWD => Place::of(self.tid, "cwd"),
            fd => Place::descriptor(self.tid, fd),
        }
    }

    /// As [`Self::base_place`], as text.
    fn base(&self, dirfd: i32) -> Vec<u8> {
        match dirfd {
            libc::AT_FDCWD => format!("{}/cwd", self.tid),
            fd => format!("{}/fd/{fd}", self.tid),
        }
        .into_bytes()
    }

    /// proc(5): `/proc/self` and what leads to it are other files for every reader.
    fn own_names<'a>(&self, path: &'a [u8]) -> Cow<'a, [u8]> {
        if !path.starts_with(b"/proc/") && !path.starts_with(b"/dev/") {
            return Cow::Borrowed(path);
        }
        let names = [
            ("/proc/self", format!("/proc/{}", self.process)),
            ("/proc/thread-self", format!("/proc/{}/task/{}", self.process, self.tid)),
            ("/dev/fd", format!("/proc/{}/fd", self.process)),
            ("/dev/stdin", format!("/proc/{}/fd/0", self.process)),
            ("/dev/stdout", format!("/proc/{}/fd/1", self.process)),
            ("/dev/stderr", format!("/proc/{}/fd/2", self.process)),
        ];
        for (name, own) in names {
            match path.strip_prefix(name.as_bytes()) {
                Some(rest) if rest.is_empty() || rest[0] == b'/' => {
                    return Cow::Owned([own.as_bytes(), rest].concat());
                }
                _ => {}
            }
        }
        Cow::Borrowed(path)
    }
}

/// `base` with `rest` below it.
pub(crate) fn join(base: &[u8], rest: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if base.ends_with(b"/") { b"" } else { b"/" };
    [base, slash, rest].concat()
}

/// A path's directory, with its slash, and its last name, without slashes after it.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    let start = path[..end].iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    (&path[..start], &path[start..end])
}

/// Whether `path` is `folder` or below it.
pub(crate) fn is_below(path: &[u8], folder: &[u8]) -> bool {
    match path.strip_prefix(folder) {
        Some(rest) => rest.is_empty() || rest[0] == b'/' || folder.ends_with(b"/"),
        None => false,
    }
}

/// Any bytes as text, and different bytes as different text: a byte that is not UTF-8 becomes `\xHH`, a backslash two.
pub(crate) fn shown(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\\') => return Cow::Borrowed(text),
        _ => {}
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
#[path = "path_test.rs"]
mod tests;
