//! Which part of an event a field reads, where that part may be left out when the event is recorded.
//! Audit levels: kubernetes.io, "Auditing". Used by `coverage` alone.

use crate::source::Source;

/// A part of an event that may be left out when it is recorded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Its key in the event.
    pub(super) key: &'static str,
    /// Levels at which it is recorded whenever there is one: its absence means something then.
    pub(super) complete: &'static [&'static str],
}

pub(super) const REQUEST: Part =
    Part { key: "requestObject", complete: &["Request", "RequestResponse"] };
pub(super) const RESPONSE: Part = Part { key: "responseObject", complete: &["RequestResponse"] };
pub(super) const PARAMETERS: Part = Part { key: "requestParameters", complete: &[] };
pub(super) const ELEMENTS: Part = Part { key: "responseElements", complete: &[] };

/// The part that a field reads, when it is one that may be left out.
pub(super) fn part_of(source: Source, name: &str, argument: Option<&str>) -> Option<Part> {
    let parts: &[Part] = match source {
        Source::K8sAudit => &[REQUEST, RESPONSE],
        Source::CloudTrail => &[PARAMETERS, ELEMENTS],
        Source::StoredAlert | Source::Syscall => &[],
    };
    let pointer = argument.unwrap_or_default().trim_start_matches('/');
    let root = pointer.split('/').next().unwrap_or_default();
    if matches!(name, "json.value" | "jevt.value") {
        return parts.iter().copied().find(|part| part.key == root);
    }
    match source {
        Source::K8sAudit if name == "ka.req.configmap.name" => None,
        Source::K8sAudit if name.starts_with("ka.req.") => Some(REQUEST),
        Source::K8sAudit if name.starts_with("ka.resp.") || name == "ka.target.pod.name" => {
            Some(RESPONSE)
        }
        Source::CloudTrail if name.starts_with("ct.request.") || name == "ct.request" => {
            Some(PARAMETERS)
        }
        Source::CloudTrail if name.starts_with("ct.response") => Some(ELEMENTS),
        Source::CloudTrail
            if matches!(name, "s3.bucket" | "s3.key" | "s3.uri") || name.starts_with("ecr.") =>
        {
            Some(PARAMETERS)
        }
        _ => None,
    }
}
