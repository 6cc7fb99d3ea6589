//! What tells one state of a file from another without reading it: device, inode, size and both change times.
//! Holds no path and no content. Used to take each digest once and to notice files that change while they are read.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::Stat;

const SECOND: i64 = 1_000_000_000;

/// Timestamps move in ticks of the kernel, at most 10 ms (`CONFIG_HZ=100`).
const TICK: i64 = 20_000_000;

/// A file, whatever its state.
pub(crate) type Inode = (u64, u64);

/// A state of a file, as `stat(2)` tells it. Times in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    pub(crate) inode: Inode,
    pub(crate) size: u64,
    pub(crate) modified: i64,
    pub(crate) changed: i64,
}

impl Identity {
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            inode: inode(stat),
            size: whole(stat.st_size),
            modified: time(stat.st_mtime, stat.st_mtime_nsec),
            changed: time(stat.st_ctime, stat.st_ctime_nsec),
        }
    }

    /// The same bytes, as far as timestamps tell: a rename, a further link or another mode only move the change time.
    pub(crate) fn holds_the_same(&self, other: &Self) -> bool {
        (self.inode, self.size, self.modified) == (other.inode, other.size, other.modified)
    }

    /// Whether a write after `now` could leave this identity as it is: one in the same tick does (git's "racily clean"
    /// entries). A time without nanoseconds comes from a file system that counts seconds (two on FAT); one in the future tells
    /// nothing.
    pub(crate) fn is_racy(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64);
        [self.modified, self.changed].into_iter().any(|time| {
            let slack = if time % SECOND == 0 { 2 * SECOND } else { TICK };
            time.saturating_add(slack) >= now
        })
    }
}

/// Device and inode number.
pub(crate) fn inode(stat: &Stat) -> Inode {
    (whole(stat.st_dev), whole(stat.st_ino))
}

/// The field types differ by platform.
fn whole(field: impl TryInto<u64>) -> u64 {
    field.try_into().unwrap_or(u64::MAX)
}

/// What does not fit (a year after 2262) becomes the far future, which is never trusted.
fn time(seconds: impl TryInto<i64>, nanoseconds: impl TryInto<i64>) -> i64 {
    let seconds = seconds.try_into().unwrap_or(i64::MAX);
    let nanoseconds = nanoseconds.try_into().unwrap_or(i64::MAX);
    seconds.saturating_mul(SECOND).saturating_add(nanoseconds)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::Identity;

    fn changed_at(changed: i64) -> Identity {
        Identity { inode: (1, 2), size: 3, modified: changed, changed }
    }

    #[test]
    fn a_file_changed_within_the_last_tick_may_change_again_unseen() {
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        assert!(changed_at(999_999_000_000).is_racy(now));
        assert!(!changed_at(999_900_000_001).is_racy(now));
    }

    #[test]
    fn whole_seconds_and_the_future_are_not_trusted() {
        let now = UNIX_EPOCH + Duration::from_millis(1_000_500);
        assert!(changed_at(999_000_000_000).is_racy(now));
        assert!(changed_at(2_000_000_000_001).is_racy(now));
        assert!(!changed_at(997_000_000_000).is_racy(now));
    }

    #[test]
    fn a_renamed_file_holds_the_same() {
        let before = changed_at(5);
        let after = Identity { changed: 6, ..before };
        assert!(before != after && before.holds_the_same(&after));
        assert!(!before.holds_the_same(&Identity { size: 4, ..before }));
    }
}
