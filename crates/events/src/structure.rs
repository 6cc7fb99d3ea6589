//! Where strings, numbers, words and brackets of a piece of JSON begin: one vectorised pass, several gigabytes a second.
//! Judges nothing but unclosed strings and control characters in strings. For readers that walk JSON without building it.

use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::error::EventsError;

#[repr(C)]
struct RawIndexer {
    _opaque: [u8; 0],
    // Neither `Send` nor `Sync`: it is made and used in one thread.
    _thread: PhantomData<*mut u8>,
}

unsafe extern "C" {
    fn lanner_indexer_new(capacity: usize) -> *mut RawIndexer;
    fn lanner_indexer_free(indexer: *mut RawIndexer);
    fn lanner_indexer_run(
        indexer: *mut RawIndexer,
        bytes: *const u8,
        len: usize,
        positions: *mut *const u32,
        count: *mut usize,
    ) -> i32;
}

/// The pass over the bytes refused them: a string is not closed, or holds a control character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotIndexed;

/// Finds the positions, in memory that is used again.
#[derive(Debug)]
pub struct StructureIndexer {
    raw: NonNull<RawIndexer>,
}

impl StructureIndexer {
    /// Room for `capacity` bytes at a time; it grows when more are given.
    pub fn new(capacity: usize) -> Result<Self, EventsError> {
        // SAFETY: takes a number only; a null answer is handled below.
        let raw = unsafe { lanner_indexer_new(capacity.max(64)) };
        Ok(Self { raw: NonNull::new(raw).ok_or(EventsError::Memory)? })
    }

    /// The offsets, ascending, of `{ } [ ] : ,`, of opening quotes and of the first byte of every other word. Text that is
    /// not UTF-8 is taken as it is. Refuses 4 GB and more.
    pub fn positions(&mut self, bytes: &[u8]) -> Result<&[u32], NotIndexed> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(NotIndexed);
        }
        let (mut positions, mut count) = (std::ptr::null(), 0);
        // SAFETY: `raw` came from lanner_indexer_new and is freed only in drop; `&mut self` excludes a second call. The
        // pass reads `len` bytes and no more, and writes its own memory and the two results.
        let status = unsafe {
            lanner_indexer_run(
                self.raw.as_ptr(),
                bytes.as_ptr(),
                bytes.len(),
                &raw mut positions,
                &raw mut count,
            )
        };
        if status != 0 {
            return Err(NotIndexed);
        }
        if count == 0 {
            return Ok(&[]);
        }
        // SAFETY: the pass succeeded, so `count` offsets lie there until the next call, which needs `&mut self`.
        Ok(unsafe { std::slice::from_raw_parts(positions, count) })
    }
}

impl Drop for StructureIndexer {
    fn drop(&mut self) {
        // SAFETY: `raw` came from lanner_indexer_new, and nothing borrows from it any more.
        unsafe { lanner_indexer_free(self.raw.as_ptr()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_brackets_separators_quotes_and_words() {
        let mut indexer = StructureIndexer::new(0).unwrap();
        let text = br#"{"a,b" : [1, true ,"x\"y"]}"#;
        assert_eq!(indexer.positions(text).unwrap(), [0, 1, 7, 9, 10, 11, 13, 18, 19, 25, 26]);
        assert!(indexer.positions(b" \n ").unwrap().is_empty());
    }

    #[test]
    fn several_documents_are_one_sequence_and_an_open_string_is_refused() {
        let mut indexer = StructureIndexer::new(64).unwrap();
        assert_eq!(indexer.positions(b"{}\n{}\n").unwrap(), [0, 1, 3, 4]);
        assert_eq!(indexer.positions(b"\"\xff\" {}").unwrap(), [0, 4, 5]);
        assert_eq!(indexer.positions(b"{\"a}\n{}\n"), Err(NotIndexed));
        let long = vec![b' '; 1 << 20];
        assert!(indexer.positions(&long).unwrap().is_empty());
    }
}
