//! Reads one directory: its names, what each one is, the state of files and where links lead in the end.
//! Follows no link and numbers nothing; `listing` puts directories together.
//! Used by the listing, for several directories at a time.

use std::ffi::OsStr;
use std::fs::canonicalize;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;

use rayon::prelude::*;
use rustix::fs::{AtFlags, Dir as Directory, FileType, statat};
use rustix::io::Errno;

use crate::beneath::Root;
use crate::error::Reason;
use crate::identity::Identity;

/// Names of one directory that one thread takes at a time: enough to be worth the hand-over.
const NAMES_PER_TASK: usize = 512;

/// A name in a directory; `File` and `Directory` are indices once the whole level is known.
#[derive(Debug)]
pub(crate) struct Item<File, Directory> {
    pub(crate) name: Box<[u8]>,
    pub(crate) node: Node<File, Directory>,
}

#[derive(Debug)]
pub(crate) enum Node<File, Directory> {
    File(File),
    Directory(Directory),
    /// A link that leads to this real path below the root.
    Link(Box<[u8]>),
    /// FIFO, socket, device; a link to nowhere or out of the tree. Never a leaf, and not worth a word either.
    Nothing,
    /// Something that should have been a leaf or a directory.
    Fault(Reason),
}

/// A path in a directory; that of the root is empty.
pub(crate) fn join(directory: &[u8], name: &[u8]) -> Box<[u8]> {
    if directory.is_empty() { name.into() } else { [directory, b"/", name].concat().into() }
}

/// The items found, and why they may not be all.
pub(crate) type Read = (Vec<Item<Identity, ()>>, Option<Reason>);

/// Lists one directory and takes the state of what is in it.
pub(crate) fn read_directory(root: &Root, path: &[u8]) -> Read {
    let opened = root.open_directory(path).and_then(Directory::new);
    let mut entries = match opened {
        Ok(entries) => entries,
        Err(errno) => return (Vec::new(), Some(Reason::from_errno(errno))),
    };
    let (mut names, fault) = read_names(&mut entries);
    let directory = match entries.fd() {
        Ok(directory) => directory,
        Err(errno) => return (Vec::new(), Some(Reason::from_errno(errno))),
    };
    names.sort_unstable();
    let items = names
        .into_par_iter()
        .with_min_len(NAMES_PER_TASK)
        .map(|Name { name, kind }| {
            let node = node(root, directory, path, &name, kind);
            Item { name, node }
        })
        .collect();
    (items, fault)
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    name: Box<[u8]>,
    kind: Kind,
}

/// What the directory itself says about a name, when its file system keeps types there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Directory,
    Link,
    /// A file, or something yet unknown: ask.
    Other,
    Special,
}

impl Kind {
    fn of(kind: FileType) -> Self {
        match kind {
            FileType::Directory => Self::Directory,
            FileType::Symlink => Self::Link,
            FileType::RegularFile | FileType::Unknown => Self::Other,
            _ => Self::Special,
        }
    }
}

fn read_names(entries: &mut Directory) -> (Vec<Name>, Option<Reason>) {
    let mut names = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => {
                let name = entry.file_name().to_bytes();
                if name != b"." && name != b".." {
                    names.push(Name { name: name.into(), kind: Kind::of(entry.file_type()) });
                }
            }
            Err(errno) => return (names, Some(Reason::from_errno(errno))),
        }
    }
    (names, None)
}

fn node(
    root: &Root,
    directory: BorrowedFd<'_>,
    path: &[u8],
    name: &[u8],
    kind: Kind,
) -> Node<Identity, ()> {
    match kind {
        Kind::Directory => Node::Directory(()),
        Kind::Link => resolve(root, &join(path, name)),
        Kind::Special => Node::Nothing,
        Kind::Other => match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(errno) => Node::Fault(Reason::from_errno(errno)),
            Ok(stat) => match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => Node::File(Identity::of(&stat)),
                FileType::Directory => Node::Directory(()),
                FileType::Symlink => resolve(root, &join(path, name)),
                _ => Node::Nothing,
            },
        },
    }
}

/// Where a link leads in the end.
fn resolve<File, Dir>(root: &Root, link: &[u8]) -> Node<File, Dir> {
    match canonicalize(root.real().join(OsStr::from_bytes(link))) {
        Ok(target) => match target.strip_prefix(root.real()) {
            Ok(inside) => Node::Link(inside.as_os_str().as_bytes().into()),
            Err(_) => Node::Nothing,
        },
        Err(error) => match Errno::from_io_error(&error) {
            // A component missing, or a file where a directory should be: the target can't exist.
            Some(Errno::NOENT | Errno::NOTDIR) => Node::Nothing,
            Some(Errno::LOOP) => Node::Fault(Reason::SymlinkLoop),
            Some(errno) => Node::Fault(Reason::from_errno(errno)),
            None => Node::Fault(Reason::Read(error.to_string())),
        },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs;
    use std::os::fd::AsFd;
    use std::os::unix::fs::symlink;

    use super::{Kind, Node, node, read_directory, resolve};
    use crate::beneath::Root;
    use crate::error::Reason;

    #[test]
    fn a_name_that_is_gone_when_looked_at_has_vanished() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::open(tree.path()).unwrap();
        let directory = root.open_directory(b"").unwrap();
        let found = node(&root, directory.as_fd(), b"", b"gone", Kind::Other);
        assert!(matches!(found, Node::Fault(Reason::Vanished)));
    }

    #[test]
    fn a_type_that_the_directory_does_not_tell_is_asked_for() {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir(tree.path().join("d")).unwrap();
        fs::write(tree.path().join("file"), "x").unwrap();
        symlink("d", tree.path().join("link")).unwrap();
        let root = Root::open(tree.path()).unwrap();
        let directory = root.open_directory(b"").unwrap();
        let look = |name: &[u8]| node(&root, directory.as_fd(), b"", name, Kind::Other);
        assert!(matches!(look(b"d"), Node::Directory(())));
        assert!(matches!(look(b"file"), Node::File(identity) if identity.size == 1));
        assert!(matches!(look(b"link"), Node::Link(target) if *target == *b"d"));
    }

    #[test]
    fn a_link_counts_only_when_it_ends_inside_the_tree() {
        let outer = tempfile::tempdir().unwrap();
        let tree = outer.path().join("tree");
        fs::create_dir(&tree).unwrap();
        fs::create_dir(outer.path().join("tree-of-another")).unwrap();
        fs::write(tree.join("file"), "x").unwrap();
        let root = Root::open(&tree).unwrap();
        let end = |target: &str| {
            symlink(target, tree.join("link")).unwrap();
            let end = resolve::<(), ()>(&root, b"link");
            fs::remove_file(tree.join("link")).unwrap();
            end
        };
        for target in ["../tree-of-another", "..", "nowhere", "file/x", "/"] {
            assert!(matches!(end(target), Node::Nothing), "{target}");
        }
        assert!(matches!(end("../tree/file"), Node::Link(target) if *target == *b"file"));
        assert!(matches!(end("."), Node::Link(target) if target.is_empty()));
        assert!(matches!(end("link"), Node::Fault(Reason::SymlinkLoop)));
    }

    #[test]
    fn a_directory_that_is_gone_is_a_fault_of_its_own() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::open(tree.path()).unwrap();
        let (items, fault) = read_directory(&root, b"gone");
        assert!(items.is_empty());
        assert_eq!(fault, Some(Reason::Vanished));
    }
}
