//! Files in the record: what they held, how they were used, which names and attributes changed.
//! Part of `record`.

use std::sync::Arc;
use std::time::SystemTime;

/// An absolute path as the kernel gives it, any bytes but NUL. Shared: one path is used by many processes.
pub type Name = Arc<[u8]>;

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// What a file held.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Content {
    /// Its digest.
    Sha256(Digest),
    /// It was not taken, for this reason.
    Unknown(Arc<str>),
}

impl Content {
    /// The digest, if it was taken.
    #[must_use]
    pub fn digest(&self) -> Option<&[u8]> {
        match self {
            Self::Sha256(digest) => Some(digest),
            Self::Unknown(_) => None,
        }
    }
}

/// Ways to use a file, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Uses(u16);

impl Uses {
    /// Opened for reading.
    pub const READ: Self = Self(1);
    /// Opened for writing, or written to through another call.
    pub const WRITE: Self = Self(2);
    /// It did not exist before.
    pub const CREATE: Self = Self(4);
    /// Emptied or cut.
    pub const TRUNCATE: Self = Self(8);
    /// Opened as a place only (`O_PATH`).
    pub const PATH: Self = Self(16);
    /// Run as a program, or loaded by the kernel to run one.
    pub const EXECUTE: Self = Self(32);
    /// Mapped so that memory writes reach it.
    pub const MAP_SHARED: Self = Self(64);
    /// Opened as a directory.
    pub const LIST: Self = Self(128);
    /// Given to the command by whoever started it.
    pub const INHERITED: Self = Self(256);

    const NAMES: [(Self, &'static str); 9] = [
        (Self::READ, "read"),
        (Self::WRITE, "write"),
        (Self::CREATE, "create"),
        (Self::TRUNCATE, "truncate"),
        (Self::PATH, "path"),
        (Self::EXECUTE, "execute"),
        (Self::MAP_SHARED, "map_shared"),
        (Self::LIST, "list"),
        (Self::INHERITED, "inherited"),
    ];

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it has all of the other.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Their names, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |&(one, _)| self.has(one)).map(|(_, name)| name)
    }
}

/// What one process did with one file.
#[derive(Debug)]
pub struct FileUse {
    /// Where the file was when it was opened.
    pub path: Name,
    /// In which ways.
    pub uses: Uses,
    /// How many times.
    pub count: u64,
    /// What it held when it was opened for reading: each content once, in order.
    pub read: Vec<Content>,
    /// What it holds at the end of the step, if the step wrote it and it is still there.
    pub at_end: Option<Content>,
    /// It is not below the working directory of the step.
    pub outside: bool,
}

/// Changes of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameKind {
    /// From one name to another, replacing what had that.
    Rename,
    /// Two names exchanged what they name.
    Exchange,
    /// Another name for the same file.
    Link,
    /// A name that stands for other text.
    Symlink,
    /// A file's name removed.
    Unlink,
    /// A directory removed.
    Rmdir,
    /// A directory made.
    Mkdir,
    /// A node made: FIFO, device, socket or file.
    Mknod,
}

/// A name made, moved or removed.
#[derive(Debug)]
pub struct NameChange {
    /// What was done.
    pub kind: NameKind,
    /// The name concerned: of a move or a link, the new one.
    pub path: Name,
    /// The former name, what a link leads to, or the text of a symbolic link.
    pub from: Option<Name>,
    /// What the file of that name holds at the end of the step, if it is still there.
    pub at_end: Option<Content>,
    /// When first.
    pub time: SystemTime,
    /// How many times.
    pub count: u64,
}

/// What was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// Permission bits.
    Mode(u32),
    /// User and group; `None`: left as it was.
    Owner(Option<u32>, Option<u32>),
    /// Access and modification times.
    Times,
    /// An extended attribute.
    Extended,
}

/// An attribute of a file that was set.
#[derive(Debug)]
pub struct AttributeChange {
    /// The file.
    pub path: Name,
    /// To what.
    pub attribute: Attribute,
    /// When first.
    pub time: SystemTime,
    /// How many times.
    pub count: u64,
}
