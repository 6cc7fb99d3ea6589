//! Reads what `/proc` says of a stopped thread: links, files behind descriptors, small texts.
//! Interprets no path (`path` does). proc(5). Used by the recorder.

use std::ffi::CStr;
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat, openat, readlinkat_raw, statat};
use rustix::io::Errno;

use crate::linux::observer::Tid;

/// The longest link the kernel tells: a page.
pub(crate) const LINK_LIMIT: usize = 4096;

/// The first read of a text; each further one doubles what there is room for.
const CHUNK: usize = 1024;

/// A name below `/proc`, made without allocating: an open file costs two look-ups while its opener waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    text: [u8; 48],
    /// For a descriptor: whose it is, and where its number begins.
    descriptor: Option<(Tid, usize)>,
}

impl Place {
    /// The file behind a descriptor.
    pub(crate) fn descriptor(tid: Tid, fd: i32) -> Self {
        let mut place = Self::write(format_args!("{tid}/fd/{fd}"));
        let number = place.text.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        place.descriptor = Some((tid, number));
        place
    }

    /// A file behind one of our own descriptors.
    pub(crate) fn own(fd: BorrowedFd<'_>) -> Self {
        Self::write(format_args!("self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&fd)))
    }

    /// `exe`, `cwd`, `root`, `cmdline`, …
    pub(crate) fn of(tid: Tid, name: &str) -> Self {
        Self::write(format_args!("{tid}/{name}"))
    }

    fn write(text: std::fmt::Arguments<'_>) -> Self {
        let mut place = Self { text: [0; 48], descriptor: None };
        // Two numbers and a short word fit, with a NUL after them.
        let _ = (&mut place.text[..47]).write_fmt(text);
        place
    }

    fn as_c_str(&self) -> &CStr {
        self.from(0)
    }

    fn from(&self, start: usize) -> &CStr {
        CStr::from_bytes_until_nul(&self.text[start..]).unwrap_or_default()
    }
}

/// Descriptors of one thread looked at in a row after which their folder is held open.
const IN_A_ROW: u32 = 8;

/// `/proc`, held open.
#[derive(Debug)]
pub(crate) struct Proc {
    root: Option<OwnedFd>,
    busy: Busy,
}

/// The thread whose descriptors were looked at last.
#[derive(Debug, Default)]
struct Busy {
    tid: Tid,
    /// How often in a row.
    looks: u32,
    /// Its `/proc/TID/fd`, once that is worth it.
    folder: Option<OwnedFd>,
}

impl Proc {
    /// Where there is no `/proc`, every read says so.
    pub(crate) fn open() -> Self {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = openat(CWD, c"/proc", flags, Mode::empty()).ok();
        Self { root, busy: Busy::default() }
    }

    /// As [`Place::descriptor`], for a thread whose other descriptors may be looked at soon: one look-up in place of three.
    pub(crate) fn descriptor(&mut self, tid: Tid, fd: i32) -> Place {
        if self.busy.tid != tid {
            self.busy = Busy { tid, ..Busy::default() };
        }
        self.busy.looks = self.busy.looks.saturating_add(1);
        if self.busy.looks == IN_A_ROW {
            self.busy.folder = self.open_place(&Place::of(tid, "fd")).ok();
        }
        Place::descriptor(tid, fd)
    }

    /// A thread is gone; its number may be given to another.
    pub(crate) fn ended(&mut self, tid: Tid) {
        if self.busy.tid == tid {
            self.busy = Busy::default();
        }
    }

    /// `/proc` itself.
    pub(crate) fn root(&self) -> Result<BorrowedFd<'_>, Errno> {
        self.root.as_ref().map(AsFd::as_fd).ok_or(Errno::NOENT)
    }

    /// From where to look up a place, and what.
    fn look_up<'a>(&'a self, place: &'a Place) -> Result<(BorrowedFd<'a>, &'a CStr), Errno> {
        match (place.descriptor, &self.busy.folder) {
            (Some((tid, number)), Some(folder)) if tid == self.busy.tid => {
                Ok((folder.as_fd(), place.from(number)))
            }
            _ => Ok((self.root()?, place.as_c_str())),
        }
    }

