//! Rule files become rules: read, joined into one namespace, lists and macros replaced, conditions handed to a [`Checker`].
//! Knows no field and no event; opens no file. The addon and the tests call [`Loader`].

#![expect(
    clippy::unnecessary_box_returns,
    reason = "a fault is boxed where it is made: results carry it"
)]

mod checker;
mod collector;
mod compile;
mod decode;
mod definition;
mod exception;
mod field_checker;
mod joined;
mod list;
mod macros;
mod reader;
mod schema;
mod selection;
mod source_file;
mod version;

use std::sync::Arc;

use crate::diagnostic::{Code, Context, Diagnostic};
use crate::ruleset::{Priority, Ruleset};
use collector::Collector;
use source_file::SourceFile;

pub use checker::{CheckError, Checker, Remark};
pub use field_checker::FieldChecker;
pub use schema::SchemaOutcome;
pub use selection::{Selection, Switch, Target};
pub use version::Version;

/// The engine version whose rules language this is.
pub const ENGINE_VERSION: Version = Version::new(0, 63, 0);

/// What the loader tells rule files about the program they are loaded into.
#[derive(Clone, Debug)]
pub struct Engine {
    /// What `required_engine_version` is compared with.
    pub version: Version,
    /// What `required_plugin_versions` is compared with.
    pub plugins: Vec<(String, Version)>,
    /// Less grave rules are read but not compiled.
    pub minimum: Priority,
}

impl Default for Engine {
    fn default() -> Self {
        Self { version: ENGINE_VERSION, plugins: Vec::new(), minimum: Priority::Debug }
    }
}

/// What was found in a file.
#[derive(Clone, Debug, Default)]
pub struct FileReport {
    /// As given.
    pub name: String,
    /// The first fault of the file; later ones would be guesses.
    pub errors: Vec<Diagnostic>,
    /// In the order they were met.
    pub warnings: Vec<Diagnostic>,
    /// What a check against the shape of rule files says.
    pub schema: SchemaOutcome,
}

impl FileReport {
    /// Whether the file can be used.
    #[must_use]
    pub fn successful(&self) -> bool {
        self.errors.is_empty()
    }

    /// An entry of `falco_load_results`.
    pub fn write_json(&self, out: &mut String) {
        use crate::diagnostic::json;
        let (valid, notes): (bool, &[String]) = match &self.schema {
            SchemaOutcome::None => (false, &[]),
            SchemaOutcome::Valid => (true, &[]),
            SchemaOutcome::Invalid(notes) => (false, notes),
        };
        out.push_str("{\"errors\":");
        json::array(out, &self.errors, |out, error| error.write_json(out));
        out.push_str(",\"name\":");
        json::string(out, &self.name);
        out.push_str(",\"schema_valid\":");
        out.push_str(if valid { "true" } else { "false" });
        out.push_str(",\"schema_warnings\":");
        json::array(out, notes, |out, note| json::string(out, note));
        out.push_str(",\"successful\":");
        out.push_str(if self.successful() { "true" } else { "false" });
        out.push_str(",\"warnings\":");
        json::array(out, &self.warnings, |out, warning| warning.write_json(out));
        out.push('}');
    }
}

/// The object `falco -V` prints: `{"falco_load_results":[…]}`.
#[must_use]
pub fn results_json(reports: &[FileReport]) -> String {
    let mut out = String::from("{\"falco_load_results\":");
    crate::diagnostic::json::array(&mut out, reports, |out, report| report.write_json(out));
    out.push('}');
    out
}

/// Loads files in order into one namespace.
pub struct Loader<'c> {
    checker: &'c dyn Checker,
    engine: Engine,
    collector: Collector,
    ruleset: Ruleset,
}

impl<'c> Loader<'c> {
    /// With no file loaded.
    #[must_use]
    pub fn new(checker: &'c dyn Checker, engine: Engine) -> Self {
        Self { checker, engine, collector: Collector::default(), ruleset: Ruleset::default() }
    }

    /// Loads a file after those before it, and compiles all that is defined so far.
    pub fn load(&mut self, name: &str, bytes: &[u8]) -> FileReport {
        let mut report = FileReport { name: name.to_owned(), ..FileReport::default() };
        let name: Arc<str> = Arc::from(name);
        let context = Context::file(&name);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(error) => {
                let message = format!("not UTF-8 from byte {}", error.valid_up_to());
                report
                    .errors
                    .push(Fault::new(Code::FileRead, message, &context).into_diagnostic(&[]));
                return report;
            }
        };
        let file = Arc::new(SourceFile { name, text: text.to_owned() });
        self.collector.files.push(Arc::clone(&file));
        let mut warnings = Vec::new();
        let outcome = reader::read(&file, &context, self, &mut warnings, &mut report.schema)
            .and_then(|()| {
                compile::compile(&self.collector, self.checker, self.engine.minimum, &mut warnings)
            });
        match outcome {
            Ok(ruleset) => self.ruleset = ruleset,
            Err(fault) => report.errors.push(fault.into_diagnostic(&self.collector.files)),
        }
        report.warnings = warnings
            .into_iter()
            .map(|warning| warning.into_diagnostic(&self.collector.files))
            .collect();
        report
    }

    /// Whether a list of that name is defined so far.
    #[must_use]
    pub fn has_list(&self, name: &str) -> bool {
        self.ruleset.lists.iter().any(|list| list.name == name)
    }

    /// The rules of the last file that loaded and of those before it, all of them; [`Selection`] says which run.
    #[must_use]
    pub fn finish(self) -> Ruleset {
        self.ruleset
    }
}

/// An error or a warning before it is given a snippet.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) context: Context,
    pub(crate) place: Option<crate::diagnostic::Position>,
    pub(crate) hint: Option<String>,
}

impl Fault {
    pub(crate) fn new(code: Code, message: impl Into<String>, context: &Context) -> Box<Self> {
        Box::new(Self {
            code,
            message: message.into(),
            context: context.clone(),
            place: None,
            hint: None,
        })
    }

    fn into_diagnostic(self, files: &[Arc<SourceFile>]) -> Diagnostic {
        let mut diagnostic = Diagnostic {
            code: self.code,
            message: self.message,
            locations: self.context.locations(),
            place: self.place,
            snippet: String::new(),
            hint: self.hint,
        };
        // The place within a condition is named after the condition; the one around it is in a file.
        let place = diagnostic.place.as_ref().or_else(|| {
            let in_file = |position: &&crate::diagnostic::Position| {
                files.iter().any(|file| file.name == position.name)
            };
            diagnostic.locations.iter().rev().map(|location| &location.position).find(in_file)
        });
        if let Some(place) = place {
            // The last of a name: a file may be loaded again after it was changed.
            let text = files
                .iter()
                .rev()
                .find(|file| file.name == place.name)
                .map(|file| crate::diagnostic::snippet(&file.text, place));
            diagnostic.snippet = text.unwrap_or_default();
        }
        diagnostic
    }
}

/// What most of loading returns.
pub(crate) type Outcome<T> = Result<T, Box<Fault>>;
