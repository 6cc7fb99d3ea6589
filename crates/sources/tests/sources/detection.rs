//! Rule files as programs, and whole files through `detect`.

use std::io::Cursor;

use lanner_rules::ast::{Expression, Operand};
use lanner_rules::load::{CheckError, Checker, Engine, Loader, Remark, Version};
use lanner_rules::{Matching, Options, OutputOptions, Program, RuleSource, Ruleset};
use lanner_sources::detect::{AlertLine, Control, DetectOptions, Statistics, detect};
use lanner_sources::input::Input;
use lanner_sources::{ExtractOptions, Source, catalog};

/// Takes everything: the program is what is tested.
struct Trusting;

impl Checker for Trusting {
    fn has_source(&self, _source: &str) -> bool {
        true
    }

    fn operand(&self, _source: &str, _operand: &Operand) -> Result<(), CheckError> {
        Ok(())
    }

    fn condition(&self, _source: &str, _condition: &Expression) -> Result<Vec<Remark>, CheckError> {
        Ok(Vec::new())
    }

    fn output(&self, _source: &str, _output: &str) -> Result<Vec<Remark>, CheckError> {
        Ok(Vec::new())
    }
}

/// The rules of a file.
pub(crate) fn ruleset(text: &[u8]) -> Ruleset {
    let plugins = [("k8saudit", (0, 18, 0)), ("json", (0, 7, 4)), ("cloudtrail", (0, 17, 1))];
    let plugins = plugins
        .map(|(name, (major, minor, patch))| (name.to_owned(), Version::new(major, minor, patch)));
    let engine = Engine { plugins: plugins.into(), ..Engine::default() };
    let mut loader = Loader::new(&Trusting, engine);
    let report = loader.load("rules.yaml", text);
    assert!(report.successful(), "{:?}", report.errors);
    loader.finish()
}

/// The enabled rules of a source as a program that writes as the recording Falco did.
pub(crate) fn program(ruleset: &Ruleset, source: Source, matching: Matching) -> Program {
    let rules: Vec<RuleSource<'_>> = ruleset
        .rules
        .iter()
        .filter(|rule| rule.enabled && rule.source == source.name())
        .map(|rule| RuleSource {
            name: &rule.name,
            source: &rule.source,
            priority: rule.priority.name(),
            tags: &rule.tags,
            output: &rule.output,
            condition: &rule.condition,
        })
        .collect();
    let output = OutputOptions {
        message: true,
        iso8601: true,
        hostname: "vm".into(),
        ..OutputOptions::default()
    };
    let options = Options { matching, falco_compat: true, output, ..Options::default() };
    Program::compile(&rules, &catalog(source), &options).unwrap()
}

/// Alerts of a run over texts, each an input.
pub(crate) fn alerts(
    program: &Program,
    source: Source,
    texts: Vec<Vec<u8>>,
    options: &DetectOptions,
) -> (Vec<serde_json::Value>, Statistics) {
    let mut alerts = Vec::new();
    let inputs =
        texts.into_iter().map(|text| Input::stream("text", Box::new(Cursor::new(text)))).collect();
    let extract = ExtractOptions { hostname: "vm".into(), ..options.extract.clone() };
    let options = DetectOptions { extract, ..options.clone() };
    let mut sink = |lines: &[u8], ends: &[AlertLine]| {
        let mut start = 0;
        for alert in ends {
            alerts.push(serde_json::from_slice(&lines[start..alert.end]).unwrap());
            start = alert.end;
        }
        assert_eq!(start, lines.len());
        Ok(())
    };
    let statistics =
        detect(inputs, source, program, &options, &Control::default(), &mut sink).unwrap();
    (alerts, statistics)
}

/// As Falco reads.
pub(crate) fn compatible() -> DetectOptions {
    DetectOptions {
        extract: ExtractOptions { compat: true, ..ExtractOptions::default() },
        ..DetectOptions::default()
    }
}
