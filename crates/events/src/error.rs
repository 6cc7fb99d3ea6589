//! Every way reading a capture can fail, with a stable code and, where one helps, a hint.
//! What is wrong with single lines is no error: `skipped` counts it. Used by every entry point of the crate.

use std::io;

/// A capture could not be read, spooled or proven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventsError {
    /// The capture itself could not be read.
    #[error("the capture could not be read at byte {offset}: {source}")]
    Read {
        /// Where in the file.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The accepted lines could not be written to the spool.
    #[error("the spooled events could not be written: {source}")]
    Spool {
        /// What the system said.
        source: io::Error,
    },
    /// The caller asked to stop.
    #[error("reading the capture was cancelled")]
    Cancelled,
    /// No memory for a parser.
    #[error("not enough memory for a JSON parser")]
    Memory,
    /// The event to be proven is not in the capture.
    #[error("event {index} does not exist: the capture holds {events}")]
    NoSuchEvent {
        /// The index asked for, from zero.
        index: u64,
        /// How many events there are.
        events: u64,
    },
}

impl EventsError {
    /// Stable name of the fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "ERR_EVENTS_READ",
            Self::Spool { .. } => "ERR_EVENTS_SPOOL",
            Self::Cancelled => "ERR_EVENTS_CANCELLED",
            Self::Memory => "ERR_EVENTS_MEMORY",
            Self::NoSuchEvent { .. } => "ERR_EVENTS_NO_SUCH_EVENT",
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Spool { source } if source.kind() == io::ErrorKind::StorageFull => Some(
                "the events are spooled beside the output file: free space there, or record events by digest only",
            ),
            Self::NoSuchEvent { .. } => {
                Some("events are counted from zero; skipped and blank lines are not events")
            }
            _ => None,
        }
    }
}
