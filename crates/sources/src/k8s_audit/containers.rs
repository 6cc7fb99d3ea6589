//! Fields of a pod's containers, one value or more for each container.
//! A container that does not say is left out, but where Falco gives up on the whole field. Used by `k8s_audit` alone.

use lanner_rules::Extracted;

use super::pick;
use super::recipe::Containers;
use crate::document::Document;
use crate::json::Kind;

/// What of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContainerField {
    Name,
    Image,
    /// The image without tag and digest; `compat`: cut at the first colon, even that of a registry's port.
    Repository {
        compat: bool,
    },
    /// `command` or `args`, joined with blanks.
    Words(&'static str),
    /// A setting of its security context.
    Setting(&'static str),
    /// The same with the pod's setting or "0" behind it; `compat`: always "0", and none for an index.
    Effective {
        setting: &'static str,
        compat: bool,
    },
    AddedCapabilities,
    HostPort,
}

impl ContainerField {
    pub(super) fn named(name: &str, compat: bool) -> Option<Self> {
        Some(match name {
            "name" => Self::Name,
            "image" => Self::Image,
            "image.repository" => Self::Repository { compat },
            "command" => Self::Words("command"),
            "args" => Self::Words("args"),
            "privileged" => Self::Setting("privileged"),
            "allow_privilege_escalation" => Self::Setting("allowPrivilegeEscalation"),
            "read_only_fs" => Self::Setting("readOnlyRootFilesystem"),
            "run_as_user" => Self::Setting("runAsUser"),
            "run_as_group" => Self::Setting("runAsGroup"),
            "proc_mount" => Self::Setting("procMount"),
            "eff_run_as_user" => Self::Effective { setting: "runAsUser", compat },
            "eff_run_as_group" => Self::Effective { setting: "runAsGroup", compat },
            "add_capabilities" => Self::AddedCapabilities,
            "host_port" => Self::HostPort,
            _ => return None,
        })
    }
}

pub(super) fn extract(
    document: Document<'_>,
    containers: Containers,
    field: ContainerField,
    index: Option<usize>,
) -> Extracted<'_> {
    let tokens = document.tokens;
    let Some(list) = document.at(containers.list) else { return Extracted::Missing };
    let chosen = || pick(tokens.elements(list), index);
    match field {
        ContainerField::Name => required(document, chosen(), "name", |name| name),
        ContainerField::Image => required(document, chosen(), "image", |image| image),
        ContainerField::Repository { compat } => {
            required(document, chosen(), "image", |image| repository(image, compat))
        }
        ContainerField::Words(name) => words(document, chosen(), name),
        ContainerField::Setting(name) => {
            let settings = chosen()
                .filter_map(|container| tokens.descend(container, &["securityContext", name]));
            document.many(settings.map(|token| document.text(token)))
        }
        ContainerField::Effective { compat: true, .. } if index.is_some() => Extracted::Missing,
        ContainerField::Effective { compat: true, .. } => {
            document.many(chosen().map(|_| &b"0"[..]))
        }
        ContainerField::Effective { setting, .. } => {
            let of_pod =
                document.at(containers.pod).and_then(|pod| tokens.member(pod, setting.as_bytes()));
            document.many(chosen().map(|container| {
                tokens
                    .descend(container, &["securityContext", setting])
                    .or(of_pod)
                    .map_or(&b"0"[..], |token| document.text(token))
            }))
        }
        ContainerField::AddedCapabilities => {
            let added = chosen().filter_map(|container| {
                tokens.descend(container, &["securityContext", "capabilities", "add"])
            });
            document.many(added.map(|token| document.text(token)))
        }
        ContainerField::HostPort => {
            let ports = chosen().filter_map(|container| tokens.member(container, b"ports"));
            let numbers = ports.flat_map(|ports| tokens.elements(ports)).filter_map(|port| {
                tokens.member(port, b"hostPort").or_else(|| tokens.member(port, b"containerPort"))
            });
            document.many(numbers.map(|token| document.text(token)))
        }
    }
}

/// One container without it, and the field is missing.
fn required<'e>(
    document: Document<'e>,
    containers: impl Iterator<Item = u32>,
    name: &str,
    part: impl Fn(&'e [u8]) -> &'e [u8],
) -> Extracted<'e> {
    let mut complete = true;
    let texts = containers
        .map_while(|container| {
            let token = document.tokens.member(container, name.as_bytes());
            complete &= token.is_some();
            token
        })
        .map(|token| part(document.text(token)));
    let values = document.many(texts);
    if complete { values } else { Extracted::Missing }
}

/// `registry:5000/name:tag@digest` is `registry:5000/name`.
fn repository(image: &[u8], compat: bool) -> &[u8] {
    let before = |text: &'static [u8; 1], image| match memchr::memchr(text[0], image) {
        Some(at) => &image[..at],
        None => image,
    };
    if compat {
        return before(b"@", before(b":", image));
    }
    let undigested = before(b"@", image);
    let name = memchr::memrchr(b'/', undigested).map_or(0, |slash| slash + 1);
    match memchr::memchr(b':', &undigested[name..]) {
        Some(colon) => &undigested[..name + colon],
        None => undigested,
    }
}

fn words<'e>(
    document: Document<'e>,
    containers: impl Iterator<Item = u32>,
    name: &str,
) -> Extracted<'e> {
    let tokens = document.tokens;
    let mut plain = true;
    let lines: Vec<&'e [u8]> = containers
        .filter_map(|container| tokens.member(container, name.as_bytes()))
        .map(|array| {
            let mut line = Vec::new();
            for (position, word) in tokens.elements(array).enumerate() {
                plain &= tokens.kind(word) == Kind::String;
                if position > 0 {
                    line.push(b' ');
                }
                line.extend_from_slice(document.string(word));
            }
            &*document.arena.alloc_slice_copy(&line)
        })
        .collect();
    if plain { document.many(lines) } else { Extracted::Missing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_keeps_its_port_unless_asked_to_be_compatible() {
        for (image, ours, falcos) in [
            ("nginx", "nginx", "nginx"),
            ("nginx:1.2", "nginx", "nginx"),
            ("r:5000/a/b:1@sha256:00", "r:5000/a/b", "r"),
            ("a/b@sha256:00", "a/b", "a/b"),
        ] {
            assert_eq!(repository(image.as_bytes(), false), ours.as_bytes(), "{image}");
            assert_eq!(repository(image.as_bytes(), true), falcos.as_bytes(), "{image}");
        }
    }
}
