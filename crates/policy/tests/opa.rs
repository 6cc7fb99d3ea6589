//! Builtins against the recorded answers of OPA 1.13.1 (`tests/opa/answers.json`: a call and what `json.marshal` of it gave).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use lanner_policy::{Limits, Module, evaluate};
use serde_json::Value as Json;

/// Calls answered otherwise than by OPA, each with the reason; none makes a true value of a false one unseen.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "json.unmarshal(\"{\\\"a\\\": [1, 2.5, 1e3]}\")",
        "a number is its value, not the text it was read from",
    ),
    (
        "sprintf(\"%v %v %v %v\", [1e21, 0.1, 100000000000000000000, 12345678901234567890])",
        "as above",
    ),
    ("1e400", "as above"),
    ("units.parse(\"100m\")", "as above"),
    ("0.1 + 0.2", "fractions are IEEE 754 doubles; OPA's are wider"),
    ("units.parse(\"1h\")", "the engine knows all SI prefixes, OPA refuses some"),
    ("sprintf(\"%q\", [5])", "%q of a number is not available; the words say so as Go's would"),
    (
        "time.format([1780051808717141556, \"UTC\", \"RFC1123\"])",
        "the zone is written as an offset",
    ),
    ("regex.globs_match(\"a.a.[0-9]+z\", \"b.b2.[0-9]z\")", "not available"),
    ("uuid.parse(\"00000000-0000-0000-0000-000000000000\")", "not available"),
    ("yaml.is_valid(\"a: 1\")", "not available: YAML 1.1 and 1.2 disagree on what is true"),
    ("yaml.marshal({\"a\": [1, \"x\"]})", "not available"),
    ("yaml.unmarshal(\"a: 1\\nb: [x, y]\\n\")", "not available"),
];

#[test]
fn a_builtin_answers_as_opa_answers() {
    let answers: Json = serde_json::from_str(include_str!("opa/answers.json")).unwrap();
    let mut wrong = Vec::new();
    for entry in answers.as_array().unwrap() {
        let call = entry["call"].as_str().unwrap();
        let source = format!("package t\n\ndeny[m] {{\n  m := json.marshal({call})\n}}\n");
        let verdict = evaluate(
            vec![Module { name: "t.rego".to_owned(), source }],
            "{}".to_owned(),
            Limits::default(),
        );
        let same = match (&entry["error"], &entry["answer"]) {
            (Json::String(_), _) => !verdict.errors.is_empty(),
            (_, Json::String(answer)) => {
                verdict.errors.is_empty() && verdict.denied == [answer.as_str()]
            }
            _ => verdict.passes(),
        };
        let otherwise = OTHERWISE.iter().any(|(known, _)| *known == call);
        if same == otherwise {
            wrong.push(format!("{call}: {verdict:?}, OPA: {entry}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
