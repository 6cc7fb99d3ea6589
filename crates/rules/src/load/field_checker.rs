//! The compiler as the loader's [`Checker`]: one for each source, its findings given codes, texts and hints.

use std::collections::HashMap;

use crate::ast::{Expression, Operand};
use crate::catalog::Catalog;
use crate::compile::{CompileError, CompileFault, Compiler, WarningKind};
use crate::diagnostic::{Code, field_hint};
use crate::evttypes::EventTypes;
use crate::load::checker::{CheckError, Checker, Remark};
use crate::output::OutputFault;

/// The source whose conditions are indexed by the type of the event.
const INDEXED: &str = "syscall";

struct Fields {
    compiler: Compiler,
    names: Vec<&'static str>,
    deprecated: Vec<&'static str>,
}

/// Checks rules against the fields of sources.
pub struct FieldChecker {
    sources: HashMap<&'static str, Fields>,
}

impl FieldChecker {
    /// For the sources of these catalogs; rules of others are skipped.
    #[must_use]
    pub fn new(catalogs: &[&Catalog]) -> Self {
        let fields = |catalog: &Catalog| {
            let names = catalog.fields().map(|(_, field)| field.name).collect();
            let deprecated = catalog
                .fields()
                .filter(|(_, field)| field.flags.deprecated)
                .map(|(_, field)| field.name)
                .collect();
            (catalog.source, Fields { compiler: Compiler::new(catalog), names, deprecated })
        };
        Self { sources: catalogs.iter().copied().map(fields).collect() }
    }

    /// The compiler of a source.
    #[must_use]
    pub fn compiler(&self, source: &str) -> Option<&Compiler> {
        self.sources.get(source).map(|fields| &fields.compiler)
    }

    fn fields(&self, source: &str) -> Result<&Fields, CheckError> {
        self.sources.get(source).ok_or_else(|| CheckError {
            message: format!("no source '{source}' is loaded"),
            at: 0,
            unknown_field: false,
            hint: None,
        })
    }
}

impl Fields {
    fn error(&self, error: &CompileError) -> CheckError {
        CheckError {
            message: error.to_string(),
            at: error.at.start,
            unknown_field: error.is_unknown_field()
                || matches!(error.fault, CompileFault::UnknownEventType { .. }),
            hint: self.hint(&error.fault),
        }
    }

    fn hint(&self, fault: &CompileFault) -> Option<String> {
        let CompileFault::UnknownField { field } = fault else { return None };
        let name = field.split('[').next().unwrap_or(field);
        field_hint(name, self.names.iter().copied())
    }

    /// Fields out of use that an output names.
    fn deprecated_in(&self, output: &str) -> Vec<Remark> {
        let named = |name: &str| {
            output.match_indices(name).any(|(at, _)| {
                let before = output[..at].trim_end_matches(|char: char| char.is_ascii_digit());
                let after = output[at + name.len()..].chars().next();
                before.ends_with(['%', '('])
                    && after.is_none_or(|char| {
                        !(char.is_ascii_alphanumeric() || matches!(char, '_' | '.'))
                    })
            })
        };
        let remark = |message| Remark { code: Code::DeprecatedItem, message };
        let fields = self.deprecated.iter().filter(|name| named(name));
        let mut remarks: Vec<_> = fields
            .map(|name| remark(format!("the output names '{name}', which is out of use")))
            .collect();
        if output.contains("%container.info") {
            remarks.push(remark("'%container.info' is out of use and prints nothing".to_owned()));
        }
        remarks
    }
}

impl Checker for FieldChecker {
    fn has_source(&self, source: &str) -> bool {
        self.sources.contains_key(source)
    }

    fn operand(&self, source: &str, operand: &Operand) -> Result<(), CheckError> {
        let fields = self.fields(source)?;
        fields.compiler.operand(operand).map(|_| ()).map_err(|error| fields.error(&error))
    }

    fn condition(&self, source: &str, condition: &Expression) -> Result<Vec<Remark>, CheckError> {
        let fields = self.fields(source)?;
        let warnings = fields.compiler.check(condition).map_err(|error| fields.error(&error))?;
        let mut remarks: Vec<Remark> = Vec::new();
        for warning in warnings {
            let remark = remark(&warning.kind);
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        if source == INDEXED && EventTypes::named(condition).is_worth_a_warning() {
            let message = "the condition holds for too many types of events, or for none; narrow it with 'evt.type'".to_owned();
            remarks.push(Remark { code: Code::NoEventType, message });
        }
        Ok(remarks)
    }

    fn output(&self, source: &str, output: &str) -> Result<Vec<Remark>, CheckError> {
        let fields = self.fields(source)?;
        match fields.compiler.check_output(output) {
            Ok(()) => Ok(fields.deprecated_in(output)),
            Err(error) => Err(CheckError {
                message: error.to_string(),
                at: error.at as u32,
                unknown_field: error.is_unknown_field(),
                hint: match &error.fault {
                    OutputFault::Field(fault) => fields.hint(fault),
                    OutputFault::NoField => {
                        field_hint(name_at(output, error.at), fields.names.iter().copied())
                    }
                    OutputFault::TrailingPercent => {
                        Some("write `%%` for a percent sign".to_owned())
                    }
                },
            }),
        }
    }
}

/// What looks like the name of a field behind the `%` near a byte of an output.
fn name_at(output: &str, at: usize) -> &str {
    let rest = output.get(at..).unwrap_or_default().trim_start_matches('%');
    let len = rest
        .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '.' | '_')))
        .unwrap_or(rest.len());
    &rest[..len]
}

fn remark(kind: &WarningKind) -> Remark {
    let (code, message) = match kind {
        WarningKind::FieldAsConstant { text } => (
            Code::CompileConditionWarning,
            format!(
                "'{text}' is a text here, but also names a field; write val({text}) to compare with it"
            ),
        ),
        WarningKind::TransformerAsConstant { text } => (
            Code::CompileConditionWarning,
            format!(
                "'{text}' is a text here, but looks like a transformer; write it without quotes and blanks"
            ),
        ),
        WarningKind::PlainRegex { pattern } => (
            Code::CompileConditionWarning,
            format!(
                "the regular expression '{pattern}' is plain text; '=', 'contains', 'startswith' or 'endswith' do"
            ),
        ),
        WarningKind::MissingAsText { field } => (
            Code::UnsafeNaCheck,
            format!("'{field}' is never '<NA>'; use 'exists' to ask whether it is there"),
        ),
        WarningKind::DeprecatedField { field } => {
            (Code::DeprecatedItem, format!("the condition asks '{field}', which is out of use"))
        }
    };
    Remark { code, message }
}
