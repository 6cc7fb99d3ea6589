//! Fields of the user whose rights the process has.
//! Read by `syscall`.

use lanner_rules::{Field, FieldType};

use crate::catalog::entry::field;

/// Fields of the user whose rights the process has.
pub(crate) const FIELDS: &[Field] = &[
    field("user.uid", FieldType::Uint32, "The user id.").build(),
    field("user.name", FieldType::CharBuf, "The user's name.").build(),
    field("user.homedir", FieldType::CharBuf, "The user's home directory.").build(),
    field("user.shell", FieldType::CharBuf, "The user's shell.").build(),
    field("user.loginuid", FieldType::Int64, "The id of the user who logged in; -1 is nobody.")
        .build(),
    field("user.loginname", FieldType::CharBuf, "The name of the user who logged in.").build(),
];
