//! What is said of a rule file: codes, places, snippets, and how they are written out.
//! Finds nothing by itself; `load` and the compiler do.

mod code;
mod context;
mod hint;
pub(crate) mod json;
mod text;

use std::fmt;

pub use code::Code;
pub(crate) use context::line_and_column;
pub use context::{Context, ItemKind, Location, Position};
pub use hint::{closest, field_hint};
pub(crate) use text::snippet;

/// An error or a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Falco's name for the kind of fault.
    pub code: Code,
    /// The fault itself, one sentence without a full stop.
    pub message: String,
    /// From the file to the item, as Falco chains them.
    pub locations: Vec<Location>,
    /// Where in a file the fault really is, when that can be told. Falco's last location adds the place within a condition to the place
    /// where the condition begins, which is somewhere else as soon as a condition spans lines.
    pub place: Option<Position>,
    /// The line with a caret under the place.
    pub snippet: String,
    /// What might have been meant.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// The best known place: the real one, else the innermost location.
    #[must_use]
    pub fn position(&self) -> Option<&Position> {
        self.place.as_ref().or_else(|| self.locations.last().map(|location| &location.position))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::diagnostic(formatter, self)
    }
}
