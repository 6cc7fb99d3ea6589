//! Calls that failed. The search for programs and libraries fails a lot, and every process searches the same places: each
//! attempt is kept once, and counted by process. Part of the recorder.

use std::collections::HashMap;

use super::Recorder;
use crate::linux::observer::Stopped;
use crate::linux::path::PATH_LIMIT;
use crate::linux::record::Subject;
use crate::linux::syscall::Syscall;

/// Different attempts that are kept; further ones are counted as a gap.
const LIMIT: usize = 10_000;

/// Which attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AttemptId(u32);

/// Call, subject and error number.
pub(super) type Key = (&'static str, Subject, i32);

/// Every attempt, once.
#[derive(Debug, Default)]
pub(super) struct Attempted {
    ids: HashMap<Key, AttemptId>,
}

impl Attempted {
    fn id(&mut self, key: Key) -> Option<AttemptId> {
        let next = AttemptId(self.ids.len() as u32);
        match self.ids.get(&key) {
            Some(&known) => Some(known),
            None if self.ids.len() >= LIMIT => None,
            None => {
                self.ids.insert(key, next);
                Some(next)
            }
        }
    }

    /// All of them, by their numbers.
    pub(super) fn into_keys(self) -> HashMap<AttemptId, Key> {
        self.ids.into_iter().map(|(key, id)| (id, key)).collect()
    }
}

impl Recorder {
    /// A path argument of a call that failed, from the root.
    pub(super) fn attempted_path(
        &mut self,
        stopped: &Stopped<'_>,
        dirfd: i32,
        address: u64,
    ) -> Subject {
        match stopped.memory.c_string(address, PATH_LIMIT) {
            Ok(path) if path.first() == Some(&b'/') => Subject::Path(path),
            Ok(path) => Subject::Path(self.viewpoint(stopped).lexical(dirfd, &path)),
            Err(_) => Subject::Other("a path that cannot be read".to_owned()),
        }
    }

    /// Counts a call that failed.
    pub(super) fn attempt(
        &mut self,
        stopped: &Stopped<'_>,
        call: Syscall,
        subject: Subject,
        result: i64,
    ) {
        if let Some(id) = self.attempted.id((call.name(), subject, -result as i32)) {
            self.draft(stopped).attempts.add(id, (), stopped.time);
        } else {
            let reason = "more different attempts than are kept";
            self.losses.add("attempts", Some(stopped.process), None, reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempted, LIMIT};
    use crate::linux::record::Subject;

    #[test]
    fn only_so_many_different_attempts_are_kept_and_those_stay_known() {
        let mut attempted = Attempted::default();
        let key = |number: usize| ("open", Subject::Other(number.to_string()), 2);
        let first = attempted.id(key(0));
        for number in 0..LIMIT {
            assert!(attempted.id(key(number)).is_some());
        }
        assert_eq!(attempted.id(key(LIMIT)), None);
        assert_eq!(attempted.id(key(0)), first);
    }
}
