//! The files that an attestation lists, in columns, and the question whether a Merkle root is over exactly those.
//! Knows both leaf encodings, by content alone and the older one by path and content; reads no JSON and trusts no root.
//! Used by verification through the addon, where an object for each of a million files would cost a gigabyte.

use lanner_merkle::{Hash, TreeBuilder, leaf_hash};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

use crate::leaves::{tree_leaf, write_hex};

/// More leaves than any writer makes; a limit on what a hostile envelope can cost. Those beyond are counted and not kept.
pub const LEAF_LIMIT: usize = 1 << 20;

/// What a leaf says its own `leafHash` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    Nothing,
    ByContent,
    ByPath,
    Neither,
}

/// Listed files in their order.
#[derive(Debug, Default)]
pub struct LeafTable {
    /// All paths, one behind the other.
    text: String,
    /// Where each path ends.
    ends: Vec<usize>,
    digests: Vec<Hash>,
    claims: Vec<Claim>,
    /// The first leaf whose digest is none; its place in `digests` is zeros.
    without_digest: Option<usize>,
    len: u64,
}

/// Why a list belongs to no root at all, or not to the one asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafFault<'t> {
    /// It is longer than [`LEAF_LIMIT`].
    TooMany,
    /// The digest of this path is no SHA-256.
    Digest(&'t str),
    /// This path is listed twice.
    Twice(&'t str),
    /// Neither encoding gives the root.
    Root,
}

/// The list gives the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootMatch<'t> {
    /// Leaves of the tree: distinct contents, or files in the older encoding.
    pub size: u64,
    /// The first path whose `leafHash` is there and is not what the tree's encoding makes of its digest.
    pub wrong_leaf_hash: Option<&'t str>,
}

impl LeafTable {
    /// Appends a file with its digest and, if there is one, its `leafHash`, both as written.
    pub fn push(&mut self, path: &str, digest: &str, leaf_hash: Option<&str>) {
        self.len += 1;
        let index = self.digests.len();
        if index == LEAF_LIMIT {
            return;
        }
        let hash = parse_hex(digest);
        if hash.is_none() {
            self.without_digest.get_or_insert(index);
        }
        let hash = hash.unwrap_or_default();
        self.text.push_str(path);
        self.ends.push(self.text.len());
        self.digests.push(hash);
        self.claims.push(claim(path, &hash, leaf_hash));
    }

    /// Number of files listed.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether none is listed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether all of them were kept.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.len == self.digests.len() as u64
    }

    /// Bytes of memory that the columns take.
    #[must_use]
    pub const fn weight(&self) -> usize {
        self.text.len()
            + self.digests.len() * (size_of::<usize>() + size_of::<Hash>() + size_of::<Claim>())
    }

    fn path(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[index]]
    }

    /// Paths and digests, in order.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &Hash)> {
        self.digests.iter().enumerate().map(|(index, digest)| (self.path(index), digest))
    }

    /// Whether a listed file has this digest, written in lower-case hex.
    #[must_use]
    pub fn has(&self, digest: &str) -> bool {
        lower_hex(digest).is_some_and(|wanted| self.digests.contains(&wanted))
    }

    /// Of the paths with this digest, written in lower-case hex, the first that has the last segment of `name`, and whether it has;
    /// without one the first of all.
    #[must_use]
    pub fn path_of(&self, digest: &str, name: &str) -> Option<(&str, bool)> {
        let wanted = lower_hex(digest)?;
        let base = last_segment(name);
        let mut first = None;
        for (path, _) in self.files().filter(|(_, digest)| **digest == wanted) {
            if last_segment(path) == base {
                return Some((path, true));
            }
            first = first.or(Some((path, false)));
        }
        first
    }

    /// Whether `root`, lower-case hex, is over exactly these files.
    pub fn matches(&self, root: &str) -> Result<RootMatch<'_>, LeafFault<'_>> {
        if !self.is_whole() {
            return Err(LeafFault::TooMany);
        }
        self.well_formed()?;
        let (size, found) = self.root_by_content();
        if hex(&found) == root {
            return Ok(self.matching(size, Claim::ByContent));
        }
        if !self.is_empty() && hex(&self.root_by_path()) == root {
            return Ok(self.matching(self.len, Claim::ByPath));
        }
        Err(LeafFault::Root)
    }

    /// The first file in the list that no tree could have: without a digest, or for the second time.
    fn well_formed(&self) -> Result<(), LeafFault<'_>> {
        let mut seen = HashSet::with_capacity(self.digests.len());
        for index in 0..self.digests.len() {
            if self.without_digest == Some(index) {
                return Err(LeafFault::Digest(self.path(index)));
            }
            if !seen.insert(self.path(index)) {
                return Err(LeafFault::Twice(self.path(index)));
            }
        }
        Ok(())
    }

    /// The encoding in use: one leaf for each content, ordered by content.
    fn root_by_content(&self) -> (u64, Hash) {
        let mut digests = self.digests.clone();
        digests.sort_unstable();
        digests.dedup();
        let mut tree = TreeBuilder::new();
        for digest in &digests {
            tree.push(leaf_hash(&tree_leaf(digest)));
        }
        (tree.len(), tree.root())
    }

    /// The encoding before June 2026, under the same type: one leaf for each file, ordered by path.
    fn root_by_path(&self) -> Hash {
        let mut order: Vec<usize> = (0..self.digests.len()).collect();
        order.sort_unstable_by_key(|&index| self.path(index));
        let mut tree = TreeBuilder::new();
        for index in order {
            tree.push(leaf_hash(&path_leaf(self.path(index), &self.digests[index])));
        }
        tree.root()
    }

    fn matching(&self, size: u64, encoding: Claim) -> RootMatch<'_> {
        let wrong =
            self.claims.iter().position(|claim| *claim != Claim::Nothing && *claim != encoding);
        RootMatch { size, wrong_leaf_hash: wrong.map(|index| self.path(index)) }
    }
}

fn claim(path: &str, digest: &Hash, leaf_hash: Option<&str>) -> Claim {
    match leaf_hash {
        None => Claim::Nothing,
        Some(text) if text == hex(&tree_leaf(digest)) => Claim::ByContent,
        Some(text) if text == hex(&path_leaf(path, digest)) => Claim::ByPath,
        Some(_) => Claim::Neither,
    }
}

/// Path, a zero byte, content.
fn path_leaf(path: &str, digest: &Hash) -> Hash {
    Sha256::new().chain_update(path).chain_update([0]).chain_update(digest).finalize().into()
}

/// What basename(1) makes of a path.
fn last_segment(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

pub(crate) fn hex(hash: &Hash) -> String {
    let mut text = Vec::with_capacity(64);
    write_hex(hash, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

fn lower_hex(text: &str) -> Option<Hash> {
    parse_hex(text).filter(|_| !text.bytes().any(|byte| byte.is_ascii_uppercase()))
}

/// A SHA-256 written in hex, in letters of either case.
fn parse_hex(text: &str) -> Option<Hash> {
    let pairs: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut hash = Hash::default();
    for (byte, pair) in hash.iter_mut().zip(pairs.as_chunks::<2>().0) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(hash)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
#[path = "leaf_table_test.rs"]
mod test;
