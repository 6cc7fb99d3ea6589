//! Gives files their paths: the order of the walk, and links, which show the same file under another path.
//! Touches no disk; the listing has been read. Each link target is entered once a walk, by whichever link comes first.
//! Used by both passes.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::directory::Node;
use crate::display;
use crate::error::{Incomplete, Reason};
use crate::listing::Listing;

/// A file under one of its paths.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) path: display::Path,
    /// Index into the files of the listing: several entries may share one.
    pub(crate) file: usize,
}

/// How the walk orders raw paths: by components, so a slash sorts before every other byte.
pub(crate) fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let rank = |byte: &u8| if *byte == b'/' { 0 } else { *byte };
    let differing = one.iter().zip(other).find(|(left, right)| left != right);
    differing
        .map_or_else(|| one.len().cmp(&other.len()), |(left, right)| rank(left).cmp(&rank(right)))
}

/// A directory being walked.
struct Frame {
    directory: usize,
    next: usize,
    /// Length of the directory's path, with its slash.
    prefix: usize,
}

struct Walk<'a> {
    listing: &'a Listing,
    stack: Vec<Frame>,
    /// Path of the item at hand, as the walk reached it.
    path: Vec<u8>,
    visited: HashSet<&'a [u8]>,
    found: Vec<(Box<[u8]>, usize)>,
    incomplete: Vec<Incomplete>,
}

/// All paths in the order of the walk, by sorted names and depth first, and what could not be entered.
pub(crate) fn walk(listing: &Listing) -> (Vec<Entry>, Vec<Incomplete>) {
    let mut walk = Walk {
        listing,
        stack: Vec::new(),
        path: Vec::new(),
        visited: HashSet::new(),
        found: Vec::with_capacity(listing.files.len()),
        incomplete: Vec::new(),
    };
    walk.enter(0);
    while walk.step() {}
    let (paths, files): (Vec<_>, Vec<_>) = walk.found.into_iter().unzip();
    let entries = display::unique_paths(paths)
        .into_iter()
        .zip(files)
        .map(|(path, file)| Entry { path, file })
        .collect();
    (entries, walk.incomplete)
}

impl Walk<'_> {
    /// Takes the next item; false when there is none left.
    fn step(&mut self) -> bool {
        let listing = self.listing;
        let Some(frame) = self.stack.last_mut() else {
            return false;
        };
        let Some(item) = listing.directories[frame.directory].items.get(frame.next) else {
            self.stack.pop();
            return true;
        };
        frame.next += 1;
        self.path.truncate(frame.prefix);
        self.path.extend_from_slice(&item.name);
        match &item.node {
            Node::Link(target) => {
                if self.visited.insert(target) {
                    let node = listing.locate(target);
                    self.take(&node);
                }
            }
            node => self.take(node),
        }
        true
    }

    fn take(&mut self, node: &Node<usize, usize>) {
        match node {
            Node::File(file) => self.found.push((self.path.as_slice().into(), *file)),
            Node::Directory(directory) => self.enter(*directory),
            Node::Fault(reason) => self.note(reason),
            Node::Link(_) | Node::Nothing => {}
        }
    }

    fn enter(&mut self, directory: usize) {
        if let Some(reason) = &self.listing.directories[directory].fault {
            self.note(reason);
        }
        if !self.path.is_empty() {
            self.path.push(b'/');
        }
        self.stack.push(Frame { directory, next: 0, prefix: self.path.len() });
    }

    fn note(&mut self, reason: &Reason) {
        let path = if self.path.is_empty() { b"." } else { self.path.as_slice() };
        self.incomplete.push(Incomplete { path: display::shown(path), reason: reason.clone() });
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::compare;

    proptest! {
        #[test]
        fn the_order_of_paths_is_the_order_of_their_components(
            one in "[ab!/\u{1}]{0,8}", other in "[ab!/\u{1}]{0,8}",
        ) {
            let components = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
            let expected = components(&one).cmp(&components(&other));
            prop_assert_eq!(compare(one.as_bytes(), other.as_bytes()), expected);
            prop_assert_eq!(expected == Ordering::Equal, one == other);
        }
    }
}
