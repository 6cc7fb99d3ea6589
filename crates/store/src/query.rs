//! Which alerts are asked for, as callers say it. Every part narrows; several values of one part are alternatives.
//! Nothing is looked up here; `evaluation` does.

/// See the module. What is empty or `None` does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words, "phrases" and `word*`, all of which must be there.
    pub text: String,
    /// Nanoseconds since 1970, inclusive.
    pub from: Option<i64>,
    /// Exclusive.
    pub to: Option<i64>,
    /// By name, in any case.
    pub priorities: Vec<String>,
    /// Names of rules.
    pub rules: Vec<String>,
    /// Sources of events.
    pub sources: Vec<String>,
    /// Hosts.
    pub hostnames: Vec<String>,
    /// An alert with any of them.
    pub tags: Vec<String>,
    /// Names of output fields and values as text; several of one name are alternatives.
    pub fields: Vec<(String, String)>,
}
