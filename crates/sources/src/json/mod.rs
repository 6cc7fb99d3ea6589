//! JSON read in place: tokens, the values at paths, their text. No tree is built and no number is converted.
//! Judges well-formedness only; what a document means is for the sources.

mod index;
mod paths;
mod text;
mod tokens;
mod walk;

pub use index::TokenIndex;
pub use paths::{MISSING, PathId, Paths, ROOT};
pub use text::unescaped;
pub use tokens::{Elements, Kind, Members, Tokens};
pub use walk::{Malformed, Walker};
