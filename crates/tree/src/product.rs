//! The product pass: what is new or has other content since the material pass, reading only what may have changed.
//! Works in two phases, so that a reader which parses a product anyway can give its digest and no byte is read twice.
//! Used by the `product` attestor; the capture parser takes its files from here.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use rayon::ThreadPool;

use crate::beneath::Root;
use crate::error::{Incomplete, TreeError};
use crate::globs::ProductGlobs;
use crate::hasher::{Hashed, Outcome, hash_files, open_again};
use crate::identity::Timestamp;
use crate::listing::Listing;
use crate::options::ScanOptions;
use crate::scan::{Leaf, TreeScan};
use crate::walk::{Entry, compare, walk};

/// A file that may be a product.
#[derive(Debug, Clone, Copy)]
pub struct Pending<'a> {
    /// For `open` and `set_digest`.
    pub index: usize,
    /// As it will be shown in the statement.
    pub path: &'a str,
    /// As the system knows it, relative to the root.
    pub raw_path: &'a [u8],
    /// Length when it was last looked at.
    pub size: u64,
    /// The digest, when it is known already.
    pub digest: Option<[u8; 32]>,
    /// What the path held in the material pass. With the same digest in the end the file is `rewritten`, not a product.
    pub material: Option<[u8; 32]>,
}

/// A product pass between its two phases.
#[derive(Debug)]
pub struct ProductScan {
    listing: Listing,
    candidates: Vec<Candidate>,
    /// By file of the listing.
    outcomes: Vec<Option<Outcome>>,
    /// Files handed out and the state they were in then, by file of the listing. No descriptor is kept: a caller may look into
    /// thousands.
    lent: HashMap<usize, Hashed>,
    incomplete: Vec<Incomplete>,
}

#[derive(Debug)]
struct Candidate {
    entry: Entry,
    material: Option<[u8; 32]>,
}

/// The materials from the one at hand onwards: both passes go in the order of the walk.
struct Earlier<'a> {
    leaves: &'a [Leaf],
}

impl<'a> Earlier<'a> {
    /// The material of a path; paths come in the order of the walk.
    fn advance(&mut self, path: &[u8]) -> Option<&'a Leaf> {
        while let [leaf, rest @ ..] = self.leaves {
            match compare(leaf.raw_path(), path) {
                Ordering::Less => self.leaves = rest,
                Ordering::Equal => return Some(leaf),
                Ordering::Greater => break,
            }
        }
        None
    }

    /// The material of any path.
    fn find(&self, path: &[u8]) -> Option<&'a Leaf> {
        let found = self.leaves.binary_search_by(|leaf| compare(leaf.raw_path(), path));
        found.ok().map(|index| &self.leaves[index])
    }
}

impl ProductScan {
    /// Walks the tree and finds what may be a product; without materials that is every file.
    ///
    /// Reads files only where timestamps can't tell (`ScanOptions::rehash`, or written while the material pass ran).
    pub fn start(
        root: &Path,
        materials: Option<&Arc<TreeScan>>,
        globs: &ProductGlobs,
        options: &ScanOptions,
    ) -> Result<Self, TreeError> {
        let pool = options.pool()?;
        let listing = Listing::read(Root::open(root)?, &pool, options)?;
        let (mut entries, incomplete) = walk(&listing);
        entries.retain(|entry| globs.accepts(&entry.path.shown));
        let materials = materials.map_or([].as_slice(), |materials| materials.in_walk_order());
        let mut scan = Self {
            outcomes: vec![None; listing.files.len()],
            listing,
            candidates: Vec::new(),
            lent: HashMap::new(),
            incomplete,
        };
        let doubtful = scan.take_over(&entries, materials, options.rehash);
        scan.hash(doubtful, &pool, options)?;
        let mut earlier = Earlier { leaves: materials };
        for entry in entries {
            let material = earlier.advance(entry.path.raw()).map(Leaf::digest);
            match &scan.outcomes[entry.file] {
                Some(Ok(hashed)) if material == Some(hashed.digest) => {}
                _ => scan.candidates.push(Candidate { entry, material }),
            }
        }
        Ok(scan)
    }

    /// A pass over the files of a listing that `entries` names, nothing of which is known yet.
    pub(crate) fn over(
        listing: Listing,
        entries: Vec<Entry>,
        materials: &[Leaf],
        incomplete: Vec<Incomplete>,
    ) -> Self {
        let mut earlier = Earlier { leaves: materials };
        let candidates = entries.into_iter().map(|entry| {
            let material = earlier.advance(entry.path.raw()).map(Leaf::digest);
            Candidate { entry, material }
        });
        Self {
            candidates: candidates.collect(),
            outcomes: vec![None; listing.files.len()],
            listing,
            lent: HashMap::new(),
            incomplete,
        }
    }

