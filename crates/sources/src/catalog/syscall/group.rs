//! Fields of the group whose rights the process has.
//! Read by `syscall`.

use lanner_rules::{Field, FieldType};

use crate::catalog::entry::field;

/// Fields of the group whose rights the process has.
pub(crate) const FIELDS: &[Field] = &[
    field("group.gid", FieldType::Uint32, "The group id.").build(),
    field("group.name", FieldType::CharBuf, "The group's name.").build(),
];
