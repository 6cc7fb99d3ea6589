//! Rule files loaded together against the fields of all sources, with what was said of each, and their rules as programs.
//! Reads no file and no event. Used by the commands about rules, through the addon.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use lanner_rules::load::{ENGINE_VERSION, Engine, FieldChecker, FileReport, Version, results_json};
use lanner_rules::{
    Catalog, Describer, EventTypes, Loader, Options, Priority, Program, ProgramError, Rule,
    RuleSource, Ruleset, Selection,
};
use serde_json::json;

use crate::catalog;
use crate::source::Source;

/// The plugins whose work is done here, in the versions whose fields they have.
const PLUGINS: &[(&str, Version)] = &[
    ("k8saudit", Version::new(0, 18, 0)),
    ("cloudtrail", Version::new(0, 17, 1)),
    ("json", Version::new(0, 7, 4)),
    ("container", Version::new(0, 7, 1)),
];

/// A rule file as it was read.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// What it is called in what is said of it.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Rule files in one namespace.
#[derive(Debug)]
pub struct RuleBook {
    ruleset: Ruleset,
    reports: Vec<FileReport>,
    selection: Selection,
}

/// The rules of a source, compiled.
#[derive(Debug)]
pub struct ActiveRules {
    /// Their program.
    pub program: Program,
    /// Their names and priorities, by their index in the program.
    pub names: Vec<(String, Priority)>,
}

/// The rules of a source do not compile together with what is added to their outputs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rule `{rule}`: {reason}")]
pub struct ActivationError {
    /// The rule.
    pub rule: String,
    /// What is wrong.
    pub reason: String,
}

impl RuleBook {
    /// Loads the files in order. Only `sources` are known, and `syscall`; all of them when it is empty.
    #[must_use]
    pub fn load(files: &[RuleFile], sources: &[Source], selection: Selection) -> Self {
        Self::load_with(files, sources, selection, &[])
    }

    /// The same with items added to lists, as a further file would; lists that the files do not define are left alone.
    #[must_use]
    pub fn load_with(
        files: &[RuleFile],
        sources: &[Source],
        selection: Selection,
        additions: &[(String, Vec<String>)],
    ) -> Self {
        let known = |source: &Source| {
            sources.is_empty() || *source == Source::Syscall || sources.contains(source)
        };
        let catalogs: Vec<Catalog> = Source::ALL.into_iter().filter(known).map(catalog).collect();
        let checker = FieldChecker::new(&catalogs.iter().collect::<Vec<_>>());
        let plugins =
            PLUGINS.iter().map(|(name, version)| ((*name).to_owned(), *version)).collect();
        let minimum = selection.minimum.unwrap_or(Priority::Debug);
        let mut loader =
            Loader::new(&checker, Engine { version: ENGINE_VERSION, plugins, minimum });
        let reports = files.iter().map(|file| loader.load(&file.name, &file.bytes)).collect();
        let known = additions.iter().filter(|(list, _)| loader.has_list(list));
        let added: String = known.map(|(list, items)| appending(list, items)).collect();
        if !added.is_empty() {
            loader.load("additions", added.as_bytes());
        }
        Self { ruleset: loader.finish(), reports, selection }
    }

    /// Whether every file loaded.
    #[must_use]
    pub fn successful(&self) -> bool {
        self.reports.iter().all(FileReport::successful)
    }

    /// The sources of the rules that take part.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let used = |source: &Source| self.active(*source).next().is_some();
        Source::ALL.into_iter().filter(used).collect()
    }

    /// What was said of the files, as the object of `falco -V`.
    #[must_use]
    pub fn report_json(&self) -> String {
        results_json(&self.reports)
    }

    /// What was said of the files, for a person: a verdict a file, as `falco -V` begins, then each finding.
    #[must_use]
    pub fn report_text(&self) -> String {
        let mut text = String::new();
        for report in &self.reports {
            let verdict = match (report.successful(), report.warnings.len()) {
                (false, _) => "Invalid",
                (true, 0) => "Ok",
                (true, _) => "Ok, with warnings",
            };
            let _ = writeln!(text, "{}: {verdict}", report.name);
            for (title, findings) in [("Errors", &report.errors), ("Warnings", &report.warnings)] {
                if findings.is_empty() {
                    continue;
                }
                let _ = writeln!(text, "{} {title}:", findings.len());
                for finding in findings {
                    let _ = writeln!(text, "{finding}\n");
                }
            }
        }
        text
    }

    /// Rules, macros, lists and requirements as `falco -L` describes them in JSON; of `only` its rule alone.
    #[must_use]
    pub fn describe_json(&self, only: Option<&str>) -> String {
        let catalogs: Vec<Catalog> = Source::ALL.into_iter().map(catalog).collect();
        Describer::new(&catalogs).json(&self.ruleset, &self.selection, only)
    }

    /// The rules of a source that take part, in order of definition.
    pub fn active(&self, source: Source) -> impl Iterator<Item = &Rule> {
        let takes_part =
            move |rule: &&Rule| rule.source == source.name() && self.selection.includes(rule);
        self.ruleset.rules.iter().filter(takes_part)
    }

    /// The types of system calls that the rules look at, `evt.type`; `None` when some rule looks at all.
    #[must_use]
    pub fn event_types(&self) -> Option<BTreeSet<&'static str>> {
        let types = self.active(Source::Syscall).map(|rule| EventTypes::of(&rule.condition));
        let mut names = BTreeSet::new();
        for types in types {
            if types.is_all() {
                return None;
            }
            names.extend(types.names());
        }
        Some(names)
    }

    /// Compiles the rules of a source that take part.
    ///
    /// # Errors
    /// A rule whose output does not compile with what the options add to it.
    pub fn activate(
        &self,
        source: Source,
        options: &Options,
    ) -> Result<ActiveRules, ActivationError> {
        compiled(&self.active(source).collect::<Vec<_>>(), source, options)
    }
}

/// A rule file that adds items to a list. JSON is YAML (YAML 1.2 §1.3).
fn appending(list: &str, items: &[String]) -> String {
    let item = json!({ "list": list, "items": items, "override": { "items": "append" } });
    format!("- {item}\n")
}

/// Compiles those rules.
pub(crate) fn compiled(
    rules: &[&Rule],
    source: Source,
    options: &Options,
) -> Result<ActiveRules, ActivationError> {
    let sources: Vec<RuleSource<'_>> = rules.iter().map(|&rule| RuleSource::from(rule)).collect();
    let program = Program::compile(&sources, &catalog(source), options).map_err(|error| {
        let (rule, reason) = match &error {
            ProgramError::Condition { rule, error } => (*rule, error.to_string()),
            ProgramError::Output { rule, error } => (*rule, error.to_string()),
        };
        let rule = rules.get(rule).map(|rule| rule.name.clone()).unwrap_or_default();
        ActivationError { rule, reason }
    })?;
    let names = rules.iter().map(|rule| (rule.name.clone(), rule.priority)).collect();
    Ok(ActiveRules { program, names })
}
