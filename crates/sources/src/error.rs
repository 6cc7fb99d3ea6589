//! What stops the reading of a source: a file that can't be read, no memory, a reader of alerts that is gone.
//! Anything wrong with the text of an input is counted instead (`skipped`).

use std::io;
use std::path::PathBuf;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// An input could not be opened or read to its end.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The input; `-` is standard input.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// There is no memory for a parser.
    #[error("out of memory")]
    Memory,
    /// Alerts could not be handed on.
    #[error("alerts cannot be delivered: {0}")]
    Undelivered(#[source] io::Error),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}