    /// Where a link leads, as the kernel puts it.
    pub(crate) fn link<'a>(&self, place: &Place, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
        let (from, name) = self.look_up(place)?;
        let length = readlinkat_raw(from, name, &mut *buffer)?;
        Ok(&buffer[..length])
    }

    /// As [`Self::link`], kept.
    pub(crate) fn owned_link(&self, place: &Place) -> Result<Vec<u8>, Errno> {
        let mut buffer = [0; LINK_LIMIT];
        Ok(self.link(place, &mut buffer)?.to_vec())
    }

    /// The state of the file behind a link.
    pub(crate) fn stat(&self, place: &Place) -> Result<Stat, Errno> {
        let (from, name) = self.look_up(place)?;
        statat(from, name, AtFlags::empty())
    }

    /// The file behind a link, opened anew for reading: neither locks nor offsets of the other opening are touched. Only for
    /// what is known to be a regular file. Leaves the access time alone where the owner of the file allows it.
    pub(crate) fn open_file(&self, place: &Place) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let (from, name) = self.look_up(place)?;
        match openat(from, name, flags | OFlags::NOATIME, Mode::empty()) {
            Err(Errno::PERM) => openat(from, name, flags, Mode::empty()),
            opened => opened,
        }
    }

    /// What is behind a link, as a place only.
    pub(crate) fn open_place(&self, place: &Place) -> Result<OwnedFd, Errno> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        openat(self.root()?, place.as_c_str(), flags, Mode::empty())
    }

    /// A file of `/proc` itself, up to `limit` bytes.
    pub(crate) fn read(&self, place: &Place, limit: usize) -> Result<Vec<u8>, Errno> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = openat(self.root()?, place.as_c_str(), flags, Mode::empty())?;
        let mut text = Vec::new();
        while text.len() < limit {
            text.reserve(text.len().max(CHUNK));
            match rustix::io::read(&file, spare_capacity(&mut text)) {
                Ok(0) => break,
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        text.truncate(limit);
        Ok(text)
    }
}

/// Our own process.
pub(crate) fn own_pid() -> Tid {
    rustix::process::getpid().as_raw_nonzero().get()
}

/// A field of `/proc/PID/status`: what follows `name:` on its line.
pub(crate) fn status_field<'a>(status: &'a [u8], name: &str) -> Option<&'a str> {
    let line = status
        .split(|&byte| byte == b'\n')
        .find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b":"))?;
    std::str::from_utf8(line).ok().map(str::trim)
}

/// A value of `/proc/PID/auxv`, of a process of the native word size.
pub(crate) fn auxiliary(vector: &[u8], kind: u64) -> Option<u64> {
    vector.chunks_exact(16).find_map(|entry| {
        let (key, value) = entry.split_at(8);
        let key = u64::from_ne_bytes(key.try_into().ok()?);
        (key == kind).then_some(u64::from_ne_bytes(value.try_into().ok()?))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::os::fd::{AsFd, AsRawFd};
    use std::os::unix::fs::MetadataExt;

    use super::{LINK_LIMIT, Place, Proc, auxiliary, own_pid, status_field};

    #[test]
    fn a_descriptor_tells_its_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let proc_fs = Proc::open();
        let mut buffer = [0; LINK_LIMIT];
        let link = proc_fs.link(&Place::own(file.as_file().as_fd()), &mut buffer).unwrap();
        assert_eq!(link, file.path().canonicalize().unwrap().as_os_str().as_encoded_bytes());
    }

    #[test]
    fn a_descriptor_tells_its_file_however_often_its_neighbours_were_looked_at() {
        let files: Vec<_> = (0..20).map(|_| tempfile::NamedTempFile::new().unwrap()).collect();
        let mut proc_fs = Proc::open();
        for file in &files {
            let place = proc_fs.descriptor(own_pid(), file.as_file().as_raw_fd());
            let link = proc_fs.owned_link(&place).unwrap();
            assert_eq!(link, file.path().canonicalize().unwrap().as_os_str().as_encoded_bytes());
            assert_eq!(
                proc_fs.stat(&place).unwrap().st_ino,
                file.as_file().metadata().unwrap().ino()
            );
        }
        assert!(proc_fs.busy.folder.is_some());
        proc_fs.ended(own_pid());
        assert!(proc_fs.busy.folder.is_none());
    }

    #[test]
    fn the_longest_place_fits() {
        let place = Place::descriptor(i32::MIN, i32::MIN);
        assert_eq!(place.as_c_str().to_bytes(), b"-2147483648/fd/-2147483648");
    }

    #[test]
    fn a_field_of_the_status_is_found_by_its_whole_name() {
        let status = b"Name:\tUid\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n";
        assert_eq!(status_field(status, "Uid"), Some("1\t2\t3\t4"));
        assert_eq!(status_field(status, "id"), None);
    }

    #[test]
    fn our_own_auxiliary_vector_names_our_program() {
        let vector = Proc::open().read(&Place::of(own_pid(), "auxv"), 4096).unwrap();
        assert!(auxiliary(&vector, libc::AT_EXECFN).is_some());
        assert_eq!(auxiliary(&vector, 9999), None);
    }
}
