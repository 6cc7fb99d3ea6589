//! The material pass, and the tree that either pass ends with: every path with its digest, and what is missing.
//! Immutable once made; the product pass compares with it.
//! Used by the `material` attestor directly, and by the `product` attestor as the result of `ProductScan`.

use std::path::Path;

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::beneath::Root;
use crate::display;
use crate::error::{Incomplete, TreeError};
use crate::hasher::{Hashed, hash_files};
use crate::leaves::{self, Tree};
use crate::listing::Listing;
use crate::options::ScanOptions;
use crate::plain;
use crate::walk::walk;

/// A path and its content.
#[derive(Debug, Clone)]
pub struct Leaf {
    pub(crate) path: display::Path,
    pub(crate) hashed: Hashed,
}

impl Leaf {
    /// As shown in the statement: unique in its tree, with forward slashes, `\xHH` for bytes that are not UTF-8.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path.shown
    }

    /// The path as the system knows it, relative to the root.
    #[must_use]
    pub fn raw_path(&self) -> &[u8] {
        self.path.raw()
    }

    /// SHA-256 of the content.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.hashed.digest
    }

    /// Length of the content.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.hashed.identity.size
    }
}

/// A tree of materials or of products.
#[derive(Debug)]
pub struct TreeScan {
    /// In the order of the walk, so that two passes can be compared side by side.
    leaves: Vec<Leaf>,
    /// The order of the statement: indices of leaves by digest and then by path.
    order: Vec<usize>,
    tree: Tree,
    incomplete: Vec<Incomplete>,
    rewritten: Vec<Leaf>,
    /// Products say what kind of document they are, materials don't.
    with_kind: bool,
}

/// Walks and hashes everything below `root`.
pub fn scan(root: &Path, options: &ScanOptions) -> Result<TreeScan, TreeError> {
    let pool = options.pool()?;
    let listing = Listing::read(Root::open(root)?, &pool, options)?;
    let (entries, mut incomplete) = walk(&listing);
    let mut outcomes = vec![None; listing.files.len()];
    for (file, outcome) in hash_files(&listing, (0..listing.files.len()).collect(), &pool, options)?
    {
        outcomes[file] = Some(outcome);
    }
    let mut leaves = Vec::with_capacity(entries.len());
    for entry in entries {
        match &outcomes[entry.file] {
            Some(Ok(hashed)) => leaves.push(Leaf { path: entry.path, hashed: *hashed }),
            Some(Err(reason)) => {
                incomplete.push(Incomplete { path: entry.path.shown, reason: reason.clone() });
            }
            None => {}
        }
    }
    Ok(TreeScan::of(leaves, incomplete, &pool))
}

impl TreeScan {
    /// Puts leaves and gaps in their order and builds the tree.
    pub(crate) fn of(
        leaves: Vec<Leaf>,
        mut incomplete: Vec<Incomplete>,
        pool: &ThreadPool,
    ) -> Self {
        let mut order: Vec<usize> = (0..leaves.len()).collect();
        let key = |index: usize| (&leaves[index].hashed.digest, leaves[index].path());
        pool.install(|| {
            order.par_sort_unstable_by(|one, other| key(*one).cmp(&key(*other)));
        });
        incomplete.sort_unstable();
        let tree = Tree::over(order.iter().map(|index| leaves[*index].digest()));
        Self { leaves, order, tree, incomplete, rewritten: Vec::new(), with_kind: false }
    }

    /// Makes it a tree of products.
    pub(crate) fn of_products(self, mut rewritten: Vec<Leaf>) -> Self {
        rewritten.sort_unstable_by(|one, other| one.path().cmp(other.path()));
        Self { rewritten, with_kind: true, ..self }
    }

    /// A tree without any file.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            leaves: Vec::new(),
            order: Vec::new(),
            tree: Tree::EMPTY,
            incomplete: Vec::new(),
            rewritten: Vec::new(),
            with_kind: false,
        }
    }

    /// RFC 6962 root over the distinct contents.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        self.tree.root
    }

    /// Number of distinct contents.
    #[must_use]
    pub fn tree_size(&self) -> u64 {
        self.tree.size
    }

    /// Number of paths.
    #[must_use]
    pub fn leaf_count(&self) -> usize {
        self.leaves.len()
    }

    /// Every path, by digest and then by path.
    #[must_use]
    pub fn leaves(&self) -> impl ExactSizeIterator<Item = &Leaf> {
        self.order.iter().map(|index| &self.leaves[*index])
    }

    /// Every path, in the order of the walk.
    pub(crate) fn in_walk_order(&self) -> &[Leaf] {
        &self.leaves
    }

    /// The leaf of a path as shown; looks at each one, so it is for a few questions.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Leaf> {
        self.leaves.iter().find(|leaf| leaf.path() == path)
    }

    /// Appends the leaves as the JSON array of the predicate.
    pub fn leaves_json(&self, out: &mut Vec<u8>) {
        leaves::write_json(self.leaves(), self.with_kind, out);
    }

    /// Appends the leaves as the map of the v0.1 predicates, by path.
    pub fn map_json(&self, out: &mut Vec<u8>) {
        plain::write_map(&self.by_path(), self.with_kind, out);
    }

    /// Appends one statement subject for each leaf, named `prefix` and its path, by path; nothing around them.
    pub fn subjects_json(&self, prefix: &str, out: &mut Vec<u8>) {
        plain::write_subjects(&self.by_path(), prefix, out);
    }

    fn by_path(&self) -> Vec<&Leaf> {
        let mut leaves: Vec<_> = self.leaves.iter().collect();
        leaves.sort_unstable_by(|one, other| one.path().cmp(other.path()));
        leaves
    }

    /// What could not be read, by path.
    #[must_use]
    pub fn incomplete(&self) -> &[Incomplete] {
        &self.incomplete
    }

    /// Of a product tree: files that were touched or written anew with the bytes they had, by path. They are no products.
    #[must_use]
    pub fn rewritten(&self) -> &[Leaf] {
        &self.rewritten
    }
}
