//! The tables of names against Falco's own: what it lists of its events, and what it knows of their parameters.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::SystemTime;

use serde_json::Value as Json;

use super::argument::{Argument, Value};
use super::births::{self, Making};
use super::choices;
use super::flags::{self, Names};
use super::process::Process;
use super::reading::nobody;
use super::signatures::{Source, signature};
use crate::linux::observer::End;
use crate::linux::syscall::Syscall;

#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
fn corpus(file: &str) -> Option<Json> {
    let Some(root) = std::env::var_os("LANNER_CORPUS").map(PathBuf::from) else {
        println!("skipped: no corpus");
        return None;
    };
    Some(
        serde_json::from_slice(&std::fs::read(root.join("falco-rules").join(file)).unwrap())
            .unwrap(),
    )
}

/// Names and types of the parameters of today's event of that name.
fn parameters(facts: &Json, name: &str) -> Option<Vec<(String, String)>> {
    let is_old = |event: &Json| {
        event["flags"].as_array().unwrap().iter().any(|flag| flag == "EF_OLD_VERSION")
    };
    let is_exit =
        |event: &Json| event["code"].as_str().unwrap().ends_with("_X") || name == "procexit";
    let event = facts
        .as_array()
        .unwrap()
        .iter()
        .rfind(|event| event["name"] == name && is_exit(event) && !is_old(event))?;
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    Some(
        event["params"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| (text(&pair[0]), text(&pair[1])))
            .collect(),
    )
}

/// Falco's types that a source may fill.
fn types(source: Source) -> &'static [&'static str] {
    match source {
        Source::Result => &["PT_ERRNO", "PT_FD", "PT_PID", "PT_INT64", "PT_UINT32"],
        Source::NewDescriptor => &["PT_FD", "PT_ERRNO"],
        Source::Descriptor(_) => &["PT_FD"],
        Source::Path(_) => &["PT_FSPATH"],
        Source::PathAt(..) => &["PT_FSRELPATH"],
        Source::Text(_) => &["PT_CHARBUF"],
        Source::OpenFlags | Source::Flags(..) | Source::Resolve => &["PT_FLAGS32"],
        Source::OpenMode | Source::Octal(_) => &["PT_UINT32"],
        Source::Choice(..) => &["PT_ENUMFLAGS32", "PT_ENUMFLAGS16"],
        Source::Mode(_) => &["PT_MODE"],
        Source::Signed(_) => &["PT_INT32", "PT_FD"],
        Source::Unsigned(_) => &["PT_UINT32", "PT_UINT64"],
        Source::Hexadecimal(_) => &["PT_DYN"],
        Source::User(_) => &["PT_UID"],
        Source::Group(_) => &["PT_GID"],
        Source::Process(_) => &["PT_PID"],
        Source::Address => &["PT_SOCKADDR"],
        Source::Tuple => &["PT_SOCKTUPLE"],
        Source::Absent => {
            &["PT_BYTEBUF", "PT_UINT8", "PT_UINT32", "PT_UINT64", "PT_FSPATH", "PT_FLAGS16"]
        }
    }
}

#[test]
fn parameters_are_those_of_falcos_table_in_its_order() {
    let Some(facts) = corpus("expectations/event_table_facts.json") else { return };
    let mut compared = 0;
    for &call in Syscall::ALL {
        // Not in Falco's table; told with the parameters of fchmodat(2).
        let name = if call == Syscall::Fchmodat2 { "fchmodat" } else { call.name() };
        let Some(signature) = signature(call) else { continue };
        let falco = parameters(&facts, name).unwrap_or_else(|| panic!("Falco has no event {name}"));
        let ours: Vec<&str> = signature.parameters.iter().map(|&(name, _)| name).collect();
        assert_eq!(ours, falco.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), "{name}");
        for (&(parameter, source), (_, kind)) in signature.parameters.iter().zip(&falco) {
            assert!(
                types(source).contains(&kind.as_str()),
                "{name}.{parameter}: {kind} from {source:?}"
            );
        }
        compared += 1;
    }
    assert!(compared >= 60, "{compared}");
}

