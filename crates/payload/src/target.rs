//! Where the bytes of an envelope go: into a new file that takes the target's place whole, or into what cannot be replaced.
//! Follows links to what they name; never leaves a half-written target and never replaces a device, a pipe or an open descriptor.
//! Used by `envelope`.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::spool::create_beside;

/// Links followed before giving up, as `path_resolution(7)` has it.
const LINKS: usize = 40;

/// An open place to write to.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) file: File,
    /// Set while there is a file to be put in place; taken by `commit`.
    beside: Option<Beside>,
}

#[derive(Debug)]
struct Beside {
    temporary: PathBuf,
    place: PathBuf,
    dir: PathBuf,
    mode: u32,
}

impl Target {
    /// Opens the place for `path`.
    pub(crate) fn open(path: &Path, mode: u32) -> io::Result<Self> {
        let Some(place) = resolve(path)? else {
            // A descriptor of ours by another name (`/dev/stdout`) may be a regular file with something in it already.
            return Ok(Self::stream(OpenOptions::new().append(true).open(path)?));
        };
        match fs::symlink_metadata(&place) {
            Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                Ok(Self::stream(OpenOptions::new().write(true).open(path)?))
            }
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => {
                let dir = match place.parent() {
                    Some(dir) if !dir.as_os_str().is_empty() => dir.to_path_buf(),
                    _ => PathBuf::from("."),
                };
                if place.file_name().is_none() {
                    return Err(ErrorKind::InvalidInput.into());
                }
                let (file, temporary) = create_beside(&dir)?;
                Ok(Self { file, beside: Some(Beside { temporary, place, dir, mode }) })
            }
        }
    }

    /// A place that takes bytes as they come.
    pub(crate) const fn stream(file: File) -> Self {
        Self { file, beside: None }
    }

    /// Whether nothing shows before `commit`.
    pub(crate) const fn is_replaced(&self) -> bool {
        self.beside.is_some()
    }

    /// Makes what was written durable and lets it appear under its name, both or neither.
    pub(crate) fn commit(&mut self) -> io::Result<()> {
        let Some(beside) = &self.beside else { return Ok(()) };
        // fchmod(2), so that the umask has no say.
        self.file.set_permissions(Permissions::from_mode(beside.mode))?;
        self.file.sync_all()?;
        fs::rename(&beside.temporary, &beside.place)?;
        let dir = File::open(&beside.dir);
        self.beside = None;
        // The file is whole and in place; a directory that cannot be opened or synced (some network file systems) does not
        // make it less so.
        if let Ok(dir) = dir {
            let _ = dir.sync_all();
        }
        Ok(())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            let _ = fs::remove_file(&beside.temporary);
        }
    }
}

/// The file that `path` names once links are followed, which need not exist; `None` for a descriptor of a process.
fn resolve(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut place = path.to_path_buf();
    for _ in 0..LINKS {
        if is_descriptor(&place) {
            return Ok(None);
        }
        match fs::read_link(&place) {
            Ok(next) => place = place.parent().unwrap_or(Path::new("")).join(next),
            // readlink(2): EINVAL when it is no link.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => {
                return Ok(Some(place));
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

/// Whether `path` lies in `/dev/fd` or a `/proc/…/fd`, where a link is an open file and not a name (`proc_pid_fd(5)`).
fn is_descriptor(path: &Path) -> bool {
    let Some(dir) = path.parent().and_then(|dir| fs::canonicalize(dir).ok()) else { return false };
    dir == Path::new("/dev/fd") || dir.starts_with("/proc") && dir.ends_with("fd")
}
