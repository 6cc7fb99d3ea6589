//! What could not be seen or taken, counted by kind, process, path and reason.
//! Decides nothing: whoever fails to see something says so here. Used by all of the recorder.

use std::collections::HashMap;
use std::sync::Arc;

use crate::linux::observer::{GapKind, Tid};
use crate::linux::record::{Gap, Name};

/// Different gaps that are kept; further ones are counted together.
const LIMIT: usize = 10_000;

type Key = (&'static str, Option<Tid>, Option<Name>, Arc<str>);

/// The gaps so far.
#[derive(Debug, Default)]
pub(super) struct Losses {
    counts: HashMap<Key, u64>,
}

impl Losses {
    /// Counts one more.
    pub(super) fn add(
        &mut self,
        kind: &'static str,
        pid: Option<Tid>,
        path: Option<&Name>,
        reason: &str,
    ) {
        let key = (kind, pid, path.cloned(), Arc::from(reason));
        if self.counts.len() >= LIMIT && !self.counts.contains_key(&key) {
            let rest = (kind, None, None, Arc::from("more different gaps than are kept"));
            *self.counts.entry(rest).or_default() += 1;
            return;
        }
        *self.counts.entry(key).or_default() += 1;
    }

    /// All of them, in order.
    pub(super) fn into_gaps(self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = self
            .counts
            .into_iter()
            .map(|((kind, pid, path, reason), count)| Gap { kind, pid, path, reason, count })
            .collect();
        gaps.sort();
        gaps
    }
}

/// The name of a gap the tracer tells of, and what it means.
pub(super) const fn told(kind: GapKind) -> (&'static str, &'static str) {
    match kind {
        GapKind::IoUringRefused => {
            ("io_uring_refused", "io_uring_setup was refused: what a ring does cannot be seen")
        }
        GapKind::X32Refused => ("x32_refused", "a call of the x32 ABI was refused"),
        GapKind::Untraced => ("untraced", "a child was made that cannot be traced"),
        GapKind::TraceeGone => ("tracee_gone", "a thread died before what it did could be read"),
        GapKind::NotKept => (
            "not_kept",
            "what was left running could not be handed over: some calls fail in it from now on",
        ),
        GapKind::ForeignDescriptor => {
            ("foreign_descriptor", "a descriptor came from where nothing is traced")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, Losses};

    #[test]
    fn gaps_beyond_those_kept_are_still_counted() {
        let mut losses = Losses::default();
        for pid in 0..10_007 {
            losses.add("digest", Some(pid), None, "reason");
            losses.add("digest", Some(0), None, "reason");
        }
        let gaps = losses.into_gaps();
        assert_eq!(gaps.iter().map(|gap| gap.count).sum::<u64>(), 2 * (LIMIT as u64 + 7));
        assert_eq!(gaps.len(), LIMIT + 1);
    }
}
