//! Keeps the signing key out of the step's reach: makes this process unreadable to others of the same user.
//! Changes nothing of the step's own limits. Called once, before a key is read.

use napi::Env;
use napi_derive::napi;

use crate::failure::Failure;
use crate::job::now;

/// Makes `/proc/PID/{mem,environ,fd,…}` of this process inaccessible to its own user and to the step, and keeps it from dumping core
/// (prctl(2), `PR_SET_DUMPABLE`; ptrace(2), "Ptrace access mode checking"). Root can still look. Linux only; elsewhere nothing is done.
/// Returns whether the process is now protected.
#[napi(catch_unwind)]
pub fn harden_process(env: Env) -> napi::Result<bool> {
    now(env, harden)
}

#[cfg(target_os = "linux")]
fn harden() -> Result<bool, Failure> {
    // SAFETY: PR_SET_DUMPABLE takes one integer and touches no memory of ours.
    let result = unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) };
    if result == 0 {
        return Ok(true);
    }
    Err(Failure::new(
        "ERR_PROCESS_HARDEN",
        format!("prctl PR_SET_DUMPABLE: {}", std::io::Error::last_os_error()),
    ))
}

#[cfg(not(target_os = "linux"))]
fn harden() -> Result<bool, Failure> {
    Ok(false)
}