#[test]
fn every_type_of_event_that_rules_look_at_is_made() {
    let Some(rules) = corpus("expectations/ruleset_evttypes_and_fields.json") else { return };
    let types = rules.as_array().unwrap().iter().flat_map(|rule| rule[4].as_array().unwrap());
    let types: BTreeSet<&str> = types.map(|name| name.as_str().unwrap()).collect();
    assert!(types.len() >= 40, "{types:?}");
    let missing: Vec<&&str> = types.iter().filter(|name| !is_made(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn is_made(name: &str) -> bool {
    let call = Syscall::ALL.iter().find(|call| call.name() == name);
    let elsewhere =
        ["execve", "execveat", "clone", "clone3", "fork", "vfork", "procexit"].contains(&name);
    elsewhere || call.is_some_and(|&call| signature(call).is_some())
}

#[test]
fn births_and_ends_have_the_parameters_of_falcos_table() {
    let Some(facts) = corpus("expectations/event_table_facts.json") else { return };
    let process: Process = nobody();
    let names = |arguments: &[Argument]| {
        arguments.iter().map(|argument| argument.name.to_string()).collect::<Vec<_>>()
    };
    let falco = |name| {
        parameters(&facts, name).unwrap().into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    let mut arguments = Vec::new();
    for (call, filename) in [("execve", Some(Value::Absent)), ("execveat", None)] {
        births::execution(0, 1, &process, &"".into(), filename, &mut arguments);
        assert_eq!(names(&arguments), falco(call));
        arguments.clear();
    }
    for call in [Syscall::Clone, Syscall::Clone3, Syscall::Fork, Syscall::Vfork] {
        let making = Making { call, flags: 0 };
        making.arguments(1, &process, &"".into(), Value::Result(0), &mut arguments);
        assert_eq!(names(&arguments), falco(call.name()));
        arguments.clear();
    }
    births::end(End::Exited(0), &mut arguments);
    assert_eq!(names(&arguments), falco("procexit"));
    assert!(process.started <= SystemTime::now());
}

#[test]
fn names_of_bits_and_choices_are_falcos_in_its_order() {
    let Some(listed) = corpus("oracle/info/list-events.json") else { return };
    let events: Vec<&Json> = listed
        .as_object()
        .unwrap()
        .values()
        .filter_map(Json::as_array)
        .flatten()
        .filter(|event| event["dir"] == "<")
        .collect();
    let tables: [(&str, &str, Names); 13] = [
        ("openat", "flags", flags::OPEN),
        ("clone", "flags", flags::CLONE),
        ("execve", "flags", flags::EXECUTABLE),
        ("unlinkat", "flags", flags::UNLINKAT),
        ("linkat", "flags", flags::LINKAT),
        ("fchownat", "flags", flags::FCHOWNAT),
        ("renameat2", "flags", flags::RENAMEAT2),
        ("openat2", "resolve", flags::RESOLVE),
        ("memfd_create", "flags", flags::MEMFD),
        ("finit_module", "flags", flags::MODULE),
        ("socket", "domain", choices::DOMAIN),
        ("ptrace", "request", choices::PTRACE),
        ("bpf", "cmd", choices::BPF),
    ];
    for (name, parameter, names) in tables {
        let event = events.iter().find(|event| event["name"] == name).unwrap();
        let parameter = event["params"]
            .as_array()
            .unwrap()
            .iter()
            .find(|known| known["name"] == parameter)
            .unwrap();
        let ours: Vec<&str> = names.iter().map(|&(name, _)| name).collect();
        assert_eq!(
            parameter["flags"]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap())
                .collect::<Vec<_>>(),
            ours
        );
    }
}
