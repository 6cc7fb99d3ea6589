//! Reads events back from lines of JSON, so that a saved file can be judged later.
//! Takes what `render` writes; what is missing is absent, empty or false. Fields nobody knows are passed over.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value as Json};

use super::argument::{Argument, Value};
use super::descriptor::{Descriptor, DescriptorKind, Ends, Protocol};
use super::event::{Ancestors, Event, OpenUse, Source};
use super::process::{Account, Capabilities, Executable, Process};
use super::time::parse_time;

/// An event that outlives its moment.
#[derive(Debug, Clone)]
pub struct SavedEvent {
    number: u64,
    time: SystemTime,
    kind: String,
    result: Option<i64>,
    thread: i64,
    arguments: Vec<Argument>,
    line: String,
    open: OpenUse,
    process: Process,
    ancestors: Vec<Process>,
    session_name: String,
    descriptor: Option<Descriptor>,
}

impl SavedEvent {
    /// The event.
    #[must_use]
    pub fn event(&self) -> Event<'_> {
        Event {
            number: self.number,
            time: self.time,
            kind: &self.kind,
            result: self.result,
            thread: self.thread,
            arguments: &self.arguments,
            line: Some(&self.line),
            open: self.open,
            process: &self.process,
            ancestors: Ancestors(Source::Saved(&self.ancestors)),
            session_name: &self.session_name,
            descriptor: self.descriptor.as_ref(),
            revision: None,
        }
    }
}

/// Reads one line; the error says which field is missing or of the wrong kind.
pub fn read_event(line: &str) -> Result<SavedEvent, String> {
    let json: Json = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let fields = Fields(json.as_object().ok_or("not a JSON object")?);
    let time = fields.text("evt.time")?;
    Ok(SavedEvent {
        number: fields.number("evt.num")?,
        time: parse_time(&time)
            .ok_or("`evt.time` is no time of RFC 3339 to the nanosecond in UTC")?,
        kind: fields.text("evt.type")?,
        result: fields.optional_number("evt.rawres")?,
        thread: fields.number("thread.tid")?,
        arguments: fields.arguments()?,
        line: fields.text("evt.args").unwrap_or_default(),
        open: OpenUse {
            read: fields.truth("evt.is_open_read"),
            write: fields.truth("evt.is_open_write"),
            exec: fields.truth("evt.is_open_exec"),
            create: fields.truth("evt.is_open_create"),
        },
        process: fields.process()?,
        ancestors: fields.ancestors()?,
        session_name: fields.text_or_empty("proc.sname"),
        descriptor: fields.descriptor()?,
    })
}

/// The fields of a line.
struct Fields<'a>(&'a Map<String, Json>);

