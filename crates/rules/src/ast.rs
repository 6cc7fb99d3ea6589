//! The tree of a condition, as parsed: names of macros are still names, lists are already replaced in the text.

use std::ops::Range;

/// Bytes of the condition's text.
pub type Span = Range<u32>;

/// A condition or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// Two or more; parentheses around a single member are not kept, groups within groups are.
    And(Vec<Expression>),
    /// Two or more.
    Or(Vec<Expression>),
    /// Never around another `Not` when parsed.
    Not(Box<Expression>),
    /// A comparison.
    Check(Check),
    /// A macro, until it is replaced.
    Macro {
        /// An identifier.
        name: String,
        /// Where it stands.
        at: Span,
    },
}

/// A comparison.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Check {
    /// What is compared.
    pub left: Operand,
    /// How.
    pub operator: Operator,
    /// `oneof`, `anyof`, `allof` between the operator and its list.
    pub modifier: Option<Modifier>,
    /// With what.
    pub right: Right,
    /// From the left operand to the end of the right side.
    pub at: Span,
}

/// A field, or transformers over fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// `ka.verb`, `jevt.value[/a]`.
    Field {
        /// With its dots.
        name: String,
        /// What stands in the brackets, without quotes.
        argument: Option<String>,
        /// Where it stands.
        at: Span,
    },
    /// `argument` is the `[c]` behind `getopt(…)`.
    Transform {
        /// Which.
        transformer: Transformer,
        /// One or more.
        operands: Vec<Operand>,
        /// Of `getopt` only.
        argument: Option<String>,
        /// Where it stands.
        at: Span,
    },
    /// A constant among the operands of a transformer: the separator of `join`, a part of `concat`.
    Constant {
        /// Without quotes, escapes resolved.
        value: String,
        /// Where it stands.
        at: Span,
    },
    /// A list of constants or operands among the operands of `join`.
    List {
        /// May be empty; no lists.
        items: Vec<Operand>,
        /// Where it stands.
        at: Span,
    },
}

/// What stands right of the operator.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// After `exists`.
    Nothing,
    /// One value; after a list operator or a modifier a lone name, a list of itself.
    Value(Literal),
    /// Values in parentheses, perhaps none.
    List(Vec<Literal>),
    /// `val(field)` or a transformer over a field.
    Operand(Operand),
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Literal {
    /// Without quotes, escapes resolved.
    pub text: String,
    /// Stood in quotes (printed with quotes again).
    pub quoted: bool,
    /// Where it stands.
    pub at: Span,
}

/// A function over values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transformer {
    /// ASCII letters.
    ToLower,
    /// ASCII letters.
    ToUpper,
    /// Decodes.
    B64,
    /// Of a path what follows the last slash.
    BaseName,
    /// Of text its bytes, of a list its items.
    Len,
    /// Values with a separator between.
    Join,
    /// Values without one.
    Concat,
    /// The argument of an option among the items of a list.
    GetOpt,
    /// The field itself, right of an operator.
    Val,
}

/// Spreads a text operator over a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Modifier {
    /// Exactly one value of the list satisfies.
    OneOf,
    /// At least one.
    AnyOf,
    /// Every.
    AllOf,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// The event has the field.
    Exists,
    /// `=` and `==`; how it was written is kept for printing.
    Equal {
        /// Written `==`.
        doubled: bool,
    },
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// Substring.
    Contains,
    /// Substring, letters of either case.
    IContains,
    /// Prefix.
    StartsWith,
    /// Suffix.
    EndsWith,
    /// `*`, `?` and `[…]` over the whole value; `*` crosses slashes.
    Glob,
    /// The same, letters of either case.
    IGlob,
    /// RE2 syntax over the whole value.
    Regex,
    /// Bytes given in hex, anywhere.
    BContains,
    /// Bytes given in hex, at the start.
    BStartsWith,
    /// Of a list every value.
    In,
    /// Of a list any value.
    Intersects,
    /// A path or a directory above it.
    PMatch,
}
