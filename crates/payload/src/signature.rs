//! The signatures of an envelope: read with the tolerance Go's decoder has, handed on in one plain form.
//! Checks shape and base64 only; whether a signature holds, and for whom, is decided elsewhere.
//! Used by `document` and, through its JSON, by the verifier.

use std::io::Read;

use crate::PayloadError;
use crate::base64::{Base64Decoder, NotBase64};
use crate::text::{Run, Window, is_field, lossy};

/// What all signatures and the payload type may take together.
pub(crate) const SMALL_LIMIT: usize = 64 << 20;
/// What an entry costs beside its text, so that millions of empty ones count.
const ENTRY: usize = 256;

/// One entry of `signatures`; a field that was absent or null is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// A hint, never a filter.
    pub keyid: String,
    /// The raw signature.
    pub sig: Vec<u8>,
    /// PEM of the leaf certificate.
    pub certificate: Vec<u8>,
    /// PEM of each intermediate certificate.
    pub intermediates: Vec<Vec<u8>>,
    /// Timestamps over `sig`.
    pub timestamps: Vec<EnvelopeTimestamp>,
}

/// One entry of `timestamps`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvelopeTimestamp {
    /// `tsp`, or what stood there.
    pub kind: String,
    /// DER of the token.
    pub data: Vec<u8>,
}

/// What is left of [`SMALL_LIMIT`].
#[derive(Debug)]
pub(crate) struct Budget(pub(crate) usize);

impl Budget {
    fn take<R: Read>(&mut self, window: &Window<'_, R>, bytes: usize) -> Result<(), PayloadError> {
        self.0 = self.0.checked_sub(bytes).ok_or(PayloadError::EnvelopeTooLarge {
            offset: window.offset(),
            limit: SMALL_LIMIT as u64,
        })?;
        Ok(())
    }

    /// Reads a string, or null as an empty one.
    pub(crate) fn text<R: Read>(
        &mut self,
        window: &mut Window<'_, R>,
    ) -> Result<String, PayloadError> {
        if window.peek("a value")? == b'n' {
            window.value()?;
            return Ok(String::new());
        }
        let mut bytes = Vec::new();
        if !window.short_string(&mut bytes, self.0)? {
            self.0 = 0;
        }
        self.take(window, bytes.len().max(1))?;
        Ok(lossy(&bytes))
    }

    /// Reads a base64 string, or null as an empty one.
    fn bytes<R: Read>(
        &mut self,
        window: &mut Window<'_, R>,
        field: &'static str,
    ) -> Result<Vec<u8>, PayloadError> {
        let room = self.0;
        let mut bytes = Vec::new();
        read_base64(window, field, |part| {
            // One part too many is kept, for `take` to refuse; the rest is only checked.
            if bytes.len() <= room {
                bytes.extend_from_slice(part);
            }
            Ok(())
        })?;
        self.take(window, bytes.len())?;
        Ok(bytes)
    }

    /// Reads an array of what `entry` reads, or null as none.
    pub(crate) fn list<R: Read, T>(
        &mut self,
        window: &mut Window<'_, R>,
        mut entry: impl FnMut(&mut Self, &mut Window<'_, R>) -> Result<T, PayloadError>,
    ) -> Result<Vec<T>, PayloadError> {
        let mut entries = Vec::new();
        if window.peek("a value")? == b'n' {
            window.value()?;
            return Ok(entries);
        }
        window.array(|window, _| {
            self.take(window, ENTRY)?;
            entries.push(entry(self, window)?);
            Ok(())
        })?;
        Ok(entries)
    }

    /// Reads one entry of `signatures`. A null entry comes out empty: Go skips it because it can match no key.
    pub(crate) fn signature<R: Read>(
        &mut self,
        window: &mut Window<'_, R>,
    ) -> Result<EnvelopeSignature, PayloadError> {
        let mut signature = EnvelopeSignature::default();
        if window.peek("a value")? == b'n' {
            window.value()?;
            return Ok(signature);
        }
        window.object(|window, key| {
            if is_field(key, "keyid") {
                signature.keyid = self.text(window)?;
            } else if is_field(key, "sig") {
                signature.sig = self.bytes(window, "sig")?;
            } else if is_field(key, "certificate") {
                signature.certificate = self.bytes(window, "certificate")?;
            } else if is_field(key, "intermediates") {
                signature.intermediates =
                    self.list(window, |budget, window| budget.bytes(window, "intermediates"))?;
            } else if is_field(key, "timestamps") {
                signature.timestamps = self.list(window, Self::timestamp)?;
            } else {
                window.value()?;
            }
            Ok(())
        })?;
        Ok(signature)
    }

    fn timestamp<R: Read>(
        &mut self,
        window: &mut Window<'_, R>,
    ) -> Result<EnvelopeTimestamp, PayloadError> {
        let mut timestamp = EnvelopeTimestamp::default();
        if window.peek("a value")? == b'n' {
            window.value()?;
            return Ok(timestamp);
        }
        window.object(|window, key| {
            if is_field(key, "type") {
                timestamp.kind = self.text(window)?;
            } else if is_field(key, "data") {
                timestamp.data = self.bytes(window, "data")?;
            } else {
                window.value()?;
            }
            Ok(())
        })?;
        Ok(timestamp)
    }
}

/// Reads a base64 string and hands over what it decodes to, piece by piece; null is an empty string. A line break counts for
/// nothing in base64 but is only possible as an escape, since JSON forbids it raw.
pub(crate) fn read_base64<R: Read>(
    window: &mut Window<'_, R>,
    field: &'static str,
    mut each: impl FnMut(&[u8]) -> Result<(), PayloadError>,
) -> Result<(), PayloadError> {
    if window.peek("a value")? == b'n' {
        window.value()?;
        return Ok(());
    }
    let mut decoder = Base64Decoder::default();
    window.string(|run, offset| {
        let outcome = match run {
            Run::Plain(bytes) => decoder.push(bytes),
            Run::Escaped('\r' | '\n') => return Ok(()),
            Run::Escaped(char) if char.is_ascii() => decoder.push(&[char as u8]),
            Run::Escaped(_) => Err(NotBase64(0)),
        };
        match outcome {
            Ok(bytes) => each(bytes),
            Err(NotBase64(at)) => {
                Err(PayloadError::EnvelopeBase64 { offset: offset + at as u64, field })
            }
        }
    })?;
    if decoder.is_complete() {
        Ok(())
    } else {
        Err(PayloadError::EnvelopeBase64 { offset: window.offset() - 1, field })
    }
}
