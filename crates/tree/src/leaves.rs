//! The leaf encoding of `material/v0.3` and `product/v0.3`: order, hashes, root and JSON.
//! Adds no leaf and drops none from the list; only the root counts equal contents once.
//! Used by `TreeScan`; its writers of text and hex also by the plain form.

use lanner_merkle::{EMPTY_ROOT, Hash, TreeBuilder, leaf_hash};
use sha2::{Digest, Sha256};

use crate::kind::kind;
use crate::scan::Leaf;

/// The tree over distinct contents: its root and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) root: Hash,
    pub(crate) size: u64,
}

impl Tree {
    pub(crate) const EMPTY: Self = Self { root: EMPTY_ROOT, size: 0 };

    /// Over the digests of all leaves, sorted.
    pub(crate) fn over(digests: impl Iterator<Item = Hash>) -> Self {
        let mut builder = TreeBuilder::new();
        let mut last = None;
        for digest in digests {
            if last != Some(digest) {
                builder.push(leaf_hash(&tree_leaf(&digest)));
                last = Some(digest);
            }
        }
        Self { root: builder.root(), size: builder.len() }
    }
}

/// `leafHash`: the digest hashed once more, which the tree then takes as data and hashes again.
pub(crate) fn tree_leaf(digest: &Hash) -> Hash {
    Sha256::digest(digest).into()
}

/// Appends `[{"path":…,"fileDigest":…,"leafHash":…},…]`, with `kind` where asked for and known.
pub(crate) fn write_json<'a>(
    leaves: impl ExactSizeIterator<Item = &'a Leaf>,
    with_kind: bool,
    out: &mut Vec<u8>,
) {
    // Two digests and the keys take 171 bytes; most paths are short.
    out.reserve(leaves.len() * 240 + 2);
    out.push(b'[');
    for (index, leaf) in leaves.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"path\":");
        write_string(leaf.path(), out);
        out.extend_from_slice(b",\"fileDigest\":\"");
        write_hex(&leaf.digest(), out);
        out.extend_from_slice(b"\",\"leafHash\":\"");
        write_hex(&tree_leaf(&leaf.digest()), out);
        out.push(b'"');
        if let Some(kind) = kind(leaf.path()).filter(|_| with_kind) {
            out.extend_from_slice(b",\"kind\":\"");
            out.extend_from_slice(kind.as_bytes());
            out.push(b'"');
        }
        out.push(b'}');
    }
    out.push(b']');
}

const HEX: &[u8; 16] = b"0123456789abcdef";

pub(crate) fn write_hex(hash: &Hash, out: &mut Vec<u8>) {
    for byte in hash {
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

/// RFC 8259 §7: quote, backslash and control characters must be escaped, nothing else needs to be.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::write_string;

    proptest! {
        #[test]
        fn any_text_survives_the_escaping(text in "(?s).*|[\\x00-\\x22\\\\]*") {
            let mut json = Vec::new();
            write_string(&text, &mut json);
            prop_assert_eq!(serde_json::from_slice::<String>(&json).ok(), Some(text));
        }
    }
}
