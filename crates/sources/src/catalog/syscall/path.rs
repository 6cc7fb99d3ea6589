//! Fields of the paths that the call deals with.
//! Read by `syscall`.

use lanner_rules::{Field, FieldType};

use crate::catalog::entry::field;

/// Fields of the paths that the call deals with.
pub(crate) const FIELDS: &[Field] = &[
    field("fs.path.name", FieldType::CharBuf, "The path the call deals with, made whole.").build(),
    field("fs.path.nameraw", FieldType::CharBuf, "The path the call deals with, as given.").build(),
    field("fs.path.source", FieldType::CharBuf, "The path something comes from, made whole.")
        .build(),
    field("fs.path.sourceraw", FieldType::CharBuf, "The path something comes from, as given.")
        .build(),
    field("fs.path.target", FieldType::CharBuf, "The path something goes to, made whole.").build(),
    field("fs.path.targetraw", FieldType::CharBuf, "The path something goes to, as given.").build(),
];
