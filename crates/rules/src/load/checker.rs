//! What the loader asks of whoever knows fields and types: the compiler, or a stand-in in tests.

use crate::ast::{Expression, Operand};
use crate::diagnostic::Code;

/// Something to tell of a condition or an output that is fine nevertheless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// `LOAD_NO_EVTTYPE`, `LOAD_UNSAFE_NA_CHECK`, `LOAD_DEPRECATED_ITEM`, `LOAD_COMPILE_CONDITION`.
    pub code: Code,
    /// One sentence without a full stop.
    pub message: String,
}

/// A condition or an output that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckError {
    /// One sentence without a full stop.
    pub message: String,
    /// Where the check begins in the condition's text.
    pub at: u32,
    /// The fault is a field nobody provides, which a rule with `skip-if-unknown-filter` allows.
    pub unknown_field: bool,
    /// What might have been meant.
    pub hint: Option<String>,
}

/// Knows the fields of sources.
pub trait Checker {
    /// Whether any loaded source has this name.
    fn has_source(&self, source: &str) -> bool;

    /// Whether the operand can stand left of an operator: its fields exist and take the arguments given.
    ///
    /// # Errors
    /// What is wrong with it.
    fn operand(&self, source: &str, operand: &Operand) -> Result<(), CheckError>;

    /// Whether the condition compiles, and what is to be said of it.
    ///
    /// # Errors
    /// The first fault.
    fn condition(&self, source: &str, condition: &Expression) -> Result<Vec<Remark>, CheckError>;

    /// Whether the output compiles, and what is to be said of it.
    ///
    /// # Errors
    /// The first fault.
    fn output(&self, source: &str, output: &str) -> Result<Vec<Remark>, CheckError>;
}
