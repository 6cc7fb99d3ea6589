//! The tracer itself: Linux on `x86_64` and `aarch64`.
//! Mechanism (`tracer` and what it uses), the record (`recorder`), the events (`events`), and `session`, which joins them.

pub(crate) mod address;
pub(crate) mod artifacts;
pub(crate) mod contents;
pub(crate) mod digest;
pub(crate) mod errno;
pub mod events;
pub(crate) mod filter;
pub(crate) mod identity;
pub(crate) mod keeper;
pub(crate) mod memory;
pub(crate) mod observer;
pub(crate) mod path;
pub(crate) mod permission;
pub(crate) mod plan;
pub(crate) mod proc_fs;
pub(crate) mod proximity;
pub(crate) mod record;
pub(crate) mod recorder;
pub(crate) mod render;
pub(crate) mod residue;
pub(crate) mod session;
pub(crate) mod spawn;
pub(crate) mod subscription;
pub(crate) mod syscall;
pub(crate) mod tracee;
pub(crate) mod tracer;
pub(crate) mod wait;

pub use artifacts::Artifacts;
pub use memory::Memory;
pub use observer::{Birth, BirthKind, Call, End, GapKind, Observer, Stopped, Tid, Verdict};
pub use plan::Plan;
pub use record::{
    Address, Attempt, Attribute, AttributeChange, Connection, Content, Digest, Execution, FileUse,
    Gap, Name, NameChange, NameKind, NotableCall, Owner, ProcessRecord, SocketUse, Subject, Trace,
    Uses,
};
pub use recorder::{Recorder, RecorderOptions};
pub use session::{EventsTo, Milestone, Session, Traced};
pub use subscription::{Condition, Subscription};
pub use syscall::{Abi, Syscall};
pub use tracer::Milestones;

/// Runs `plan` on the calling thread, which must do nothing else meanwhile.
pub fn trace(
    plan: &Plan,
    observer: &mut dyn Observer,
    milestones: &mut dyn Milestones,
) -> Result<(), crate::error::TraceError> {
    tracer::trace(plan, observer, milestones)
}
