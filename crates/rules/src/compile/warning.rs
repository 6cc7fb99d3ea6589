//! What the author of a condition should know although it loads.

use super::catalog_index::CatalogIndex;
use crate::ast::{Literal, Operator, Span};

/// A remark with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// Bytes of the condition's text.
    pub at: Span,
}

/// What a remark is about; the loader gives each its code and its text.
#[expect(missing_docs, reason = "the text, pattern or field a remark is about needs no more words")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// A constant that reads as a field (`LOAD_COMPILE_CONDITION`).
    FieldAsConstant { text: String },
    /// A constant that reads as a transformer (`LOAD_COMPILE_CONDITION`).
    TransformerAsConstant { text: String },
    /// A simpler operator does what the pattern does (`LOAD_COMPILE_CONDITION`).
    PlainRegex { pattern: String },
    /// A field of an audit event is compared with `<NA>`, which is never its value (`LOAD_UNSAFE_NA_CHECK`).
    MissingAsText { field: String },
    /// The field is out of use (`LOAD_DEPRECATED_ITEM`).
    DeprecatedField { field: String },
}

const TRANSFORMERS: &[&str] =
    &["tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt", "val"];

pub(super) fn of_constant(
    index: &CatalogIndex,
    operator: Operator,
    literal: &Literal,
    at: &Span,
    warnings: &mut Vec<Warning>,
) {
    let mut push = |kind| warnings.push(Warning { kind, at: at.clone() });
    if operator == Operator::Regex && is_plain_pattern(&literal.text) {
        push(WarningKind::PlainRegex { pattern: literal.text.clone() });
    }
    // Most constants have no dot and no parenthesis: nothing to look up.
    if !literal.text.contains(['.', '(']) {
        return;
    }
    let text: String = literal.text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    if index.resolve_text(&text).is_ok() {
        push(WarningKind::FieldAsConstant { text: literal.text.clone() });
    }
    let call = text.strip_suffix(')').and_then(|inner| inner.split_once('('));
    if call.is_some_and(|(name, _)| TRANSFORMERS.contains(&name)) {
        push(WarningKind::TransformerAsConstant { text: literal.text.clone() });
    }
}

/// Plain but for anchors and one "any" at either end: `=`, `contains`, `startswith` or `endswith` would do.
fn is_plain_pattern(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    let any = |rest: &[u8]| matches!(rest, [b'.', b'+' | b'*' | b'?', ..]);
    let mut start = 0;
    let mut end = bytes.len();
    if bytes.first() == Some(&b'^') {
        start = 1;
    } else if any(bytes) {
        start = 2;
    }
    if end > start && bytes[end - 1] == b'$' {
        end -= 1;
    } else if end >= start + 2 && any(&bytes[end - 2..]) {
        end -= 2;
    }
    !bytes[start..end].iter().any(|byte| b".+*?^$()[]{}|\\".contains(byte))
}

/// Whether comparing with `<NA>` is a mistake: a value of these is missing, never that text.
pub(super) fn compares_missing(field: &str, operator: Operator, literals: &[Literal]) -> bool {
    let audit = field.starts_with("ka.") || field.starts_with("jevt.");
    let equality = matches!(
        operator,
        Operator::Equal { .. }
            | Operator::NotEqual
            | Operator::In
            | Operator::Intersects
            | Operator::PMatch
    );
    audit && equality && literals.iter().any(|literal| literal.text == "<NA>")
}
