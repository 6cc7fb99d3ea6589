//! An event as a line of JSON: a flat object with Falco's names of fields.
//! Leaves out what is absent, empty or false. Read back by `reading`; documented in docs/trace-events.md.

use std::fmt::Write;
use std::time::SystemTime;

use super::descriptor::Descriptor;
use super::event::Event;
use super::json::{Object, write_string};
use super::time::write_time;

/// Writes events as lines.
#[derive(Debug, Default)]
pub(super) struct LineWriter {
    /// The process of the last event, and what was written of it: mostly one process causes many events in turn.
    process: Option<(i64, u64)>,
    fragment: String,
}

impl LineWriter {
    /// Appends the event and a line feed.
    pub(super) fn write(&mut self, event: &Event<'_>, out: &mut String) {
        let mut object = Object::begin(out);
        write_event(event, &mut object);
        object.number("proc.duration", event.process.duration(event.time));
        let process = event.revision.map(|revision| (event.process.pid, revision));
        if process.is_none() || process != self.process {
            self.process = process;
            self.fragment.clear();
            write_process(event, &mut self.fragment);
        }
        object.out.push_str(&self.fragment);
        if let Some(descriptor) = event.descriptor {
            write_descriptor(descriptor, &mut object);
        }
        object.end();
        out.push('\n');
    }
}

fn write_event(event: &Event<'_>, object: &mut Object<'_>) {
    object.number("evt.num", event.number);
    object.key("evt.time");
    object.out.push('"');
    write_time(event.time, object.out);
    object.out.push('"');
    object.text("evt.type", event.kind);
    if let (Some(outcome), Some(result)) = (event.outcome(), event.result) {
        object.text("evt.res", outcome);
        object.number("evt.rawres", result);
    }
    let mut line = String::new();
    event.write_arguments(&mut line);
    object.text("evt.args", &line);
    object.key("evt.arg");
    let mut arguments = Object::begin(object.out);
    for argument in event.arguments {
        arguments.key(&argument.name);
        write_string(&argument.value.text(), arguments.out);
    }
    arguments.end();
    object.truth("evt.is_open_read", event.open.read);
    object.truth("evt.is_open_write", event.open.write);
    object.truth("evt.is_open_exec", event.open.exec);
    object.truth("evt.is_open_create", event.open.create);
    object.number("thread.tid", event.thread);
}

/// Members for the middle of an object.
fn write_process(event: &Event<'_>, out: &mut String) {
    let object = &mut Object { out, is_empty: false };
    let process = event.process;
    object.text("proc.name", &process.name);
    object.number("proc.pid", process.pid);
    object.number("proc.vpid", process.virtual_pid);
    object.number("proc.ppid", process.parent);
    object.text("proc.exe", &process.exe);
    // `proc.args` is in it, and may be 4 kB long.
    object.text("proc.cmdline", &process.command_line());
    object.text("proc.exepath", &process.exepath);
    object.text("proc.cwd", &process.cwd());
    object.number("proc.tty", process.tty);
    object.number("proc.sid", process.session);
    object.number("proc.pgid", process.group);
    object.number("proc.vpgid", process.virtual_group);
    object.truth("proc.is_vpgid_leader", process.leads_group());
    object.truth("proc.is_sid_leader", process.leads_session());
    object.number("proc.pid.ts", nanoseconds(process.started));
    let executable = &process.executable;
    object.truth("proc.is_exe_writable", executable.writable);
    object.truth("proc.is_exe_upper_layer", executable.upper_layer);
    object.truth("proc.is_exe_from_memfd", executable.from_memfd);
    object.number("proc.exe_ino", executable.inode);
    object.number("proc.exe_ino.ctime", executable.changed);
    object.number("proc.exe_ino.mtime", executable.modified);
    if let Some(age) = process.age_of_executable() {
        object.number("proc.exe_ino.ctime_duration_proc_start", age);
    }
    object.number("user.uid", process.user.id);
    object.text("user.name", &process.user.name);
    let login = i64::from(process.login.id);
    object.number("user.loginuid", if process.login.id == u32::MAX { -1 } else { login });
    object.text("user.loginname", &process.login.name);
    object.number("group.gid", process.user_group.id);
    object.text("group.name", &process.user_group.name);
    let capabilities = &process.capabilities;
    // Names would be as long as the rest of the line.
    for (key, set) in [
        ("thread.cap_effective", capabilities.effective),
        ("thread.cap_permitted", capabilities.permitted),
        ("thread.cap_inheritable", capabilities.inheritable),
    ] {
        if set != 0 {
            object.text(key, &format!("0x{set:x}"));
        }
    }
    object.text("proc.sname", event.session_name);
    write_ancestors(event, object);
}

fn write_ancestors(event: &Event<'_>, object: &mut Object<'_>) {
    if let Some(parent) = event.ancestors.clone().next() {
        object.text("proc.pname", &parent.name);
        object.text("proc.pexe", &parent.exe);
        object.text("proc.pexepath", &parent.exepath);
        object.text("proc.pcmdline", &parent.command_line());
    }
    let ancestors = || event.ancestors.clone();
    object.list("proc.aname", ancestors(), |process, out| write_string(&process.name, out));
    object.list("proc.aexe", ancestors(), |process, out| write_string(&process.exe, out));
    object.list("proc.aexepath", ancestors(), |process, out| write_string(&process.exepath, out));
    object.list("proc.apid", ancestors(), |process, out| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{}", process.pid);
    });
}

fn write_descriptor(descriptor: &Descriptor, object: &mut Object<'_>) {
    object.number("fd.num", descriptor.number);
    object.text("fd.type", descriptor.kind.name());
    let mut character = [0; 4];
    object.text("fd.typechar", descriptor.kind.character().encode_utf8(&mut character));
    object.text("fd.name", &descriptor.name);
    object.text("fd.nameraw", &descriptor.raw_name);
    object.text("fd.realpath", descriptor.real_path.as_deref().unwrap_or_default());
    object.text("fd.directory", descriptor.directory().unwrap_or_default());
    object.text("fd.filename", descriptor.filename().unwrap_or_default());
    object.text("fd.sockfamily", descriptor.family().unwrap_or_default());
    object.text("fd.l4proto", descriptor.ends.protocol.map_or("", |protocol| protocol.name()));
    object.end_of_socket("fd.cip", "fd.cport", descriptor.client());
    object.end_of_socket("fd.sip", "fd.sport", descriptor.server());
    if descriptor.client().is_some() || !descriptor.ends.server {
        object.end_of_socket("fd.lip", "fd.lport", descriptor.ends.local);
    }
    object.end_of_socket("fd.rip", "fd.rport", descriptor.ends.remote);
    object.truth("fd.is_server", descriptor.ends.server);
    object.truth("fd.connected", descriptor.ends.connected);
    object.truth("fd.name_changed", descriptor.name_changed);
}

pub(super) fn nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}
