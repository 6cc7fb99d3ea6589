//! What can be wrong with the text of a condition.

use thiserror::Error;

use crate::condition::TextPosition;

/// A fault and where the reader stood when it met it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where in the condition's text, lists already replaced.
    pub at: TextPosition,
}

/// The faults.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SyntaxErrorKind {
    /// Text goes on where only `and`, `or` or the end can stand.
    #[error("expected 'and', 'or' or the end after '{after}'")]
    Unexpected {
        /// The last token that was understood.
        after: String,
    },
    /// `and(` and `and ` are fine, `andx` is not.
    #[error("'{keyword}' must be followed by a blank or '('")]
    KeywordNotSeparated {
        /// `and` or `or`.
        keyword: &'static str,
    },
    /// Neither a parenthesis, nor a field, nor a macro.
    #[error("expected '(', a field with an operator, or the name of a macro")]
    ExpectedCheck,
    /// A field without a known operator behind it.
    #[error("expected an operator after the field: one of {operators}", operators = crate::condition::value::OPERATOR_NAMES)]
    ExpectedOperator,
    /// A parenthesis is still open.
    #[error("expected ')'")]
    ExpectedClosing,
    /// A bracket is still open.
    #[error("expected ']' after the argument of the field")]
    ExpectedBracket,
    /// `field[]`, or a blank behind the bracket.
    #[error("expected an argument in the brackets of the field: quoted, or without blanks")]
    ExpectedArgument,
    /// The operator takes text.
    #[error("expected a text, or a field within val(), tolower() or another transformer")]
    ExpectedText,
    /// The operator takes a number.
    #[error("expected a number, or a field within val(), len() or another transformer")]
    ExpectedNumber,
    /// The operator takes a list.
    #[error("expected a list in parentheses, or a field within val() or another transformer")]
    ExpectedList,
    /// A comma without a value behind it.
    #[error("expected a value in the list")]
    ExpectedItem,
    /// `val()` takes exactly a field.
    #[error("expected a field within val()")]
    ExpectedField,
    /// A transformer takes fields, transformers, quoted texts, numbers and lists of these.
    #[error(
        "expected a field, a transformer, a quoted text, a number or a list of these within the transformer"
    )]
    ExpectedOperand,
    /// The same inside the list of a transformer, where there is no further list.
    #[error(
        "expected a field, a transformer, a quoted text or a number in the list of the transformer"
    )]
    ExpectedListOperand,
    /// The transformer's parenthesis is still open.
    #[error("expected ')' at the end of the transformer")]
    ExpectedTransformerClosing,
    /// `\s`: only a few escapes have a meaning.
    #[error("unknown escape '\\{0}' in a quoted text")]
    UnknownEscape(char),
    /// `\'` in double quotes, `\"` in single ones.
    #[error("'\\{escaped}' may not stand in a text quoted with {quote}")]
    ForeignQuoteEscape {
        /// The quote that needs no escape here.
        escaped: char,
        /// The quote around the text.
        quote: char,
    },
    /// A byte of zero cannot be part of a value.
    #[error("a zero byte may not stand in a condition")]
    ZeroByte,
    /// Parentheses and transformers within each other.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// [`MAX_DEPTH`](crate::condition::MAX_DEPTH).
        limit: usize,
    },
}
