//! Memory that does not grow with the payload. Alone in its file: the high-water mark is that of the whole process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::io::Write;

use common::{Cells, skipped};
use lanner_payload::{
    ElidePath, EnvelopeDocument, EnvelopeFile, Pae, Payload, elements, outline, public_ed25519,
    sign_ed25519, spool_file, verify_ed25519,
};

/// An unoptimised build hashes a tenth as fast; the law is the same.
const SIZE: u64 = if cfg!(debug_assertions) { 24_000_000 } else { 200_000_000 };
const LIMIT_KB: u64 = 20 << 10;

#[test]
fn a_payload_of_any_size_passes_through_in_the_same_memory() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.json");
    let cells = Cells::new();
    let work = cells.work();
    let mut spool = spool_file(dir.path()).unwrap();
    let block = format!(r#"{{"rule":"r","output":"{}"}},"#, "text \\\"of\\\" an event ".repeat(50))
        .repeat(50);
    let mut written = 0;
    while written < SIZE {
        spool.write_all(block.as_bytes()).unwrap();
        written += block.len() as u64;
    }
    let mut payload = Payload::new();
    payload.push_bytes(b"{\"e\":[".to_vec());
    payload.push_file(spool, 0, written);
    payload.push_bytes(b"0]}".to_vec());

    let file =
        EnvelopeFile::create(&path, 0o644).unwrap().write_payload(&payload, "t", work).unwrap();
    let signature = sign_ed25519(&[1; 32], &Pae::new(&payload, "t"), work).unwrap();
    file.commit(b"[]", work).unwrap();
    let document = EnvelopeDocument::open(&path, dir.path(), work).unwrap();
    let outline = outline(&document.payload, &[ElidePath::new("e")], work).unwrap();
    assert_eq!(outline.json, b"{\"e\":null}");
    let count = elements(&document.payload, &outline.elided[0], work).unwrap().count() as u64;
    assert_eq!(count, written / block.len() as u64 * 50 + 1);
    let pae = Pae::new(&document.payload, "t");
    assert!(verify_ed25519(&public_ed25519(&[1; 32]), &pae, &signature, work).unwrap());

    let Ok(status) = fs::read_to_string("/proc/self/status") else {
        return skipped("no /proc to ask");
    };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < LIMIT_KB, "{peak} kB for a payload of {SIZE} bytes");
}
