//! Asks the kernel to start writing a growing file to disk, so that the fsync at its end has little left to do.
//! A request that is refused or unknown changes nothing: durability comes from that fsync alone.
//! Used by `envelope`.

use std::fs::File;

/// Bytes between two requests.
const STRIDE: u64 = 32 << 20;

/// How far the requests have come.
#[derive(Debug, Default)]
pub(crate) struct Writeback {
    requested: u64,
}

impl Writeback {
    /// Notes that `written` bytes of `file` have been written from its start.
    pub(crate) fn advance(&mut self, file: &File, written: u64) {
        if written - self.requested >= STRIDE {
            request(file, self.requested, written - self.requested);
            self.requested = written;
        }
    }
}

#[cfg(target_os = "linux")]
fn request(file: &File, offset: u64, len: u64) {
    use std::os::fd::AsRawFd;
    let (Ok(offset), Ok(len)) = (offset.try_into(), len.try_into()) else { return };
    // SAFETY: sync_file_range(2) reads no memory of ours; the descriptor is open because `file` is borrowed.
    // Without the WAIT flags it only queues the pages that are dirty now.
    unsafe { libc::sync_file_range(file.as_raw_fd(), offset, len, libc::SYNC_FILE_RANGE_WRITE) };
}

#[cfg(not(target_os = "linux"))]
fn request(_file: &File, _offset: u64, _len: u64) {}
