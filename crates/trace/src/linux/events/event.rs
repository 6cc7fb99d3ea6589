//! One finished system call in Falco's terms: what happened, by whom, on what.
//! Borrows everything and renders nothing until asked. Made by `EventStream` and by `SavedEvent`, taken by a `Sink`.

use std::io;
use std::time::SystemTime;

use super::argument::{Argument, errno_name};
use super::descriptor::Descriptor;
use super::process::Process;
use super::process_table::ProcessTable;

/// A finished system call, or the end of a thread.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// `evt.num`: counts from one.
    pub number: u64,
    /// `evt.time`.
    pub time: SystemTime,
    /// `evt.type`: the name of the call, or `procexit`.
    pub kind: &'a str,
    /// `evt.rawres`: what the call returned; `procexit` returns nothing.
    pub result: Option<i64>,
    /// `thread.tid`.
    pub thread: i64,
    /// Its arguments, in the order of Falco's table of events.
    pub arguments: &'a [Argument],
    /// `evt.args` as it was written, for an event that was read back.
    pub line: Option<&'a str>,
    /// What an open was for; nothing for other calls.
    pub open: OpenUse,
    /// Whose thread made the call.
    pub process: &'a Process,
    /// Parent, grandparent and so on.
    pub ancestors: Ancestors<'a>,
    /// `proc.sname`: the leader of the session, or the eldest known ancestor in it.
    pub session_name: &'a str,
    /// The descriptor the call made or used.
    pub descriptor: Option<&'a Descriptor>,
    /// As long as this is the same, so is all that is told of that process and its ancestors; `None` is never the same.
    pub(super) revision: Option<u64>,
}

/// `evt.is_open_read`, `evt.is_open_write`, `evt.is_open_exec` and `evt.is_open_create`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four fields of Falco that are true or false")]
pub struct OpenUse {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// Creates a file that may be executed, if there is none.
    pub exec: bool,
    /// Is known to have created a file.
    pub create: bool,
}

impl<'a> Event<'a> {
    /// `evt.res`: `SUCCESS` or the name of the error.
    #[must_use]
    pub fn outcome(&self) -> Option<&'static str> {
        self.result.map(|result| if result < 0 { errno_name(result) } else { "SUCCESS" })
    }

    /// `evt.arg.NAME`.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&'a Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    /// `evt.args`: each argument as `name=value`, or `name=value(meaning)`.
    pub fn write_arguments(&self, out: &mut String) {
        if let Some(line) = self.line {
            out.push_str(line);
            return;
        }
        for (index, argument) in self.arguments.iter().enumerate() {
            if index > 0 {
                out.push(' ');
            }
            out.push_str(&argument.name);
            out.push('=');
            argument.value.write_with_meaning(out);
        }
    }

    /// `proc.env`: what the process was started with, each entry ending in a NUL. Only while the event is being taken: it is
    /// read from the process, which stands still until then, and is kept nowhere.
    pub fn environment(&self) -> io::Result<Vec<u8>> {
        match self.ancestors.0 {
            Source::Table { .. } => std::fs::read(format!("/proc/{}/environ", self.process.pid)),
            Source::Saved(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

/// Parent, grandparent and so on, as far as they are known.
#[derive(Debug, Clone)]
pub struct Ancestors<'a>(pub(super) Source<'a>);

#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    Table { table: &'a ProcessTable, next: Option<super::process_table::Key> },
    Saved(&'a [Process]),
}

impl<'a> Iterator for Ancestors<'a> {
    type Item = &'a Process;

    fn next(&mut self) -> Option<&'a Process> {
        match &mut self.0 {
            Source::Table { table, next } => {
                let (process, parent) = table.entry((*next)?)?;
                *next = parent;
                Some(process)
            }
            Source::Saved(processes) => {
                let (first, rest) = processes.split_first()?;
                *processes = rest;
                Some(first)
            }
        }
    }
}
