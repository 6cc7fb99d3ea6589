//! Rule files as programs, and whole files through `detect`.

use std::io::Cursor;

use lanner_rules::{Matching, Options, OutputOptions, Program, Selection};
use lanner_sources::detect::{AlertLine, Control, DetectOptions, Statistics, detect};
use lanner_sources::input::Input;
use lanner_sources::{ExtractOptions, RuleBook, RuleFile, Source};

/// The rules of a file.
pub(crate) fn ruleset(text: &[u8]) -> RuleBook {
    let file = RuleFile { name: "rules.yaml".into(), bytes: text.to_vec() };
    let book = RuleBook::load(&[file], &[], Selection::default());
    assert!(book.successful(), "{}", book.report_text());
    book
}

/// The enabled rules of a source as a program that writes as the recording Falco did.
pub(crate) fn program(book: &RuleBook, source: Source, matching: Matching) -> Program {
    let output = OutputOptions {
        message: true,
        iso8601: true,
        hostname: "vm".into(),
        ..OutputOptions::default()
    };
    let options = Options { matching, falco_compat: true, output, ..Options::default() };
    book.activate(source, &options).unwrap().program
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
