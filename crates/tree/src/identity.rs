//! What tells one state of a file from another without reading it: device, inode, size and both change times.
//! Holds no path and no content.
//! Used to notice files that change while read, and to trust the digests of the material pass in the product pass.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::Stat;

const SECOND: i64 = 1_000_000_000;

/// A state of a file, as `stat(2)` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
    pub(crate) size: u64,
    modified: Timestamp,
    changed: Timestamp,
}

impl Identity {
    /// The state of no file: inode 0 is never given out.
    pub(crate) const NONE: Self =
        Self { device: 0, inode: 0, size: 0, modified: Timestamp(0), changed: Timestamp(0) };

    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            device: whole(stat.st_dev),
            inode: whole(stat.st_ino),
            size: whole(stat.st_size),
            modified: Timestamp::new(stat.st_mtime, stat.st_mtime_nsec),
            changed: Timestamp::new(stat.st_ctime, stat.st_ctime_nsec),
        }
    }

    /// The same file, in whatever state.
    pub(crate) fn is_same_file(&self, other: &Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }

    /// Whether a write that came after the hashing could have left this identity as it is.
    ///
    /// Timestamps move in ticks, so a file written, hashed and written again within one tick looks untouched: the race of
    /// git's index ("racily clean" entries). A tick is at most 10 ms on Linux and macOS; 100 ms leave room for a file server
    /// whose clock differs a little. A time without nanoseconds comes from a file system that counts whole seconds (two on
    /// FAT). A time after the hashing, by a clock set back or by `touch -d`, says nothing, so it counts as racy too.
    /// What no timestamp shows is a store into pages that were mapped and dirty already: `rehash` is for those who must know.
    pub(crate) fn is_racy(&self, hashed_at: Timestamp) -> bool {
        [self.modified, self.changed].iter().any(|Timestamp(time)| {
            let slack = if time % SECOND == 0 { 2 * SECOND } else { SECOND / 10 };
            time.saturating_add(slack) >= hashed_at.0
        })
    }
}

/// A point in time of a file or of our clock, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timestamp(i64);

impl Timestamp {
    /// The field types differ by platform. What does not fit (a year after 2262) becomes the far future, which is always racy:
    /// never trusted.
    fn new(seconds: impl TryInto<i64>, nanoseconds: impl TryInto<i64>) -> Self {
        let seconds = seconds.try_into().unwrap_or(i64::MAX);
        let nanoseconds = nanoseconds.try_into().unwrap_or(i64::MAX);
        Self(seconds.saturating_mul(SECOND).saturating_add(nanoseconds))
    }

    pub(crate) fn now() -> Self {
        // A clock before 1970 makes every file look newer than its hashing, so nothing is trusted.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::new(since.as_secs(), since.subsec_nanos())
    }
}

fn whole(field: impl TryInto<u64>) -> u64 {
    field.try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Identity, Timestamp};

    const NOW: Timestamp = Timestamp(1_000_500_000_000);

    fn at(seconds: i64, nanoseconds: i64) -> Identity {
        let time = Timestamp::new(seconds, nanoseconds);
        Identity { device: 1, inode: 2, size: 3, modified: time, changed: time }
    }

    #[test]
    fn a_file_settled_longer_than_the_slack_is_trusted() {
        assert!(!at(1_000, 399_999_999).is_racy(NOW));
        assert!(!at(998, 0).is_racy(NOW));
        assert!(!at(-5, 7).is_racy(NOW));
    }

    #[test]
    fn a_file_touched_within_the_slack_or_in_the_future_is_racy() {
        assert!(at(1_000, 400_000_000).is_racy(NOW));
        assert!(at(999, 0).is_racy(NOW), "whole seconds mean a coarse clock");
        assert!(at(1_001, 1).is_racy(NOW));
        assert!(at(i64::MAX, 1).is_racy(NOW));
    }

    #[test]
    fn either_timestamp_alone_makes_a_file_racy() {
        let (old, new) = (at(1, 1), at(1_000, 500_000_000));
        assert!(Identity { modified: new.modified, ..old }.is_racy(NOW));
        assert!(Identity { changed: new.changed, ..old }.is_racy(NOW));
    }

    #[test]
    fn a_time_that_does_not_fit_is_never_trusted() {
        let odd = Timestamp::new(u64::MAX, 5_u32);
        assert!(Identity { modified: odd, ..at(1, 1) }.is_racy(NOW));
    }
}
