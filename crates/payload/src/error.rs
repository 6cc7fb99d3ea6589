//! Every way this crate's calls can end without a result, each with a stable code.
//! Builds no prose beyond one line: paths, offsets and causes stay in fields for the caller to render.
//! Used by every module here and turned into a JavaScript error by the addon.

use std::io;
use std::path::PathBuf;

/// Why a payload or an envelope could not be read, written, signed or understood.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// A piece of the payload could not be read back.
    #[error("payload: {source}")]
    PayloadRead {
        /// What the system said.
        source: io::Error,
    },
    /// The private file for a large payload could not be made or filled.
    #[error("spool in {}: {source}", dir.display())]
    PayloadSpool {
        /// The directory that was to hold it.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A span outside the payload was asked for.
    #[error("span of {len} bytes at {offset} is outside the payload of {size} bytes")]
    PayloadRange {
        /// First byte asked for.
        offset: u64,
        /// Number of bytes asked for.
        len: u64,
        /// Bytes there are.
        size: u64,
    },
    /// The envelope file could not be read.
    #[error("envelope {}: {source}", path.display())]
    EnvelopeRead {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The envelope could not be written whole; nothing was left at `path`.
    #[error("envelope {}: {source}", path.display())]
    EnvelopeWrite {
        /// The file that was to appear.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The envelope is not one JSON object of the expected shape.
    #[error("envelope byte {offset}: expected {expected}")]
    EnvelopeSyntax {
        /// Where it stopped making sense.
        offset: u64,
        /// What would have made sense.
        expected: &'static str,
    },
    /// A base64 field holds something else.
    #[error("envelope byte {offset}: `{field}` is not padded standard base64")]
    EnvelopeBase64 {
        /// Where, in the envelope file.
        offset: u64,
        /// Which field.
        field: &'static str,
    },
    /// Everything beside the payload is too large to keep in memory.
    #[error("envelope byte {offset}: signatures and payload type exceed {limit} bytes")]
    EnvelopeTooLarge {
        /// Where the limit was passed.
        offset: u64,
        /// The limit.
        limit: u64,
    },
    /// The payload is not one JSON value.
    #[error("statement byte {offset}: expected {expected}")]
    StatementSyntax {
        /// Where it stopped making sense, in the decoded payload.
        offset: u64,
        /// What would have made sense.
        expected: &'static str,
    },
    /// What is left of the statement without its elided parts, or one element of those, is too large to keep in memory.
    #[error("statement byte {offset}: the text to keep exceeds {limit} bytes")]
    StatementTooLarge {
        /// Where the limit was passed.
        offset: u64,
        /// The limit.
        limit: u64,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl PayloadError {
    /// The name programs match on; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PayloadRead { .. } => "ERR_PAYLOAD_READ",
            Self::PayloadSpool { .. } => "ERR_PAYLOAD_SPOOL",
            Self::PayloadRange { .. } => "ERR_PAYLOAD_RANGE",
            Self::EnvelopeRead { .. } => "ERR_ENVELOPE_READ",
            Self::EnvelopeWrite { .. } => "ERR_ENVELOPE_WRITE",
            Self::EnvelopeSyntax { .. } => "ERR_ENVELOPE_SYNTAX",
            Self::EnvelopeBase64 { .. } => "ERR_ENVELOPE_BASE64",
            Self::EnvelopeTooLarge { .. } => "ERR_ENVELOPE_TOO_LARGE",
            Self::StatementSyntax { .. } => "ERR_STATEMENT_SYNTAX",
            Self::StatementTooLarge { .. } => "ERR_STATEMENT_TOO_LARGE",
            Self::Cancelled => "ERR_CANCELLED",
        }
    }

    /// What the user could do about it, when that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::EnvelopeWrite { source, .. } if is_full(source) => Some(
                "free space there or write the envelope to another file system; the old file, if any, is untouched",
            ),
            Self::PayloadSpool { source, .. } if is_full(source) => {
                Some("set `TMPDIR` to a directory with room for the whole payload")
            }
            Self::EnvelopeBase64 { .. } => {
                Some("base64url and unpadded base64 are not what DSSE envelopes carry")
            }
            _ => None,
        }
    }
}

fn is_full(source: &io::Error) -> bool {
    matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
