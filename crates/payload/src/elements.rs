//! The elements of an array that an outline left out, one after the other, byte for byte.
//! Holds one element at a time and interprets none.
//! Used to show embedded events and to compute their tree again.

use crate::text::{Document, Window};
use crate::{Elided, Payload, PayloadError, PayloadReader, Work};

/// The largest element handed out: the longest event line that is ever embedded.
pub const ELEMENT_LIMIT: usize = 64 << 20;

/// Where one element lies in the payload, without white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its first byte.
    pub offset: u64,
    /// Its length.
    pub len: u64,
}

/// Walks over the elements of an array.
#[derive(Debug)]
pub struct Elements<'p, 'w> {
    window: Window<'w, PayloadReader<'p>>,
    state: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Before,
    Within,
    Ended,
}

/// The elements of `array`.
pub fn elements<'p, 'w>(
    payload: &'p Payload,
    array: &Elided,
    work: Work<'w>,
) -> Result<Elements<'p, 'w>, PayloadError> {
    let reader = payload.reader_of(array.offset, array.len)?;
    Ok(Elements {
        window: Window::new(reader, array.offset, Document::Statement, work),
        state: Progress::Before,
    })
}

impl Elements<'_, '_> {
    /// Replaces what `bytes` holds with the next element; `None` after the last.
    pub fn next_into(&mut self, bytes: &mut Vec<u8>) -> Result<Option<Element>, PayloadError> {
        bytes.clear();
        if !self.ahead()? {
            return Ok(None);
        }
        // Until shown otherwise, as in `ahead`.
        self.state = Progress::Ended;
        self.window.start_copy(std::mem::take(bytes), ELEMENT_LIMIT);
        let (offset, len) = self.window.value()?;
        *bytes = self.window.take_copy()?;
        self.state = Progress::Within;
        Ok(Some(Element { offset, len }))
    }

    /// Passes over what stands before the next element; false when there is none.
    fn ahead(&mut self) -> Result<bool, PayloadError> {
        let first = match self.state {
            Progress::Ended => return Ok(false),
            Progress::Within => false,
            Progress::Before => {
                self.window.enter_array()?;
                true
            }
        };
        // Until shown otherwise: an error ends the walk.
        self.state = Progress::Ended;
        if self.window.next_element(first)? {
            self.state = Progress::Within;
            return Ok(true);
        }
        self.window.finish()?;
        Ok(false)
    }
}

impl Iterator for Elements<'_, '_> {
    type Item = Result<Element, PayloadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let outcome = self.ahead().and_then(|more| {
            if !more {
                return Ok(None);
            }
            let (offset, len) = self.window.value()?;
            Ok(Some(Element { offset, len }))
        });
        if outcome.is_err() {
            self.state = Progress::Ended;
        }
        outcome.transpose()
    }
}
