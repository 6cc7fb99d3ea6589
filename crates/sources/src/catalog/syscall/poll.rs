//! Fields of the descriptors that a poll waits for.
//! Read by `syscall`.

use lanner_rules::{Field, FieldType};

use crate::catalog::entry::field;

/// Fields of the descriptors that a poll waits for.
pub(crate) const FIELDS: &[Field] = &[
    field("fdlist.nums", FieldType::CharBuf, "Of a poll: the numbers of the descriptors.").build(),
    field("fdlist.names", FieldType::CharBuf, "Of a poll: the names of the descriptors.").build(),
    field("fdlist.cips", FieldType::CharBuf, "Of a poll: the clients' addresses.").build(),
    field("fdlist.sips", FieldType::CharBuf, "Of a poll: the servers' addresses.").build(),
    field("fdlist.cports", FieldType::CharBuf, "Of a poll: the clients' ports.").build(),
    field("fdlist.sports", FieldType::CharBuf, "Of a poll: the servers' ports.").build(),
];
