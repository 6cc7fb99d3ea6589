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
        keep_descriptors();
        return Ok(true);
    }
    Err(Failure::new(
        "ERR_PROCESS_HARDEN",
        format!("prctl PR_SET_DUMPABLE: {}", std::io::Error::last_os_error()),
    ))
}

/// Keeps descriptors we were started with from the step: one may lead to the key file (`-k /dev/fd/9 9<key.pem`), and an open file
/// can be read again from its start. Node does this too, but stops at the first gap in the numbers.
#[cfg(target_os = "linux")]
fn keep_descriptors() {
    // SAFETY: close_range(2) takes three integers; with CLOSE_RANGE_CLOEXEC it closes nothing, so no descriptor in use goes away.
    let result = unsafe {
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC)
    };
    if result == 0 {
        return;
    }
    // Before Linux 5.11, and in sandboxes that refuse the call: one by one.
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    for descriptor in
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
    {
        if descriptor > 2 {
            // SAFETY: F_SETFD takes one integer; a number that is no descriptor any more gives EBADF.
            unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn harden() -> Result<bool, Failure> {
    Ok(false)
}
