//! Values kept apart from the event: what transformers work on, and the right side of a comparison of two fields.
//! Buffers are reused, so that a program in its stride allocates nothing.

use std::net::IpAddr;
use std::ops::Range;

use crate::event::Extracted;
use crate::value::Value;

#[derive(Clone, Debug, PartialEq)]
enum Item {
    Text(Range<usize>),
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Double(f64),
    Address(IpAddr),
}

/// No value, one, or a list of them.
#[derive(Debug, Default)]
pub(crate) struct Held {
    bytes: Vec<u8>,
    items: Vec<Item>,
    list: bool,
}

impl Held {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.items.clear();
        self.list = false;
    }

    pub(crate) fn is_missing(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn is_list(&self) -> bool {
        self.list
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = Value<'_>> {
        self.items.iter().map(|item| self.value(item))
    }

    fn value(&self, item: &Item) -> Value<'_> {
        match item {
            Item::Text(range) => Value::Bytes(&self.bytes[range.clone()]),
            Item::Bool(value) => Value::Bool(*value),
            Item::Signed(value) => Value::Signed(*value),
            Item::Unsigned(value) => Value::Unsigned(*value),
            Item::Double(value) => Value::Double(*value),
            Item::Address(value) => Value::Address(*value),
        }
    }

    /// Copies what the event has.
    pub(crate) fn hold(&mut self, extracted: Extracted<'_>) {
        self.clear();
        match extracted {
            Extracted::Missing => {}
            Extracted::One(value) => self.push(value),
            Extracted::Many(values) => {
                self.list = true;
                for value in values {
                    self.push(*value);
                }
            }
        }
    }

    pub(crate) fn push(&mut self, value: Value<'_>) {
        let item = match value {
            Value::Bytes(text) => {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(text);
                Item::Text(start..self.bytes.len())
            }
            Value::Bool(value) => Item::Bool(value),
            Value::Signed(value) => Item::Signed(value),
            Value::Unsigned(value) => Item::Unsigned(value),
            Value::Double(value) => Item::Double(value),
            Value::Address(value) => Item::Address(value),
        };
        self.items.push(item);
    }

    pub(crate) fn make_list(&mut self) {
        self.list = true;
    }

    /// All bytes at once: only texts have any.
    pub(crate) fn change_bytes(&mut self, change: impl FnOnce(&mut [u8])) {
        change(&mut self.bytes);
    }

    /// What follows the last `/` of each text.
    pub(crate) fn keep_base_names(&mut self) {
        for item in &mut self.items {
            if let Item::Text(range) = item {
                let slash = memchr::memrchr(b'/', &self.bytes[range.clone()]);
                range.start += slash.map_or(0, |at| at + 1);
            }
        }
    }

    /// Bytes of a text, items of a list.
    pub(crate) fn measure(&mut self) {
        let length = match (self.list, self.items.first()) {
            (_, None) => return,
            (true, _) => self.items.len(),
            (false, Some(Item::Text(range))) => range.len(),
            (false, Some(_)) => return self.clear(),
        };
        self.clear();
        self.items.push(Item::Unsigned(length as u64));
    }

    /// Decodes every text; one that cannot be decoded leaves nothing.
    pub(crate) fn decode_base64(&mut self, spare: &mut Vec<u8>) {
        spare.clear();
        let mut kept = true;
        for item in &mut self.items {
            let Item::Text(range) = item else { continue };
            let start = spare.len();
            kept &= base64(&self.bytes[range.clone()], spare).is_some();
            *range = start..spare.len();
        }
        std::mem::swap(&mut self.bytes, spare);
        if !kept {
            self.clear();
        }
    }
}

/// Standard alphabet. Padding may be left out, but not be wrong, and the bits it makes up for must be zero.
fn base64(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let padding = text.iter().rev().take(2).take_while(|&&byte| byte == b'=').count();
    if padding > 0 && !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bits = 0_u32;
    let mut count = 0;
    for &byte in &text[..text.len() - padding] {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    (count < 6 && bits.trailing_zeros() >= count).then_some(())
}

#[cfg(test)]
mod tests {
    use super::Held;
    use crate::value::Value;

    fn decoded(text: &str) -> Option<Vec<u8>> {
        let mut held = Held::default();
        held.push(Value::Bytes(text.as_bytes()));
        held.decode_base64(&mut Vec::new());
        held.values().next().map(|value| match value {
            Value::Bytes(bytes) => bytes.to_vec(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn base64_may_lack_its_padding_but_not_be_wrong() {
        assert_eq!(decoded("aGVsbG8=").as_deref(), Some(b"hello".as_slice()));
        assert_eq!(decoded("aGVsbG8").as_deref(), Some(b"hello".as_slice()));
        assert_eq!(decoded("").as_deref(), Some(b"".as_slice()));
        for wrong in ["aGVsbG8==", "aGVsbG9", "a", "ab=c", "a b=", "====", "42"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }
}
