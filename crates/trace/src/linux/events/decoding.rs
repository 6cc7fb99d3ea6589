//! The arguments of a call that has returned, as Falco's table of events lists them.
//! Reads the memory of the stopped thread; changes nothing but what `lookup` remembers. Used by `EventStream`.

use std::borrow::Cow;

use super::accounts::Accounts;
use super::argument::{Argument, Value, errno_name};
use super::descriptor::Descriptor;
use super::flags::{self, MODE, OPEN, RESOLVE};
use super::lookup::Lookup;
use super::process::Process;
use super::process_files::ProcessFiles;
use super::process_table::ProcessTable;
use super::signatures::{Signature, Source};
use super::subject::Subject;
use super::text::{text_of, whole_path};
use crate::linux::observer::{Call, Stopped};

/// A call that has returned, and what helps to understand it.
pub(super) struct Scene<'a> {
    pub(super) stopped: &'a Stopped<'a>,
    pub(super) call: &'a Call,
    pub(super) result: i64,
    pub(super) process: &'a Process,
    pub(super) table: &'a ProcessTable,
    pub(super) accounts: &'a Accounts,
    pub(super) files: &'a ProcessFiles,
    pub(super) lookup: &'a mut Lookup,
}

impl Scene<'_> {
    /// Puts the arguments of a call about `subject` into `into`.
    pub(super) fn decode(
        &mut self,
        signature: &Signature,
        subject: &mut Subject,
        into: &mut Vec<Argument>,
    ) {
        for &(name, source) in signature.parameters {
            let value = self.value(source, subject);
            into.push(Argument { name: Cow::Borrowed(name), value });
        }
    }

    fn value(&mut self, source: Source, subject: &mut Subject) -> Value {
        let args = self.call.args;
        match source {
            Source::Result => Value::Result(self.result),
            Source::NewDescriptor => self.descriptor_value(self.result, subject),
            Source::Descriptor(argument) => {
                self.descriptor_value(i64::from(self.call.int(argument)), subject)
            }
            Source::Path(argument) => self.path(None, argument, subject),
            Source::PathAt(directory, argument) => self.path(Some(directory), argument, subject),
            Source::Text(argument) => {
                self.text(args[argument], 4096).map_or(Value::Absent, Value::Text)
            }
            Source::OpenFlags => Value::Flags(self.open_flags().0, OPEN),
            Source::OpenMode => Value::Octal(self.open_flags().1),
            Source::Resolve => {
                let resolve = self.how().map(|how| flags::resolve_flags(how[2]));
                resolve.map_or(Value::Absent, |bits| Value::Flags(bits, RESOLVE))
            }
            Source::Flags(argument, names, number) => {
                Value::Flags(number(args[argument] & 0xffff_ffff), names)
            }
            Source::Choice(argument, names, number) => {
                Value::Choice(number(args[argument] & 0xffff_ffff), names)
            }
            Source::Mode(argument) => Value::Mode((args[argument] & 0o7777) as u32, MODE),
            Source::Octal(argument) => Value::Octal((args[argument] & 0o7777) as u32),
            Source::Signed(argument) => Value::Number(i64::from(self.call.int(argument))),
            Source::Unsigned(argument) => Value::Unsigned(args[argument] & 0xffff_ffff),
            Source::Hexadecimal(argument) => Value::Hexadecimal(args[argument]),
            Source::User(argument) => {
                let id = args[argument] as u32;
                Value::Account(id, self.accounts.user_argument(id))
            }
            Source::Group(argument) => {
                let id = args[argument] as u32;
                Value::Account(id, self.accounts.group_argument(id))
            }
            Source::Process(argument) => self.process_value(self.call.int(argument)),
            Source::Address => subject
                .address
                .as_ref()
                .map_or(Value::Absent, |address| Value::Text(address.text())),
            Source::Tuple => {
                Value::Text(subject.tuple.clone().unwrap_or_else(|| "NULL".to_owned()))
            }
            Source::Absent => Value::Absent,
        }
    }

    /// `<f>/etc/passwd`; a negative number is an error, or the working directory.
    fn descriptor_value(&mut self, number: i64, subject: &Subject) -> Value {
        let known = subject.descriptor.as_ref().filter(|descriptor| descriptor.number == number);
        let meaning = match (number, known) {
            (_, Some(descriptor)) if number >= 0 => descriptor.meaning(),
            (0.., _) => {
                self.descriptor(number as i32).as_ref().map(Descriptor::meaning).unwrap_or_default()
            }
            (number, _) if number == i64::from(libc::AT_FDCWD) => "AT_FDCWD".to_owned(),
            _ => errno_name(number).to_owned(),
        };
        Value::Descriptor(number, meaning)
    }

    fn path(&mut self, directory: Option<usize>, argument: usize, subject: &mut Subject) -> Value {
        if let Some(given) = subject.path.take() {
            let whole = subject.descriptor.as_ref().map(|descriptor| descriptor.name.clone());
            let whole = whole.filter(|whole| *whole != given);
            return Value::Path(given, whole);
        }
        let Some(given) = self.text(self.call.args[argument], 4096) else { return Value::Absent };
        let whole = whole_path(&self.base(directory, &given), &given);
        let whole = (whole != given).then_some(whole);
        Value::Path(given, whole)
    }

    /// A string of the process; `None` when it cannot be read.
    pub(super) fn text(&self, place: u64, limit: usize) -> Option<String> {
        self.stopped.memory.c_string(place, limit).ok().map(text_of)
    }

    fn process_value(&self, pid: i32) -> Value {
        let known = self.table.of_thread(pid).and_then(|key| self.table.process(key));
        Value::Process(
            i64::from(pid),
            known.map_or_else(|| "".into(), |process| process.name.clone()),
        )
    }
}
