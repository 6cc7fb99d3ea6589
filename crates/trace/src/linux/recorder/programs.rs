//! Programs run: what was asked for, what the kernel ran, with which arguments, as whom.
//! Part of the recorder.

use rustix::fs::Stat;

use super::draft::{ExecutionDraft, NameId};
use super::{Pending, Recorder};
use crate::linux::contents::ContentId;
use crate::linux::identity::inode;
use crate::linux::observer::{BirthKind, Call, Stopped, Verdict};
use crate::linux::path::PATH_LIMIT;
use crate::linux::proc_fs::{LINK_LIMIT, Place, auxiliary};
use crate::linux::record::Subject;
use crate::linux::syscall::Syscall;

/// Arguments kept of one execution. The kernel takes up to three quarters of the stack limit, 6 MiB by default (execve(2)).
const ARGUMENTS_LIMIT: usize = 2 * 1024 * 1024;
/// Arguments kept of a whole step before those of further executions are cut short.
const ALL_ARGUMENTS: usize = 64 * 1024 * 1024;
/// What is kept of each then.
const SHORT: usize = 4096;
/// `TASK_COMM_LEN` without its NUL.
const COMM: usize = 15;

/// A program that has been asked for.
#[derive(Debug)]
pub(super) struct Request {
    program: Vec<u8>,
    /// It was named by a descriptor alone.
    by_descriptor: bool,
}

impl Recorder {
    /// Before a program runs, while the path can still be read.
    pub(super) fn executing(&mut self, stopped: &Stopped<'_>, call: &Call) -> Verdict {
        let (dirfd, address) = match call.syscall {
            Syscall::Execveat => (call.int(0), call.args[1]),
            _ => (libc::AT_FDCWD, call.args[0]),
        };
        let path = stopped.memory.c_string(address, PATH_LIMIT).unwrap_or_default();
        let by_descriptor = path.is_empty() && call.syscall == Syscall::Execveat;
        let program = if dirfd == libc::AT_FDCWD {
            path
        } else {
            self.viewpoint(stopped).lexical(dirfd, &path)
        };
        self.pending.insert(stopped.tid, Pending::Execute(Request { program, by_descriptor }));
        Verdict::Watch
    }

    /// It does not run.
    pub(super) fn not_executed(
        &mut self,
        stopped: &Stopped<'_>,
        call: &Call,
        request: &Request,
        result: i64,
    ) {
        let program = self.viewpoint(stopped).lexical(libc::AT_FDCWD, &request.program);
        self.attempt(stopped, call.syscall, Subject::Path(program), result);
    }

    /// It runs, and has not executed an instruction yet.
    pub(super) fn program_runs(&mut self, stopped: &Stopped<'_>, request: Option<Request>) {
        let tid = stopped.tid;
        self.check_mounts(stopped);
        let cwd = self.proc_fs.owned_link(&Place::of(tid, "cwd")).unwrap_or_default();
        let cwd = self.names.id(&cwd);
        let request = request.unwrap_or_else(|| Request {
            program: self.program_named(stopped),
            by_descriptor: false,
        });
        let (exe, stat) = self.binary(stopped);
        let exe_content = stat.as_ref().map(|stat| self.binary_content(stopped, stat));
        if let (Some(stat), Some(content)) = (&stat, exe_content) {
            self.executed_file(stopped, exe, stat, content);
            self.note_privileges(stopped, stat);
        }
        let program_content =
            self.program_content(stopped, &request, (exe, stat.as_ref()), exe_content);
        let (arguments, arguments_cut) = self.arguments(stopped);
        let comm = self.comm(stopped, &request);
        let index = self.index_of(stopped);
        let execution = self.executions.len();
        self.executions.push(ExecutionDraft {
            time: stopped.time,
            program: request.program,
            program_content,
            arguments,
            arguments_cut,
            comm,
            cwd,
            exe,
            exe_content,
            owner: self.processes[index].owner,
        });
        let draft = &mut self.processes[index];
        draft.executions.push(execution);
        draft.running = Some(execution);
        if draft.birth == BirthKind::Root && draft.executions.len() == 1 {
            self.given_files(stopped);
        }
    }

    /// The binary that the kernel runs.
    fn binary(&mut self, stopped: &Stopped<'_>) -> (NameId, Option<Stat>) {
        let place = Place::of(stopped.tid, "exe");
        let mut buffer = [0; LINK_LIMIT];
        let found = self
            .proc_fs
            .stat(&place)
            .and_then(|stat| Ok((stat, self.proc_fs.link(&place, &mut buffer)?)));
        match found {
            Ok((stat, link)) => (self.names.id(link), Some(stat)),
            Err(errno) => {
                let error = crate::linux::errno::name(errno.raw_os_error());
                let reason = format!("the program that runs can't be looked at: {error}");
                self.losses.add("program", Some(stopped.process), None, &reason);
                (self.names.id(b""), None)
            }
        }
    }

