//! From the tree of a condition and the fields of a source to typed predicates, with everything refused that Falco refuses.
//! Builds no matcher and keeps nothing between conditions but the index of names. The loader checks with it, `program`
//! builds from what it returns.

mod catalog_index;
mod constant;
mod error;
mod operand;
mod operators;
mod predicate;
mod service;
mod warning;

pub use catalog_index::Resolved;
pub(crate) use catalog_index::written;
pub(crate) use constant::Constant;
pub use error::{CompileError, CompileFault};
pub(crate) use operand::{Term, Typed};
pub(crate) use operators::symbol;
pub(crate) use predicate::{Compiled, Predicate, Test};
pub use warning::{Warning, WarningKind};

use crate::ast::Expression;
use crate::catalog::Catalog;
use catalog_index::CatalogIndex;

/// How deep operators may nest once macros are replaced; the grammar allows 100 in one text.
pub(crate) const MAX_DEPTH: usize = 500;

/// Checks and compiles conditions against the fields of one source.
#[derive(Debug)]
pub struct Compiler {
    index: CatalogIndex,
}

impl Compiler {
    /// Indexes the names of the catalog's fields.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        Self { index: CatalogIndex::new(catalog) }
    }

    /// What is wrong with a condition whose macros are replaced, or what its author should know.
    pub fn check(&self, condition: &Expression) -> Result<Vec<Warning>, CompileError> {
        let mut warnings = Vec::new();
        self.compile(condition, &mut warnings)?;
        Ok(warnings)
    }

    /// The condition over typed predicates.
    pub(crate) fn compile(
        &self,
        condition: &Expression,
        warnings: &mut Vec<Warning>,
    ) -> Result<Compiled, CompileError> {
        predicate::compile(&self.index, condition, warnings, 0)
    }

    /// The field that a text names, `name` or `name[argument]`, as `output_fields` and `fields` write it.
    pub fn resolve(&self, text: &str) -> Result<Resolved, CompileFault> {
        self.index.resolve_text(text)
    }

    /// The longest field at the start of `text`, with the length of what names it; outputs are read with it.
    pub(crate) fn longest(&self, text: &str) -> Option<(Result<Resolved, CompileFault>, usize)> {
        self.index.longest(text)
    }

    /// An operand with the type of its value.
    pub(crate) fn operand(&self, operand: &crate::ast::Operand) -> Result<Typed, CompileError> {
        operand::compile(&self.index, operand)
    }
}
