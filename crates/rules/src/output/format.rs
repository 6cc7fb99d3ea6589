//! Reads the format of an output: text, and `%field`, `%field[argument]`, `%12field`, `%transformer(…)`.

use super::operand;
use crate::compile::{CompileFault, Compiler, Typed};

/// A format that cannot be read, with the byte at which.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct OutputError {
    /// What is wrong.
    pub fault: OutputFault,
    /// Bytes from the start of the output.
    pub at: usize,
}

impl OutputError {
    /// The source has no such field: with `skip-if-unknown-filter` the rule is skipped instead of refused.
    #[must_use]
    pub fn is_unknown_field(&self) -> bool {
        matches!(
            self.fault,
            OutputFault::NoField | OutputFault::Field(CompileFault::UnknownField { .. })
        )
    }
}

/// What is wrong with an output.
#[expect(missing_docs, reason = "the message of each says what it and its fields are")]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputFault {
    #[error("an output may not end with `%`")]
    TrailingPercent,
    #[error("no field of the source follows the `%`")]
    NoField,
    #[error("{0}")]
    Field(CompileFault),
}

/// A piece of a format.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Value {
        value: Typed,
        /// Exactly so many bytes: cut, or filled with blanks.
        width: Option<usize>,
        /// The fields in it, as `output_fields` names them, each with its own type.
        fields: Vec<(String, Typed)>,
    },
}

/// The deprecated placeholder that stands for nothing.
const CONTAINER_INFO: &str = "%container.info";

/// Wider columns are no columns.
const MOST_WIDTH: usize = 65_536;

pub(super) fn read(output: &str, compiler: &Compiler) -> Result<Vec<Piece>, OutputError> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = output.strip_prefix('*').unwrap_or(output);
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let position = output.len() - rest.len();
        if let Some(after) = rest.strip_prefix(CONTAINER_INFO) {
            rest = after;
            continue;
        }
        let fail = |fault| OutputError { fault, at: position };
        let body = &rest[1..];
        if body.is_empty() {
            return Err(fail(OutputFault::TrailingPercent));
        }
        let digits = body.bytes().take_while(u8::is_ascii_digit).count();
        let width = body[..digits].parse().ok().map(|width: usize| width.min(MOST_WIDTH));
        let (value, fields, length) = operand::read(&body[digits..], compiler).map_err(fail)?;
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(Piece::Value { value, width, fields });
        rest = &body[digits + length..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}
