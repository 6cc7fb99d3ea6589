//! What a program comes with: its binary as a file that is read, what the kernel loads beside it, the streams it was given.
//! Part of the recorder.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{FileType, Stat};

use super::Recorder;
use super::draft::NameId;
use super::files::without_mark;
use crate::linux::contents::ContentId;
use crate::linux::identity::Identity;
use crate::linux::observer::Stopped;
use crate::linux::proc_fs::{Place, status_field};
use crate::linux::record::Uses;

impl Recorder {
    /// Running a file is reading it; so is what the kernel loads beside it.
    pub(super) fn executed_file(
        &mut self,
        stopped: &Stopped<'_>,
        exe: NameId,
        stat: &Stat,
        content: ContentId,
    ) {
        let path = self.names.get(exe).clone();
        let name = self.names.id(without_mark(&path, stat));
        self.add_use(stopped, name, Uses::EXECUTE, Some(content));
        if self.means_the_same_here(stopped, name, stat) {
            self.read_before(name, Identity::of(stat), content);
        }
        let identity = Identity::of(stat);
        if !self.loaders.contains_key(&identity) {
            let loaded = self.loaded_beside(stopped, stat);
            self.loaders.insert(identity, loaded);
        }
        for loader in self.loaders[&identity].clone() {
            self.loader_used(stopped, loader);
        }
    }

    /// What else is mapped from files before the first instruction: the program loader that the binary names.
    fn loaded_beside(&mut self, stopped: &Stopped<'_>, exe: &Stat) -> Vec<NameId> {
        const MAPS: usize = 64 * 1024;
        let maps = self.proc_fs.read(&Place::of(stopped.tid, "maps"), MAPS).unwrap_or_default();
        let mut loaded: Vec<NameId> = maps
            .split(|&byte| byte == b'\n')
            .filter_map(|line| mapped_file(line, exe.st_ino))
            .map(|path| self.names.id(path))
            .collect();
        loaded.sort_unstable();
        loaded.dedup();
        loaded
    }

    fn loader_used(&mut self, stopped: &Stopped<'_>, loader: NameId) {
        let path = self.names.get(loader).clone();
        let Ok(stat) = self.viewpoint(stopped).stat(libc::AT_FDCWD, &path) else { return };
        let content = match self.contents.known(&stat) {
            Some(known) => known,
            None if self.draft(stopped).elsewhere => return,
            None => match std::fs::File::open(OsStr::from_bytes(&path)) {
                Ok(file) => self.contents.take(file.into(), &stat, stopped.time),
                Err(_) => return,
            },
        };
        self.add_use(stopped, loader, Uses::EXECUTE, Some(content));
        if self.means_the_same_here(stopped, loader, &stat) {
            self.read_before(loader, Identity::of(&stat), content);
        }
    }

    /// The standard streams that the command was given, where they are files.
    pub(super) fn given_files(&mut self, stopped: &Stopped<'_>) {
        for fd in 0..3 {
            let Ok(look) = self.look_at(stopped, fd) else { continue };
            if FileType::from_raw_mode(look.stat.st_mode) != FileType::RegularFile {
                continue;
            }
            let info = self
                .proc_fs
                .read(&Place::of(stopped.tid, &format!("fdinfo/{fd}")), 1024)
                .unwrap_or_default();
            let flags = status_field(&info, "flags");
            let flags = flags.and_then(|octal| i32::from_str_radix(octal, 8).ok()).unwrap_or(0);
            let access = match flags & libc::O_ACCMODE {
                libc::O_RDONLY => Uses::READ,
                libc::O_WRONLY => Uses::WRITE,
                _ => Uses::READ.with(Uses::WRITE),
            };
            self.use_descriptor(stopped, fd, &look, access.with(Uses::INHERITED));
        }
    }
}

/// The path on a line of `/proc/PID/maps` that is mapped from a file other than that inode.
fn mapped_file(line: &[u8], other_than: u64) -> Option<&[u8]> {
    let mut fields = line.splitn(6, |&byte| byte == b' ');
    let inode: u64 = std::str::from_utf8(fields.nth(4)?).ok()?.parse().ok()?;
    let path = fields.next()?.trim_ascii_start();
    (inode != 0 && inode != other_than && path.starts_with(b"/")).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::mapped_file;

    #[test]
    fn only_other_files_count_as_loaded() {
        let line = b"7f00-7f01 r-xp 00001000 fe:00 1234                       /usr/lib/ld linux.so";
        assert_eq!(mapped_file(line, 1), Some(&b"/usr/lib/ld linux.so"[..]));
        assert_eq!(mapped_file(line, 1234), None);
        assert_eq!(mapped_file(b"7ffc-7ffd rw-p 00000000 00:00 0    [stack]", 1), None);
        assert_eq!(mapped_file(b"", 1), None);
    }
}
