#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

use sha2::{Digest as _, Sha256};

use super::{Failure, Pool, WAITING_LIMIT};
use crate::linux::identity::Identity;
use crate::linux::record::Digest;

fn file(content: &[u8]) -> (tempfile::NamedTempFile, OwnedFd, Identity) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    let opened: OwnedFd = File::open(file.path()).unwrap().into();
    let identity = Identity::of(&rustix::fs::fstat(&opened).unwrap());
    (file, opened, identity)
}

fn expected(content: &[u8]) -> Digest {
    Sha256::digest(content).into()
}

#[test]
fn every_file_gets_its_own_digest_whoever_takes_it() {
    for threads in [0, 1, 3] {
        let mut pool = Pool::new(threads);
        let contents: Vec<Vec<u8>> = (0..2 * WAITING_LIMIT).map(|size| vec![b'x'; size]).collect();
        let tickets: Vec<_> = contents
            .iter()
            .map(|content| {
                let (_, opened, identity) = file(content);
                pool.submit(opened, identity)
            })
            .collect();
        for (ticket, content) in tickets.into_iter().zip(&contents) {
            assert_eq!(pool.outcome(ticket), Ok(expected(content)));
        }
    }
}

#[test]
fn a_file_larger_than_the_buffer_is_read_to_its_end() {
    let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let (_file, opened, identity) = file(&content);
    let mut pool = Pool::new(1);
    let ticket = pool.take_now(&opened, identity);
    assert_eq!(pool.outcome(ticket), Ok(expected(&content)));
}

#[test]
fn a_file_in_another_state_than_when_it_was_opened_has_no_digest() {
    for other in ["longer than before", "short"] {
        let (named, opened, identity) = file(b"as before");
        std::fs::write(named.path(), other).unwrap();
        let mut pool = Pool::new(1);
        let ticket = pool.submit(opened, identity);
        assert_eq!(pool.outcome(ticket), Err(Failure::Changed));
    }
}

#[test]
fn a_file_removed_meanwhile_keeps_its_digest() {
    let (named, opened, identity) = file(b"content");
    drop(named);
    let mut pool = Pool::new(1);
    let ticket = pool.submit(opened, identity);
    pool.drain();
    assert_eq!(pool.outcome(ticket), Ok(expected(b"content")));
}
