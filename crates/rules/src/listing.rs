//! The fields of sources as `falco --list` gives them in JSON: by class, with the sources that have the class.
//! Knows no field; the catalogs do. Used by `lanner fields`.

use serde_json::{Value, json};

use crate::catalog::{ArgumentKind, Catalog, Field, FieldClass, FieldType};

/// `{"fieldclasses":[…]}`. A class that several catalogs have in common is listed once.
#[must_use]
pub fn fields_json(catalogs: &[Catalog]) -> String {
    let mut classes: Vec<(&FieldClass, Vec<&str>)> = Vec::new();
    for catalog in catalogs {
        for class in &catalog.classes {
            match classes.iter_mut().find(|(known, _)| same(known, class)) {
                Some((_, sources)) => sources.push(catalog.source),
                None => classes.push((class, vec![catalog.source])),
            }
        }
    }
    let classes: Vec<Value> =
        classes.into_iter().map(|(class, sources)| listed(class, sources)).collect();
    json!({ "fieldclasses": classes }).to_string()
}

fn same(left: &FieldClass, right: &FieldClass) -> bool {
    left.name == right.name && std::ptr::eq(left.fields, right.fields)
}

fn listed(class: &FieldClass, mut sources: Vec<&str>) -> Value {
    sources.sort_unstable();
    let fields: Vec<Value> =
        class.fields.iter().filter(|field| !field.flags.hidden).map(entry).collect();
    json!({ "name": class.name, "desc": class.description, "event_sources": sources, "fields": fields })
}

fn entry(field: &Field) -> Value {
    let argument = match field.argument {
        ArgumentKind::None => Value::Null,
        ArgumentKind::Some { required, index, key } => {
            let kinds = [(index, "INDEX"), (key, "KEY")];
            let kinds: Vec<&str> =
                kinds.iter().filter(|(takes, _)| *takes).map(|(_, kind)| *kind).collect();
            json!({ "required": required, "type": kinds })
        }
    };
    json!({
        "name": field.name,
        "type": field.kind.name(),
        "is_list": field.flags.list,
        "argument": argument,
        "desc": field.description,
    })
}

impl FieldType {
    /// As Falco lists it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CharBuf => "CHARBUF",
            Self::FsPath => "FSPATH",
            Self::ByteBuf => "BYTEBUF",
            Self::Bool => "BOOL",
            Self::Int8 => "INT8",
            Self::Int16 => "INT16",
            Self::Int32 => "INT32",
            Self::Int64 => "INT64",
            Self::Uint8 => "UINT8",
            Self::Uint16 => "UINT16",
            Self::Uint32 => "UINT32",
            Self::Uint64 => "UINT64",
            Self::Port => "PORT",
            Self::IpAddr => "IPADDR",
            Self::IpNet => "IPNET",
            Self::AbsTime => "ABSTIME",
            Self::RelTime => "RELTIME",
            Self::Double => "DOUBLE",
            Self::Dynamic => "DYNAMIC",
        }
    }
}
