//! Catalogs made from what `falco --list` printed, for tests of the language without the sources.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use lanner_rules::{ArgumentKind, Catalog, Field, FieldClass, FieldFlags, FieldType};
use serde_json::Value;

use crate::corpus::{folder, json};

/// The fields of a source as `falco --list` gave them.
pub(crate) fn catalog(source: &'static str) -> Option<Catalog> {
    let listed = json(&folder()?.join(format!("oracle/info/list-{source}.json")));
    let classes = listed["fieldclasses"].as_array().unwrap();
    let classes = classes.iter().map(|class| FieldClass {
        name: leak(&class["name"]),
        description: "",
        fields: Box::leak(class["fields"].as_array().unwrap().iter().map(field).collect()),
    });
    Some(Catalog { source, classes: classes.collect() })
}

fn leak(text: &Value) -> &'static str {
    Box::leak(text.as_str().unwrap().into())
}

/// Flags that the list does not tell, for the fields that need one.
fn field(listed: &Value) -> Field {
    let name = leak(&listed["name"]);
    let right_only =
        ["fd.ip", "fd.net", "fd.port", "fd.name", "proc.aname", "proc.aexe", "proc.aexepath"];
    Field {
        name,
        kind: kind(listed["type"].as_str().unwrap()),
        argument: argument(&listed["argument"]),
        flags: FieldFlags {
            list: listed["is_list"] == true,
            no_right_side: right_only.contains(&name),
            deprecated: name == "evt.dir",
            dotted: ["evt.arg", "evt.rawarg", "thread.cgroup"].contains(&name),
            any_name: false,
            ..FieldFlags::default()
        },
        description: "",
    }
}

fn argument(listed: &Value) -> ArgumentKind {
    if listed.is_null() {
        return ArgumentKind::None;
    }
    let kinds = listed["type"].as_array().unwrap();
    let has = |kind: &str| kinds.is_empty() || kinds.iter().any(|listed| listed == kind);
    ArgumentKind::Some {
        required: listed["required"] == true,
        index: has("INDEX"),
        key: has("KEY"),
    }
}

fn kind(name: &str) -> FieldType {
    match name {
        "CHARBUF" => FieldType::CharBuf,
        "FSPATH" => FieldType::FsPath,
        "BYTEBUF" => FieldType::ByteBuf,
        "BOOL" => FieldType::Bool,
        "INT16" => FieldType::Int16,
        "INT32" => FieldType::Int32,
        "INT64" => FieldType::Int64,
        "UINT32" => FieldType::Uint32,
        "UINT64" => FieldType::Uint64,
        "PORT" => FieldType::Port,
        "IPADDR" => FieldType::IpAddr,
        "IPNET" => FieldType::IpNet,
        "ABSTIME" => FieldType::AbsTime,
        "RELTIME" => FieldType::RelTime,
        "DOUBLE" => FieldType::Double,
        "DYNAMIC" => FieldType::Dynamic,
        other => panic!("no type {other}"),
    }
}
