//! What an event is about: the descriptor it made or used, the address it named, and what an open was for.
//! Finds out what `signatures` says is to be found out, after the call has returned. Used by `decoding`.

use super::decoding::Scene;
use super::descriptor::{Descriptor, DescriptorKind};
use super::event::OpenUse;
use super::flags::{
    O_CREAT, O_DIRECTORY, O_EXCL, O_F_CREATED, O_RDONLY, O_TMPFILE, O_WRONLY, open_flags,
};
use super::lookup::without_deleted;
use super::signatures::About;
use super::socket::Address;
use super::text::whole_path;
use crate::linux::observer::Tid;
use crate::linux::syscall::{Abi, Syscall};

/// An open with these creates a file, or fails.
const CREATES: u32 = O_CREAT | O_EXCL;

/// What an event is about.
#[derive(Debug, Default)]
pub(super) struct Subject {
    pub(super) descriptor: Option<Descriptor>,
    pub(super) address: Option<Address>,
    /// The ends of a connection or of a datagram, source first.
    pub(super) tuple: Option<String>,
    pub(super) open: OpenUse,
    /// The path of an open, read once.
    pub(super) path: Option<String>,
}

impl Scene<'_> {
    pub(super) fn subject(&mut self, about: About) -> Subject {
        match about {
            About::Nothing => Subject::default(),
            About::Opened { path, directory } => self.opened(path, directory),
            About::Made(used) => self.made(used),
            About::Used(argument) => Subject {
                descriptor: self.descriptor(self.call.int(argument)),
                ..Subject::default()
            },
            About::Socket(argument) => self.socket(argument),
            About::Connected => self.connected(),
            About::Datagram => self.datagram(),
        }
    }

    fn opened(&mut self, path: usize, directory: Option<usize>) -> Subject {
        let given = self.text(self.call.args[path], 4096);
        let (flags, mode) = self.open_flags();
        let mut open = OpenUse::default();
        if self.call.syscall == Syscall::Creat {
            // Falco asks creat(2) only whether what it creates may be executed.
            open.exec = mode & 0o111 != 0;
        } else {
            open.read = flags & O_RDONLY != 0;
            open.write = flags & O_WRONLY != 0;
            open.exec = flags & (O_CREAT | O_TMPFILE) != 0 && mode & 0o111 != 0;
            open.create = self.result >= 0 && flags & (O_F_CREATED | O_TMPFILE) != 0;
        }
        let name = given.as_deref().map(|given| whole_path(&self.base(directory, given), given));
        let mut subject = Subject { open, ..Subject::default() };
        let mut descriptor =
            Descriptor::new(self.result.max(-1), DescriptorKind::Unknown, name.unwrap_or_default());
        descriptor.raw_name = given.clone().unwrap_or_default();
        if self.result >= 0 {
            // As in Falco, what was asked for decides, not what was found: a second look would cost as much as the first.
            let is_directory = flags & O_DIRECTORY != 0;
            descriptor.kind =
                if is_directory { DescriptorKind::Directory } else { DescriptorKind::File };
            descriptor.name_changed = true;
        }
        subject.path = given;
        subject.descriptor = Some(descriptor);
        subject
    }

    /// Finds where following links led an open.
    pub(super) fn follow_links(&self, subject: &mut Subject) {
        let Some(descriptor) = subject.descriptor.as_mut().filter(|_| self.result >= 0) else {
            return;
        };
        let place = format!("fd/{}", self.result);
        let real = self.files.link(self.stopped.process, &place).map(without_deleted);
        descriptor.real_path = real.filter(|real| *real != descriptor.name);
    }

    /// The flags of an open in Falco's numbers, and the mode a new file would get.
    pub(super) fn open_flags(&self) -> (u32, u32) {
        let args = self.call.args;
        let (flags, mode) = match self.call.syscall {
            Syscall::Open => (args[1], args[2]),
            Syscall::Openat => (args[2], args[3]),
            Syscall::Openat2 => self.how().map_or((0, 0), |how| (how[0], how[1])),
            Syscall::OpenByHandleAt => (args[2], 0),
            _ => return (0, (args[1] & 0o7777) as u32),
        };
        let mut flags = open_flags(flags);
        if self.result >= 0 && flags & CREATES == CREATES {
            flags |= O_F_CREATED;
        }
        let mode = if flags & (O_CREAT | O_TMPFILE) == 0 { 0 } else { mode & 0o7777 };
        (flags, mode as u32)
    }

    fn made(&mut self, used: Option<usize>) -> Subject {
        let number = match used {
            _ if self.result >= 0 => self.result as i32,
            Some(argument) => self.call.int(argument),
            None => return Subject::default(),
        };
        if self.result < 0 || !matches!(self.call.syscall, Syscall::Accept | Syscall::Accept4) {
            let mut descriptor = self.descriptor(number);
            if let (Syscall::Socket, Some(descriptor)) = (self.call.syscall, &mut descriptor) {
                // It has no end yet, whatever its family has for "none".
                descriptor.name.clear();
            }
            return Subject { descriptor, ..Subject::default() };
        }
        let Some((socket, mut descriptor)) =
            self.lookup.socket_descriptor(self.files, self.stopped.process, number)
        else {
            return Subject::default();
        };
        descriptor.ends.server = true;
        descriptor.name_changed = true;
        if let Some(remote) = descriptor.ends.remote {
            descriptor.ends.protocol = socket.protocol;
            self.lookup.remember(socket.inode, true, descriptor.ends.local, remote);
            descriptor.name_ends();
        }
        Subject {
            tuple: Some(descriptor.name.clone()),
            descriptor: Some(descriptor),
            ..Subject::default()
        }
    }

    /// What a relative path of an argument begins at.
    pub(super) fn base(&mut self, directory: Option<usize>, given: &str) -> String {
        match directory.map(|argument| self.call.int(argument)) {
            Some(number) if number >= 0 && !given.starts_with('/') => {
                self.descriptor(number).map(|descriptor| descriptor.name).unwrap_or_default()
            }
            _ => self.process.directory.to_string(),
        }
    }

    /// What a descriptor of the process stands for; negative numbers for nothing.
    pub(super) fn descriptor(&mut self, number: i32) -> Option<Descriptor> {
        let process: Tid = self.stopped.process;
        if number < 0 { None } else { self.lookup.descriptor(self.files, process, number) }
    }

    /// `struct open_how` of openat2(2): flags, mode, resolve; 64 bits each in every ABI.
    pub(super) fn how(&self) -> Option<[u64; 3]> {
        let words = self.stopped.memory.words(self.call.args[2], 3, Abi::X86_64).ok()?;
        words.try_into().ok()
    }
}
