//! The loader against what a real Falco said of conditions and whole rule files.
#![expect(clippy::print_stderr, reason = "a corpus test tells how much it compared")]
#![expect(clippy::unwrap_used, reason = "a corpus that is not as recorded ends the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lanner_rules::condition::compiled;
use lanner_rules::diagnostic::Diagnostic;
use lanner_rules::load::{Engine, FieldChecker, FileReport, Loader, Version};
use lanner_rules::{Priority, Rule, Ruleset};
use lanner_sources::{Source, catalog};
use serde_json::Value;

/// The oracle is a minor version older than we are.
fn engine() -> Engine {
    let plugin =
        |name: &str, major, minor, patch| (name.to_owned(), Version::new(major, minor, patch));
    Engine {
        version: Version::new(0, 62, 0),
        plugins: vec![
            plugin("k8saudit", 0, 18, 0),
            plugin("json", 0, 7, 4),
            plugin("cloudtrail", 0, 17, 1),
            plugin("container", 0, 7, 1),
        ],
        minimum: Priority::Debug,
    }
}

/// The corpus, or a word that there is none.
fn folder() -> Option<PathBuf> {
    let root = std::env::var_os("LANNER_CORPUS");
    if root.is_none() {
        eprintln!("skipped: no corpus");
    }
    root.map(|root| PathBuf::from(root).join("falco-rules"))
}

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn checker(sources: &[Source]) -> FieldChecker {
    let catalogs: Vec<_> = sources.iter().map(|source| catalog(*source)).collect();
    FieldChecker::new(&catalogs.iter().collect::<Vec<_>>())
}

fn load(checker: &FieldChecker, name: &str, text: &[u8]) -> (FileReport, Ruleset) {
    let mut loader = Loader::new(checker, engine());
    let report = loader.load(name, text);
    (report, loader.finish())
}

fn codes(diagnostics: &[Diagnostic]) -> Vec<String> {
    let mut codes: Vec<_> =
        diagnostics.iter().map(|diagnostic| diagnostic.code.name().to_owned()).collect();
    codes.sort();
    codes
}

/// Codes of an array of objects or of pairs.
fn recorded_codes(list: &Value) -> Vec<String> {
    let code = |entry: &Value| {
        entry.get("code").or_else(|| entry.get(0)).and_then(Value::as_str).unwrap_or("?").to_owned()
    };
    let mut codes: Vec<_> = list.as_array().into_iter().flatten().map(code).collect();
    codes.sort();
    codes
}

/// Counts agreement, and collects what differs.
#[derive(Default)]
struct Tally {
    ran: usize,
    differing: Vec<(String, String)>,
}

impl Tally {
    fn expect<T: PartialEq + std::fmt::Debug>(
        &mut self,
        id: &str,
        what: &str,
        ours: &T,
        theirs: &T,
    ) {
        if ours != theirs {
            self.differing
                .push((id.to_owned(), format!("{what}: ours {ours:?}, Falco {theirs:?}")));
        }
    }

    /// Every difference is argued, and every argument still needed.
    fn finish(self, name: &str, argued: &[(&str, &str)]) {
        let ids: BTreeSet<_> = self.differing.iter().map(|(id, _)| id.as_str()).collect();
        eprintln!(
            "{name}: {} ran, {} agree, {} differ with a reason",
            self.ran,
            self.ran - ids.len(),
            argued.len()
        );
        let unargued: Vec<_> = self
            .differing
            .iter()
            .filter(|(id, _)| !argued.iter().any(|(argued, _)| argued == id))
            .collect();
        let stale: Vec<_> = argued.iter().filter(|(id, _)| !ids.contains(id)).collect();
        assert!(
            unargued.is_empty() && stale.is_empty(),
            "{name}: {} differ: {unargued:#?}\nno longer differing: {stale:#?}",
            unargued.len()
        );
    }
}

fn verdict(tally: &mut Tally, id: &str, report: &FileReport, errors: &Value, warnings: &Value) {
    let text = || report.errors.iter().map(ToString::to_string).collect::<Vec<_>>();
    if codes(&report.errors) != recorded_codes(errors) {
        tally.differing.push((id.to_owned(), format!("errors: ours {:?}, Falco {errors}", text())));
    }
    tally.expect(id, "warnings", &codes(&report.warnings), &recorded_codes(warnings));
}

