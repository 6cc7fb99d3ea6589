//! Which part of a saved event a field of a system call is made of, decided once when a program is made ready.

use lanner_rules::{FieldType, Value};

use super::container::{self, Container};
use crate::json::{PathId, Paths};

/// How a value is made.
#[derive(Clone, Debug)]
pub(crate) enum Recipe {
    Value {
        path: PathId,
        kind: FieldType,
    },
    /// Left out when false.
    Truth(PathId),
    /// Either end of a connection.
    Ends {
        paths: [PathId; 2],
        kind: FieldType,
    },
    /// Of an ancestor, the parent being 1; without an index, of each.
    Ancestor {
        list: PathId,
        own: PathId,
        index: Option<usize>,
        kind: FieldType,
    },
    Argument {
        arguments: PathId,
        key: Box<str>,
        raw: bool,
    },
    /// The command line without its first word, or one word of it.
    Arguments {
        name: PathId,
        line: PathId,
        index: Option<usize>,
    },
    /// How many words follow the first, or how long they are together.
    ArgumentCount {
        name: PathId,
        line: PathId,
        length: bool,
    },
    /// The first of these arguments that the call has; made whole with the working directory unless `raw`.
    PathArgument {
        arguments: PathId,
        directory: PathId,
        names: &'static [&'static str],
        raw: bool,
    },
    WholeLine {
        exe: PathId,
        name: PathId,
        line: PathId,
    },
    Capabilities(PathId),
    IsType {
        kind: PathId,
        name: Box<str>,
    },
    CallType(PathId),
    Failed(PathId),
    FailureCount(PathId),
    Constant(Constant),
}

/// A value that all events share.
#[derive(Clone, Debug)]
pub(crate) enum Constant {
    Text(Box<str>),
    Number(u64),
    Truth(bool),
}

impl Constant {
    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Bytes(text.as_bytes()),
            Self::Number(number) => Value::Unsigned(*number),
            Self::Truth(truth) => Value::Bool(*truth),
        }
    }
}

/// What a line has under the field's own name.
const SAME_NAME: &[&str] = &[
    "evt.num",
    "evt.type",
    "evt.res",
    "evt.rawres",
    "evt.args",
    "thread.tid",
    "proc.pid",
    "proc.vpid",
    "proc.ppid",
    "proc.name",
    "proc.exe",
    "proc.cmdline",
    "proc.exepath",
    "proc.cwd",
    "proc.tty",
    "proc.sid",
    "proc.pgid",
    "proc.vpgid",
    "proc.sname",
    "proc.pid.ts",
    "proc.duration",
    "proc.exe_ino",
    "proc.exe_ino.ctime",
    "proc.exe_ino.mtime",
    "proc.exe_ino.ctime_duration_proc_start",
    "proc.pname",
    "proc.pexe",
    "proc.pexepath",
    "proc.pcmdline",
    "user.uid",
    "user.name",
    "user.loginuid",
    "user.loginname",
    "group.gid",
    "group.name",
    "fd.num",
    "fd.type",
    "fd.typechar",
    "fd.name",
    "fd.nameraw",
    "fd.directory",
    "fd.filename",
    "fd.sockfamily",
    "fd.l4proto",
    "fd.cip",
    "fd.cport",
    "fd.sip",
    "fd.sport",
    "fd.lip",
    "fd.lport",
    "fd.rip",
    "fd.rport",
];

/// The same for those that are left out when false.
const TRUTHS: &[&str] = &[
    "evt.is_open_read",
    "evt.is_open_write",
    "evt.is_open_exec",
    "evt.is_open_create",
    "proc.is_sid_leader",
    "proc.is_vpgid_leader",
    "proc.is_exe_writable",
    "proc.is_exe_upper_layer",
    "proc.is_exe_from_memfd",
    "fd.is_server",
    "fd.connected",
    "fd.name_changed",
];