    /// Takes over the digests of untouched files, and gives those files whose timestamps prove nothing.
    fn take_over(&mut self, entries: &[Entry], materials: &[Leaf], rehash: bool) -> Vec<usize> {
        let mut doubtful = Vec::new();
        let mut seen = vec![false; self.listing.files.len()];
        let mut earlier = Earlier { leaves: materials };
        let mut path = Vec::new();
        for entry in entries {
            if std::mem::replace(&mut seen[entry.file], true) {
                continue;
            }
            self.listing.path_of(entry.file, &mut path);
            // What a link shows is compared with what its target was, which stands elsewhere in the walk.
            let leaf = if path == entry.path.raw() {
                earlier.advance(&path)
            } else {
                Earlier { leaves: materials }.find(&path)
            };
            let Some(Leaf { hashed, .. }) = leaf else { continue };
            if hashed.identity != self.listing.files[entry.file].identity {
                continue;
            }
            if rehash || hashed.identity.is_racy(hashed.at) {
                doubtful.push(entry.file);
            } else {
                self.outcomes[entry.file] = Some(Ok(*hashed));
            }
        }
        doubtful
    }

    fn hash(
        &mut self,
        files: Vec<usize>,
        pool: &ThreadPool,
        options: &ScanOptions,
    ) -> Result<(), TreeError> {
        for (file, outcome) in hash_files(&self.listing, files, pool, options)? {
            self.outcomes[file] = Some(outcome);
        }
        Ok(())
    }

    /// Files that are new, or may have other content, in the order of the walk.
    pub fn pending(&self) -> impl Iterator<Item = Pending<'_>> {
        self.candidates.iter().enumerate().map(|(index, Candidate { entry, material })| {
            let known = self.outcomes[entry.file].as_ref().and_then(|known| known.as_ref().ok());
            let identity =
                known.map_or(self.listing.files[entry.file].identity, |known| known.identity);
            Pending {
                index,
                path: &entry.path.shown,
                raw_path: entry.path.raw(),
                size: identity.size,
                digest: known.map(|known| known.digest),
                material: *material,
            }
        })
    }

    /// Hands out a pending file for reading, opened so that it can't be anything else than the file that was listed.
    pub fn open(&mut self, index: usize) -> Result<File, TreeError> {
        let candidate = self.candidates.get(index).ok_or(TreeError::NotOpened { index })?;
        let fault = |reason| TreeError::Open { path: candidate.entry.path.shown.clone(), reason };
        let file = candidate.entry.file;
        let mut path = Vec::new();
        self.listing.path_of(file, &mut path);
        let mut expected = self.listing.files[file].identity;
        let at = Timestamp::now();
        // One more try: a file renamed over the listed one is as good a product.
        let (opened, identity) = open_again(&self.listing.root, &path, &mut expected, 0)
            .or_else(|_| open_again(&self.listing.root, &path, &mut expected, 1))
            .map_err(fault)?;
        self.lent.insert(file, Hashed { digest: [0; 32], identity, at });
        Ok(opened.into())
    }

    /// Takes the SHA-256 of all bytes of a file handed out by `open`, once it has been read to its end.
    ///
    /// Refused when the file is no longer in the state it was handed out in; `finish` then reads it, or it can be opened again.
    pub fn set_digest(&mut self, index: usize, digest: [u8; 32]) -> Result<(), TreeError> {
        let missing = TreeError::NotOpened { index };
        let Some(Candidate { entry, .. }) = self.candidates.get(index) else {
            return Err(missing);
        };
        let lent = self.lent.remove(&entry.file).ok_or(missing)?;
        let mut path = Vec::new();
        self.listing.path_of(entry.file, &mut path);
        if self.listing.root.identity(&path) != Ok(lent.identity) {
            return Err(TreeError::Changed { path: entry.path.shown.clone() });
        }
        self.outcomes[entry.file] = Some(Ok(Hashed { digest, ..lent }));
        Ok(())
    }

    /// Hashes what nobody else has digested, and gives the tree of products.
    pub fn finish(mut self, options: &ScanOptions) -> Result<TreeScan, TreeError> {
        let pool = options.pool()?;
        let mut unknown: Vec<usize> = self
            .candidates
            .iter()
            .map(|candidate| candidate.entry.file)
            .filter(|file| self.outcomes[*file].is_none())
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        self.hash(unknown, &pool, options)?;
        let (mut products, mut rewritten) = (Vec::new(), Vec::new());
        for Candidate { entry, material } in self.candidates {
            match &self.outcomes[entry.file] {
                Some(Ok(hashed)) => {
                    let same = material == Some(hashed.digest);
                    let leaves = if same { &mut rewritten } else { &mut products };
                    leaves.push(Leaf { path: entry.path, hashed: *hashed });
                }
                Some(Err(reason)) => self
                    .incomplete
                    .push(Incomplete { path: entry.path.shown, reason: reason.clone() }),
                None => {}
            }
        }
        Ok(TreeScan::of(products, self.incomplete, &pool).of_products(rewritten))
    }
}
