//! Builtins of the engine that answer where OPA refuses, or count otherwise: places and lengths, subsets, templates, schemas.
//! What is right in the engine's own is asked of it; only the arguments are judged here. Used by `install`.

use regorus::{Engine, Value};

use super::{Builtin, Fault, text};

pub(super) const BUILTINS: &[Builtin] = &[
    ("array.slice", 3, slice),
    ("count", 1, count),
    ("glob.quote_meta", 1, quote_meta),
    ("indexof_n", 2, indexof_n),
    ("json.match_schema", 2, match_schema),
    ("json.verify_schema", 1, verify_schema),
    ("object.subset", 2, subset),
    ("regex.template_match", 4, template_match),
    ("strings.count", 2, strings_count),
    ("substring", 3, substring),
    ("units.parse", 1, |args| amount("units.parse", args)),
    ("units.parse_bytes", 1, |args| amount("units.parse_bytes", args)),
];

/// A whole number as OPA demands it: written without a fraction, and no larger than 64 bits.
fn whole(builtin: &str, value: &Value) -> Result<i64, Fault> {
    value.as_i64().map_err(|_| Fault::expected(builtin, "a whole number of 64 bits", value))
}

/// Both ends are moved into the array; an end before the start gives nothing.
fn slice(args: &[Value]) -> Result<Value, Fault> {
    let name = "array.slice";
    let Value::Array(array) = &args[0] else {
        return Err(Fault::expected(name, "an array", &args[0]));
    };
    let within = |place: i64| usize::try_from(place).unwrap_or(0).min(array.len());
    let (start, end) = (within(whole(name, &args[1])?), within(whole(name, &args[2])?));
    Ok(Value::from(array.iter().take(end).skip(start).cloned().collect::<Vec<_>>()))
}

/// Characters of a string, not UTF-16 units.
fn count(args: &[Value]) -> Result<Value, Fault> {
    let length = match &args[0] {
        Value::String(text) => text.chars().count(),
        Value::Array(array) => array.len(),
        Value::Set(set) => set.len(),
        Value::Object(object) => object.len(),
        other => return Err(Fault::expected("count", "a collection or a string", other)),
    };
    Ok(Value::from(length as u64))
}

fn strings_count(args: &[Value]) -> Result<Value, Fault> {
    let name = "strings.count";
    let (search, part) = (text(name, &args[0])?, text(name, &args[1])?);
    let found =
        if part.is_empty() { search.chars().count() + 1 } else { search.matches(part).count() };
    Ok(Value::from(found as u64))
}

/// In characters; a negative length means the rest.
fn substring(args: &[Value]) -> Result<Value, Fault> {
    let name = "substring";
    let text = text(name, &args[0])?;
    let (start, length) = (whole(name, &args[1])?, whole(name, &args[2])?);
    let start = usize::try_from(start)
        .map_err(|_| Fault::new(format!("{name}: the offset {start} is negative")))?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(Value::from(text.chars().skip(start).take(length).collect::<String>()))
}

fn subset(args: &[Value]) -> Result<Value, Fault> {
    match (&args[0], &args[1]) {
        (Value::Object(_), Value::Object(_))
        | (Value::Set(_), Value::Set(_))
        | (Value::Array(_), Value::Array(_) | Value::Set(_)) => {
            engine_own("object.subset(input[0], input[1])", args)
        }
        (_, other) => Err(Fault::expected("object.subset", "two of a kind", other)),
    }
}

fn template_match(args: &[Value]) -> Result<Value, Fault> {
    let name = "regex.template_match";
    for delimiter in &args[2..] {
        if text(name, delimiter)?.chars().count() != 1 {
            return Err(Fault::expected(name, "one character as delimiter", delimiter));
        }
    }
    engine_own("regex.template_match(input[0], input[1], input[2], input[3])", args)
}

/// What has a meaning in a pattern gets a backslash.
fn quote_meta(args: &[Value]) -> Result<Value, Fault> {
    let mut quoted = String::new();
    for char in text("glob.quote_meta", &args[0])?.chars() {
        if "*?\\[]{}".contains(char) {
            quoted.push('\\');
        }
        quoted.push(char);
    }
    Ok(Value::from(quoted))
}

fn indexof_n(args: &[Value]) -> Result<Value, Fault> {
    if text("indexof_n", &args[1])?.is_empty() {
        return Err(Fault::new("indexof_n: nothing to look for"));
    }
    engine_own("indexof_n(input[0], input[1])", args)
}

/// An object, or a string that is JSON; the list of complaints is there also when it is empty.
fn match_schema(args: &[Value]) -> Result<Value, Fault> {
    let read = |value: &Value| document("json.match_schema", value);
    let answer =
        engine_own("json.match_schema(input[0], input[1])", &[read(&args[0])?, read(&args[1])?])?;
    let Value::Array(pair) = &answer else { return Ok(answer) };
    match pair.as_slice() {
        [matches, Value::Null] => Ok(Value::from(vec![matches.clone(), Value::new_array()])),
        _ => Ok(answer),
    }
}

fn verify_schema(args: &[Value]) -> Result<Value, Fault> {
    let schema = document("json.verify_schema", &args[0])?;
    engine_own("json.verify_schema(input[0])", &[schema])
}

fn document(builtin: &str, value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Object(_) => Ok(value.clone()),
        Value::String(json) => Value::from_json_str(json)
            .map_err(|_| Fault::new(format!("{builtin}: the string is not JSON"))),
        _ => Err(Fault::expected(builtin, "an object or a string of JSON", value)),
    }
}

/// The engine finds no value in what OPA refuses.
fn amount(builtin: &str, args: &[Value]) -> Result<Value, Fault> {
    let amount = text(builtin, &args[0])?;
    match engine_own(&format!("{builtin}(input[0])"), args)? {
        Value::Undefined => Err(Fault::new(format!("{builtin}: `{amount}` is no amount"))),
        value => Ok(value),
    }
}

/// The answer of the engine's own builtin, in an engine that has nothing of ours.
fn engine_own(call: &str, args: &[Value]) -> Result<Value, Fault> {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(true);
    engine.set_input(Value::from(args.to_vec()));
    let results =
        engine.eval_query(call.to_owned(), false).map_err(|error| Fault::new(error.to_string()))?;
    let expression =
        results.result.into_iter().next().and_then(|row| row.expressions.into_iter().next());
    Ok(expression.map_or(Value::Undefined, |expression| expression.value))
}
