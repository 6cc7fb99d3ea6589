//! The alerts of a segment that hold a term, as bytes: distances between their numbers, or a bit each where that is shorter.
//! Used by the writer and the readers of terms.

use crate::bitmap::Bitmap;
use crate::bytes::{Reader, put_varint};
use crate::error::Fault;

/// Rising numbers below `total` as bytes, behind what `out` holds. Gives whether they are bits.
pub(crate) fn encode(docs: &[u32], total: usize, out: &mut Vec<u8>) -> bool {
    let bits = total.div_ceil(8);
    // A distance takes a byte or more.
    if docs.len() < bits {
        let start = out.len();
        let mut last = 0;
        for &doc in docs {
            put_varint(out, u64::from(doc - last));
            last = doc;
        }
        if out.len() - start <= bits {
            return false;
        }
        out.truncate(start);
    }
    let start = out.len();
    out.resize(start + bits, 0);
    for &doc in docs {
        out[start + doc as usize / 8] |= 1 << (doc % 8);
    }
    true
}

/// Adds the numbers to `into`.
pub(crate) fn decode(bytes: &[u8], bits: bool, into: &mut Vec<u32>) -> Result<(), Fault> {
    if bits {
        for (index, &byte) in bytes.iter().enumerate() {
            let mut rest = byte;
            while rest != 0 {
                into.push(index as u32 * 8 + rest.trailing_zeros());
                rest &= rest - 1;
            }
        }
        return Ok(());
    }
    let mut reader = Reader::new(bytes);
    let mut doc = 0_u32;
    while !reader.is_empty() {
        doc = doc.wrapping_add(reader.varint()? as u32);
        into.push(doc);
    }
    Ok(())
}

/// Sets the bits of all that are named.
pub(crate) fn union(bytes: &[u8], bits: bool, into: &mut Bitmap) -> Result<(), Fault> {
    if bits {
        into.union_bytes(bytes);
        return Ok(());
    }
    let mut reader = Reader::new(bytes);
    let mut doc = 0_usize;
    while !reader.is_empty() {
        doc = doc.wrapping_add(reader.size()?);
        into.set(doc);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(docs in proptest::collection::btree_set(0_u32..2000, 0..1500)) {
            let docs: Vec<u32> = docs.into_iter().collect();
            let mut bytes = Vec::new();
            let bits = encode(&docs, 2000, &mut bytes);
            prop_assert!(bytes.len() <= 250);
            let mut again = Vec::new();
            decode(&bytes, bits, &mut again).unwrap();
            prop_assert_eq!(&again, &docs);
            let mut map = Bitmap::none(2000);
            union(&bytes, bits, &mut map).unwrap();
            prop_assert_eq!(map.within(0..2000).map(|doc| doc as u32).collect::<Vec<_>>(), docs);
        }
    }
}
