//! A stretch of an input that one thread turns into events.
//! Cut by `input` between lines or between documents; read by `events`.

use std::ops::Range;

/// How the documents lie in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One a line; blank lines are nothing.
    Lines,
    /// Each in its own range, over as many lines as it likes.
    Documents(Vec<Range<u32>>),
}

/// Text with whole documents only.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The position of the input in the list of inputs.
    pub input: u32,
    /// Where the text begins in the input, after decompression.
    pub offset: u64,
    /// The text.
    pub text: Vec<u8>,
    /// Where documents are.
    pub layout: Layout,
}
