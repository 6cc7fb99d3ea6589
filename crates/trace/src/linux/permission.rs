//! Why tracing is refused on this system, and what can be done about it, from what the system shows of its settings.
//! Changes nothing. Used where a start fails.

use std::io;

use crate::error::TraceError;

/// The error for an operation that the kernel refused.
pub(crate) fn refusal(operation: &'static str, source: io::Error) -> TraceError {
    let denied = matches!(
        source.raw_os_error(),
        Some(libc::EPERM | libc::EACCES | libc::ENOSYS | libc::EINVAL)
    );
    if !denied {
        return TraceError::System { operation, source };
    }
    let (cause, remedy) = cause();
    TraceError::NotPermitted { operation, reason: format!("{source}{cause}"), remedy }
}

fn cause() -> (&'static str, &'static str) {
    match yama_scope() {
        Some(3) => (
            " (the Yama module forbids ptrace until the next boot: kernel.yama.ptrace_scope is 3)",
            "boot with kernel.yama.ptrace_scope at most 1, or pass `--trace=auto` to run untraced and record that",
        ),
        Some(2) => (
            " (the Yama module asks for CAP_SYS_PTRACE: kernel.yama.ptrace_scope is 2)",
            "grant CAP_SYS_PTRACE or set kernel.yama.ptrace_scope to 1, or pass `--trace=auto` to run untraced and record that",
        ),
        _ if is_filtered() => (
            " (a seccomp filter around this process, as containers have, forbids it)",
            "run the container with `--cap-add=SYS_PTRACE` or a seccomp profile that allows ptrace, or pass `--trace=auto` to run untraced and record that",
        ),
        _ => (
            "",
            "trace on a Linux host that allows ptrace, or pass `--trace=auto` to run untraced and record that",
        ),
    }
}

/// `/proc/sys/kernel/yama/ptrace_scope`; absent where the module is.
pub(crate) fn yama_scope() -> Option<u32> {
    std::fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").ok()?.trim().parse().ok()
}

fn is_filtered() -> bool {
    std::fs::read_to_string("/proc/self/status")
        .is_ok_and(|status| status.lines().any(|line| line == "Seccomp:\t2"))
}
