//! YAML text as documents of nodes that know where they stand.
//! Says nothing of rules. The first of equal keys counts, merge keys are ordinary keys: rule files are read so today.

mod build;
mod marks;
mod node;

pub(crate) use build::read;
pub(crate) use node::{Mark, Node, NodeKind};
