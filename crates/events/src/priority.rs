//! Falco's eight priorities: their rank, their spelling in reports, and which texts name them.
//! Holds no counts. Used by `summary`.

/// A priority; the greater, the graver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// `Debug`
    Debug,
    /// `Informational` or `Info`
    Informational,
    /// `Notice`
    Notice,
    /// `Warning`
    Warning,
    /// `Error`
    Error,
    /// `Critical`
    Critical,
    /// `Alert`
    Alert,
    /// `Emergency`
    Emergency,
}

impl Priority {
    /// All of them, gravest first, as reports list them.
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

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Alert => "alert",
            Self::Critical => "critical",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
            Self::Informational => "informational",
            Self::Debug => "debug",
        }
    }

    /// The priority that `text` names, in any case.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("info") {
            return Some(Self::Informational);
        }
        Self::ALL.into_iter().find(|priority| text.eq_ignore_ascii_case(priority.name()))
    }
}
