//! Runs an evaluation on its own thread and gives up on it when it takes too long or the process grows too much.
//! Can't stop the thread: the engine has no such switch. It ends by the engine's own timer, or with the process, which a
//! refused verification ends soon. Used by `evaluate`.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Deeply nested values are walked recursively; only touched pages cost memory.
const STACK: usize = 64 * 1024 * 1024;
/// How often the clock and the process' size are looked at.
const INTERVAL: Duration = Duration::from_millis(10);

/// Why there is no result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum GaveUp {
    Late,
    TooLarge,
    Broken,
}

/// Runs `job`; gives up after `time` or when the process has grown by more than `memory` bytes.
pub(crate) fn watched<T: Send + 'static>(
    time: Duration,
    memory: u64,
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, GaveUp> {
    let (sender, receiver) = channel();
    let (started, before) = (Instant::now(), resident());
    let thread =
        thread::Builder::new().name("rego".to_owned()).stack_size(STACK).spawn(move || {
            // Nobody listens any more after a limit.
            drop(sender.send(job()));
        });
    let Ok(thread) = thread else { return Err(GaveUp::Broken) };
    loop {
        match receiver.recv_timeout(INTERVAL) {
            Ok(result) => {
                drop(thread.join());
                return Ok(result);
            }
            Err(RecvTimeoutError::Disconnected) => return Err(GaveUp::Broken),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if started.elapsed() > time {
            return Err(GaveUp::Late);
        }
        if let (Some(before), Some(now)) = (before, resident())
            && now.saturating_sub(before) > memory
        {
            return Err(GaveUp::TooLarge);
        }
    }
}

/// Bytes of this process in memory; `None` where the system doesn't tell by file (proc(5), `/proc/pid/statm`, field 2).
fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}
