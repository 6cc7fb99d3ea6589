//! What loading gives: rules in order of definition, with what they were made of.

use std::fmt;

use crate::ast::Expression;
use crate::diagnostic::Position;

/// How grave an alert is; the gravest is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it; they are those of syslog")]
pub enum Priority {
    Emergency,
    Alert,
    Critical,
    Error,
    Warning,
    Notice,
    Informational,
    Debug,
}

impl Priority {
    /// All, the gravest first.
    pub const ALL: [Self; 8] = [
        Self::Emergency,
        Self::Alert,
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Notice,
        Self::Informational,
        Self::Debug,
    ];

    /// Reads a name of any case; `INFO` is short for `INFORMATIONAL`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let name = if name.eq_ignore_ascii_case("info") { "informational" } else { name };
        Self::ALL.into_iter().find(|priority| priority.name().eq_ignore_ascii_case(name))
    }

    /// As alerts write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emergency => "Emergency",
            Self::Alert => "Alert",
            Self::Critical => "Critical",
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Notice => "Notice",
            Self::Informational => "Informational",
            Self::Debug => "Debug",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A rule, ready to be compiled.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Unique.
    pub name: String,
    /// Whose events it judges.
    pub source: String,
    /// Of its alerts.
    pub priority: Priority,
    /// Sorted, each once.
    pub tags: Vec<String>,
    /// What it finds.
    pub description: String,
    /// The format of its alerts, without blanks around.
    pub output: String,
    /// Macros replaced, exceptions joined.
    pub condition: Expression,
    /// As written, appended parts joined.
    pub condition_text: String,
    /// By the file; see [`Selection`](crate::Selection).
    pub enabled: bool,
    /// Tells when too many event types could match.
    pub warn_evttypes: bool,
    /// Write a capture when it fires.
    pub capture: bool,
    /// Milliseconds; 0 is the default of the configuration.
    pub capture_duration: u32,
    /// Names, operators and fields of its exceptions.
    pub exceptions: Vec<ExceptionSummary>,
    /// Lists named in its condition and exceptions.
    pub lists: Vec<String>,
    /// Macros named in its condition; those may name others.
    pub macros: Vec<String>,
    /// Where it was first defined.
    pub position: Position,
}

/// What an exception looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionSummary {
    /// Its name.
    pub name: String,
    /// As written.
    pub fields: Vec<String>,
    /// One for each field.
    pub operators: Vec<String>,
}

/// A list.
#[derive(Clone, Debug)]
pub struct List {
    /// Its name.
    pub name: String,
    /// As written.
    pub items: Vec<String>,
    /// Names of lists replaced, texts with blanks in quotes.
    pub compiled: Vec<String>,
    /// Lists among its items.
    pub lists: Vec<String>,
    /// By a rule, macro or list.
    pub used: bool,
    /// Where it was first defined.
    pub position: Position,
}

/// A macro.
#[derive(Clone, Debug)]
pub struct Macro {
    /// Its name.
    pub name: String,
    /// As written, appended parts joined.
    pub condition_text: String,
    /// Macros replaced.
    pub condition: Expression,
    /// Lists named in its condition.
    pub lists: Vec<String>,
    /// Macros named in its condition; those may name others.
    pub macros: Vec<String>,
    /// By a rule or macro.
    pub used: bool,
    /// Where it was first defined.
    pub position: Position,
}

/// A plugin a file asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginRequirement {
    /// Its name.
    pub name: String,
    /// At least this, of the same major version.
    pub version: crate::load::Version,
    /// Others that would do.
    pub alternatives: Vec<(String, crate::load::Version)>,
}

/// Everything the files of a run define.
#[derive(Clone, Debug, Default)]
pub struct Ruleset {
    /// In order of definition; those that are skipped are not among them.
    pub rules: Vec<Rule>,
    /// In order of definition.
    pub lists: Vec<List>,
    /// In order of definition.
    pub macros: Vec<Macro>,
    /// The greatest any file asks for.
    pub required_engine_version: Option<crate::load::Version>,
    /// In the order they are asked for.
    pub required_plugins: Vec<PluginRequirement>,
}
