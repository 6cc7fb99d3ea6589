//! Files opened, written, cut and mapped: who used which path how, and what it held then.
//! Takes no digest itself (`contents` does). Part of the recorder.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use super::draft::{NameId, Writable, add_content};
use super::opening::Opening;
use super::{Pending, Recorder};
use crate::linux::contents::ContentId;
use crate::linux::identity::{Identity, inode};
use crate::linux::observer::{Call, Stopped, Verdict};
use crate::linux::path::{PATH_LIMIT, is_below};
use crate::linux::proc_fs::{LINK_LIMIT, Place};
use crate::linux::record::Uses;

/// Up to this size a file opened for reading and writing is digested before its opener goes on, and perhaps writes it.
const AT_ONCE: u64 = 1024 * 1024;

impl Recorder {
    /// Before a file is opened. Most calls need no look: what they opened tells by itself.
    pub(super) fn opening(&mut self, stopped: &Stopped<'_>, call: &Call) -> Verdict {
        let opening = Opening::of(*stopped.memory, call);
        if let (true, Some(address)) = (opening.needs_look(), opening.path) {
            let path = stopped.memory.c_string(address, PATH_LIMIT).unwrap_or_default();
            let found = self.viewpoint(stopped).stat(opening.dirfd, &path);
            if let Ok(stat) = &found {
                self.contents.settle(inode(stat));
            }
            self.pending.insert(stopped.tid, Pending::Open { existed: found.is_ok() });
        }
        Verdict::Watch
    }

    /// After a file was opened, or not.
    pub(super) fn opened(
        &mut self,
        stopped: &Stopped<'_>,
        call: &Call,
        pending: Option<&Pending>,
        result: i64,
    ) {
        let opening = Opening::of(*stopped.memory, call);
        if result < 0 {
            let subject = match opening.path {
                Some(address) => self.attempted_path(stopped, opening.dirfd, address),
                None => crate::linux::record::Subject::Other("file handle".to_owned()),
            };
            self.attempt(stopped, call.syscall, subject, result);
            return;
        }
        let fd = result as i32;
        let created = opening.makes_unnamed()
            || opening.has(libc::O_CREAT | libc::O_EXCL)
            || matches!(pending, Some(Pending::Open { existed: false }))
                && opening.has(libc::O_CREAT);
        match self.look_at(stopped, fd) {
            Ok(look) => {
                let uses = opening.uses(created && !opening.is_place(), Some(&look.stat));
                self.use_descriptor(stopped, fd, &look, uses);
            }
            Err(errno) => self.use_unseen(stopped, &opening, created, errno),
        }
    }

    /// Records how an open descriptor's file is used.
    pub(super) fn use_descriptor(
        &mut self,
        stopped: &Stopped<'_>,
        fd: i32,
        look: &Look,
        uses: Uses,
    ) {
        let (name, stat) = (look.name, &look.stat);
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile || uses.has(Uses::PATH) {
            self.add_use(stopped, name, uses, None);
            return;
        }
        let destroyed = uses.has(Uses::CREATE) || uses.has(Uses::TRUNCATE);
        let writes = uses.has(Uses::WRITE);
        if writes && !destroyed {
            self.contents.settle(inode(stat));
        }
        let at_once = writes && Identity::of(stat).size <= AT_ONCE;
        let content = uses.has(Uses::READ).then(|| self.content_of(stopped, fd, look, at_once));
        self.add_use(stopped, name, uses, content);
        if !self.means_the_same_here(stopped, name, stat) {
            return;
        }
        if let Some(content) = content {
            if !self.contents.is_of_a_file(content) {
                return;
            }
            self.read_before(name, Identity::of(stat), content);
        }
        if destroyed {
            self.histories.entry(name).or_default().changed = true;
        } else if writes {
            self.writable(name, stat, content, uses.has(Uses::MAP_SHARED));
        }
    }

    /// The path and the state of the file behind a descriptor.
    pub(super) fn look_at(&mut self, stopped: &Stopped<'_>, fd: i32) -> Result<Look, Errno> {
        let place = self.proc_fs.descriptor(stopped.tid, fd);
        // Another thread may put another file behind the number between two looks.
        let (place, pin) = if self.draft(stopped).threads > 1 {
            let pin = self.proc_fs.open_place(&place)?;
            (Place::own(pin.as_fd()), Some(pin))
        } else {
            (place, None)
        };
        let stat = self.proc_fs.stat(&place)?;
        let mut buffer = [0; LINK_LIMIT];
        let link = self.proc_fs.link(&place, &mut buffer)?;
        self.shows_processors |= tells_processors(link, &stat);
        let name = self.names.id(without_mark(link, &stat));
        Ok(Look { place, name, stat, _pin: pin })
    }

