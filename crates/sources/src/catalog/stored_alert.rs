//! Fields of alerts that Falco wrote earlier. Every name among an alert's `output_fields` is a field beside these.
//! Read by `stored_alert`. A field needs a dot to be one in a condition, so the keys of the alert itself stand behind `alert.`.

use lanner_rules::{Field, FieldType};

use super::entry::{KEY, field};

/// The keys of an alert.
pub(crate) const FIELDS: &[Field] = &[
    field("alert.rule", FieldType::CharBuf, "The rule that fired.").build(),
    field("alert.priority", FieldType::CharBuf, "Its priority, as written: Warning.").build(),
    field("alert.source", FieldType::CharBuf, "The source of the event it fired on.").build(),
    field("alert.tags", FieldType::CharBuf, "The rule's tags.").list().build(),
    field("alert.hostname", FieldType::CharBuf, "The host it was written on.").build(),
    field("alert.time", FieldType::CharBuf, "When it happened, as written.").build(),
    field("alert.output", FieldType::CharBuf, "The alert's text.").build(),
    field("alert.message", FieldType::CharBuf, "The alert's text without time and priority.")
        .build(),
    field("alert.uuid", FieldType::CharBuf, "The id that a forwarder gave it.").build(),
    field(
        "output_fields",
        FieldType::Dynamic,
        "A value among the output fields, by its whole name.",
    )
    .requires(KEY)
    .any_name()
    .build(),
];
