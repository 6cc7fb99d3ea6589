//! YAML as JSON values: mappings, sequences, texts and null. Every other plain scalar stays the text it is.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// The first document of a text.
pub(crate) fn read(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    let first = events.by_ref().find(|event| begins(event)).unwrap();
    node(first, &mut events)
}

fn begins(event: &Event<'_>) -> bool {
    matches!(event, Event::MappingStart(..) | Event::SequenceStart(..) | Event::Scalar(..))
}

fn node<'t>(event: Event<'t>, rest: &mut impl Iterator<Item = Event<'t>>) -> Value {
    match event {
        Event::Scalar(text, ScalarStyle::Plain, ..) if matches!(&*text, "" | "null" | "~") => {
            Value::Null
        }
        Event::Scalar(text, ..) => Value::String(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            while let Some(event) = rest.next().filter(begins) {
                items.push(node(event, rest));
            }
            Value::Array(items)
        }
        Event::MappingStart(..) => {
            let mut members = Map::new();
            while let Some(Event::Scalar(key, ..)) = rest.next() {
                let value = rest.next().unwrap();
                members.insert(key.into_owned(), node(value, rest));
            }
            Value::Object(members)
        }
        other => panic!("{other:?}"),
    }
}
