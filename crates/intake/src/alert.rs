//! An alert that passed the check: the bytes that were sent, on one line, and its id.
//! The canonical line is made of both without encoding anything again. Made by `intake`, kept by `lanner-journal`.

use std::borrow::Cow;

use crate::id::AlertId;

/// What falcosidekick's readers find in an alert without `source`; Falco's own name for it.
const DEFAULT_SOURCE: &[u8] = br#""source":"syscall","#;

/// Which keys the sender gave; the canonical line gets the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks(u8);

impl Marks {
    const ID: u8 = 1;
    const SOURCE: u8 = 2;

    pub(crate) fn new(id: bool, source: bool) -> Self {
        Self(u8::from(id) * Self::ID | u8::from(source) * Self::SOURCE)
    }

    /// As they are stored.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// What [`bits`](Self::bits) gave; `None` for anything else.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Self> {
        (bits & !(Self::ID | Self::SOURCE) == 0).then_some(Self(bits))
    }

    /// Appends the canonical form of `raw`, an object on one line that is not empty: `uuid` and `source` are put in front where
    /// they are absent, all else is as it was sent. No line end.
    pub fn write_canonical(self, raw: &[u8], id: AlertId, out: &mut Vec<u8>) {
        out.push(b'{');
        if self.0 & Self::ID == 0 {
            out.extend_from_slice(br#""uuid":""#);
            id.write(out);
            out.extend_from_slice(br#"","#);
        }
        if self.0 & Self::SOURCE == 0 {
            out.extend_from_slice(DEFAULT_SOURCE);
        }
        out.extend_from_slice(raw.get(1..).unwrap_or_default());
    }
}

/// An accepted alert of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert<'b> {
    /// One JSON object without line break: what was sent, but for line breaks between its tokens, which became spaces.
    pub raw: Cow<'b, [u8]>,
    /// The one that was sent with it, or a fresh one.
    pub id: AlertId,
    /// What the canonical line needs.
    pub marks: Marks,
}

impl Alert<'_> {
    /// Appends the canonical line, without line end.
    pub fn write_canonical(&self, out: &mut Vec<u8>) {
        self.marks.write_canonical(&self.raw, self.id, out);
    }
}

/// The text of one object without line breaks. They can only stand between tokens: strings hold no control characters.
pub(crate) fn on_one_line(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'\n', b'\r', text).is_none() {
        return Cow::Borrowed(text);
    }
    let joined = text.iter().map(|&byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte });
    Cow::Owned(joined.collect())
}
