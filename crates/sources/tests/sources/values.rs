//! The values of fields as Falco's JSON has them.

use lanner_rules::{Event, Extracted, FieldUse, Slot, Value};
use lanner_sources::{
    Batch, EventReader, ExtractOptions, Layout, Order, Plan, Skipped, Source, catalog,
};

/// `name[argument]` as a use of a field.
pub(crate) fn field_use(source: Source, text: &str) -> FieldUse {
    let (name, argument) = match text.split_once('[') {
        Some((name, rest)) => (name, Some(rest.trim_end_matches(']').into())),
        None => (text, None),
    };
    let (field, _) = catalog(source)
        .fields()
        .find(|(_, field)| field.name == name)
        .unwrap_or_else(|| panic!("no field {name}"));
    FieldUse { field, argument }
}

/// One value as Falco's JSON has it.
pub(crate) fn json(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into(),
        Value::Bool(value) => value.into(),
        Value::Signed(value) => value.into(),
        Value::Unsigned(value) => value.cast_signed().into(),
        Value::Double(value) => value.into(),
        Value::Address(address) => address.to_string().into(),
    }
}

/// An extracted value as Falco's JSON has it; lists are arrays there.
pub(crate) fn extracted_json(extracted: Extracted<'_>) -> Option<serde_json::Value> {
    match extracted {
        Extracted::Missing => None,
        Extracted::One(value) => Some(json(value)),
        Extracted::Many(values) => Some(values.iter().map(|value| json(*value)).collect()),
    }
}

/// Every value of every event of a text.
pub(crate) fn values(
    source: Source,
    text: Vec<u8>,
    layout: Layout,
    fields: &[String],
    compat: bool,
) -> (Vec<Vec<Option<serde_json::Value>>>, Skipped) {
    let uses: Vec<FieldUse> = fields.iter().map(|field| field_use(source, field)).collect();
    let options = ExtractOptions { compat, hostname: "vm".into(), ..ExtractOptions::default() };
    let plan = Plan::new(source, &uses, options);
    let mut reader = EventReader::new(&plan).unwrap();
    let mut events = Vec::new();
    let mut skipped = Skipped::default();
    let batch = Batch { input: 0, offset: 0, text, layout };
    reader.read(&batch, &mut Order::default(), &mut skipped, &mut |event| {
        let slots = 0..uses.len() as u16;
        events.push(slots.map(|slot| extracted_json(event.extract(Slot(slot)))).collect());
    });
    (events, skipped)
}