    /// A file was opened, and what it is cannot be seen.
    fn use_unseen(
        &mut self,
        stopped: &Stopped<'_>,
        opening: &Opening,
        created: bool,
        errno: Errno,
    ) {
        let error = crate::linux::errno::name(errno.raw_os_error());
        let path =
            opening.path.and_then(|address| stopped.memory.c_string(address, PATH_LIMIT).ok());
        let reason = format!("what was opened can't be looked at: {error}");
        let Some(path) = path else {
            self.losses.add("file", Some(stopped.process), None, &reason);
            return;
        };
        let path = self.viewpoint(stopped).lexical(opening.dirfd, &path);
        let name = self.names.id(&path);
        let uses = opening.uses(created, None);
        let content = uses.has(Uses::READ).then(|| self.contents.unknown(&reason, true));
        if content.is_none() {
            let path = self.names.get(name).clone();
            self.losses.add("file", Some(stopped.process), Some(&path), &reason);
        }
        self.add_use(stopped, name, uses, content);
        if uses.has(Uses::WRITE) {
            self.histories.entry(name).or_default().changed = true;
        }
    }

    /// What the file behind a descriptor holds now.
    fn content_of(
        &mut self,
        stopped: &Stopped<'_>,
        fd: i32,
        look: &Look,
        at_once: bool,
    ) -> ContentId {
        let stat = &look.stat;
        if let Some(known) = self.contents.known(stat) {
            return known;
        }
        match self.proc_fs.open_file(&look.place) {
            Ok(file) if at_once => self.contents.take_now(&file, stat, stopped.time),
            Ok(file) => self.contents.take(file, stat, stopped.time),
            // Its mode may have been changed since, or who opened it may do more than we.
            Err(errno) => {
                let file = duplicate(stopped.process, fd).ok().filter(|file| is_still(file, stat));
                if let Some(file) = file {
                    self.contents.take_now(&file, stat, stopped.time)
                } else {
                    let error = crate::linux::errno::name(errno.raw_os_error());
                    self.contents.unknown(&format!("can't be opened again: {error}"), true)
                }
            }
        }
    }

    pub(super) fn add_use(
        &mut self,
        stopped: &Stopped<'_>,
        name: NameId,
        uses: Uses,
        content: Option<ContentId>,
    ) {
        let index = self.index_of(stopped);
        let file = self.processes[index].files.entry(name).or_default();
        file.uses = file.uses.with(uses);
        file.count += 1;
        if let Some(content) = content {
            add_content(&mut file.read, content, &self.contents);
        }
    }

    /// A file was read that the step may not have touched before.
    pub(super) fn read_before(&mut self, name: NameId, identity: Identity, content: ContentId) {
        let path = self.names.get(name);
        if self.moved.iter().any(|&folder| is_below(path, self.names.get(folder))) {
            return;
        }
        let history = self.histories.entry(name).or_default();
        if history.writable.is_some_and(|before| !before.identity.holds_the_same(&identity)) {
            history.changed = true;
        }
        if !history.changed {
            add_content(&mut history.before, content, &self.contents);
        }
    }

    fn writable(&mut self, name: NameId, stat: &Stat, content: Option<ContentId>, mapped: bool) {
        let history = self.histories.entry(name).or_default();
        let first = Writable { identity: Identity::of(stat), content, mapped };
        if history.writable.is_none() {
            self.writable.entry(first.identity.inode).or_default().push(name);
        }
        let writable = history.writable.get_or_insert(first);
        writable.mapped |= mapped;
        writable.content = writable.content.or(content);
    }

    /// Whether a path that a process uses leads us to the same file.
    pub(super) fn means_the_same_here(
        &mut self,
        stopped: &Stopped<'_>,
        name: NameId,
        stat: &Stat,
    ) -> bool {
        if !self.draft(stopped).elsewhere {
            return true;
        }
        let here = rustix::fs::stat(&**self.names.get(name));
        here.is_ok_and(|here| inode(&here) == inode(stat))
    }
}

/// What is behind a descriptor.
#[derive(Debug)]
pub(super) struct Look {
    place: Place,
    pub(super) name: NameId,
    pub(super) stat: Stat,
    /// Keeps `place` leading to the file, where the step could change what the number means.
    _pin: Option<OwnedFd>,
}

/// A descriptor's file without opening it: only to be read from at given places, so that its offset stays, and closed at
/// once, so that its locks go when they should.
pub(super) fn duplicate(process: i32, fd: i32) -> Result<OwnedFd, Errno> {
    let pid = Pid::from_raw(process).ok_or(Errno::SRCH)?;
    pidfd_getfd(pidfd_open(pid, PidfdFlags::empty())?, fd, PidfdGetfdFlags::empty())
}

/// Whether a file is in the state that was looked at: it may be another one by now.
fn is_still(file: &OwnedFd, stat: &Stat) -> bool {
    rustix::fs::fstat(file).is_ok_and(|now| Identity::of(&now) == Identity::of(stat))
}

/// Whether a file is a `status` of proc(5), the only kind that tells where a thread may run, wherever `/proc` is mounted.
fn tells_processors(link: &[u8], stat: &Stat) -> bool {
    link.ends_with(b"/status") && stat.st_size == 0
}

/// The kernel marks the paths of removed files with ` (deleted)`, which could be part of a name too: the link count tells.
/// Files in memory, which never had a name, keep it.
pub(super) fn without_mark<'a>(link: &'a [u8], stat: &Stat) -> &'a [u8] {
    match link.strip_suffix(b" (deleted)") {
        Some(path) if stat.st_nlink == 0 && !link.starts_with(b"/memfd:") => path,
        _ => link,
    }
}
