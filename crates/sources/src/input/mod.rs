//! From files, folders and streams to batches of whole documents: packed or not, one a line or over many, of any size.
//! Knows JSON only as far as it must to cut it; judges nothing. Driven by `detect`.

mod cutter;
mod expand;
mod splitter;
mod unpack;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use cutter::{Cutter, Limits};
pub use expand::expand;

use crate::error::SourceError;

/// Something to read events from.
pub struct Input {
    /// How it is called in messages.
    pub name: PathBuf,
    stream: Option<Box<dyn Read + Send>>,
}

impl Input {
    /// A file, opened when its turn comes; `-` is standard input.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self { name: path.to_owned(), stream: None }
    }

    /// A stream that is open already.
    #[must_use]
    pub fn stream(name: &str, stream: Box<dyn Read + Send>) -> Self {
        Self { name: name.into(), stream: Some(stream) }
    }

    /// The text, unpacked if it was packed.
    pub(crate) fn open(&mut self) -> Result<Box<dyn Read + Send>, SourceError> {
        let stream = match self.stream.take() {
            Some(stream) => Ok(stream),
            None if self.name.as_os_str() == "-" => {
                Ok(Box::new(io::stdin()) as Box<dyn Read + Send>)
            }
            None => File::open(&self.name).map(|file| Box::new(file) as Box<dyn Read + Send>),
        };
        stream
            .and_then(unpack::unpacked)
            .map_err(|source| SourceError::Unreadable { path: self.name.clone(), source })
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("name", &self.name).finish_non_exhaustive()
    }
}