fn lines(path: &str) -> Vec<Value> {
    let Some(folder) = folder() else { return Vec::new() };
    let text = fs::read_to_string(folder.join(path)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn conditions_load_as_recorded() {
    let Some(folder) = folder() else { return };
    let checker = checker(&[Source::K8sAudit]);
    let prelude = fs::read_to_string(folder.join("oracle/language/prelude.yaml")).unwrap();
    let mut tally = Tally::default();
    for row in lines("oracle/language/conditions.jsonl") {
        let id = row["id"].as_str().unwrap();
        let text = format!(
            "{prelude}\n- rule: R\n  desc: d\n  condition: {}\n  output: x\n  priority: INFO\n  source: k8s_audit\n",
            row["condition"]
        );
        let (report, rules) = load(&checker, "in.yaml", text.as_bytes());
        tally.ran += 1;
        let mut report = report;
        report.warnings.retain(|warning| {
            !matches!(warning.code.name(), "LOAD_UNUSED_MACRO" | "LOAD_UNUSED_LIST")
        });
        verdict(&mut tally, id, &report, &row["errors"], &row["warnings"]);
        if let (Some(place), Some(error)) =
            (row["position"].as_array().and_then(|chain| chain.last()), report.errors.first())
        {
            let at = &error.locations.last().unwrap().position;
            tally.expect(
                id,
                "position",
                &(at.line as u64, at.column as u64),
                &(place["line"].as_u64().unwrap(), place["column"].as_u64().unwrap()),
            );
        }
        if let (Some(theirs), Some(rule)) = (row["compiled"].as_str(), rules.rules.first()) {
            tally.expect(id, "compiled", &compiled(&rule.condition).as_str(), &theirs);
        }
    }
    tally.finish("conditions.jsonl", &[]);
}

#[test]
fn syscall_conditions_load_as_recorded() {
    if folder().is_none() {
        return;
    }
    let checker = checker(&[Source::Syscall]);
    let mut tally = Tally::default();
    for row in lines("oracle/language/syscall_conditions.jsonl") {
        let text = format!(
            "- rule: R\n  desc: d\n  condition: {}\n  output: x\n  priority: INFO\n  warn_evttypes: false\n",
            row["condition"]
        );
        let (report, _) = load(&checker, "in.yaml", text.as_bytes());
        tally.ran += 1;
        verdict(&mut tally, row["id"].as_str().unwrap(), &report, &row["errors"], &row["warnings"]);
    }
    tally.finish(
        "syscall_conditions.jsonl",
        &[
            ("s0076", "the argument of `evt.type.is` may stand in brackets too, as the list of fields has it"),
            ("s0077", "`evt.abspath` without an argument is never there; Falco loads it all the same"),
        ],
    );
}

#[test]
fn rule_files_load_as_recorded() {
    let Some(folder) = folder() else { return };
    let checker = checker(&[Source::K8sAudit, Source::Syscall]);
    let cases = folder.join("oracle/language");
    let mut tally = Tally::default();
    for entry in sorted(&cases.join("cases")) {
        let id = entry.file_stem().unwrap().to_str().unwrap().to_owned();
        let expected = json(cases.join(format!("expected/{id}.json")));
        let name = format!("{id}.yaml");
        let (report, rules) = load(&checker, &name, &fs::read(&entry).unwrap());
        tally.ran += 1;
        let loaded = &expected["load"];
        if loaded.is_null() {
            tally.expect(&id, "valid", &report.successful(), &expected["valid"].as_bool().unwrap());
            continue;
        }
        verdict(&mut tally, &id, &report, &loaded["errors"], &loaded["warnings"]);
        for (ours, theirs) in
            [(&report.errors, &loaded["errors"]), (&report.warnings, &loaded["warnings"])]
        {
            for (ours, theirs) in ours.iter().zip(theirs.as_array().unwrap()) {
                tally.expect(&id, "places", &chain(ours), &recorded_chain(theirs));
            }
        }
        for (rule, described) in
            rules.rules.iter().zip(expected["describe"].as_array().into_iter().flatten())
        {
            tally.expect(&id, "name", &rule.name.as_str(), &described["name"].as_str().unwrap());
            effect(&mut tally, &id, rule, &described["condition_compiled"], described);
            tally.expect(
                &id,
                "desc",
                &rule.description.as_str(),
                &described["desc"].as_str().unwrap(),
            );
            let tags: Vec<_> = described["tags"]
                .as_array()
                .unwrap()
                .iter()
                .map(|tag| tag.as_str().unwrap().to_owned())
                .collect();
            tally.expect(&id, "tags", &rule.tags, &tags);
        }
    }
    tally.finish("cases", &[]);
}

/// Compares what a rule does with what was recorded of it.
fn effect(tally: &mut Tally, id: &str, rule: &Rule, condition: &Value, described: &Value) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    tally.expect(id, "compiled", &compiled(&rule.condition), &text(condition));
    tally.expect(id, "enabled", &rule.enabled, &described["enabled"].as_bool().unwrap());
    tally.expect(id, "priority", &rule.priority.name().to_owned(), &text(&described["priority"]));
    tally.expect(id, "output", &rule.output, &text(&described["output"]));
}

fn sorted(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Kinds, names and positions, from the file inwards.
fn chain(diagnostic: &Diagnostic) -> Vec<(String, String, u64, u64, u64)> {
    let link = |location: &lanner_rules::diagnostic::Location| {
        let at = &location.position;
        (
            location.kind.name().to_owned(),
            location.name.clone(),
            at.line as u64,
            at.column as u64,
            at.offset as u64,
        )
    };
    diagnostic.locations.iter().map(link).collect()
}

fn recorded_chain(diagnostic: &Value) -> Vec<(String, String, u64, u64, u64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let link = |location: &Value| {
        let at = |key: &str| location["position"][key].as_u64().unwrap();
        (
            text(&location["item_type"]),
            text(&location["item_name"]),
            at("line"),
            at("column"),
            at("offset"),
        )
    };
    diagnostic["locations"].as_array().unwrap().iter().map(link).collect()
}

#[test]
fn historical_rule_files_load_as_recorded() {
    let Some(folder) = folder() else { return };
    let checker = checker(&[Source::Syscall, Source::K8sAudit, Source::CloudTrail]);
    let mut tally = Tally::default();
    for row in json(folder.join("oracle/legacy/rule-files.json")).as_array().unwrap() {
        let id = row["file"].as_str().unwrap();
        let (report, _) = load(&checker, id, &fs::read(folder.join(id)).unwrap());
        tally.ran += 1;
        let has_codes =
            row["errors"].as_array().is_some_and(|errors| errors.iter().all(Value::is_array));
        if has_codes {
            verdict(&mut tally, id, &report, &row["errors"], &row["warnings"]);
        } else {
            tally.expect(
                id,
                "valid",
                &report.successful(),
                &row["valid"].as_bool().unwrap_or_default(),
            );
        }
    }
    tally.finish("rule-files.json", &[]);
}

#[test]
fn the_vectors_of_the_loader_agree() {
    let Some(folder) = folder() else { return };
    let checker = checker(&[Source::Syscall]);
    let vectors = json(folder.join("expectations/rule_loader_vectors.json"));
    let mut tally = Tally::default();
    for row in json(folder.join("oracle/unit-vectors/rule_loader_falco.json")).as_array().unwrap() {
        let id = format!("{}-{}", row["index"], row["test"].as_str().unwrap());
        let text = vectors[row["index"].as_u64().unwrap() as usize]["yaml"]
            [row["key"].as_str().unwrap()]
        .as_str()
        .unwrap();
        let (report, rules) = load(&checker, "rules.yaml", text.as_bytes());
        tally.ran += 1;
        let falco = &row["with_container_plugin"];
        verdict(&mut tally, &id, &report, &falco["errors"], &falco["warnings"]);
        for (rule, described) in
            rules.rules.iter().zip(row["describe"].as_array().into_iter().flatten())
        {
            effect(&mut tally, &id, rule, &described["compiled"], described);
        }
    }
    tally.finish("rule_loader_vectors.json", &[]);
}

/// What the vectors of the filter language are refused for, each as the condition of a rule for system calls.
#[test]
fn the_vectors_of_the_filter_language_agree() {
    let Some(folder) = folder() else { return };
    let checker = checker(&[Source::Syscall]);
    let recorded = json(folder.join("oracle/unit-vectors/filter_language_falco.json"));
    let mut tally = Tally::default();
    for section in [
        "parser_accept",
        "parser_reject",
        "compiler_run_mock_fields",
        "compiler_compile",
        "evttype_index",
    ] {
        for (number, row) in recorded[section].as_array().unwrap().iter().enumerate() {
            let id = format!("{section}-{number}");
            let text = ["in", "expr", "filter"]
                .iter()
                .find_map(|key| row["vector"][key].as_str())
                .unwrap();
            let text = format!(
                "- rule: R\n  desc: d\n  condition: {}\n  output: x\n  priority: INFO\n  warn_evttypes: false\n",
                Value::from(text)
            );
            let (report, _) = load(&checker, "in.yaml", text.as_bytes());
            tally.ran += 1;
            let falco = &row["falco"];
            if falco.get("errors").is_none() {
                tally.expect(&id, "valid", &report.successful(), &(falco["rc"] == 0));
            } else if codes(&report.errors) != recorded_codes(&falco["errors"]) {
                let ours: Vec<_> = report.errors.iter().map(ToString::to_string).collect();
                tally
                    .differing
                    .push((id, format!("{text} ours {ours:?}, Falco {}", falco["errors"])));
            }
        }
    }
    tally.finish("filter_language_vectors.json", &[]);
}

#[test]
fn shipped_rules_are_described_as_recorded() {
    let Some(folder) = folder() else { return };
    let checker = checker(&[Source::Syscall, Source::K8sAudit, Source::CloudTrail]);
    let mut tally = Tally::default();
    for name in [
        "falco_rules",
        "falco-incubating_rules",
        "falco-sandbox_rules",
        "k8s_audit_rules",
        "aws_cloudtrail_rules",
    ] {
        let (report, rules) = load(
            &checker,
            name,
            &fs::read(folder.join(format!("rules/upstream/{name}.yaml"))).unwrap(),
        );
        assert!(report.successful() && report.warnings.is_empty(), "{name}: {report:?}");
        let described = json(folder.join(format!("oracle/info/describe-{name}.json")));
        let counts = |key: &str| described[key].as_array().unwrap().len();
        tally.expect(name, "rules", &rules.rules.len(), &counts("rules"));
        for rule in described["rules"].as_array().unwrap() {
            let id = rule["info"]["name"].as_str().unwrap();
            let Some(ours) = rules.rules.iter().find(|ours| ours.name == id) else {
                panic!("no rule {id}")
            };
            tally.ran += 1;
            tally.expect(
                id,
                "compiled",
                &compiled(&ours.condition).as_str(),
                &rule["details"]["condition_compiled"].as_str().unwrap(),
            );
            tally.expect(
                id,
                "text",
                &ours.condition_text.as_str(),
                &rule["info"]["condition"].as_str().unwrap(),
            );
            tally.expect(
                id,
                "lists",
                &names(&ours.lists),
                &recorded_names(&rule["details"]["lists"]),
            );
            tally.expect(
                id,
                "macros",
                &names(&ours.macros),
                &recorded_names(&rule["details"]["macros"]),
            );
        }
        for item in described["macros"].as_array().unwrap() {
            let id = item["info"]["name"].as_str().unwrap();
            let Some(ours) = rules.macros.iter().find(|ours| ours.name == id) else {
                panic!("no macro {id}")
            };
            tally.ran += 1;
            tally.expect(
                id,
                "compiled",
                &compiled(&ours.condition).as_str(),
                &item["details"]["condition_compiled"].as_str().unwrap(),
            );
            tally.expect(id, "used", &ours.used, &item["details"]["used"].as_bool().unwrap());
            tally.expect(
                id,
                "lists",
                &names(&ours.lists),
                &recorded_names(&item["details"]["lists"]),
            );
            tally.expect(
                id,
                "macros",
                &names(&ours.macros),
                &recorded_names(&item["details"]["macros"]),
            );
        }
        for item in described["lists"].as_array().unwrap() {
            let id = item["info"]["name"].as_str().unwrap();
            let Some(ours) = rules.lists.iter().find(|ours| ours.name == id) else {
                panic!("no list {id}")
            };
            tally.ran += 1;
            let texts: Vec<_> = item["details"]["items_compiled"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item.as_str().unwrap().to_owned())
                .collect();
            tally.expect(id, "items", &ours.compiled, &texts);
            tally.expect(id, "used", &ours.used, &item["details"]["used"].as_bool().unwrap());
        }
    }
    tally.finish("describe", &[]);
}

fn names(names: &[String]) -> BTreeSet<String> {
    names.iter().cloned().collect()
}

fn recorded_names(names: &Value) -> BTreeSet<String> {
    names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}
