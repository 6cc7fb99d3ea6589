//! Which JSON a `ka.*` field is made of, decided once when a program is made ready.

use super::SubjectForm;
use super::containers::ContainerField;
use crate::json::{PathId, Paths};

/// How a value is made.
#[derive(Clone, Debug)]
pub(crate) enum Recipe {
    Text(PathId),
    List {
        path: PathId,
        index: Option<usize>,
    },
    /// The array as one text, or an element.
    WholeOrOne {
        path: PathId,
        index: Option<usize>,
    },
    QueryParameter {
        uri: PathId,
        name: Box<str>,
    },
    PodName {
        resource: PathId,
        subresource: PathId,
        name: PathId,
    },
    Subjects {
        path: PathId,
        form: SubjectForm,
    },
    True,
    Container {
        containers: Containers,
        field: ContainerField,
        index: Option<usize>,
    },
    FirstContainer {
        containers: Containers,
        field: ContainerField,
    },
    AnyPrivileged(PathId),
    RuleItems {
        rules: PathId,
        name: &'static str,
        index: Option<usize>,
    },
    VolumeText {
        volumes: PathId,
        names: &'static [&'static str],
        index: Option<usize>,
    },
    VolumeTypes {
        volumes: PathId,
        index: Option<usize>,
    },
    MountsHostPath {
        volumes: PathId,
        pattern: Box<str>,
    },
    Nothing,
}

/// The paths that fields of containers need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Containers {
    pub(super) list: PathId,
    /// `spec.securityContext` of the pod.
    pub(super) pod: PathId,
}

const ANNOTATIONS: [(&str, &str); 7] = [
    ("ka.auth.decision", "authorization.k8s.io/decision"),
    ("ka.auth.reason", "authorization.k8s.io/reason"),
    ("ka.auth.openshift.decision", "authentication.openshift.io/decision"),
    ("ka.auth.openshift.username", "authentication.openshift.io/username"),
    (
        "ka.validations.admission.policy.failure",
        "validation.policy.admission.k8s.io/validation_failure",
    ),
    ("ka.security.pod.violations", "pod-security.kubernetes.io/audit-violations"),
    ("ka.cluster.name", "cluster_name"),
];

/// Fields that are one value at one path.
const TEXTS: [(&str, &[&str]); 25] = [
    ("ka.auditid", &["auditID"]),
    ("ka.stage", &["stage"]),
    ("ka.user.name", &["user", "username"]),
    ("ka.impuser.name", &["impersonatedUser", "username"]),
    ("ka.verb", &["verb"]),
    ("ka.uri", &["requestURI"]),
    ("ka.target.name", &["objectRef", "name"]),
    ("ka.target.namespace", &["objectRef", "namespace"]),
    ("ka.target.resource", &["objectRef", "resource"]),
    ("ka.target.subresource", &["objectRef", "subresource"]),
    ("ka.req.binding.role", &["requestObject", "roleRef", "name"]),
    ("ka.req.configmap.name", &["objectRef", "name"]),
    ("ka.req.configmap.obj", &["requestObject", "data"]),
    ("ka.req.container.host_network", &["requestObject", "spec", "hostNetwork"]),
    ("ka.req.pod.host_ipc", &["requestObject", "spec", "hostIPC"]),
    ("ka.req.pod.host_network", &["requestObject", "spec", "hostNetwork"]),
    ("ka.req.pod.host_pid", &["requestObject", "spec", "hostPID"]),
    ("ka.req.pod.run_as_user", &["requestObject", "spec", "securityContext", "runAsUser"]),
    ("ka.req.pod.run_as_group", &["requestObject", "spec", "securityContext", "runAsGroup"]),
    ("ka.req.pod.fs_group", &["requestObject", "spec", "securityContext", "fsGroup"]),
    ("ka.req.service.type", &["requestObject", "spec", "type"]),
    ("ka.resp.name", &["responseObject", "metadata", "name"]),
    ("ka.response.code", &["responseStatus", "code"]),
    ("ka.response.reason", &["responseStatus", "reason"]),
    ("ka.useragent", &["userAgent"]),
];

