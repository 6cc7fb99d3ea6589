//! The tree as it lies on disk: directories, their sorted items, and the state of each file; every directory is read once.
//! Gives files and directories their numbers; `directory` does the reading. Reads no content.
//! Used by the walk, which gives the files their paths, and by the hasher, which finds them by real path.

use std::collections::HashMap;

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::beneath::Root;
use crate::directory::{Item, Node, join, read_directory};
use crate::error::{Reason, TreeError};
use crate::identity::Identity;
use crate::options::ScanOptions;

/// Everything below the root.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) root: Root,
    /// The first one is the root.
    pub(crate) directories: Vec<DirectoryNode>,
    pub(crate) files: Vec<FileNode>,
}

/// One directory.
#[derive(Debug)]
pub(crate) struct DirectoryNode {
    /// Real path below the root, empty for the root.
    path: Box<[u8]>,
    /// Sorted by the bytes of their names.
    pub(crate) items: Vec<Item<usize, usize>>,
    /// Why the items may not be all.
    pub(crate) fault: Option<Reason>,
}

/// A regular file; its name is that of the item that points to it.
#[derive(Debug)]
pub(crate) struct FileNode {
    directory: usize,
    item: usize,
    pub(crate) identity: Identity,
}

impl Listing {
    /// A listing of nothing, for `add_file`.
    pub(crate) fn empty(root: Root) -> Self {
        Self { root, directories: Vec::new(), files: Vec::new() }
    }

    /// Adds one file by its real path and gives its index; no walk reaches it. `directories` remembers those added so far.
    pub(crate) fn add_file(
        &mut self,
        path: &[u8],
        directories: &mut HashMap<Box<[u8]>, usize>,
    ) -> Result<usize, Reason> {
        let identity = self.root.identity(path)?;
        let slash = path.iter().rposition(|byte| *byte == b'/');
        let (parent, name) = slash.map_or((&b""[..], path), |at| (&path[..at], &path[at + 1..]));
        let directory = *directories.entry(parent.into()).or_insert_with(|| {
            self.directories.push(DirectoryNode::unread(parent.into()));
            self.directories.len() - 1
        });
        let items = &mut self.directories[directory].items;
        items.push(Item { name: name.into(), node: Node::File(self.files.len()) });
        self.files.push(FileNode { directory, item: items.len() - 1, identity });
        Ok(self.files.len() - 1)
    }

    /// Reads the directories level by level, those of a level in parallel.
    pub(crate) fn read(
        root: Root,
        pool: &ThreadPool,
        options: &ScanOptions,
    ) -> Result<Self, TreeError> {
        let mut listing = Self::empty(root);
        listing.directories.push(DirectoryNode::unread(Box::default()));
        let mut level = 0;
        while level < listing.directories.len() {
            let unread = &listing.directories[level..];
            let read: Vec<_> = pool.install(|| {
                unread
                    .par_iter()
                    .map(|directory| {
                        options.proceed()?;
                        Ok(read_directory(&listing.root, &directory.path))
                    })
                    .collect::<Result<_, TreeError>>()
            })?;
            let start = level;
            level = listing.directories.len();
            for (index, (items, fault)) in (start..).zip(read) {
                listing.adopt(index, items, fault);
            }
        }
        Ok(listing)
    }

    /// Gives files and subdirectories their indices.
    fn adopt(&mut self, index: usize, items: Vec<Item<Identity, ()>>, fault: Option<Reason>) {
        let parent = self.directories[index].path.clone();
        let mut adopted = Vec::with_capacity(items.len());
        for Item { name, node } in items {
            let node = match node {
                Node::File(identity) => {
                    self.files.push(FileNode { directory: index, item: adopted.len(), identity });
                    Node::File(self.files.len() - 1)
                }
                Node::Directory(()) => {
                    self.directories.push(DirectoryNode::unread(join(&parent, &name)));
                    Node::Directory(self.directories.len() - 1)
                }
                Node::Link(target) => Node::Link(target),
                Node::Nothing => Node::Nothing,
                Node::Fault(reason) => Node::Fault(reason),
            };
            adopted.push(Item { name, node });
        }
        self.directories[index].items = adopted;
        self.directories[index].fault = fault;
    }

    /// Writes the real path of a file into a buffer that is used again and again.
    pub(crate) fn path_of(&self, file: usize, path: &mut Vec<u8>) {
        let FileNode { directory, item, .. } = self.files[file];
        let directory = &self.directories[directory];
        path.clear();
        path.extend_from_slice(&directory.path);
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(&directory.items[item].name);
    }

    /// What stands at a real path below the root, or why that is not known.
    pub(crate) fn locate(&self, path: &[u8]) -> Node<usize, usize> {
        let mut at = 0;
        if path.is_empty() {
            return Node::Directory(at);
        }
        let mut components = path.split(|byte| *byte == b'/').peekable();
        while let Some(name) = components.next() {
            let directory = &self.directories[at];
            let Ok(found) = directory.items.binary_search_by(|item| item.name.as_ref().cmp(name))
            else {
                return Node::Fault(directory.fault.clone().unwrap_or(Reason::Changed));
            };
            match (&directory.items[found].node, components.peek()) {
                (Node::Directory(index), Some(_)) => at = *index,
                (Node::Directory(index), None) => return Node::Directory(*index),
                (Node::File(index), None) => return Node::File(*index),
                (Node::Nothing, None) => return Node::Nothing,
                // The target was resolved after the directory was read, and something moved in between.
                _ => return Node::Fault(Reason::Changed),
            }
        }
        Node::Fault(Reason::Changed)
    }
}

impl DirectoryNode {
    fn unread(path: Box<[u8]>) -> Self {
        Self { path, items: Vec::new(), fault: None }
    }
}
