//! Conditions and outputs over the recorded audit events, as a real Falco judged and wrote them.
#![expect(clippy::print_stderr, reason = "a corpus test tells how much it compared")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;

use std::collections::BTreeMap;
use std::path::Path;

use lanner_rules::ast::Expression;
use lanner_rules::load::{Engine, FieldChecker, Loader, Selection, Switch, Target, Version};
use lanner_rules::{
    AppendOutput, Evaluator, ExtraField, Matching, Options, OutputOptions, Priority, Program,
    RuleIndex, RuleSource, Ruleset, condition,
};
use lanner_sources::{
    Batch, EventReader, ExtractOptions, Layout, Order, Plan, Skipped, Source, catalog,
};
use serde_json::Value;

/// What a program says of each event, in order: the rule and its alert.
fn alerts(program: &Program, text: &[u8]) -> Vec<(u64, RuleIndex, Vec<u8>)> {
    let options =
        ExtractOptions { compat: true, hostname: "vm".into(), ..ExtractOptions::default() };
    let plan = Plan::new(Source::K8sAudit, program.fields(), options);
    let mut reader = EventReader::new(&plan).unwrap();
    let mut evaluator = Evaluator::new(program);
    let mut found = Vec::new();
    let batch = Batch { input: 0, offset: 0, text: text.to_vec(), layout: Layout::Lines };
    reader.read(&batch, &mut Order::default(), &mut Skipped::default(), &mut |event| {
        for rule in evaluator.matches(event).to_vec() {
            let mut line = Vec::new();
            program.render(rule, event, &mut line);
            found.push((event.moment().number, rule, line));
        }
    });
    found
}

fn rule<'r>(condition: &'r Expression, output: &'r str) -> RuleSource<'r> {
    RuleSource { name: "R", source: "k8s_audit", priority: "Notice", tags: &[], output, condition }
}

