//! The compiler against the vectors of libs' own tests, and Falco's verdict on them.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and a corpus test tells how much it ran"
)]

mod catalogs;
mod corpus;

use std::collections::BTreeMap;

use catalogs::catalog;
use corpus::{folder, json};
use lanner_rules::{
    ArgumentKind, Catalog, Compiler, Evaluator, Event, EventTypes, Extracted, Field, FieldClass,
    FieldFlags, FieldType, Options, Program, RuleSource, Slot, Value, condition,
};

/// The fields that libs' tests make up.
fn mock() -> Catalog {
    let field = |name, kind| Field {
        name,
        kind,
        argument: ArgumentKind::None,
        flags: FieldFlags::default(),
        description: "",
    };
    let fields = vec![
        field("c.true", FieldType::CharBuf),
        field("c.false", FieldType::CharBuf),
        field("c.singlequote", FieldType::CharBuf),
        field("c.doublequote", FieldType::CharBuf),
        field("c.buffer", FieldType::ByteBuf),
    ];
    Catalog {
        source: "mock",
        classes: vec![FieldClass { name: "c", description: "", fields: fields.leak() }],
    }
}

fn compiles(compiler: &Compiler, text: &str) -> bool {
    condition::parse(text).is_ok_and(|condition| compiler.check(&condition).is_ok())
}

#[test]
fn operators_go_with_types_as_in_the_vectors_and_in_falco() {
    let (Some(folder), Some(syscall)) = (folder(), catalog("syscall")) else { return };
    let vectors = json(&folder.join("expectations/filter_language_vectors.json"));
    let answers = json(&folder.join("oracle/unit-vectors/filter_language_falco.json"));
    let (syscall, mock) = (Compiler::new(&syscall), Compiler::new(&mock()));
    let mut counts = BTreeMap::new();
    let mut wrong = Vec::new();
    let answers = answers["compiler_compile"].as_array().unwrap();
    for (vector, answer) in vectors["compiler_compile"].as_array().unwrap().iter().zip(answers) {
        let text = vector["expr"].as_str().unwrap();
        let mocked = text.starts_with("c.");
        let accepted = compiles(if mocked { &mock } else { &syscall }, text);
        let expected = vector["expect_fail"] == false;
        let falco = answer["falco"]["successful"] == true;
        *counts.entry(if mocked { "made-up fields" } else { "fields of syscall" }).or_insert(0) +=
            1;
        if accepted != expected || (!mocked && accepted != falco) {
            wrong.push(format!("{text}: ours {accepted}, vector {expected}, falco {falco}"));
        }
    }
    println!("compiled: {counts:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// An event with the values that the vectors suppose.
struct Mock;

impl Event for Mock {
    fn time(&self) -> u64 {
        0
    }

    fn extract(&mut self, slot: Slot) -> Extracted<'_> {
        let values: [&[u8]; 5] = [b"1", b"0", b"hello 'quoted'", b"hello \"quoted\"", b""];
        Extracted::One(Value::Bytes(values[usize::from(slot.0)]))
    }
}

#[test]
fn conditions_over_constants_have_the_recorded_results() {
    let Some(folder) = folder() else { return };
    let vectors = json(&folder.join("expectations/filter_language_vectors.json"));
    let vectors = vectors["compiler_run_mock_fields"].as_array().unwrap();
    let catalog = mock();
    // One rule first that gives every field the slot of its position.
    let all = condition::parse(
        "c.true exists and c.false exists and c.singlequote exists and c.doublequote exists and c.buffer exists",
    );
    let all = all.unwrap();
    for vector in vectors {
        let text = vector["expr"].as_str().unwrap();
        let matched = match condition::parse(text) {
            Err(_) => false,
            Ok(parsed) => {
                let rules = [&all, &parsed].map(|condition| RuleSource {
                    name: "R",
                    source: "mock",
                    priority: "Notice",
                    tags: &[],
                    output: "",
                    condition,
                });
                // Checks are ordered by cost, so slots are told by the program, not supposed.
                let program = Program::compile(&rules, &catalog, &Options::default());
                match program {
                    Err(_) => false,
                    Ok(program) => {
                        assert!(
                            program
                                .fields()
                                .iter()
                                .enumerate()
                                .all(|(slot, field)| slot == usize::from(field.field))
                        );
                        Evaluator::new(&program).matches_rule(1, &mut Mock)
                    }
                }
            }
        };
        assert_eq!(matched, vector["expect"] == true, "{text}");
    }
    println!("evaluated: {}", vectors.len());
}

#[test]
fn event_types_follow_from_the_condition() {
    let Some(folder) = folder() else { return };
    let vectors = json(&folder.join("expectations/filter_language_vectors.json"));
    let vectors = vectors["evttype_index"].as_array().unwrap();
    let of = |text: &str| {
        EventTypes::of(&condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")))
    };
    for vector in vectors {
        let text = vector["filter"].as_str().unwrap();
        let expected = match (vector["equals_set"].as_str(), vector["equals_filter"].as_str()) {
            (Some("openat_only"), _) => of("evt.type=openat"),
            (Some("not_openat"), _) => of("not evt.type=openat"),
            (Some("openat_close_only"), _) => of("evt.type in (openat, close)"),
            (Some("not_openat_close"), _) => of("not evt.type in (openat, close)"),
            (Some("all_events"), _) => of("proc.name=x"),
            (Some("no_events"), _) => of("evt.type in ()"),
            (_, Some(filter)) => of(filter),
            other => panic!("{other:?}"),
        };
        assert_eq!(of(text), expected, "{text}");
    }
    assert_eq!(of("evt.type=openat").names().collect::<Vec<_>>(), ["openat"]);
    assert_eq!(of("evt.type in ()").names().count(), 0);
    println!("sets of event types: {}", vectors.len());
}
