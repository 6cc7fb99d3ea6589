//! Why an alert is refused: every reason has a stable code, and names the key and what was expected there.
//! Says nothing about where in the body it was; a refusal does. Made by `check` and `intake`.

use thiserror::Error;

/// Characters of a wrong value that are shown.
const SHOWN: usize = 60;

/// The reason.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AlertFault {
    /// Bytes that are no UTF-8.
    #[error("not valid UTF-8")]
    NotUtf8,
    /// The grammar of RFC 8259 is broken.
    #[error("not JSON: the text at byte {at} can't stand there")]
    NotJson {
        /// From the start of the alert.
        at: usize,
    },
    /// All that is there is fine, and more must follow.
    #[error("not JSON: the text ends too early")]
    CutOff,
    /// A whole object, and then more.
    #[error("more text follows the object on its line")]
    Trailing,
    /// As `NotJson`, and after too many of its like: the rest of an array is given up.
    #[error("not JSON, and where the next alert begins can't be told any more")]
    Lost,
    /// JSON, but something else.
    #[error("expected an object")]
    NotObject,
    /// Too many containers within each other.
    #[error("more than {limit} objects and arrays within each other")]
    TooDeep {
        /// So many may be.
        limit: usize,
    },
    /// Too many bytes.
    #[error("{size} bytes, more than the {limit} that one alert may have")]
    TooLarge {
        /// Its bytes.
        size: usize,
        /// So many may be.
        limit: usize,
    },
    /// A key that must be there is not.
    #[error("`{key}` is missing")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A value of another kind.
    #[error("`{key}`: expected {expected}")]
    WrongType {
        /// The key.
        key: &'static str,
        /// The kind.
        expected: &'static str,
    },
    /// A text that means nothing there.
    #[error("`{key}` is `{value}`, expected {expected}")]
    WrongValue {
        /// The key.
        key: &'static str,
        /// The beginning of the text.
        value: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// A key twice: readers would take different values for it.
    #[error("`{key}` is there twice")]
    Duplicate {
        /// The key.
        key: &'static str,
    },
}

impl AlertFault {
    pub(crate) fn wrong_value(key: &'static str, text: &str, expected: &'static str) -> Self {
        let mut value: String = text.chars().take(SHOWN).collect();
        if value.len() < text.len() {
            value.push('…');
        }
        Self::WrongValue { key, value, expected }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "ERR_ALERT_UTF8",
            Self::NotJson { .. } | Self::CutOff | Self::Trailing | Self::Lost => "ERR_ALERT_JSON",
            Self::NotObject => "ERR_ALERT_OBJECT",
            Self::TooDeep { .. } => "ERR_ALERT_DEPTH",
            Self::TooLarge { .. } => "ERR_ALERT_SIZE",
            Self::Missing { .. } => "ERR_ALERT_MISSING",
            Self::WrongType { .. } => "ERR_ALERT_TYPE",
            Self::WrongValue { .. } => "ERR_ALERT_VALUE",
            Self::Duplicate { .. } => "ERR_ALERT_DUPLICATE",
        }
    }

    /// Whether the text is no JSON, so that its end may not be where it seemed.
    pub(crate) fn is_grammar(&self) -> bool {
        matches!(self, Self::NotJson { .. } | Self::CutOff | Self::Trailing)
    }
}