fn cases(path: &Path) -> Vec<Value> {
    let text = String::from_utf8(corpus::read(path)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Loads files in order against the fields of the audit source; what the last says is the verdict.
fn load(checker: &FieldChecker, files: &[(&str, &[u8])]) -> Result<Ruleset, String> {
    let plugins = [("k8saudit", (0, 18, 0)), ("json", (0, 7, 4)), ("cloudtrail", (0, 17, 1))];
    let plugins = plugins
        .map(|(name, (major, minor, patch))| (name.to_owned(), Version::new(major, minor, patch)));
    let mut loader = Loader::new(checker, Engine { plugins: plugins.into(), ..Engine::default() });
    for (name, text) in files {
        let report = loader.load(name, text);
        if let Some(error) = report.errors.first() {
            return Err(error.message.clone());
        }
    }
    Ok(loader.finish())
}

fn program(ruleset: &Ruleset, selection: &Selection, options: &Options) -> Program {
    let rules: Vec<RuleSource<'_>> = ruleset
        .rules
        .iter()
        .filter(|rule| rule.source == "k8s_audit" && selection.includes(rule))
        .map(RuleSource::from)
        .collect();
    Program::compile(&rules, &catalog(Source::K8sAudit), options).unwrap()
}

/// Conditions whose matches are ours on purpose, with the reason.
const DEVIATIONS: &[(&str, &str)] = &[];

#[test]
fn conditions_match_the_events_they_matched_in_falco() {
    let Some(corpus) = corpus::corpus() else { return };
    let events = corpus::read(&corpus.join("oracle/language/events.jsonl"));
    let prelude = corpus::read(&corpus.join("oracle/language/prelude.yaml"));
    let checker = FieldChecker::new(&[&catalog(Source::K8sAudit)]);
    let options = Options { falco_compat: true, ..Options::default() };
    let (mut valid, mut refused, mut wrong) = (0, 0, Vec::new());
    for case in cases(&corpus.join("oracle/language/conditions.jsonl")) {
        let (id, text) = (case["id"].as_str().unwrap(), case["condition"].as_str().unwrap());
        if DEVIATIONS.iter().any(|(deviation, _)| *deviation == id) {
            continue;
        }
        let rule = format!(
            "- {{rule: R, desc: d, output: o, priority: NOTICE, source: k8s_audit, condition: {}}}",
            case["condition"]
        );
        let loaded = load(&checker, &[("prelude.yaml", &prelude), ("rule.yaml", rule.as_bytes())]);
        match (loaded, case["valid"] == true) {
            (Err(_), false) => refused += 1,
            (Ok(ruleset), true) => {
                valid += 1;
                let program = program(&ruleset, &Selection::default(), &options);
                let ours: Vec<String> = alerts(&program, &events)
                    .iter()
                    .map(|(number, ..)| format!("ev{number:02}"))
                    .collect();
                let theirs: Vec<&str> = case["matches"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|event| event.as_str().unwrap())
                    .collect();
                if ours != theirs {
                    wrong.push(format!("{id} {text}:\n  ours {ours:?}\n  Falco's {theirs:?}"));
                }
            }
            (verdict, _) => {
                wrong.push(format!("{id} {text}: ours {:?}", verdict.map(|_| "accepted")));
            }
        }
    }
    eprintln!("conditions: {valid} accepted with their matches, {refused} refused");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rules by name with the events each alerted on, and the first alert.
fn by_rule(
    ruleset: &Ruleset,
    matching: Matching,
    events: &[u8],
) -> (BTreeMap<String, Vec<String>>, Option<Value>) {
    let output = OutputOptions {
        message: true,
        iso8601: true,
        hostname: "vm".into(),
        ..OutputOptions::default()
    };
    let options = Options { matching, falco_compat: true, output, ..Options::default() };
    let program = program(ruleset, &Selection::default(), &options);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut first = None;
    for (number, _, line) in alerts(&program, events) {
        let alert: Value = serde_json::from_slice(&line).unwrap();
        found
            .entry(alert["rule"].as_str().unwrap().to_owned())
            .or_default()
            .push(format!("ev{number:02}"));
        first.get_or_insert(alert);
    }
    (found, first)
}

/// The recorder knew events by their outputs: one that names none leaves only their count.
fn same_events(
    ours: &BTreeMap<String, Vec<String>>,
    theirs: &BTreeMap<String, Vec<String>>,
) -> bool {
    let same = |ours: &Vec<String>, theirs: &Vec<String>| {
        ours == theirs
            || (theirs.iter().all(|event| event == "nNone") && ours.len() == theirs.len())
    };
    ours.len() == theirs.len()
        && ours
            .iter()
            .all(|(rule, events)| theirs.get(rule).is_some_and(|theirs| same(events, theirs)))
}

#[test]
fn rule_files_alert_on_the_events_they_alerted_on_in_falco() {
    let Some(corpus) = corpus::corpus() else { return };
    let language = corpus.join("oracle/language");
    let events = corpus::read(&language.join("events.jsonl"));
    let checker = FieldChecker::new(&[&catalog(Source::K8sAudit), &catalog(Source::Syscall)]);
    let (mut judged, mut loaded, mut wrong) = (0, 0, Vec::new());
    for path in corpus::files(&language.join("expected"), ".json") {
        let expected: Value = serde_json::from_slice(&corpus::read(&path)).unwrap();
        let name = format!("{}.yaml", expected["case"].as_str().unwrap());
        if expected.get("matches_all").is_none_or(Value::is_null) {
            continue;
        }
        loaded += 1;
        let ruleset =
            match load(&checker, &[(&name, &corpus::read(&language.join("cases").join(&name)))]) {
                Ok(ruleset) => ruleset,
                Err(error) => {
                    wrong.push(format!("{name}: refused: {error}"));
                    continue;
                }
            };
        for (matching, key) in [(Matching::All, "matches_all"), (Matching::First, "matches_first")]
        {
            let theirs: BTreeMap<String, Vec<String>> =
                serde_json::from_value(expected[key].clone()).unwrap();
            let (ours, first) = by_rule(&ruleset, matching, &events);
            judged += 1;
            if !same_events(&ours, &theirs) {
                wrong.push(format!("{name} {key}:\n  ours {ours:?}\n  Falco's {theirs:?}"));
            }
            if matching == Matching::All
                && first.clone().unwrap_or_default() != expected["first_alert"]
            {
                wrong.push(format!(
                    "{name}:\n  ours {first:?}\n  Falco's {}",
                    expected["first_alert"]
                ));
            }
        }
    }
    eprintln!("rule files: {loaded} loaded, {judged} runs");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a configuration of `config-variants.json` is with us.
fn variant(name: &str) -> (Options, Selection) {
    let mut output = OutputOptions {
        message: true,
        iso8601: true,
        hostname: "vm".into(),
        ..OutputOptions::default()
    };
    let mut matching = Matching::All;
    let mut selection = Selection::default();
    let switch = |enable, target| Switch { enable, target };
    let named = |name: &str| Target::Name(name.to_owned());
    let append = |append| vec![append];
    match name {
        "default-json" | "M-1" => {}
        "text" => output.json = false,
        "text-noiso" => (output.json, output.iso8601) = (false, false),
        "json-noiso" => output.iso8601 = false,
        "json-no-output" => output.output = false,
        "json-no-tags" => output.tags = false,
        "json-no-fields" => output.fields = false,
        "json-no-message" => output.message = false,
        "prio-notice" => selection.minimum = Some(Priority::Notice),
        "prio-warning" => selection.minimum = Some(Priority::Warning),
        "rule-matching-first" => matching = Matching::First,
        "buffer-b64" => output.buffer_base64 = true,
        "p-extra" => {
            output.append = append(AppendOutput {
                extra_output: Some("extra=%ka.verb".into()),
                ..AppendOutput::default()
            });
        }
        "disable-V1" => selection.switches = vec![switch(false, named("V1"))],
        "disable-all-enable-V2" => {
            selection.switches = vec![switch(false, named("*")), switch(true, named("V2"))];
        }
        "disable-tag-a" => selection.switches = vec![switch(false, Target::Tag("a".into()))],
        "disable-glob" => selection.switches = vec![switch(false, named("V*"))],
        "append-output" => {
            output.append = append(AppendOutput {
                source: Some("k8s_audit".into()),
                extra_output: Some("verb=%ka.verb".into()),
                extra_fields: vec![
                    ExtraField::Field("ka.uri".into()),
                    ExtraField::Format { name: "my.name".into(), format: "%ka.verb!".into() },
                ],
                ..AppendOutput::default()
            });
        }
        "append-output-rule" => {
            output.append = append(AppendOutput {
                rule: Some("V2".into()),
                extra_output: Some("only V2".into()),
                ..AppendOutput::default()
            });
        }
        "append-output-tag" => {
            output.append = append(AppendOutput {
                tags: vec!["a".into()],
                extra_fields: vec![ExtraField::Field("ka.verb".into())],
                ..AppendOutput::default()
            });
        }
        other => panic!("no configuration {other}"),
    }
    (Options { matching, falco_compat: true, output, ..Options::default() }, selection)
}

#[test]
fn configurations_change_alerts_byte_by_byte_as_in_falco() {
    let Some(corpus) = corpus::corpus() else { return };
    let language = corpus.join("oracle/language");
    let events = corpus::read(&language.join("events.jsonl"));
    let rules = corpus::read(&language.join("variant-rules.yaml"));
    let checker = FieldChecker::new(&[&catalog(Source::K8sAudit)]);
    let variants: BTreeMap<String, Value> =
        serde_json::from_slice(&corpus::read(&language.join("config-variants.json"))).unwrap();
    let mut wrong = Vec::new();
    for (name, recorded) in &variants {
        let (options, selection) = variant(name);
        let ruleset = load(&checker, &[("variant-rules.yaml", &rules)]).unwrap();
        let program = program(&ruleset, &selection, &options);
        // `-M 1` ends Falco's run after a second, in the middle of the events.
        let cut = if name == "M-1" { 2 } else { usize::MAX };
        let ours: Vec<String> = alerts(&program, &events)
            .into_iter()
            .take(cut)
            .map(|(.., line)| String::from_utf8(line).unwrap())
            .collect();
        let theirs: Vec<&str> = recorded["stdout"]
            .as_str()
            .unwrap()
            .lines()
            .take_while(|line| !line.starts_with("Events detected"))
            .collect();
        if ours != theirs {
            wrong.push(format!("{name}:\n  ours {ours:#?}\n  Falco's {theirs:#?}"));
        }
    }
    eprintln!("configurations: {}", variants.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn outputs_are_written_as_falco_wrote_them() {
    let Some(corpus) = corpus::corpus() else { return };
    let events = corpus::read(&corpus.join("oracle/language/events.jsonl"));
    let catalog = catalog(Source::K8sAudit);
    let output = OutputOptions {
        message: true,
        iso8601: true,
        hostname: "vm".into(),
        ..OutputOptions::default()
    };
    let options = Options { falco_compat: true, output, ..Options::default() };
    let (mut valid, mut refused, mut lines, mut wrong) = (0, 0, 0, Vec::new());
    for case in cases(&corpus.join("oracle/language/outputs.jsonl")) {
        let (id, text) = (case["id"].as_str().unwrap(), case["output"].as_str().unwrap());
        let empty = Vec::new();
        let rendered = case["rendered"].as_array().unwrap_or(&empty);
        let names: Vec<&str> =
            rendered.iter().map(|alert| alert["event"].as_str().unwrap()).collect();
        let parsed = condition::parse(&format!("ka.auditid in ({})", names.join(", "))).unwrap();
        match (
            Program::compile(&[rule(&parsed, text.trim())], &catalog, &options),
            case["valid"] == true,
        ) {
            (Err(_), false) => refused += 1,
            (Err(error), true) => wrong.push(format!("{id} {text}: refused: {error}")),
            (Ok(_), false) => wrong.push(format!("{id} {text}: accepted")),
            (Ok(program), true) => {
                valid += 1;
                let ours = alerts(&program, &events);
                assert_eq!(ours.len(), rendered.len(), "{id} {text}");
                for ((_, _, line), theirs) in ours.iter().zip(rendered) {
                    lines += 1;
                    let ours: Value = serde_json::from_slice(line).unwrap_or_else(|error| {
                        panic!("{id}: {error}: {}", String::from_utf8_lossy(line))
                    });
                    for key in ["message", "output", "output_fields", "time"] {
                        if ours[key] != theirs[key] {
                            wrong.push(format!(
                                "{id} {text}: {key}: ours {} Falco's {}",
                                ours[key], theirs[key]
                            ));
                        }
                    }
                }
            }
        }
    }
    eprintln!("outputs: {valid} accepted with {lines} alerts, {refused} refused");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