pub(crate) fn recipe(
    name: &str,
    argument: Option<&str>,
    paths: &mut Paths,
    compat: bool,
) -> Option<Recipe> {
    if let Some((_, path)) = TEXTS.iter().find(|(field, _)| *field == name) {
        return Some(Recipe::Text(paths.add(path)));
    }
    if let Some((_, annotation)) = ANNOTATIONS.iter().find(|(field, _)| *field == name) {
        return Some(Recipe::Text(paths.add(&["annotations", annotation])));
    }
    let index = argument.and_then(|argument| argument.parse().ok());
    if let Some(recipe) = container_recipe(name, index, paths, compat) {
        return Some(recipe);
    }
    let spec = |paths: &mut Paths, name| paths.add(&["requestObject", "spec", name]);
    Some(match name {
        "ka.user.groups" => Recipe::List { path: paths.add(&["user", "groups"]), index: None },
        "ka.sourceips" if compat => Recipe::Nothing,
        "ka.sourceips" => Recipe::List { path: paths.add(&["sourceIPs"]), index },
        "ka.req.pod.supplemental_groups" => Recipe::List {
            path: paths.add(&["requestObject", "spec", "securityContext", "supplementalGroups"]),
            index: None,
        },
        "ka.req.role.rules" => {
            Recipe::List { path: paths.add(&["requestObject", "rules"]), index: None }
        }
        "ka.req.role.rules.apiGroups" => rules(paths, "apiGroups", index),
        "ka.req.role.rules.nonResourceURLs" => rules(paths, "nonResourceURLs", index),
        "ka.req.role.rules.verbs" => rules(paths, "verbs", index),
        "ka.req.role.rules.resources" => rules(paths, "resources", index),
        // Falco looks for an index only on its way to the array, and there is none.
        "ka.req.service.ports" if compat => {
            Recipe::WholeOrOne { path: spec(paths, "ports"), index: None }
        }
        "ka.req.service.ports" => Recipe::WholeOrOne { path: spec(paths, "ports"), index },
        "ka.uri.param" => {
            Recipe::QueryParameter { uri: paths.add(&["requestURI"]), name: argument?.into() }
        }
        "ka.target.pod.name" => Recipe::PodName {
            resource: paths.add(&["objectRef", "resource"]),
            subresource: paths.add(&["objectRef", "subresource"]),
            name: paths.add(&["responseObject", "metadata", "name"]),
        },
        "ka.req.binding.subjects" => {
            Recipe::List { path: paths.add(&["requestObject", "subjects"]), index: None }
        }
        "ka.req.binding.subjects.user_names" => subjects(paths, SubjectForm::Name("User")),
        "ka.req.binding.subjects.group_names" => subjects(paths, SubjectForm::Name("Group")),
        "ka.req.binding.subjects.serviceaccount_names" => {
            subjects(paths, SubjectForm::Name("ServiceAccount"))
        }
        "ka.req.binding.subjects.serviceaccount_ns_names" => {
            subjects(paths, SubjectForm::NamespacedName)
        }
        "ka.req.binding.subject.has_name" => Recipe::True,
        "ka.req.pod.volumes.hostpath" => Recipe::VolumeText {
            volumes: spec(paths, "volumes"),
            names: &["hostPath", "path"],
            index,
        },
        "ka.req.pod.volumes.flexvolume_driver" => Recipe::VolumeText {
            volumes: spec(paths, "volumes"),
            names: &["flexVolume", "driver"],
            index,
        },
        "ka.req.pod.volumes.volume_type" => {
            Recipe::VolumeTypes { volumes: spec(paths, "volumes"), index }
        }
        "ka.req.volume.hostpath" => {
            Recipe::MountsHostPath { volumes: spec(paths, "volumes"), pattern: argument?.into() }
        }
        _ => return None,
    })
}

fn rules(paths: &mut Paths, name: &'static str, index: Option<usize>) -> Recipe {
    Recipe::RuleItems { rules: paths.add(&["requestObject", "rules"]), name, index }
}

fn subjects(paths: &mut Paths, form: SubjectForm) -> Recipe {
    Recipe::Subjects { path: paths.add(&["requestObject", "subjects"]), form }
}

fn container_recipe(
    name: &str,
    index: Option<usize>,
    paths: &mut Paths,
    compat: bool,
) -> Option<Recipe> {
    let mut of = |list| Containers {
        list: paths.add(&["requestObject", "spec", list]),
        pod: paths.add(&["requestObject", "spec", "securityContext"]),
    };
    match name {
        "ka.req.container.image" => {
            return Some(Recipe::FirstContainer {
                containers: of("containers"),
                field: ContainerField::Image,
            });
        }
        "ka.req.container.image.repository" => {
            let field = ContainerField::Repository { compat };
            return Some(Recipe::FirstContainer { containers: of("containers"), field });
        }
        "ka.req.container.privileged" => return Some(Recipe::AnyPrivileged(of("containers").list)),
        _ => {}
    }
    let (list, field) = name.strip_prefix("ka.req.pod.")?.split_once('.')?;
    if !matches!(list, "containers" | "initContainers" | "ephemeralContainers") {
        return None;
    }
    let field = ContainerField::named(field, compat)?;
    Some(Recipe::Container { containers: of(list), field, index })
}
