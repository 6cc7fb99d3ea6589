//! Casts, the deprecated `all` and `any`, and the comparison operators under their names.
//! Regorus leaves them out; OPA's version 0 has them. Used by `install`.

use regorus::Value;

use super::{Builtin, Fault, kind};

pub(super) const BUILTINS: &[Builtin] = &[
    ("all", 1, all),
    ("any", 1, any),
    ("array.flatten", 1, flatten),
    ("cast_array", 1, cast_array),
    ("cast_boolean", 1, |args| same("cast_boolean", "boolean", &args[0])),
    ("cast_null", 1, |args| same("cast_null", "null", &args[0])),
    ("cast_object", 1, |args| same("cast_object", "object", &args[0])),
    ("cast_set", 1, cast_set),
    ("cast_string", 1, |args| same("cast_string", "string", &args[0])),
    ("equal", 2, |args| Ok(Value::from(args[0] == args[1]))),
    ("neq", 2, |args| Ok(Value::from(args[0] != args[1]))),
    ("lt", 2, |args| Ok(Value::from(args[0] < args[1]))),
    ("lte", 2, |args| Ok(Value::from(args[0] <= args[1]))),
    ("gt", 2, |args| Ok(Value::from(args[0] > args[1]))),
    ("gte", 2, |args| Ok(Value::from(args[0] >= args[1]))),
];

fn items(builtin: &str, value: &Value) -> Result<Vec<Value>, Fault> {
    match value {
        Value::Array(items) => Ok(items.to_vec()),
        Value::Set(items) => Ok(items.iter_sorted().cloned().collect()),
        _ => Err(Fault::expected(builtin, "an array or a set", value)),
    }
}

fn all(args: &[Value]) -> Result<Value, Fault> {
    Ok(Value::from(items("all", &args[0])?.iter().all(|item| *item == Value::Bool(true))))
}

fn any(args: &[Value]) -> Result<Value, Fault> {
    Ok(Value::from(items("any", &args[0])?.contains(&Value::Bool(true))))
}

fn flatten(args: &[Value]) -> Result<Value, Fault> {
    let Value::Array(items) = &args[0] else {
        return Err(Fault::expected("array.flatten", "an array", &args[0]));
    };
    let mut flat = Vec::new();
    for item in items.iter() {
        if let Value::Array(inner) = item {
            flat.extend(inner.to_vec());
        } else {
            flat.push(item.clone());
        }
    }
    Ok(Value::from(flat))
}

fn cast_array(args: &[Value]) -> Result<Value, Fault> {
    items("cast_array", &args[0]).map(Value::from)
}

fn cast_set(args: &[Value]) -> Result<Value, Fault> {
    let items = items("cast_set", &args[0])?;
    Ok(Value::from(items.into_iter().collect::<std::collections::BTreeSet<_>>()))
}

fn same(builtin: &str, wanted: &str, value: &Value) -> Result<Value, Fault> {
    if kind(value) == wanted {
        Ok(value.clone())
    } else {
        Err(Fault::expected(builtin, wanted, value))
    }
}
