//! What a fork of this process would carry along for nothing: the memory of a program that may have read a signing key.
//! Forgetting it leaves code, the running stack and the libraries' data. Used by `keeper`, which may live for days.

use std::fs;
use std::ops::Range;

/// Anonymous memory of this process that a keeper has no use for.
#[derive(Debug)]
pub(crate) struct Residue {
    ranges: Vec<Range<usize>>,
}

impl Residue {
    /// Looks at the memory map (`proc_pid_maps(5)`); empty where that is not to be had. The calling thread's own stack, on which
    /// the fork will go on running, is no residue; nor is what lies next to a library, which is its data.
    pub(crate) fn of_this_process() -> Self {
        let local = 0_u8;
        let stack = (&raw const local) as usize;
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let mut ranges = Vec::new();
        let mut library_end = 0;
        for line in maps.lines() {
            let mut fields = line.split_ascii_whitespace();
            let (Some(span), Some(mode), _, _, Some(inode)) =
                (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let Some(range) = span_of(span) else { continue };
            if inode != "0" {
                library_end = range.end;
            } else if mode == "rw-p" && range.start != library_end && !range.contains(&stack) {
                ranges.push(range);
            }
        }
        Self { ranges }
    }

    /// Makes it zeros. Only in a fork that will use none of it: nothing allocated before may be touched again but this value
    /// itself, whose own memory is read as long as there is something of it to read.
    pub(crate) fn forget(&self) {
        // The list is on the heap, hence part of what is forgotten: the range that holds it goes last.
        let own_memory = self.ranges.as_ptr() as usize;
        let mut last = 0..0;
        for range in &self.ranges {
            if range.contains(&own_memory) {
                last = range.clone();
            } else {
                discard(range);
            }
        }
        discard(&last);
    }
}

fn discard(range: &Range<usize>) {
    if range.is_empty() {
        return;
    }
    // SAFETY: the pages are private anonymous memory of a single-threaded fork that reads none of it afterwards; the kernel
    // gives zeros from then on (madvise(2), MADV_DONTNEED).
    unsafe {
        libc::madvise(
            range.start as *mut libc::c_void,
            range.end - range.start,
            libc::MADV_DONTNEED,
        )
    };
}

fn span_of(span: &str) -> Option<Range<usize>> {
    let (start, end) = span.split_once('-')?;
    Some(usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?)
}
