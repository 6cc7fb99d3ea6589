//! Falco's own rules over the lines of a trace, with the fields that scenarios look at in every alert.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use lanner_rules::{
    AppendOutput, Evaluator, ExtraField, Matching, Options, OutputOptions, Selection,
};
use lanner_sources::{
    ActiveRules, Batch, Container, EventReader, ExtractOptions, Layout, Order, Plan, RuleBook,
    RuleFile, Skipped, Source, Triage,
};
use serde_json::Value;

use crate::scenario::Case;

/// Rules, and what an event is asked where.
pub(crate) struct Judge {
    rules: ActiveRules,
    on_host: Plan,
    in_container: Plan,
    /// On the host and in the container.
    triage: [Mutex<Triage>; 2],
}

impl Judge {
    /// The shipped rules, with outputs that show what the cases look at.
    pub(crate) fn new(rules: &Path, cases: &[Case]) -> Self {
        let shown: BTreeSet<&String> = cases.iter().flat_map(|case| case.fields.keys()).collect();
        let shown = shown.into_iter().map(|name| ExtraField::Field(name.clone())).collect();
        let file = RuleFile { name: "rules".into(), bytes: std::fs::read(rules).unwrap() };
        let book = RuleBook::load(&[file], &[Source::Syscall], Selection::default());
        assert!(book.successful(), "{}", book.report_text());
        let append = vec![AppendOutput { extra_fields: shown, ..AppendOutput::default() }];
        let output = OutputOptions { append, ..OutputOptions::default() };
        let options = Options { matching: Matching::All, output, ..Options::default() };
        let rules = book.activate(Source::Syscall, &options).unwrap();
        let plan = |container| {
            let options = ExtractOptions { container, ..ExtractOptions::default() };
            Plan::new(Source::Syscall, rules.program.fields(), options)
        };
        let mut container = Container::new("scenario", Some("registry.example/scenario:1"));
        container.privileged = true;
        let triage = [None, Some(&container)].map(|one| Mutex::new(book.triage(one).unwrap()));
        let (on_host, in_container) = (plan(None), plan(Some(container)));
        Self { rules, on_host, in_container, triage }
    }

    /// The alerts of a rule.
    pub(crate) fn alerts(&self, rule: &str, lines: &str, in_container: bool) -> Vec<Value> {
        let plan = if in_container { &self.in_container } else { &self.on_host };
        let mut reader = EventReader::new(plan).unwrap();
        let mut evaluator = Evaluator::new(&self.rules.program);
        let mut skipped = Skipped::default();
        let text = lines.as_bytes().to_vec();
        let batch = Batch { input: 0, offset: 0, text, layout: Layout::Lines };
        let mut alerts = Vec::new();
        reader.read(&batch, &mut Order::default(), &mut skipped, &mut |event| {
            for &index in evaluator.matches(event) {
                if self.rules.names[index as usize].0 == rule {
                    let mut line = Vec::new();
                    self.rules.program.render(index, event, &mut line);
                    alerts.push(serde_json::from_slice(&line).unwrap());
                }
            }
        });
        assert_eq!(skipped.total(), 0, "{skipped:?}");
        alerts
    }

    /// Lines that a rule matches, and that a trace judged meanwhile would not have written; and how many it would have.
    pub(crate) fn overlooked(&self, lines: &str, in_container: bool) -> (Vec<String>, usize) {
        let plan = if in_container { &self.in_container } else { &self.on_host };
        let mut reader = EventReader::new(plan).unwrap();
        let mut evaluator = Evaluator::new(&self.rules.program);
        let triage = &mut *self.triage[usize::from(in_container)].lock().unwrap();
        let mut told = 0;
        let overlooked = lines.lines().filter(|line| {
            let saved = lanner_trace::events::read_event(line).unwrap();
            let event = saved.event();
            let wanted = triage.kinds.as_ref().is_none_or(|kinds| kinds.contains(event.kind));
            if wanted && (triage.matters)(&event) {
                told += 1;
                return false;
            }
            let text = line.as_bytes().to_vec();
            let batch = Batch { input: 0, offset: 0, text, layout: Layout::Lines };
            let mut matched = false;
            reader.read(&batch, &mut Order::default(), &mut Skipped::default(), &mut |event| {
                matched = !evaluator.matches(event).is_empty();
            });
            matched
        });
        (overlooked.map(str::to_owned).collect(), told)
    }
}

/// Whether an alert says what the case wants it to; else what it says.
pub(crate) fn compare(case: &Case, alert: &Value) -> Result<(), String> {
    let priority = alert["priority"].as_str().unwrap().to_lowercase();
    if priority != case.priority {
        return Err(format!("its priority is {priority}"));
    }
    for (name, wanted) in &case.fields {
        let value = match &alert["output_fields"][name] {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        if value != *wanted {
            return Err(format!("{name} is {value}, not {wanted}"));
        }
    }
    Ok(())
}
