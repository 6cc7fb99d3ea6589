//! Fields of the container and pod that the process is in.
//! Read by `syscall`.

use lanner_rules::{Field, FieldType};

use crate::catalog::entry::{EITHER, KEY, field};

/// Fields of the container and pod that the process is in.
pub(crate) const FIELDS: &[Field] = &[
    field(
        "container.id",
        FieldType::CharBuf,
        "The first twelve digits of the container's id; host outside any.",
    )
    .build(),
    field("container.full_id", FieldType::CharBuf, "The container's whole id.").build(),
    field("container.name", FieldType::CharBuf, "The container's name.").build(),
    field("container.image", FieldType::CharBuf, "The container's image.").build(),
    field("container.image.id", FieldType::CharBuf, "The id of the image.").build(),
    field(
        "container.type",
        FieldType::CharBuf,
        "What runs the container: docker, containerd, cri-o.",
    )
    .build(),
    field("container.privileged", FieldType::Bool, "Whether the container is privileged.").build(),
    field(
        "container.mounts",
        FieldType::CharBuf,
        "All mounts, each as source:dest:mode:rdwr:propagation.",
    )
    .build(),
    field(
        "container.mount",
        FieldType::CharBuf,
        "One mount, by position or by a pattern of its source.",
    )
    .requires(EITHER)
    .build(),
    field(
        "container.mount.source",
        FieldType::CharBuf,
        "The source of a mount, by position or by its destination.",
    )
    .requires(EITHER)
    .build(),
    field(
        "container.mount.dest",
        FieldType::CharBuf,
        "The destination of a mount, by position or by its source.",
    )
    .requires(EITHER)
    .build(),
    field(
        "container.mount.mode",
        FieldType::CharBuf,
        "The mode of a mount, by position or by its source.",
    )
    .requires(EITHER)
    .build(),
    field(
        "container.mount.rdwr",
        FieldType::CharBuf,
        "Whether a mount can be written, by position or by its source.",
    )
    .requires(EITHER)
    .build(),
    field(
        "container.mount.propagation",
        FieldType::CharBuf,
        "The propagation of a mount, by position or by its source.",
    )
    .requires(EITHER)
    .build(),
    field("container.image.repository", FieldType::CharBuf, "The image without tag and digest.")
        .build(),
    field("container.image.tag", FieldType::CharBuf, "The tag of the image.").build(),
    field("container.image.digest", FieldType::CharBuf, "The digest of the image.").build(),
    field("container.healthcheck", FieldType::CharBuf, "Out of use: the container's health check.")
        .build(),
    field(
        "container.liveness_probe",
        FieldType::CharBuf,
        "Out of use: the container's liveness probe.",
    )
    .build(),
    field(
        "container.readiness_probe",
        FieldType::CharBuf,
        "Out of use: the container's readiness probe.",
    )
    .build(),
    field(
        "container.start_ts",
        FieldType::AbsTime,
        "When the container began, in nanoseconds since 1970.",
    )
    .build(),
    field("container.duration", FieldType::RelTime, "Nanoseconds since the container began.")
        .build(),
    field("container.ip", FieldType::CharBuf, "The container's address.").build(),
    field(
        "container.cni.json",
        FieldType::CharBuf,
        "What the network plugin said of the container, as JSON.",
    )
    .build(),
    field("container.host_pid", FieldType::Bool, "Whether it shares the host's processes.").build(),
    field("container.host_network", FieldType::Bool, "Whether it shares the host's network.")
        .build(),
    field("container.host_ipc", FieldType::Bool, "Whether it shares the host's IPC.").build(),
    field("container.label", FieldType::CharBuf, "A label of the container.")
        .requires(KEY)
        .dotted()
        .build(),
    field("container.labels", FieldType::CharBuf, "All labels of the container, as name:value.")
        .build(),
    field(
        "proc.is_container_healthcheck",
        FieldType::Bool,
        "Out of use: whether it is a health check.",
    )
    .build(),
    field(
        "proc.is_container_liveness_probe",
        FieldType::Bool,
        "Out of use: whether it is a liveness probe.",
    )
    .build(),
    field(
        "proc.is_container_readiness_probe",
        FieldType::Bool,
        "Out of use: whether it is a readiness probe.",
    )
    .build(),
    field("k8s.pod.name", FieldType::CharBuf, "The pod's name.").build(),
    field("k8s.ns.name", FieldType::CharBuf, "The pod's namespace.").build(),
    field("k8s.pod.id", FieldType::CharBuf, "The pod's unique id, by its older name.").build(),
    field("k8s.pod.uid", FieldType::CharBuf, "The pod's unique id.").build(),
    field(
        "k8s.pod.sandbox_id",
        FieldType::CharBuf,
        "The first twelve digits of the id of the pod's sandbox.",
    )
    .build(),
    field("k8s.pod.full_sandbox_id", FieldType::CharBuf, "The whole id of the pod's sandbox.")
        .build(),
    field("k8s.pod.label", FieldType::CharBuf, "A label of the pod.")
        .requires(KEY)
        .dotted()
        .build(),
    field("k8s.pod.labels", FieldType::CharBuf, "All labels of the pod, as name:value.").build(),
    field("k8s.pod.ip", FieldType::CharBuf, "The pod's address.").build(),
    field(
        "k8s.pod.cni.json",
        FieldType::CharBuf,
        "What the network plugin said of the pod, as JSON.",
    )
    .build(),
    field("k8s.rc.name", FieldType::CharBuf, "Out of use: the replication controller.").build(),
    field("k8s.rc.id", FieldType::CharBuf, "Out of use: the id of the replication controller.")
        .build(),
    field("k8s.rc.label", FieldType::CharBuf, "Out of use: a label of the replication controller.")
        .requires(KEY)
        .dotted()
        .build(),
    field(
        "k8s.rc.labels",
        FieldType::CharBuf,
        "Out of use: the labels of the replication controller.",
    )
    .build(),
    field("k8s.svc.name", FieldType::CharBuf, "Out of use: the service.").build(),
    field("k8s.svc.id", FieldType::CharBuf, "Out of use: the id of the service.").build(),
    field("k8s.svc.label", FieldType::CharBuf, "Out of use: a label of the service.")
        .requires(KEY)
        .dotted()
        .build(),
    field("k8s.svc.labels", FieldType::CharBuf, "Out of use: the labels of the service.").build(),
    field("k8s.ns.id", FieldType::CharBuf, "Out of use: the id of the namespace.").build(),
    field("k8s.ns.label", FieldType::CharBuf, "Out of use: a label of the namespace.")
        .requires(KEY)
        .dotted()
        .build(),
    field("k8s.ns.labels", FieldType::CharBuf, "Out of use: the labels of the namespace.").build(),
    field("k8s.rs.name", FieldType::CharBuf, "Out of use: the replica set.").build(),
    field("k8s.rs.id", FieldType::CharBuf, "Out of use: the id of the replica set.").build(),
    field("k8s.rs.label", FieldType::CharBuf, "Out of use: a label of the replica set.")
        .requires(KEY)
        .dotted()
        .build(),
    field("k8s.rs.labels", FieldType::CharBuf, "Out of use: the labels of the replica set.")
        .build(),
    field("k8s.deployment.name", FieldType::CharBuf, "Out of use: the deployment.").build(),
    field("k8s.deployment.id", FieldType::CharBuf, "Out of use: the id of the deployment.").build(),
    field("k8s.deployment.label", FieldType::CharBuf, "Out of use: a label of the deployment.")
        .requires(KEY)
        .dotted()
        .build(),
    field("k8s.deployment.labels", FieldType::CharBuf, "Out of use: the labels of the deployment.")
        .build(),
];
