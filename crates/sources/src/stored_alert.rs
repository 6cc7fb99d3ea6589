//! The fields of alerts that Falco wrote earlier: the alert's own keys, and every name among its `output_fields`.
//! A value is what its JSON is: a whole number is one, null is missing, of an array one element must satisfy. Used by `event`.

use lanner_rules::{Extracted, FieldType, Value};

use crate::document::Document;
use crate::generic;
use crate::json::{Kind, PathId, Paths};

/// How a value is made.
#[derive(Clone, Debug)]
pub(crate) enum Recipe {
    /// The value at a path.
    Value(PathId),
    /// What the alert kept of a field that every source has, or else what the alert itself says.
    Kept { path: PathId, kind: FieldType, otherwise: generic::Recipe },
}

/// `argument` stands in brackets behind `name`, which is one of the alert's keys or `output_fields`.
pub(crate) fn recipe(name: &str, argument: Option<&str>, paths: &mut Paths) -> Option<Recipe> {
    Some(Recipe::Value(match (name, argument) {
        ("output_fields", Some(key)) => paths.add(&["output_fields", key]),
        ("output_fields", None) => return None,
        _ => paths.add(&[name.strip_prefix("alert.")?]),
    }))
}

/// For the fields that every source has.
pub(crate) fn kept(
    name: &str,
    argument: Option<&str>,
    kind: FieldType,
    paths: &mut Paths,
    otherwise: generic::Recipe,
) -> Recipe {
    let key = argument.map_or_else(|| name.to_owned(), |argument| format!("{name}[{argument}]"));
    Recipe::Kept { path: paths.add(&["output_fields", &key]), kind, otherwise }
}

/// `None`: ask the recipe behind.
pub(crate) fn extract<'e>(recipe: &Recipe, document: Document<'e>) -> Option<Extracted<'e>> {
    match recipe {
        Recipe::Value(path) => Some(value(document, document.at(*path))),
        Recipe::Kept { path, kind, .. } => {
            let token = document.at(*path)?;
            match kind {
                FieldType::CharBuf => Some(value(document, Some(token))),
                _ => number(document, token).map(Extracted::One),
            }
        }
    }
}

fn value(document: Document<'_>, token: Option<u32>) -> Extracted<'_> {
    let tokens = document.tokens;
    match token.map(|token| (token, tokens.kind(token))) {
        None | Some((_, Kind::Null)) => Extracted::Missing,
        Some((token, Kind::Array)) => {
            document.many(tokens.elements(token).map(|item| document.text(item)))
        }
        Some((token, Kind::Number)) => match whole(document, token) {
            Some(number) => Extracted::One(number),
            None => document.one(document.text(token)),
        },
        Some((token, _)) => document.one(document.text(token)),
    }
}

/// A number without fraction or exponent that 64 bits hold; others stay as they are written.
fn whole(document: Document<'_>, token: u32) -> Option<Value<'_>> {
    let text = std::str::from_utf8(document.tokens.word(token)).ok()?;
    text.parse().map(Value::Unsigned).or_else(|_| text.parse().map(Value::Signed)).ok()
}

fn number(document: Document<'_>, token: u32) -> Option<Value<'_>> {
    let text = std::str::from_utf8(document.tokens.word(token)).ok()?;
    let number = text.parse::<u64>().or_else(|_| text.parse::<i64>().map(i64::cast_unsigned));
    number.ok().map(Value::Unsigned)
}
