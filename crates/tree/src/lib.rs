//! Turns a working tree into signed-tree leaves: which files there are, under which paths, with which content.
//! Reads and hashes; does not decide what a step means, and writes no statement: that is the attestors' work.
//! Used by the `material` attestor (`scan`) and the `product` attestor (`ProductScan`) through the addon, for traced steps
//! with what the tracer saw in place of a walk (`traced_materials`, `traced_products`), and by verification, which puts listed
//! files back together (`LeafTable`).

mod beneath;
mod digest;
mod directory;
mod display;
mod error;
mod globs;
mod hasher;
mod identity;
mod kind;
mod leaf_links;
mod leaf_table;
mod leaves;
mod listing;
mod options;
mod plain;
mod product;
mod scan;
mod traced;
mod walk;

pub use digest::digest;
pub use error::{Incomplete, Reason, TreeError};
pub use globs::ProductGlobs;
pub use leaf_links::{Agreement, Conflict, compare_leaves};
pub use leaf_table::{LEAF_LIMIT, LeafFault, LeafTable, RootMatch};
pub use options::ScanOptions;
pub use product::{Pending, ProductScan};
pub use scan::{Leaf, TreeScan, scan};
pub use traced::{TracedPath, traced_materials, traced_products};
