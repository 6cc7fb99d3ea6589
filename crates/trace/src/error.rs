//! What can go wrong with a trace as a whole. What goes wrong with one file or call is a gap of the record instead.

use std::io;

/// A trace that could not be started or carried on.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The kernel, a security module or a container forbids what tracing needs.
    #[error("tracing is not permitted here: {operation} failed: {reason}")]
    NotPermitted {
        /// What was tried.
        operation: &'static str,
        /// What the kernel said, and the cause where it can be told.
        reason: String,
        /// What the user can change.
        remedy: &'static str,
    },
    /// The command was found nowhere (127 in a shell's terms).
    #[error("command `{command}` not found")]
    NotFound {
        /// As it was given.
        command: String,
    },
    /// The command is there and cannot be executed (126 in a shell's terms).
    #[error("command `{command}` can't be executed: {source}")]
    NotExecutable {
        /// As it was given.
        command: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The system refused something else.
    #[error("{operation} failed: {source}")]
    System {
        /// What was tried.
        operation: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// A word of the command, an environment entry or the directory has a NUL byte in it.
    #[error("{what} has a NUL byte in it")]
    NulByte {
        /// Which.
        what: &'static str,
    },
    /// The tracer itself is at fault; the step has been ended.
    #[error("the tracer broke off: this is a bug")]
    Bug,
    /// This system or processor has no tracer.
    #[error("tracing needs Linux on x86_64 or aarch64")]
    Unsupported,
}

impl TraceError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotPermitted { .. } | Self::Unsupported => "ERR_TRACE_NOT_PERMITTED",
            Self::NotFound { .. } => "ERR_TRACE_NOT_FOUND",
            Self::NotExecutable { .. } => "ERR_TRACE_NOT_EXECUTABLE",
            Self::System { .. } => "ERR_TRACE_SYSTEM",
            Self::Bug => "ERR_INTERNAL",
            Self::NulByte { .. } => "ERR_TRACE_NUL_BYTE",
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotPermitted { remedy, .. } => Some(remedy),
            Self::Unsupported => Some("`--trace=auto` runs the step untraced and records that"),
            _ => None,
        }
    }
}
