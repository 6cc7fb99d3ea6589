//! Ropes and spools: the pieces are one run of bytes, and a spool has no name.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use common::{Cells, bytes_of, payload_of};
use lanner_payload::{Pae, Payload, Spool, pae_digest_sha256, spool_file};
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};
use sha2::{Digest, Sha256};

proptest! {
    #[test]
    fn a_rope_reads_as_its_pieces_joined(
        pieces in vec((any::<bool>(), vec(any::<u8>(), 0..40)), 0..8),
        offset in 0..400_u64,
        len in 0..400_usize,
    ) {
        let dir = std::env::temp_dir();
        let mut file = spool_file(&dir).unwrap();
        let joined: Vec<u8> = pieces.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        file.write_all(&joined).unwrap();
        let file = Arc::new(file);
        let mut payload = Payload::new();
        for (in_file, bytes) in &pieces {
            if *in_file {
                payload.push_file(Arc::clone(&file), payload.len(), bytes.len() as u64);
            } else {
                payload.push_bytes(bytes.clone());
            }
        }
        prop_assert_eq!(payload.len(), joined.len() as u64);
        let from = usize::try_from(offset).unwrap().min(joined.len());
        let to = (from + len).min(joined.len());
        let mut buf = vec![0; len];
        let read = payload.read_at(offset, &mut buf).unwrap();
        prop_assert_eq!(&buf[..read], &joined[from..to]);

        let mut through_reader = Vec::new();
        payload.reader_of(from as u64, (to - from) as u64).unwrap().read_to_end(&mut through_reader).unwrap();
        prop_assert_eq!(&through_reader, &joined[from..to]);
    }

    #[test]
    fn an_encoding_reads_the_same_from_any_offset(body in vec(any::<u8>(), 0..60), offset in 0..120_u64, len in 0..120_usize) {
        let payload = payload_of(&body);
        let whole = [format!("DSSEv1 4 tüp {} ", body.len()).as_bytes(), &body].concat();
        let pae = Pae::new(&payload, "tüp");
        prop_assert_eq!(pae.len(), whole.len() as u64);
        let from = usize::try_from(offset).unwrap().min(whole.len());
        let mut buf = vec![0; len];
        let read = pae.read_at(offset, &mut buf).unwrap();
        prop_assert_eq!(&buf[..read], &whole[from..(from + len).min(whole.len())]);
        let cells = Cells::new();
        let digest = pae_digest_sha256(&payload, "tüp", cells.work()).unwrap();
        prop_assert_eq!(digest, <[u8; 32]>::from(Sha256::digest(&whole)));
        prop_assert_eq!(cells.progress.into_inner(), body.len() as u64);
    }
}

#[test]
fn the_example_of_the_dsse_protocol_encodes_as_printed_there() {
    let payload = payload_of(b"hello world");
    let pae = Pae::new(&payload, "http://example.com/HelloWorld");
    let mut bytes = vec![0; 100];
    let read = pae.read_at(0, &mut bytes).unwrap();
    assert_eq!(&bytes[..read], b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

#[test]
fn a_span_outside_the_payload_is_refused() {
    let payload = payload_of(b"0123456789");
    for (offset, len) in [(0, 11), (10, 1), (11, 0), (u64::MAX, 1), (1, u64::MAX)] {
        assert_eq!(payload.reader_of(offset, len).unwrap_err().code(), "ERR_PAYLOAD_RANGE");
    }
    assert!(payload.reader_of(10, 0).is_ok());
}

#[test]
fn a_file_shorter_than_its_span_is_an_error_and_not_fewer_bytes() {
    let mut payload = Payload::new();
    payload.push_file(spool_file(&std::env::temp_dir()).unwrap(), 0, 5);
    assert_eq!(payload.read_at(0, &mut [0; 5]).unwrap_err().code(), "ERR_PAYLOAD_READ");
}

#[test]
fn a_spool_has_no_name_and_no_reader_but_its_owner() {
    let dir = tempfile::tempdir().unwrap();
    let found = spool_file(dir.path()).unwrap().metadata().unwrap();
    assert_eq!(found.nlink(), 0);
    assert_eq!(found.mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_spool_gives_back_what_it_took_below_and_above_what_memory_may_hold() {
    let dir = tempfile::tempdir().unwrap();
    for parts in [0, 1, 7, 8, 9, 20] {
        let mut spool = Spool::new(dir.path());
        let mut whole = Vec::new();
        spool.write(b"forgotten").unwrap();
        spool.clear();
        for part in 0..parts {
            let bytes: Vec<u8> =
                (0..1_000_003_u32).map(|i| (i.wrapping_mul(31) >> 3) as u8 ^ part).collect();
            spool.write(&bytes).unwrap();
            spool.write(b"crumb").unwrap();
            whole.extend_from_slice(&bytes);
            whole.extend_from_slice(b"crumb");
        }
        assert!(bytes_of(&spool.finish().unwrap()) == whole, "{parts} parts");
    }
}

#[test]
fn a_spool_in_a_directory_that_is_not_there_says_which() {
    let mut spool = Spool::new(std::path::Path::new("/nowhere/at/all"));
    let error = spool.write(&vec![0; 9 << 20]).unwrap_err();
    assert_eq!(error.code(), "ERR_PAYLOAD_SPOOL");
    assert!(error.to_string().contains("/nowhere/at/all"));
}