    fn binary_content(&mut self, stopped: &Stopped<'_>, stat: &Stat) -> ContentId {
        if let Some(known) = self.contents.known(stat) {
            return known;
        }
        match self.proc_fs.open_file(&Place::of(stopped.tid, "exe")) {
            Ok(file) => self.contents.take(file, stat, stopped.time),
            Err(errno) => {
                let error = crate::linux::errno::name(errno.raw_os_error());
                let path =
                    self.proc_fs.owned_link(&Place::of(stopped.tid, "exe")).unwrap_or_default();
                let reason = format!("the program can't be opened: {error}");
                self.losses.add("digest", Some(stopped.process), Some(&path.into()), &reason);
                self.contents.unknown(&reason, false)
            }
        }
    }

    /// The file that was asked for, where that is not the binary: a script, whose interpreter runs. It is looked up by its path
    /// after the fact; what the interpreter then reads is digested by what it opens.
    fn program_content(
        &mut self,
        stopped: &Stopped<'_>,
        request: &Request,
        (exe_name, exe): (NameId, Option<&Stat>),
        exe_content: Option<ContentId>,
    ) -> Option<ContentId> {
        let exe = exe?;
        if request.by_descriptor {
            return exe_content;
        }
        // The kernel's name for what runs is the one that was asked for: no script, and no link either.
        if **self.names.get(exe_name) == *request.program {
            return exe_content;
        }
        let stat = self.viewpoint(stopped).stat(libc::AT_FDCWD, &request.program).ok()?;
        if inode(&stat) == inode(exe) {
            return exe_content;
        }
        let regular =
            rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::RegularFile;
        if !regular || self.draft(stopped).elsewhere {
            return None;
        }
        if let Some(known) = self.contents.known(&stat) {
            return Some(known);
        }
        let path = self.viewpoint(stopped).lexical(libc::AT_FDCWD, &request.program);
        let flags =
            rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
        let file = rustix::fs::open(path, flags, rustix::fs::Mode::empty()).ok()?;
        Some(self.contents.take(file, &stat, stopped.time))
    }

    /// credentials(7): a set-user-ID or set-group-ID program runs as its owner, if nothing forbids it.
    fn note_privileges(&mut self, stopped: &Stopped<'_>, stat: &Stat) {
        const SET_ID: u32 = 0o6000;
        if stat.st_mode & SET_ID != 0 {
            let owner = self.look_up_owner(stopped);
            let draft = self.draft(stopped);
            draft.owner = owner.or(draft.owner);
        }
    }

    /// Mounts of its own change what paths mean.
    fn check_mounts(&mut self, stopped: &Stopped<'_>) {
        let mut buffer = [0; 64];
        let theirs = self.proc_fs.link(&Place::of(stopped.tid, "ns/mnt"), &mut buffer);
        if theirs.is_ok_and(|theirs| !self.mounts.is_empty() && theirs != self.mounts) {
            self.draft(stopped).elsewhere = true;
        }
    }

    /// proc(5): the arguments as they are on the stack, each with a NUL after it.
    fn arguments(&mut self, stopped: &Stopped<'_>) -> (Vec<u8>, bool) {
        let limit = if self.argument_bytes > ALL_ARGUMENTS { SHORT } else { ARGUMENTS_LIMIT };
        let mut text =
            self.proc_fs.read(&Place::of(stopped.tid, "cmdline"), limit + 1).unwrap_or_default();
        let cut = text.len() > limit;
        if cut {
            text.truncate(limit);
            self.losses.add("arguments", Some(stopped.process), None, "longer than what is kept");
        }
        text.shrink_to_fit();
        self.argument_bytes += text.len();
        (text, cut)
    }

    /// The kernel names a thread after the file it was asked to run, a script included.
    fn comm(&mut self, stopped: &Stopped<'_>, request: &Request) -> Vec<u8> {
        if request.by_descriptor || request.program.is_empty() {
            let mut comm =
                self.proc_fs.read(&Place::of(stopped.tid, "comm"), 64).unwrap_or_default();
            comm.pop_if(|last| *last == b'\n');
            return comm;
        }
        let start =
            request.program.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        let name = &request.program[start..];
        name[..name.len().min(COMM)].to_vec()
    }

    /// What the command itself was started as: the kernel leaves the path for the program's loader (getauxval(3)).
    fn program_named(&mut self, stopped: &Stopped<'_>) -> Vec<u8> {
        let vector = self.proc_fs.read(&Place::of(stopped.tid, "auxv"), 4096).unwrap_or_default();
        let address = auxiliary(&vector, libc::AT_EXECFN);
        let named = address.and_then(|address| stopped.memory.c_string(address, PATH_LIMIT).ok());
        named.unwrap_or_else(|| {
            self.proc_fs.owned_link(&Place::of(stopped.tid, "exe")).unwrap_or_default()
        })
    }
}
