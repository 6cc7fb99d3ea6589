//! A moving view of JSON text: the chunk in hand, where it lies in the whole, and a copy of what passes by if wanted.
//! Knows brackets, commas and keys one level at a time and leaves whole values to `validator`; never looks back.
//! Used through `object`, `array`, `value` and `string`, each of which reads exactly what it is named for.

use std::io::{ErrorKind, Read};

use super::copy::Copy;
use super::validator::{DEPTH_LIMIT, Fed, Validator, is_space};
use crate::{PayloadError, Work};

/// How much text is looked at together.
const CHUNK: usize = 256 << 10;
/// Keys longer than this match nothing that anybody asks for.
const KEY_LIMIT: usize = 256;

/// Which document errors speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    Envelope,
    Statement,
}

/// JSON text being read.
#[derive(Debug)]
pub(crate) struct Window<'w, R> {
    input: R,
    work: Work<'w>,
    pub(super) document: Document,
    pub(super) chunk: Box<[u8]>,
    pub(super) at: usize,
    end: usize,
    /// Offset of the chunk in the whole.
    pub(super) base: u64,
    depth: usize,
    validator: Validator,
    pub(super) copy: Option<Copy>,
}

impl<'w, R: Read> Window<'w, R> {
    /// A view of the text that `input` gives, the first byte of which lies at `base`.
    pub(crate) fn new(input: R, base: u64, document: Document, work: Work<'w>) -> Self {
        let chunk = vec![0; CHUNK].into_boxed_slice();
        Self {
            input,
            work,
            document,
            chunk,
            at: 0,
            end: 0,
            base,
            depth: 0,
            validator: Validator::new(),
            copy: None,
        }
    }

    /// Offset of the next byte.
    pub(crate) const fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// An error at the next byte.
    pub(crate) fn fault(&self, expected: &'static str) -> PayloadError {
        let offset = self.offset();
        match self.document {
            Document::Envelope => PayloadError::EnvelopeSyntax { offset, expected },
            Document::Statement => PayloadError::StatementSyntax { offset, expected },
        }
    }

    /// Replaces the chunk, all of which has been read; false at the end of the text.
    fn fill(&mut self) -> Result<bool, PayloadError> {
        self.flush()?;
        self.base += self.end as u64;
        (self.at, self.end) = (0, 0);
        if let Some(copy) = &mut self.copy {
            copy.restart();
        }
        loop {
            match self.input.read(&mut self.chunk) {
                Ok(read) => {
                    self.end = read;
                    self.work.advance(read)?;
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(PayloadError::PayloadRead { source }),
            }
        }
    }

    /// The bytes in hand, at least one; an error where the text ends.
    pub(crate) fn bytes(&mut self, expected: &'static str) -> Result<&[u8], PayloadError> {
        if self.at == self.end && !self.fill()? {
            return Err(self.fault(expected));
        }
        Ok(&self.chunk[self.at..self.end])
    }

    /// Passes over bytes just seen.
    pub(crate) const fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// Passes over white space; the byte after it, or `None` at the end of the text.
    fn skip_space(&mut self) -> Result<Option<u8>, PayloadError> {
        loop {
            while self.at < self.end {
                let byte = self.chunk[self.at];
                if !is_space(byte) {
                    return Ok(Some(byte));
                }
                self.at += 1;
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// The first byte of the value that must follow.
    pub(crate) fn peek(&mut self, expected: &'static str) -> Result<u8, PayloadError> {
        self.skip_space()?.ok_or_else(|| self.fault(expected))
    }

    /// Passes over white space and one `byte`.
    pub(crate) fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), PayloadError> {
        if self.peek(expected)? != byte {
            return Err(self.fault(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// Passes over white space to the end of the text; anything else there is an error.
    pub(crate) fn finish(&mut self) -> Result<(), PayloadError> {
        match self.skip_space()? {
            None => Ok(()),
            Some(_) => Err(self.fault("nothing after the end")),
        }
    }

    /// Passes over one value of any size and says where it began and how long it is.
    pub(crate) fn value(&mut self) -> Result<(u64, u64), PayloadError> {
        self.peek("a value")?;
        let start = self.offset();
        self.validator.begin(self.depth);
        loop {
            match self.validator.feed(&self.chunk[self.at..self.end]) {
                Ok(Fed::Done(count)) => {
                    self.at += count;
                    return Ok((start, self.offset() - start));
                }
                Ok(Fed::More) => self.at = self.end,
                Err(fault) => {
                    self.at += fault.at;
                    return Err(self.fault(fault.expected));
                }
            }
            if !self.fill()? {
                return if self.validator.ends_here() {
                    Ok((start, self.offset() - start))
                } else {
                    Err(self.fault("the end of a value"))
                };
            }
        }
    }

    /// Reads the object that begins here. `member` gets each key, without escapes and empty if too long to matter, and must
    /// read the value.
    pub(crate) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &[u8]) -> Result<(), PayloadError>,
    ) -> Result<(), PayloadError> {
        self.expect(b'{', "an object")?;
        self.nest()?;
        let mut key = Vec::new();
        let mut first = true;
        while !self.closed(b'}', first, "`,` or `}`")? {
            first = false;
            if self.peek("a key")? != b'"' {
                return Err(self.fault("a key"));
            }
            if !self.short_string(&mut key, KEY_LIMIT)? {
                key.clear();
            }
            self.expect(b':', "`:`")?;
            self.peek("a value")?;
            member(self, &key)?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads the array that begins here and says how many elements it has. `element` must read each.
    pub(crate) fn array(
        &mut self,
        mut element: impl FnMut(&mut Self, u64) -> Result<(), PayloadError>,
    ) -> Result<u64, PayloadError> {
        self.enter_array()?;
        let mut count = 0;
        while self.next_element(count == 0)? {
            element(self, count)?;
            count += 1;
        }
        Ok(count)
    }

    /// Passes over the bracket that opens an array.
    pub(crate) fn enter_array(&mut self) -> Result<(), PayloadError> {
        self.expect(b'[', "an array")?;
        self.nest()
    }

    /// Passes over what stands before the next element; false once the closing bracket has been passed.
    pub(crate) fn next_element(&mut self, first: bool) -> Result<bool, PayloadError> {
        if self.closed(b']', first, "`,` or `]`")? {
            self.depth -= 1;
            return Ok(false);
        }
        self.peek("a value")?;
        Ok(true)
    }

    fn nest(&mut self) -> Result<(), PayloadError> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            Err(self.fault("at most 10000 open brackets"))
        } else {
            Ok(())
        }
    }

    /// Passes over the bracket that closes, or over the comma before what follows.
    fn closed(
        &mut self,
        bracket: u8,
        first: bool,
        expected: &'static str,
    ) -> Result<bool, PayloadError> {
        let byte = self.peek(expected)?;
        if byte == bracket {
            self.at += 1;
            return Ok(true);
        }
        if first {
            return Ok(false);
        }
        self.expect(b',', expected)?;
        Ok(false)
    }
}
