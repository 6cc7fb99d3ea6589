//! The field tables against what `falco --list` says: names, order, types, lists, arguments.

use lanner_rules::{ArgumentKind, FieldType};
use lanner_sources::{Source, catalog};
use serde_json::Value;

use crate::corpus;

/// As `falco --list` writes a type.
fn type_name(kind: FieldType) -> String {
    format!("{kind:?}").to_uppercase()
}

#[test]
fn every_field_that_falco_lists_is_there_with_its_type_and_argument() {
    let Some(corpus) = corpus::corpus() else { return };
    for source in [Source::K8sAudit, Source::CloudTrail, Source::Syscall] {
        let list = corpus.join(format!("oracle/info/list-{}.json", source.name()));
        let list: Value = serde_json::from_slice(&corpus::read(&list)).unwrap();
        let listed: Vec<&Value> = list["fieldclasses"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|class| class["fields"].as_array().unwrap())
            .collect();
        let catalog = catalog(source);
        let ours: Vec<_> =
            catalog.fields().map(|(_, field)| field).filter(|field| !field.flags.hidden).collect();
        for (ours, theirs) in ours.iter().zip(&listed) {
            let name = theirs["name"].as_str().unwrap();
            assert_eq!(ours.name, name);
            assert_eq!(type_name(ours.kind), theirs["type"], "{name}");
            assert_eq!(ours.flags.list, theirs["is_list"], "{name}");
            let required = match ours.argument {
                ArgumentKind::None => Value::Null,
                ArgumentKind::Some { required, .. } => required.into(),
            };
            assert_eq!(required, theirs["argument"]["required"], "{name}");
            assert!(!ours.description.is_empty() && ours.description != theirs["desc"], "{name}");
        }
        assert_eq!(ours.len(), listed.len());
        eprintln!("{}: {} fields as listed", source.name(), ours.len());
    }
}

#[test]
fn no_source_names_a_field_twice() {
    for source in Source::ALL {
        let catalog = catalog(source);
        let mut names: Vec<_> = catalog.fields().map(|(_, field)| field.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{source:?}");
    }
}
