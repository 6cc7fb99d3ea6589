//! The functions a module may call: which the engine's own are kept, which we add or replace, and which are withheld.
//! Evaluates nothing by itself. Used by `load` to refuse and by `evaluate` to install.

mod bounds;
mod casts;
mod digests;
mod listed;
mod patterns;
mod queries;
mod texts;
mod times;
mod versions;
mod walks;

use regorus::{Engine, Value};

/// Why a builtin has no value; under strict errors that ends the evaluation.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Fault(String);

impl Fault {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// An argument of another type than the builtin takes.
    pub(crate) fn expected(builtin: &str, expected: &str, value: &Value) -> Self {
        Self(format!("{builtin}: expected {expected}, got {}", kind(value)))
    }
}

/// A builtin of ours: its name, how many arguments it takes, and what it does.
pub(crate) type Builtin = (&'static str, u8, fn(&[Value]) -> Result<Value, Fault>);

fn ours() -> impl Iterator<Item = &'static Builtin> {
    [
        bounds::BUILTINS,
        casts::BUILTINS,
        digests::BUILTINS,
        patterns::BUILTINS,
        queries::BUILTINS,
        texts::BUILTINS,
        times::BUILTINS,
        versions::BUILTINS,
    ]
    .into_iter()
    .flatten()
}

/// What a `walk` with one argument becomes: an array of `[path, value]`. No module may call it by this name.
pub(crate) const PLAIN_WALK: &str = "__lanner_walk";

/// Functions that would let a policy's verdict depend on something else than its input; cilock withholds the same.
const WITHHELD: &[&str] = &[
    "http.send",
    "opa.runtime",
    "net.lookup_ip_addr",
    "net.cidr_contains",
    "net.cidr_intersects",
    "net.cidr_merge",
    "net.cidr_expand",
];

pub(crate) fn is_withheld(name: &str) -> bool {
    WITHHELD.contains(&name)
}

pub(crate) fn is_known(name: &str) -> bool {
    listed::ENGINE.binary_search(&name).is_ok() || ours().any(|builtin| builtin.0 == name)
}

/// Puts our builtins before the engine's.
pub(crate) fn install(engine: &mut Engine) -> Result<(), String> {
    for &(name, arguments, function) in ours() {
        let call = move |values: Vec<Value>| function(&values).map_err(Into::into);
        engine
            .add_extension(name.to_owned(), arguments, Box::new(call))
            .map_err(|error| error.to_string())?;
    }
    let walk = |values: Vec<Value>| Ok(walks::pairs(&values[0]));
    engine
        .add_extension(PLAIN_WALK.to_owned(), 1, Box::new(walk))
        .map_err(|error| error.to_string())
}

/// Lowercase hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// The string `value` is.
pub(crate) fn text<'value>(builtin: &str, value: &'value Value) -> Result<&'value str, Fault> {
    if let Value::String(text) = value {
        Ok(text)
    } else {
        Err(Fault::expected(builtin, "a string", value))
    }
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Set(_) => "set",
        Value::Object(_) => "object",
        Value::Undefined => "undefined",
    }
}

#[cfg(test)]
mod tests {
    use super::{listed, ours};

    #[test]
    fn the_list_of_kept_builtins_is_sorted_and_free_of_withheld_ones() {
        assert!(listed::ENGINE.is_sorted());
        assert!(listed::ENGINE.iter().all(|name| !super::is_withheld(name)));
    }

    #[test]
    fn no_builtin_of_ours_is_there_twice() {
        let mut names: Vec<_> = ours().map(|builtin| builtin.0).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }
}
