//! Fields that every source has.
//! Answered by `event`.

use lanner_rules::{Field, FieldType};

use super::entry::field;

/// Number, time, origin.
pub(crate) const FIELDS: &[Field] = &[
    field("evt.num", FieldType::Uint64, "Running number of the event, from 1.").build(),
    field("evt.time", FieldType::CharBuf, "Local time of day, to the nanosecond.").build(),
    field("evt.time.s", FieldType::CharBuf, "Local time of day, to the second.").build(),
    field(
        "evt.time.iso8601",
        FieldType::CharBuf,
        "Date and time in UTC as ISO 8601, to the nanosecond.",
    )
    .build(),
    field("evt.datetime", FieldType::CharBuf, "Local date and time, to the nanosecond.").build(),
    field("evt.datetime.s", FieldType::CharBuf, "Local date and time, to the second.").build(),
    field("evt.rawtime", FieldType::AbsTime, "When it happened, in nanoseconds since 1970.")
        .build(),
    field("evt.rawtime.s", FieldType::AbsTime, "When it happened, in whole seconds since 1970.")
        .build(),
    field(
        "evt.rawtime.ns",
        FieldType::AbsTime,
        "The nanoseconds within the second it happened in.",
    )
    .build(),
    field("evt.reltime", FieldType::RelTime, "Nanoseconds since the first event.").build(),
    field("evt.reltime.s", FieldType::RelTime, "Whole seconds since the first event.").build(),
    field(
        "evt.reltime.ns",
        FieldType::RelTime,
        "The nanoseconds of the time since the first event.",
    )
    .build(),
    field(
        "evt.pluginname",
        FieldType::CharBuf,
        "What the reader of the source is called; not for system calls.",
    )
    .build(),
    field(
        "evt.plugininfo",
        FieldType::CharBuf,
        "The event as one line, as its reader sums it up; not for system calls.",
    )
    .build(),
    field("evt.source", FieldType::CharBuf, "The source the event came from.").build(),
    field(
        "evt.is_async",
        FieldType::Bool,
        "Whether the event was made by Falco itself beside the stream; never here.",
    )
    .build(),
    field("evt.asynctype", FieldType::CharBuf, "The kind of such an event.").build(),
    field("evt.hostname", FieldType::CharBuf, "The host the alert is from.").build(),
];
