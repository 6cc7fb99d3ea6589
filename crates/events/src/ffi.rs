//! The C++ kernel behind a safe type: one JSON object in, its fields out, or a refusal that the scanner has to judge.
//! Owns every `unsafe` of the crate; decides nothing about lines. Called by `line`, one kernel a thread.

use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::NonNull;

// Its build script compiled the simdjson that kernel.cpp calls.
extern crate simdjson_sys as _;
// Present for its `nothing` feature: build.rs says which C++ library is linked.
extern crate link_cplusplus as _;

use crate::error::EventsError;
use crate::fields::{EventFields, Field};

/// Bytes that must be readable after a line: the kernel loads whole vectors (simdjson's `SIMDJSON_PADDING`).
pub(crate) const PADDING: usize = 64;

/// Longer lines go to the scanner: the DOM needs up to fourteen times a line's bytes, for every thread.
pub(crate) const MAX_DOM_LINE: usize = 256 << 10;

/// The kernel did not take the line: simdjson's error code, or one of the kernel's own below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) i32);

/// `CAPACITY` of simdjson's `error_code`: the line is too long for the kernel.
const CAPACITY: i32 = 1;

#[repr(C)]
struct RawKernel {
    _opaque: [u8; 0],
    // Neither `Send` nor `Sync`: it is made and used in one thread.
    _thread: PhantomData<*mut u8>,
}

/// Mirrors `Field` of kernel.cpp.
#[repr(C)]
#[derive(Debug)]
struct RawField {
    data: *const u8,
    len: u32,
    kind: u32,
}

/// Mirrors `Event` of kernel.cpp.
#[repr(C)]
#[derive(Debug, Default)]
struct RawEvent {
    fields: [RawField; 4],
    duplicate_keys: u32,
}

impl Default for RawField {
    fn default() -> Self {
        Self { data: std::ptr::null(), len: 0, kind: 0 }
    }
}

unsafe extern "C" {
    fn lanner_kernel_new(max_line: usize) -> *mut RawKernel;
    fn lanner_kernel_free(kernel: *mut RawKernel);
    fn lanner_kernel_parse(
        kernel: *mut RawKernel,
        line: *const u8,
        len: usize,
        event: *mut RawEvent,
    ) -> i32;
}

/// A parser with its memory for lines up to [`MAX_DOM_LINE`].
#[derive(Debug)]
pub(crate) struct Kernel {
    raw: NonNull<RawKernel>,
    event: RawEvent,
    /// The last call succeeded and filled `event`.
    parsed: bool,
}

impl Kernel {
    pub(crate) fn new() -> Result<Self, EventsError> {
        // SAFETY: takes a number only; a null answer is handled below.
        let raw = unsafe { lanner_kernel_new(MAX_DOM_LINE) };
        let raw = NonNull::new(raw).ok_or(EventsError::Memory)?;
        Ok(Self { raw, event: RawEvent::default(), parsed: false })
    }

    /// Parses the object at `line` of `buffer`. Refuses a line without [`PADDING`] bytes of `buffer` after it.
    pub(crate) fn parse(&mut self, buffer: &[u8], line: Range<usize>) -> Result<(), Refused> {
        self.parsed = false;
        let padded = line.end.checked_add(PADDING).is_some_and(|end| end <= buffer.len());
        if !padded || line.start > line.end || line.len() > MAX_DOM_LINE {
            return Err(Refused(CAPACITY));
        }
        let (start, len) = (buffer[line.start..].as_ptr(), line.len());
        // SAFETY: `raw` came from lanner_kernel_new and is freed only in drop; `&mut self` excludes a second call.
        // `line` and PADDING bytes after it lie within `buffer`, as checked above; the kernel reads no further and writes
        // only `event` and its own memory.
        let status =
            unsafe { lanner_kernel_parse(self.raw.as_ptr(), start, len, &raw mut self.event) };
        self.parsed = status == 0;
        if self.parsed { Ok(()) } else { Err(Refused(status)) }
    }

    /// The fields of the object parsed last; all absent after a refusal.
    pub(crate) fn fields(&self) -> EventFields<'_> {
        if !self.parsed {
            return EventFields::default();
        }
        let [rule, priority, time, hostname] = &self.event.fields;
        // SAFETY: the last call succeeded, so each TEXT field lies in the kernel's string buffer until its next call,
        // which needs `&mut self` and so can't happen while the returned fields are borrowed.
        unsafe {
            EventFields {
                rule: view(rule),
                priority: view(priority),
                time: view(time),
                hostname: view(hostname),
                duplicate_keys: self.event.duplicate_keys != 0,
            }
        }
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        // SAFETY: `raw` came from lanner_kernel_new, and nothing borrows from it any more.
        unsafe { lanner_kernel_free(self.raw.as_ptr()) }
    }
}

/// # Safety
/// A TEXT field must point to `len` readable bytes of valid UTF-8 that stay unchanged for `'a`.
unsafe fn view<'a>(field: &RawField) -> Field<'a> {
    const TEXT: u32 = 1;
    match field.kind {
        0 => Field::Absent,
        TEXT => {
            // SAFETY: the caller vouches for the pointer and the length.
            let bytes = unsafe { std::slice::from_raw_parts(field.data, field.len as usize) };
            debug_assert!(std::str::from_utf8(bytes).is_ok(), "simdjson let invalid UTF-8 through");
            // SAFETY: simdjson accepts only valid UTF-8 and refuses lone surrogate escapes, so what it unescapes is valid too.
            Field::Text(unsafe { std::str::from_utf8_unchecked(bytes) })
        }
        _ => Field::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(line: &str) -> Vec<u8> {
        let mut buffer = line.as_bytes().to_vec();
        buffer.resize(line.len() + PADDING, b'x');
        buffer
    }

    #[test]
    fn a_line_without_padding_is_refused_and_not_read() {
        let mut kernel = Kernel::new().unwrap();
        let buffer = padded(r#"{"rule":"a"}"#);
        assert!(kernel.parse(&buffer, 0..12).is_ok());
        assert_eq!(kernel.parse(&buffer, 0..13), Err(Refused(CAPACITY)));
        assert_eq!(kernel.parse(&buffer[..12 + PADDING - 1], 0..12), Err(Refused(CAPACITY)));
    }

    #[test]
    fn fields_come_back_unescaped_and_the_last_duplicate_wins() {
        let mut kernel = Kernel::new().unwrap();
        let line =
            r#"{"r\u0075le":"a","priority":7,"rule":"b\u0000","x":{"y":[{"k":1,"\u006b":2}]}}"#;
        kernel.parse(&padded(line), 0..line.len()).unwrap();
        let fields = kernel.fields();
        assert_eq!(fields.rule, Field::Text("b\0"));
        assert_eq!(fields.priority, Field::Other);
        assert_eq!(fields.time, Field::Absent);
        assert!(fields.duplicate_keys);
    }

    #[test]
    fn a_thousand_distinct_keys_are_no_duplicate() {
        let members: Vec<String> = (0..1000).map(|n| format!("\"proc.aname[{n}]\":{n}")).collect();
        let line = format!("{{{}}}", members.join(","));
        let mut kernel = Kernel::new().unwrap();
        kernel.parse(&padded(&line), 0..line.len()).unwrap();
        assert!(!kernel.fields().duplicate_keys);
    }
}
