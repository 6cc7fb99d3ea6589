//! The recorded verdicts of cilock on every `rego` and `falco` case of the corpus, at the level of modules and inputs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use lanner_policy::{Limits, Module, Verdict, evaluate, reads_events};
use serde_json::Value as Json;

/// Refused like in cilock, though told as an error where cilock tells a denial: the builtins named in `docs/rego.md`.
const WITHOUT_BUILTIN: &[&str] = &[
    "412-rego-net-cidr-contains-matches",
    "437-rego-b-yaml",
    "467-rego-b-crypto-x509",
    "484-rego-b-template",
];

/// Refused in cilock for its message alone; the words are OPA's number literals, which the engine does not keep.
const OTHER_WORDS: &[&str] = &[
    "420-rego-b-sprintf-float",
    "433-rego-b-json-unmarshal",
    "434-rego-b-json-marshal",
    "453-rego-b-compare-mixed",
];

fn corpus() -> Option<PathBuf> {
    let Some(root) = std::env::var_os("LANNER_CORPUS") else {
        skipped();
        return None;
    };
    Some(Path::new(&root).join("golden/cases"))
}

#[expect(clippy::print_stdout, reason = "the harness shows it with the test")]
fn skipped() {
    println!("skipped: no corpus");
}

fn json(path: &Path) -> Json {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn payload(envelope: &Json) -> Json {
    let bytes = base64_simd::STANDARD.decode_to_vec(envelope["payload"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn flag<'case>(case: &'case Json, name: &str) -> Option<&'case str> {
    let args = case["verify"]["args"].as_array()?;
    let at = args.iter().position(|arg| arg == name)?;
    args[at + 1].as_str()
}

/// What the first attestation of `wanted` type says, as the modules of its requirement see it.
fn modules(requirement: &Json) -> Vec<Module> {
    let policies = requirement["regopolicies"].as_array().into_iter().flatten();
    policies
        .map(|policy| {
            let bytes = match &policy["module"] {
                Json::String(text) => base64_simd::STANDARD.decode_to_vec(text).unwrap(),
                Json::Array(bytes) => {
                    bytes.iter().map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect()
                }
                _ => Vec::new(),
            };
            let name = policy["name"].as_str().unwrap_or_default().to_owned();
            Module { name, source: String::from_utf8(bytes).unwrap() }
        })
        .collect()
}

fn judged(folder: &Path, case: &Json) -> Verdict {
    let policy = payload(&json(&folder.join(flag(case, "-p").unwrap())));
    let statement = payload(&json(&folder.join(flag(case, "-a").unwrap())));
    let mut all = Verdict::default();
    let limits = Limits {
        shared_packages: flag(case, "--policy-hardening") == Some("warn"),
        ..Limits::default()
    };
    for step in policy["steps"].as_object().unwrap().values() {
        for requirement in step["attestations"].as_array().unwrap() {
            let modules = modules(requirement);
            if modules.is_empty() {
                continue;
            }
            let entries = statement["predicate"]["attestations"].as_array().unwrap();
            for entry in entries.iter().filter(|entry| entry["type"] == requirement["type"]) {
                // cilock's struct drops unknown keys and rounds numbers before a module sees them.
                let input = entry["attestation"].to_string();
                let verdict = evaluate(modules.clone(), input, limits);
                all.denied.extend(verdict.denied);
                all.errors.extend(verdict.errors);
            }
        }
    }
    all
}

fn class(verdict: &Verdict) -> &'static str {
    match (verdict.errors.is_empty(), verdict.denied.is_empty()) {
        (false, _) => "rego-error",
        (true, false) => "rego-denied",
        (true, true) => "pass",
    }
}

#[test]
fn every_case_is_judged_as_cilock_judged_it() {
    let Some(cases) = corpus() else { return };
    let (mut seen, mut wrong) = (0, Vec::new());
    let mut folders: Vec<_> =
        std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let case = json(&folder.join("case.json"));
        let expected = case["expected"]["class"].as_str().unwrap();
        let ours = matches!(case["category"].as_str(), Some("rego" | "falco"));
        if !ours || !matches!(expected, "pass" | "rego-denied" | "rego-error") {
            continue;
        }
        seen += 1;
        let verdict = judged(&folder, &case);
        let got = class(&verdict);
        if got != expected && !(WITHOUT_BUILTIN.contains(&name.as_str()) && got == "rego-error") {
            wrong.push(format!("{name}: {got}, expected {expected}: {verdict:?}"));
            continue;
        }
        let reason = case["expected"]["reason"].as_str().unwrap_or_default();
        let told = reason.split_once("policy was denied due to: ").map(|(_, told)| told);
        if let (Some(told), "rego-denied") = (told, got) {
            let (mut told, mut denied): (Vec<_>, Vec<_>) = (
                told.split(", ").collect(),
                verdict.denied.iter().flat_map(|text| text.split(", ")).collect(),
            );
            told.sort_unstable();
            denied.sort_unstable();
            if told != denied && !OTHER_WORDS.contains(&name.as_str()) {
                wrong.push(format!("{name}: {denied:?}, expected {told:?}"));
            }
        }
    }
    assert!(seen > 150, "{seen} cases");
    assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_gate_that_reads_only_the_summary_reads_no_events() {
    let Some(cases) = corpus() else { return };
    let read = |name: &str| {
        let case = json(&cases.join(name).join("case.json"));
        let policy = payload(&json(&cases.join(name).join(flag(&case, "-p").unwrap())));
        let step = policy["steps"].as_object().unwrap().values().next().unwrap().clone();
        step["attestations"].as_array().unwrap().iter().any(|requirement| {
            let modules = modules(requirement);
            !modules.is_empty() && reads_events(&modules, false)
        })
    };
    assert!(!read("331-falco-error-gate-deny"));
    assert!(!read("336-falco-rule-hits-deny"));
    assert!(!read("491-rego-import-input"));
    assert!(read("343-falco-events-walk"));
    assert!(
        read("340-falco-cluster-unset-deny"),
        "object.get(input, …) is handed the whole document"
    );
    assert!(read("351-falco-input-keys"));
    assert!(read("448-rego-b-with"));
    assert!(read("778-falco-twenty-real-events"));
}