impl Fields<'_> {
    fn text(&self, name: &str) -> Result<String, String> {
        let text = self.0.get(name).and_then(Json::as_str);
        text.map(str::to_owned).ok_or_else(|| format!("`{name}` is missing or not a string"))
    }

    fn text_or_empty(&self, name: &str) -> String {
        self.text(name).unwrap_or_default()
    }

    fn shared(&self, name: &str) -> Arc<str> {
        self.0.get(name).and_then(Json::as_str).unwrap_or_default().into()
    }

    fn truth(&self, name: &str) -> bool {
        self.0.get(name).and_then(Json::as_bool).unwrap_or(false)
    }

    fn number<N: TryFrom<i128>>(&self, name: &str) -> Result<N, String> {
        self.optional_number(name)?.ok_or_else(|| format!("`{name}` is missing"))
    }

    fn optional_number<N: TryFrom<i128>>(&self, name: &str) -> Result<Option<N>, String> {
        let Some(json) = self.0.get(name) else { return Ok(None) };
        let number = json.as_number().and_then(|number| number.to_string().parse::<i128>().ok());
        let number = number.and_then(|number| N::try_from(number).ok());
        number.map(Some).ok_or_else(|| format!("`{name}` is not a whole number in range"))
    }

    fn arguments(&self) -> Result<Vec<Argument>, String> {
        let Some(arguments) = self.0.get("evt.arg").and_then(Json::as_object) else {
            return Ok(Vec::new());
        };
        let argument = |(name, text): (&String, &Json)| {
            let text = text.as_str().ok_or_else(|| format!("`evt.arg.{name}` is not a string"))?;
            Ok(Argument { name: Cow::Owned(name.clone()), value: Value::Saved(text.to_owned()) })
        };
        arguments.iter().map(argument).collect()
    }

    fn process(&self) -> Result<Process, String> {
        let directory = self.text_or_empty("proc.cwd");
        let directory =
            if directory.len() > 1 { directory.trim_end_matches('/') } else { &directory };
        let name = self.shared("proc.name");
        let login: i64 = self.number("user.loginuid")?;
        Ok(Process {
            pid: self.number("proc.pid")?,
            virtual_pid: self.number("proc.vpid")?,
            parent: self.number("proc.ppid")?,
            started: SystemTime::UNIX_EPOCH + Duration::from_nanos(self.number("proc.pid.ts")?),
            args: self.args("proc.cmdline", &name),
            name,
            exe: self.shared("proc.exe"),
            dotted_args: "".into(),
            exepath: self.shared("proc.exepath"),
            directory: directory.into(),
            tty: self.number("proc.tty")?,
            session: self.number("proc.sid")?,
            group: self.number("proc.pgid")?,
            virtual_group: self.number("proc.vpgid")?,
            user: Account { id: self.number("user.uid")?, name: self.shared("user.name") },
            user_group: Account { id: self.number("group.gid")?, name: self.shared("group.name") },
            login: Account {
                id: u32::try_from(login).unwrap_or(u32::MAX),
                name: self.shared("user.loginname"),
            },
            capabilities: Capabilities {
                inheritable: self.capabilities("thread.cap_inheritable")?,
                permitted: self.capabilities("thread.cap_permitted")?,
                effective: self.capabilities("thread.cap_effective")?,
            },
            executable: Executable {
                inode: self.number("proc.exe_ino")?,
                changed: self.number("proc.exe_ino.ctime")?,
                modified: self.number("proc.exe_ino.mtime")?,
                writable: self.truth("proc.is_exe_writable"),
                upper_layer: self.truth("proc.is_exe_upper_layer"),
                from_memfd: self.truth("proc.is_exe_from_memfd"),
            },
            makes_namespaces: false,
        })
    }

    fn capabilities(&self, name: &str) -> Result<u64, String> {
        let Ok(text) = self.text(name) else { return Ok(0) };
        let set = text.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
        set.ok_or_else(|| format!("`{name}` is no set of bits in hexadecimal digits"))
    }

    /// Ancestors, with the few things a line has of them.
    fn ancestors(&self) -> Result<Vec<Process>, String> {
        let list =
            |name: &str| self.0.get(name).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let names = list("proc.aname");
        let text = |list: &[Json], index: usize| -> Arc<str> {
            list.get(index).and_then(Json::as_str).unwrap_or_default().into()
        };
        let (exes, paths, pids) = (list("proc.aexe"), list("proc.aexepath"), list("proc.apid"));
        let mut ancestors = Vec::with_capacity(names.len());
        for index in 0..names.len() {
            ancestors.push(Process {
                pid: pids
                    .get(index)
                    .and_then(Json::as_i64)
                    .ok_or("`proc.apid` and `proc.aname` differ in length")?,
                name: text(names, index),
                exe: text(exes, index),
                exepath: text(paths, index),
                args: if index == 0 {
                    self.args("proc.pcmdline", &text(names, 0))
                } else {
                    "".into()
                },
                ..nobody()
            });
        }
        Ok(ancestors)
    }

    /// The words of a command line after the name it begins with.
    fn args(&self, line: &str, name: &str) -> Arc<str> {
        let line = self.text_or_empty(line);
        let args = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
        args.unwrap_or_default().into()
    }

    fn descriptor(&self) -> Result<Option<Descriptor>, String> {
        let Some(number) = self.optional_number("fd.num")? else { return Ok(None) };
        let (client, server) = (self.end("fd.cip", "fd.cport")?, self.end("fd.sip", "fd.sport")?);
        let kind = DescriptorKind::from_name(&self.text_or_empty("fd.type"));
        let mut descriptor = Descriptor::new(number, kind, self.text_or_empty("fd.name"));
        descriptor.raw_name = self.text_or_empty("fd.nameraw");
        descriptor.real_path = self.text("fd.realpath").ok();
        descriptor.name_changed = self.truth("fd.name_changed");
        let is_server = self.truth("fd.is_server");
        let (local, remote) = if is_server { (server, client) } else { (client, server) };
        descriptor.ends = Ends {
            protocol: Protocol::from_name(&self.text_or_empty("fd.l4proto")),
            server: is_server,
            connected: self.truth("fd.connected"),
            local: self.end("fd.lip", "fd.lport")?.or(local),
            remote: self.end("fd.rip", "fd.rport")?.or(remote),
        };
        Ok(Some(descriptor))
    }

    fn end(&self, ip: &str, port: &str) -> Result<Option<SocketAddr>, String> {
        let Ok(text) = self.text(ip) else { return Ok(None) };
        let address: IpAddr = text.parse().map_err(|_| format!("`{ip}` is no address"))?;
        Ok(Some(SocketAddr::new(address, self.number(port)?)))
    }
}

/// A process of which nothing is known.
pub(super) fn nobody() -> Process {
    let nothing: Arc<str> = "".into();
    let account = Account { id: u32::MAX, name: nothing.clone() };
    Process {
        pid: 0,
        virtual_pid: 0,
        parent: 0,
        started: SystemTime::UNIX_EPOCH,
        name: nothing.clone(),
        exe: nothing.clone(),
        args: nothing.clone(),
        dotted_args: nothing.clone(),
        exepath: nothing.clone(),
        directory: nothing,
        tty: 0,
        session: 0,
        group: 0,
        virtual_group: 0,
        user: account.clone(),
        user_group: account.clone(),
        login: account,
        capabilities: Capabilities::default(),
        executable: Executable::default(),
        makes_namespaces: false,
    }
}

#[cfg(test)]
#[path = "reading_test.rs"]
mod tests;
