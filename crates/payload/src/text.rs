//! JSON text of any size read once from front to back: where values begin and end, and that every byte of them is valid.
//! Builds no values and re-writes no text; RFC 8259 grammar, except that bytes inside strings need not be UTF-8, as in Go.
//! Used to take envelopes apart and to outline statements.

mod copy;
mod plain;
mod string;
mod validator;
mod window;

pub(crate) use string::{Run, is_field, lossy};
pub(crate) use window::{Document, Window};

#[cfg(test)]
#[path = "text/text_test.rs"]
mod test;
