//! A DSSE envelope taken apart in one pass: payload decoded to a spool, everything else small and in memory.
//! Follows Go's `encoding/json` where that decides what an envelope says (see `open`); trusts and verifies nothing.
//! Used by every command that reads an envelope, through the addon.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::signature::{Budget, EnvelopeSignature, SMALL_LIMIT, read_base64};
use crate::text::{Document, Window, is_field};
use crate::{Payload, PayloadError, Spool, Work};

/// An envelope that has been read.
#[derive(Debug)]
pub struct EnvelopeDocument {
    /// The decoded payload.
    pub payload: Payload,
    /// Its type; empty when absent.
    pub payload_type: String,
    /// All signatures, in order.
    pub signatures: Vec<EnvelopeSignature>,
}

impl EnvelopeDocument {
    /// Reads the envelope in `path`; a payload too large for memory is decoded into an unlinked file in `spool_dir`.
    ///
    /// Keys count in any letter case, the last of several wins whole, unknown ones are passed over once they are known to be
    /// valid JSON; null is as good as absent; base64 may contain escapes and escaped line breaks and have stray trailing bits.
    /// Refused: a byte order mark, UTF-16, anything but white space behind the object, base64 without padding or of another
    /// alphabet, fields of another type (also an array of numbers for bytes, the one shape Go would take).
    pub fn open(path: &Path, spool_dir: &Path, work: Work<'_>) -> Result<Self, PayloadError> {
        let in_path = |source| PayloadError::EnvelopeRead { path: path.to_path_buf(), source };
        let file = File::open(path).map_err(in_path)?;
        if file.metadata().map_err(in_path)?.is_dir() {
            return Err(in_path(ErrorKind::IsADirectory.into()));
        }
        Self::read(file, spool_dir, work).map_err(|error| match error {
            PayloadError::PayloadRead { source } => in_path(source),
            other => other,
        })
    }

    /// Reads an envelope from wherever it comes, as [`open`](Self::open) does.
    pub fn read(input: impl Read, spool_dir: &Path, work: Work<'_>) -> Result<Self, PayloadError> {
        let mut window = Window::new(input, 0, Document::Envelope, work);
        let mut budget = Budget(SMALL_LIMIT);
        let mut spool = Spool::new(spool_dir);
        let mut payload_type = String::new();
        let mut signatures = Vec::new();
        window.object(|window, key| {
            if is_field(key, "payload") {
                spool.clear();
                read_base64(window, "payload", |part| spool.write(part))?;
            } else if is_field(key, "payloadtype") {
                payload_type = budget.text(window)?;
            } else if is_field(key, "signatures") {
                signatures = budget.list(window, Budget::signature)?;
            } else {
                window.value()?;
            }
            Ok(())
        })?;
        window.finish()?;
        Ok(Self { payload: spool.finish()?, payload_type, signatures })
    }

    /// The signatures as one JSON array with the usual keys and plain base64, whatever form the envelope gave them.
    #[must_use]
    pub fn signatures_json(&self) -> String {
        let mut out = String::from("[");
        for (index, signature) in self.signatures.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            signature.write_json(&mut out);
        }
        out.push(']');
        out
    }
}
