//! Why a condition or an output is refused: what, and where in the text.
//! Carries no code of Falco's; the loader adds it.

use crate::ast::Span;

/// A fault with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct CompileError {
    /// What is wrong.
    pub fault: CompileFault,
    /// Bytes of the condition's text.
    pub at: Span,
}

impl CompileError {
    pub(crate) fn new(fault: CompileFault, at: &Span) -> Self {
        Self { fault, at: at.clone() }
    }

    /// The source has no such field: with `skip-if-unknown-filter` the rule is skipped instead of refused.
    #[must_use]
    pub fn is_unknown_field(&self) -> bool {
        matches!(self.fault, CompileFault::UnknownField { .. })
    }
}

/// What is wrong with a condition.
#[expect(missing_docs, reason = "the message of each says what it and its fields are")]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileFault {
    #[error("source has no field `{field}`")]
    UnknownField { field: String },
    #[error("field `{field}` needs an argument in brackets")]
    ArgumentMissing { field: String },
    #[error("field `{field}` takes no argument, but has `{argument}`")]
    ArgumentUnexpected { field: String, argument: String },
    #[error("field `{field}` takes a number as its argument, not `{argument}`")]
    ArgumentNotIndex { field: String, argument: String },
    #[error("argument `{argument}` of `{field}` holds a blank, which a field cannot carry")]
    ArgumentBlank { field: String, argument: String },
    #[error("operator `{operator}` does not apply to {kind}")]
    Operator { operator: &'static str, kind: &'static str },
    #[error("`{text}` is not a number")]
    NotANumber { text: String },
    #[error("`{text}` is neither `true` nor `false`")]
    NotABool { text: String },
    #[error("`{text}` is not an address")]
    NotAnAddress { text: String },
    #[error("`{text}` is not a network")]
    NotANetwork { text: String },
    #[error("`{text}` is neither a port nor the name of a service")]
    NotAPort { text: String },
    #[error("`{text}` is not hexadecimal, two digits a byte")]
    NotHex { text: String },
    #[error("there is no event type `{text}`")]
    UnknownEventType { text: String },
    #[error("no event has an argument `{text}`")]
    UnknownEventArgument { text: String },
    #[error("regular expression `{pattern}` is refused: {reason}")]
    Regex { pattern: String, reason: String },
    #[error("operator `{operator}` takes no field on its right side")]
    RightFieldOperator { operator: &'static str },
    #[error("field `{field}` may not stand right of an operator")]
    RightFieldRefused { field: String },
    #[error("the left side is {left}, the right side {right}: they cannot be compared")]
    TypesDiffer { left: &'static str, right: &'static str },
    #[error("transformer `{transformer}` does not apply to {kind}")]
    TransformerType { transformer: &'static str, kind: &'static str },
    #[error("transformer `{transformer}` takes {wanted}")]
    TransformerOperands { transformer: &'static str, wanted: &'static str },
    #[error("macro `{name}` is not defined")]
    UndefinedMacro { name: String },
    #[error("the condition nests too deep once its macros are replaced")]
    TooDeep,
}
