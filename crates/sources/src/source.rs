//! The sources there are, by the names rules know them by.

/// Where events come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The audit log of a Kubernetes API server.
    K8sAudit,
    /// Records of AWS `CloudTrail`.
    CloudTrail,
    /// Alerts that Falco wrote earlier, of any source.
    StoredAlert,
    /// System calls of a traced step.
    Syscall,
}

impl Source {
    /// All of them, in the order they are listed.
    pub const ALL: [Self; 4] = [Self::Syscall, Self::K8sAudit, Self::CloudTrail, Self::StoredAlert];

    /// As in the `source` of a rule.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::K8sAudit => "k8s_audit",
            Self::CloudTrail => "aws_cloudtrail",
            Self::StoredAlert => "falco",
            Self::Syscall => "syscall",
        }
    }

    /// The source of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    /// What Falco calls the plugin that reads it; system calls have none.
    #[must_use]
    pub const fn plugin(self) -> Option<&'static str> {
        match self {
            Self::K8sAudit => Some("k8saudit"),
            Self::CloudTrail => Some("cloudtrail"),
            Self::StoredAlert => Some("falco"),
            Self::Syscall => None,
        }
    }
}