pub(crate) fn recipe(
    name: &str,
    argument: Option<&str>,
    kind: FieldType,
    paths: &mut Paths,
    container: Option<&Container>,
) -> Option<Recipe> {
    if SAME_NAME.contains(&name) {
        return Some(Recipe::Value { path: paths.add(&[name]), kind });
    }
    if TRUTHS.contains(&name) {
        return Some(Recipe::Truth(paths.add(&[name])));
    }
    let index = argument.and_then(|argument| argument.parse().ok());
    let mut ends =
        |one, other| Recipe::Ends { paths: [paths.add(&[one]), paths.add(&[other])], kind };
    Some(match name {
        "fd.ip" | "fd.net" => ends("fd.cip", "fd.sip"),
        "fd.port" => ends("fd.cport", "fd.sport"),
        "fd.cnet" => Recipe::Value { path: paths.add(&["fd.cip"]), kind },
        "fd.snet" => Recipe::Value { path: paths.add(&["fd.sip"]), kind },
        "fd.lnet" => Recipe::Value { path: paths.add(&["fd.lip"]), kind },
        "fd.rnet" => Recipe::Value { path: paths.add(&["fd.rip"]), kind },
        "proc.aname" => ancestor(paths, name, "proc.name", index, kind),
        "proc.aexe" => ancestor(paths, name, "proc.exe", index, kind),
        "proc.aexepath" => ancestor(paths, name, "proc.exepath", index, kind),
        "proc.apid" => ancestor(paths, name, "proc.pid", index, kind),
        "evt.arg" | "evt.rawarg" => Recipe::Argument {
            arguments: paths.add(&["evt.arg"]),
            key: argument?.into(),
            raw: name == "evt.rawarg",
        },
        "evt.info" => Recipe::Value { path: paths.add(&["evt.args"]), kind },
        "evt.type.is" => Recipe::IsType { kind: paths.add(&["evt.type"]), name: argument?.into() },
        "syscall.type" => Recipe::CallType(paths.add(&["evt.type"])),
        "evt.failed" => Recipe::Failed(paths.add(&["evt.rawres"])),
        "evt.count.error" => Recipe::FailureCount(paths.add(&["evt.rawres"])),
        "evt.count" | "evt.count.exit" => Recipe::Constant(Constant::Number(1)),
        "evt.dir" => Recipe::Constant(Constant::Text("<".into())),
        "proc.args" => Recipe::Arguments {
            name: paths.add(&["proc.name"]),
            line: paths.add(&["proc.cmdline"]),
            index,
        },
        "proc.cmdnargs" | "proc.cmdlenargs" => Recipe::ArgumentCount {
            name: paths.add(&["proc.name"]),
            line: paths.add(&["proc.cmdline"]),
            length: name == "proc.cmdlenargs",
        },
        "fs.path.name" | "fs.path.nameraw" => {
            path_argument(paths, &["path", "name", "filename", "pathname"], name)
        }
        "fs.path.source" | "fs.path.sourceraw" => {
            path_argument(paths, &["oldpath", "target"], name)
        }
        "fs.path.target" | "fs.path.targetraw" => {
            path_argument(paths, &["newpath", "linkpath"], name)
        }
        "proc.exeline" => Recipe::WholeLine {
            exe: paths.add(&["proc.exe"]),
            name: paths.add(&["proc.name"]),
            line: paths.add(&["proc.cmdline"]),
        },
        "thread.cap_effective" | "thread.cap_permitted" | "thread.cap_inheritable" => {
            Recipe::Capabilities(paths.add(&[name]))
        }
        _ => Recipe::Constant(container::field(name, container)?),
    })
}

fn path_argument(paths: &mut Paths, names: &'static [&'static str], field: &str) -> Recipe {
    Recipe::PathArgument {
        arguments: paths.add(&["evt.arg"]),
        directory: paths.add(&["proc.cwd"]),
        names,
        raw: field.ends_with("raw"),
    }
}

fn ancestor(
    paths: &mut Paths,
    list: &str,
    own: &str,
    index: Option<usize>,
    kind: FieldType,
) -> Recipe {
    Recipe::Ancestor { list: paths.add(&[list]), own: paths.add(&[own]), index, kind }
}
