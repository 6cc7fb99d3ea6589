//! `regex.*` with Go's meaning of a pattern, see `go_regex`.
//! Leaves templates and globs to the engine. Used by `install`.

use regex::Regex;
use regorus::Value;

use super::{Builtin, Fault, text};
use crate::go_regex::compile;

pub(super) const BUILTINS: &[Builtin] = &[
    ("re_match", 2, |args| matches("re_match", args)),
    ("regex.find_all_string_submatch_n", 3, submatches),
    ("regex.find_n", 3, find),
    ("regex.is_valid", 1, is_valid),
    ("regex.match", 2, |args| matches("regex.match", args)),
    ("regex.replace", 3, replace),
    ("regex.split", 2, split),
];

fn pattern(builtin: &str, value: &Value) -> Result<Regex, Fault> {
    compile(builtin, text(builtin, value)?)
}

fn matches(builtin: &str, args: &[Value]) -> Result<Value, Fault> {
    Ok(Value::from(pattern(builtin, &args[0])?.is_match(text(builtin, &args[1])?)))
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of every builtin")]
fn is_valid(args: &[Value]) -> Result<Value, Fault> {
    let Value::String(pattern) = &args[0] else { return Ok(Value::from(false)) };
    Ok(Value::from(compile("regex.is_valid", pattern).is_ok()))
}

/// A negative number of matches means all.
fn most(builtin: &str, value: &Value) -> Result<usize, Fault> {
    let number = value.as_i64().map_err(|_| Fault::expected(builtin, "an integer", value))?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

fn find(args: &[Value]) -> Result<Value, Fault> {
    let name = "regex.find_n";
    let (pattern, most) = (pattern(name, &args[0])?, most(name, &args[2])?);
    let found = pattern.find_iter(text(name, &args[1])?).take(most);
    Ok(Value::from(found.map(|found| Value::from(found.as_str())).collect::<Vec<_>>()))
}

fn submatches(args: &[Value]) -> Result<Value, Fault> {
    let name = "regex.find_all_string_submatch_n";
    let (pattern, most) = (pattern(name, &args[0])?, most(name, &args[2])?);
    let found = pattern.captures_iter(text(name, &args[1])?).take(most).map(|groups| {
        let groups =
            groups.iter().map(|group| Value::from(group.map_or("", |group| group.as_str())));
        Value::from(groups.collect::<Vec<_>>())
    });
    Ok(Value::from(found.collect::<Vec<_>>()))
}

fn replace(args: &[Value]) -> Result<Value, Fault> {
    let name = "regex.replace";
    let (subject, pattern) = (text(name, &args[0])?, pattern(name, &args[1])?);
    Ok(Value::from(pattern.replace_all(subject, text(name, &args[2])?).into_owned()))
}

/// Like Go's `Split(s, -1)`: an empty match at the start splits nothing off, one at the end neither.
fn split(args: &[Value]) -> Result<Value, Fault> {
    let name = "regex.split";
    let (pattern, subject) = (pattern(name, &args[0])?, text(name, &args[1])?);
    let (mut parts, mut begin, mut end) = (Vec::new(), 0, 0);
    if !pattern.as_str().is_empty() && subject.is_empty() {
        return Ok(Value::from(vec![Value::from("")]));
    }
    for found in pattern.find_iter(subject) {
        end = found.start();
        if found.end() != 0 {
            parts.push(Value::from(&subject[begin..end]));
        }
        begin = found.end();
    }
    if end != subject.len() {
        parts.push(Value::from(&subject[begin..]));
    }
    Ok(Value::from(parts))
}
