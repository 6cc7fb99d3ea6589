//! One process as JSON: who it was, what it ran and how it ended. What it did is written by `activity`.
//! Part of `render`.

use std::borrow::Cow;

use super::activity;
use super::json::{Json, hex};
use super::network;
use crate::linux::observer::{BirthKind, End};
use crate::linux::path::shown;
use crate::linux::record::{Content, Execution, Owner, ProcessRecord};

type Redact<'a> = &'a dyn Fn(&str) -> Cow<'_, str>;

/// Appends the object of a process. Members of no value are left out; the first ones are cilock's, in its order.
pub(super) fn write(json: &mut Json<'_>, process: &ProcessRecord, redact: Redact<'_>) {
    json.object(|json| {
        let own = process.executions.last();
        if let Some(execution) = own {
            path(json, "program", &execution.program);
        }
        json.key("processid").bare(process.pid);
        json.key("parentpid").bare(process.parent);
        if let Some(execution) = own {
            digest(json, "programdigest", execution.program_content.as_ref());
        }
        if let Some(execution) = own.or(process.inherited.as_ref()) {
            json.key("comm").string(&text(&execution.comm));
        }
        if let Some(execution) = own {
            json.key("cmdline").string(&redact(&cmdline(execution)));
        }
        if let Some(execution) = own.or(process.inherited.as_ref()) {
            digest(json, "exedigest", execution.exe_content.as_ref());
        }
        activity::files(json, process);
        network::network(json, process);
        activity::file_operations(json, process);
        activity::calls(json, process);
        end(json, process);
        identity(json, process, redact);
        if process.executions.len() > 1 {
            json.key("executions").array(|json| {
                for one in &process.executions {
                    execution(json, one, redact);
                }
            });
        }
        activity::further(json, process);
    });
}

/// cilock's exit code, which has 128 added to a signal.
fn end(json: &mut Json<'_>, process: &ProcessRecord) {
    match process.end {
        Some((End::Exited(code), _)) => json.key("exitcode").bare(code),
        Some((End::Killed(signal), _)) => json.key("exitcode").bare(128 + signal),
        Some((End::LeftRunning, _)) | None => {}
    }
}

fn identity(json: &mut Json<'_>, process: &ProcessRecord, redact: Redact<'_>) {
    json.key("start").time(process.start);
    if let Some((_, time)) = process.end {
        json.key("end").time(time);
    }
    match process.executions.last() {
        Some(execution) => what_runs(json, execution, redact),
        None => {
            if let Some(execution) = &process.inherited {
                path(json, "exe", &execution.exe);
            }
        }
    }
    owner(json, process.executions.last().and_then(|execution| execution.owner).or(process.owner));
    match process.end {
        Some((End::Killed(signal), _)) => json.key("signal").bare(signal),
        Some((End::LeftRunning, _)) => json.key("left_running").bare(true),
        _ => {}
    }
    json.key("threads").bare(process.threads);
    json.key("birth").string(match process.birth {
        BirthKind::Root => "root",
        BirthKind::Fork => "fork",
        BirthKind::Vfork => "vfork",
        BirthKind::Clone => "clone",
        BirthKind::Thread => "thread",
    });
}

fn what_runs(json: &mut Json<'_>, execution: &Execution, redact: Redact<'_>) {
    json.key("argv").array(|json| {
        for argument in execution.argv() {
            json.string(&redact(&text(argument)));
        }
    });
    if execution.arguments_cut {
        json.key("argv_cut").bare(true);
    }
    path(json, "cwd", &execution.cwd);
    path(json, "exe", &execution.exe);
}

/// One of several executions.
fn execution(json: &mut Json<'_>, execution: &Execution, redact: Redact<'_>) {
    json.object(|json| {
        json.key("time").time(execution.time);
        path(json, "program", &execution.program);
        digest(json, "programdigest", execution.program_content.as_ref());
        json.key("comm").string(&text(&execution.comm));
        digest(json, "exedigest", execution.exe_content.as_ref());
        what_runs(json, execution, redact);
        owner(json, execution.owner);
    });
}

fn owner(json: &mut Json<'_>, owner: Option<Owner>) {
    if let Some(Owner { uid, gid }) = owner {
        json.key("uid").bare(uid);
        json.key("gid").bare(gid);
    }
}

pub(super) fn path(json: &mut Json<'_>, name: &str, path: &[u8]) {
    if !path.is_empty() {
        json.key(name).string(&shown(path));
    }
}

/// `name: {sha256}`, if it is known.
fn digest(json: &mut Json<'_>, name: &str, content: Option<&Content>) {
    if let Some(digest) = content.and_then(Content::digest) {
        json.key(name);
        sha256(json, digest);
    }
}

pub(super) fn sha256(json: &mut Json<'_>, digest: &[u8]) {
    json.object(|json| json.key("sha256").string(&hex(digest)));
}

/// Arguments are no paths: text stays as it is, backslashes and all.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| shown(bytes), Cow::Borrowed)
}

/// The arguments in one line, as `/proc/PID/cmdline` is usually shown.
fn cmdline(execution: &Execution) -> String {
    let words: Vec<Cow<'_, str>> = execution.argv().map(text).collect();
    words.join(" ")
}
