//! Writes a DSSE envelope around a payload of any size, as one compact JSON object that appears whole or not at all.
//! Signs nothing: the payload is encoded while somebody else computes the signatures, which are put in at the end.
//! Used by every command that makes an envelope, through the addon.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64_simd::{AsOut, STANDARD};

use crate::signature_json::write_string;
use crate::target::Target;
use crate::text::{Document, Window};
use crate::writeback::Writeback;
use crate::{Payload, PayloadError, Work};

/// Payload bytes encoded together; a multiple of three, so that only the last part is padded.
const CHUNK: usize = 192 << 10;

/// An envelope with nothing in it yet. Dropped, it leaves no trace.
#[derive(Debug)]
pub struct EnvelopeFile {
    path: PathBuf,
    target: Target,
}

/// An envelope that lacks its signatures. Dropped, it leaves no trace.
#[derive(Debug)]
pub struct WrittenEnvelope {
    envelope: EnvelopeFile,
    written: u64,
}

impl EnvelopeFile {
    /// Begins the envelope that is to appear as `path` with exactly `mode`. A link is written through to what it names; a
    /// device, a pipe or a socket is written into as it is.
    pub fn create(path: &Path, mode: u32) -> Result<Self, PayloadError> {
        let target = Target::open(path, mode)
            .map_err(|source| PayloadError::EnvelopeWrite { path: path.into(), source })?;
        Ok(Self { path: path.into(), target })
    }

    /// Begins an envelope that goes into an open descriptor; `name` is what errors call it.
    #[must_use]
    pub fn stream(file: File, name: &Path) -> Self {
        Self { path: name.into(), target: Target::stream(file) }
    }

    /// Writes everything up to the signatures.
    pub fn write_payload(
        mut self,
        payload: &Payload,
        payload_type: &str,
        work: Work<'_>,
    ) -> Result<WrittenEnvelope, PayloadError> {
        let mut writeback = Writeback::default();
        let mut raw = vec![0; CHUNK];
        let mut text = vec![0; CHUNK / 3 * 4];
        let mut written = self.write(b"{\"payload\":\"")?;
        let mut offset = 0;
        while offset < payload.len() {
            let read = payload.read_at(offset, &mut raw)?;
            written += self.write(STANDARD.encode(&raw[..read], text.as_out()))?;
            offset += read as u64;
            if self.target.is_replaced() {
                writeback.advance(&self.target.file, written);
            }
            work.advance(read)?;
        }
        let mut middle = String::from("\",\"payloadType\":");
        write_string(payload_type, &mut middle);
        middle.push_str(",\"signatures\":");
        written += self.write(middle.as_bytes())?;
        Ok(WrittenEnvelope { envelope: self, written })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<u64, PayloadError> {
        self.target.file.write_all(bytes).map_err(|source| self.fault(source))?;
        Ok(bytes.len() as u64)
    }

    fn fault(&self, source: io::Error) -> PayloadError {
        PayloadError::EnvelopeWrite { path: self.path.clone(), source }
    }
}

impl WrittenEnvelope {
    /// Adds the JSON array of signatures, makes the envelope durable and lets it appear; says how many bytes it has.
    pub fn commit(mut self, signatures_json: &[u8], work: Work<'_>) -> Result<u64, PayloadError> {
        let mut check = Window::new(signatures_json, 0, Document::Envelope, work);
        check.array(|window, _| window.value().map(drop))?;
        check.finish()?;
        self.written += self.envelope.write(signatures_json)?;
        self.written += self.envelope.write(b"}")?;
        self.envelope.target.commit().map_err(|source| self.envelope.fault(source))?;
        Ok(self.written)
    }
}
