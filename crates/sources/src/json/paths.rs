//! The paths of names that a program asks of a document, as a trie, so that one pass over an object's keys finds them all.
//! Arrays end a path: what is inside is looked at by who asked. Used by `walk`, built once a program.

/// The position of a path in [`Paths`], and of its value in what a walk found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathId(pub(crate) u16);

/// A walk found nothing at a path.
pub const MISSING: u32 = u32::MAX;

#[derive(Clone, Debug, Default)]
struct Node {
    edges: Vec<(Box<[u8]>, u16)>,
}

/// The trie. Its root, the document itself, is a path too.
#[derive(Clone, Debug)]
pub struct Paths {
    nodes: Vec<Node>,
}

impl Default for Paths {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

/// The document itself.
pub const ROOT: PathId = PathId(0);

impl Paths {
    /// The path of these names, which is added when it is new.
    pub fn add(&mut self, names: &[&str]) -> PathId {
        names.iter().fold(ROOT, |from, name| self.step(from, name))
    }

    fn step(&mut self, from: PathId, name: &str) -> PathId {
        if let Some(known) = self.find(from.0, name.as_bytes()) {
            return PathId(known);
        }
        let new = self.nodes.len() as u16;
        self.nodes.push(Node::default());
        self.nodes[from.0 as usize].edges.push((name.as_bytes().into(), new));
        PathId(new)
    }

    /// How many paths there are: the room a walk needs for what it finds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: the root is a path.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    #[inline]
    pub(super) fn find(&self, node: u16, name: &[u8]) -> Option<u16> {
        let edges = &self.nodes[node as usize].edges;
        edges.iter().find(|(edge, _)| **edge == *name).map(|&(_, next)| next)
    }

    #[inline]
    pub(super) fn is_leaf(&self, node: u16) -> bool {
        self.nodes[node as usize].edges.is_empty()
    }
}
