//! Fields that look into any JSON event.
//! Answered by `event`.

use lanner_rules::{Field, FieldType};

use super::entry::{KEY, field};

/// By pointer, or the whole.
pub(crate) const FIELDS: &[Field] = &[
    field(
        "json.value",
        FieldType::CharBuf,
        "The value at a JSON pointer: text as it is, anything else as JSON.",
    )
    .requires(KEY)
    .build(),
    field("json.obj", FieldType::CharBuf, "The whole document, over several lines.").build(),
    field(
        "json.rawtime",
        FieldType::CharBuf,
        "When it happened, in nanoseconds since 1970, as text.",
    )
    .build(),
    field("jevt.value", FieldType::CharBuf, "The older name of json.value.").requires(KEY).build(),
    field("jevt.obj", FieldType::CharBuf, "The older name of json.obj.").build(),
    field("jevt.rawtime", FieldType::CharBuf, "The older name of json.rawtime.").build(),
];
