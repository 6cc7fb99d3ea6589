//! The SHA-256 of one input read to its end, wherever it comes from: a file, a pipe, a device.
//! Watches for no change meanwhile and follows what it is given; `hasher` has the care that signed trees need.
//! Used for artifacts named on the command line.

use std::io::{self, ErrorKind, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use lanner_merkle::Hash;
use sha2::{Digest, Sha256};

/// Large enough that system calls don't count, small enough that the bytes are still in the cache when they are hashed.
const BUFFER: usize = 256 * 1024;

/// The digest of everything `input` gives, `None` once `cancel` is set. Bytes are counted in `progress`.
pub fn digest(
    mut input: impl Read,
    cancel: &AtomicBool,
    progress: &AtomicU64,
) -> io::Result<Option<Hash>> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(Some(hasher.finalize().into())),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                progress.fetch_add(count as u64, Ordering::Relaxed);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if cancel.load(Ordering::Relaxed) {
            return Ok(None);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::io::{self, Read};
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use sha2::{Digest, Sha256};

    use super::{BUFFER, digest};

    /// Gives its bytes in pieces, interrupted before each.
    struct Stuttering<'a>(&'a [u8], bool);

    impl Read for Stuttering<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = self.0.len().min(buffer.len()).min(1000);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    #[test]
    fn the_digest_is_over_every_byte_however_they_come() {
        let bytes: Vec<u8> = (0..BUFFER * 2 + 17).map(|index| (index % 251) as u8).collect();
        let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
        let expected: [u8; 32] = Sha256::digest(&bytes).into();
        assert_eq!(digest(&bytes[..], &cancel, &progress).unwrap(), Some(expected));
        assert_eq!(progress.load(Ordering::Relaxed), bytes.len() as u64);
        assert_eq!(digest(Stuttering(&bytes, false), &cancel, &progress).unwrap(), Some(expected));
    }

    #[test]
    fn a_cancelled_digest_is_none() {
        let (cancel, progress) = (AtomicBool::new(true), AtomicU64::new(0));
        assert_eq!(digest(&b"bytes"[..], &cancel, &progress).unwrap(), None);
    }
}
