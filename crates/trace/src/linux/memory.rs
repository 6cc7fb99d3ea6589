//! Reads the memory of a stopped thread. Writes none.
//! Interprets nothing but the ends of strings and the width of words. Used by the tracer and by observers.

use std::io;

use crate::linux::observer::Tid;
use crate::linux::syscall::Abi;

/// Bytes of the smallest page: a read that stays in one cannot half fail.
const PAGE: u64 = 4096;

/// The memory of one thread. Valid while the thread is stopped: later reads see what it has become.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    tid: Tid,
}

impl Memory {
    /// The memory of `tid`.
    #[must_use]
    pub const fn of(tid: Tid) -> Self {
        Self { tid }
    }

    /// Fills `buffer` from `address`. Errors as `process_vm_readv(2)`; fewer bytes than asked for are an error.
    pub fn read(&self, address: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut done = 0;
        while done < buffer.len() {
            let at = address.wrapping_add(done as u64);
            let length = (PAGE - at % PAGE).min((buffer.len() - done) as u64) as usize;
            done += self.read_within_page(at, &mut buffer[done..done + length])?;
        }
        Ok(())
    }

    /// The bytes from `address` up to a NUL, without it; at most `limit`, so a longer string is cut.
    pub fn c_string(&self, address: u64, limit: usize) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        let mut chunk = [0; 256];
        while text.len() < limit {
            let at = address.wrapping_add(text.len() as u64);
            let length = (PAGE - at % PAGE).min(chunk.len() as u64) as usize;
            let length = length.min(limit - text.len());
            let read = self.read_within_page(at, &mut chunk[..length])?;
            match chunk[..read].iter().position(|&byte| byte == 0) {
                Some(end) => {
                    text.extend_from_slice(&chunk[..end]);
                    return Ok(text);
                }
                None => text.extend_from_slice(&chunk[..read]),
            }
        }
        Ok(text)
    }

    /// `count` pointers or longs of `abi` from `address`, zero-extended.
    pub fn words(&self, address: u64, count: usize, abi: Abi) -> io::Result<Vec<u64>> {
        let mut bytes = vec![0; count * abi.word()];
        self.read(address, &mut bytes)?;
        Ok(bytes
            .chunks_exact(abi.word())
            .map(|word| word.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
            .collect())
    }

    fn read_within_page(&self, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let local = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
        let remote = libc::iovec { iov_base: address as *mut libc::c_void, iov_len: buffer.len() };
        // SAFETY: `local` names exactly the exclusive borrow `buffer`; `remote` is never dereferenced in this process, the
        // kernel checks it against the other one's address space.
        let read = unsafe {
            libc::process_vm_readv(self.tid, &raw const local, 1, &raw const remote, 1, 0)
        };
        match read {
            -1 => Err(io::Error::last_os_error()),
            0 => Err(io::Error::from_raw_os_error(libc::EFAULT)),
            read => Ok(read.cast_unsigned()),
        }
    }
}
