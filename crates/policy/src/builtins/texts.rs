//! Builtins that make text, as OPA words it: `sprintf`, `json.marshal`, and the payload of a token.
//! Verifies no token. Used by `install`.

use regorus::Value;

use super::{Builtin, Fault, hex, text};
use crate::{go_text, sprintf};

pub(super) const BUILTINS: &[Builtin] = &[
    ("io.jwt.decode", 1, decode),
    ("json.marshal", 1, |args| Ok(Value::from(go_text::json(&args[0])))),
    ("lower", 1, lower),
    ("rego.metadata.rule", 0, |_| Ok(Value::new_object())),
    ("sprintf", 2, sprintf::sprintf),
    ("upper", 1, upper),
];

/// Go maps a character to one character; where Unicode's full mapping has several, it is the first.
fn lower(args: &[Value]) -> Result<Value, Fault> {
    let text = text("lower", &args[0])?;
    Ok(Value::from(text.chars().filter_map(|char| char.to_lowercase().next()).collect::<String>()))
}

/// As `lower`, but a character without a single capital stays.
fn upper(args: &[Value]) -> Result<Value, Fault> {
    let capital = |char: char| {
        let mut capitals = char.to_uppercase();
        if capitals.len() == 1 { capitals.next().unwrap_or(char) } else { char }
    };
    Ok(Value::from(text("upper", &args[0])?.chars().map(capital).collect::<String>()))
}

/// `[header, payload, signature in hex]`; nothing is checked.
fn decode(args: &[Value]) -> Result<Value, Fault> {
    let name = "io.jwt.decode";
    let bad = || Fault::new(format!("{name}: not a token of three parts"));
    let parts: Vec<&str> = text(name, &args[0])?.split('.').collect();
    let [header, payload, signature] = parts[..] else { return Err(bad()) };
    let decoded = |part: &str| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).map_err(|_| bad());
    let object = |part: &str| -> Result<Value, Fault> {
        let json = String::from_utf8(decoded(part)?).map_err(|_| bad())?;
        Value::from_json_str(&json).map_err(|_| bad())
    };
    let signature = hex(&decoded(signature)?);
    Ok(Value::from(vec![object(header)?, object(payload)?, Value::from(signature)]))
}
