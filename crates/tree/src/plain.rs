//! The encoding of `material/v0.1` and `product/v0.1`: plain maps from path to digest, and one subject for each product.
//! Knows no tree: whoever reads these compares path by path.
//! Used by `TreeScan` for readers that know no other form.

use crate::leaves::{write_hex, write_string};
use crate::scan::Leaf;

/// What a product without a known type is (RFC 2046 §4.5.1); nothing here looks into the files.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Appends `{"<path>":{"sha256":…},…}`, or `{"<path>":{"mime_type":…,"digest":{"sha256":…}},…}` for products.
pub(crate) fn write_map(leaves: &[&Leaf], of_products: bool, out: &mut Vec<u8>) {
    out.reserve(leaves.len() * 160 + 2);
    out.push(b'{');
    for (index, leaf) in leaves.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(leaf.path(), out);
        out.push(b':');
        if of_products {
            out.extend_from_slice(b"{\"mime_type\":");
            write_string(UNKNOWN_TYPE, out);
            out.extend_from_slice(b",\"digest\":");
            write_digest(leaf, out);
            out.push(b'}');
        } else {
            write_digest(leaf, out);
        }
    }
    out.push(b'}');
}

/// Appends `{"name":"<prefix><path>","digest":{"sha256":…}},…` without brackets, to stand among other subjects.
pub(crate) fn write_subjects(leaves: &[&Leaf], prefix: &str, out: &mut Vec<u8>) {
    out.reserve(leaves.len() * (prefix.len() + 160));
    let mut name = String::from(prefix);
    for (index, leaf) in leaves.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        name.truncate(prefix.len());
        name.push_str(leaf.path());
        out.extend_from_slice(b"{\"name\":");
        write_string(&name, out);
        out.extend_from_slice(b",\"digest\":");
        write_digest(leaf, out);
        out.push(b'}');
    }
}

fn write_digest(leaf: &Leaf, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"sha256\":\"");
    write_hex(&leaf.digest(), out);
    out.extend_from_slice(b"\"}");
}
