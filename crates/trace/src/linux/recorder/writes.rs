//! Files written without being opened for it in that call: cut, copied into, mapped.
//! Part of the recorder.

use rustix::fs::OFlags;

use super::Recorder;
use crate::linux::identity::inode;
use crate::linux::observer::{Call, Stopped, Verdict};
use crate::linux::path::PATH_LIMIT;
use crate::linux::proc_fs::Place;
use crate::linux::record::{Subject, Uses};
use crate::linux::syscall::Syscall;

impl Recorder {
    /// Before a file is cut: whoever reads it now must have its digest first.
    pub(super) fn truncating(&mut self, stopped: &Stopped<'_>, call: &Call) -> Verdict {
        let found = if call.syscall == Syscall::Truncate {
            let path = stopped.memory.c_string(call.args[0], PATH_LIMIT).unwrap_or_default();
            self.viewpoint(stopped).stat(libc::AT_FDCWD, &path)
        } else {
            self.proc_fs.stat(&Place::descriptor(stopped.tid, call.int(0)))
        };
        if let Ok(stat) = found {
            self.contents.settle(inode(&stat));
        }
        Verdict::Watch
    }

    /// After one of these calls.
    pub(super) fn written_otherwise(&mut self, stopped: &Stopped<'_>, call: &Call, result: i64) {
        if call.syscall == Syscall::Truncate {
            self.truncated(stopped, call, result);
            return;
        }
        // copy_file_range(2): at the end of its source it copies nothing.
        if call.syscall == Syscall::CopyFileRange && result == 0 {
            return;
        }
        let (fd, uses) = match call.syscall {
            Syscall::CopyFileRange => (call.int(2), Uses::WRITE),
            Syscall::Mmap => (call.int(4), Uses::WRITE.with(Uses::MAP_SHARED)),
            Syscall::Ftruncate => (call.int(0), Uses::WRITE.with(Uses::TRUNCATE)),
            _ => (call.int(0), Uses::WRITE),
        };
        // A result of mmap(2) is an address, which may be large.
        if (-4095..0).contains(&result) {
            let path = self.proc_fs.owned_link(&Place::descriptor(stopped.tid, fd));
            let subject =
                path.map_or_else(|_| Subject::Other(format!("descriptor {fd}")), Subject::Path);
            self.attempt(stopped, call.syscall, subject, result);
            return;
        }
        match self.look_at(stopped, fd) {
            Ok(look) => self.use_descriptor(stopped, fd, &look, uses),
            Err(errno) => {
                let error = crate::linux::errno::name(errno.raw_os_error());
                let reason = format!(
                    "what was written to by {} can't be looked at: {error}",
                    call.syscall.name()
                );
                self.losses.add("file", Some(stopped.process), None, &reason);
            }
        }
    }

    fn truncated(&mut self, stopped: &Stopped<'_>, call: &Call, result: i64) {
        if result < 0 {
            let subject = self.attempted_path(stopped, libc::AT_FDCWD, call.args[0]);
            self.attempt(stopped, call.syscall, subject, result);
            return;
        }
        let path = stopped.memory.c_string(call.args[0], PATH_LIMIT).unwrap_or_default();
        let view = self.viewpoint(stopped);
        match view.canonical(libc::AT_FDCWD, &path, OFlags::empty()) {
            Ok((path, stat)) => {
                let name = self.names.id(&path);
                self.add_use(stopped, name, Uses::WRITE.with(Uses::TRUNCATE), None);
                if self.means_the_same_here(stopped, name, &stat) {
                    self.histories.entry(name).or_default().changed = true;
                }
            }
            Err(_) => self.losses.add("file", Some(stopped.process), None, "what was cut is gone"),
        }
    }
}
