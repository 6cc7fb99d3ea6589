//! The fields of every source, as tables: name, type, argument, and what it means in a few words.
//! Reads nothing; the module of a source answers what its table promises. Used to load rules and to list fields.

mod cloudtrail;
pub(crate) mod entry;
mod generic;
mod json_fields;
mod k8s_audit;
mod stored_alert;
mod syscall;

use lanner_rules::{Catalog, FieldClass};

use crate::source::Source;

const GENERIC: FieldClass = FieldClass {
    name: "evt",
    description: "Of every event of every source.",
    fields: generic::FIELDS,
};

const JSON: FieldClass = FieldClass {
    name: "json",
    description: "Of every event that is JSON.",
    fields: json_fields::FIELDS,
};

/// The fields of a source.
#[must_use]
pub fn catalog(source: Source) -> Catalog {
    let classes = match source {
        Source::K8sAudit => vec![
            GENERIC,
            class("k8saudit", "Of a Kubernetes audit event.", k8s_audit::FIELDS),
            JSON,
        ],
        Source::CloudTrail => {
            vec![GENERIC, JSON, class("cloudtrail", "Of a CloudTrail record.", cloudtrail::FIELDS)]
        }
        Source::StoredAlert => vec![
            GENERIC,
            class("alert", "Of an alert that Falco wrote.", stored_alert::FIELDS),
            JSON,
        ],
        Source::Syscall => vec![
            GENERIC,
            class("evt", "Of a system call.", syscall::event::FIELDS),
            class("process", "Of the process and thread that made it.", syscall::process::FIELDS),
            class("user", "Of the user whose rights it has.", syscall::user::FIELDS),
            class("group", "Of the group whose rights it has.", syscall::group::FIELDS),
            class("fd", "Of the descriptor it made or used.", syscall::descriptor::FIELDS),
            class("fs.path", "Of the paths it deals with.", syscall::path::FIELDS),
            class("fdlist", "Of the descriptors a poll waits for.", syscall::poll::FIELDS),
            JSON,
            class("container", "Of the container and pod it is in.", syscall::container::FIELDS),
        ],
    };
    Catalog { source: source.name(), classes }
}

const fn class(
    name: &'static str,
    description: &'static str,
    fields: &'static [lanner_rules::Field],
) -> FieldClass {
    FieldClass { name, description, fields }
}
