//! Writing envelopes: whole or not at all, through links, into pipes, and what is written reads back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;

use common::{Cells, bytes_of, payload_of, skipped};
use lanner_payload::{EnvelopeDocument, EnvelopeFile, Payload, PayloadError};
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};

const SIGNATURES: &[u8] = br#"[{"keyid":"k","sig":"AAAA"}]"#;

fn write(path: &Path, payload: &Payload, mode: u32) -> Result<u64, PayloadError> {
    let cells = Cells::new();
    EnvelopeFile::create(path, mode)?
        .write_payload(payload, "application/vnd.in-toto+json", cells.work())?
        .commit(SIGNATURES, cells.work())
}

fn expected(body: &[u8]) -> String {
    format!(
        r#"{{"payload":"{}","payloadType":"application/vnd.in-toto+json","signatures":[{{"keyid":"k","sig":"AAAA"}}]}}"#,
        base64_simd::STANDARD.encode_to_string(body)
    )
}

fn names(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into()).collect()
}

proptest! {
    #[test]
    fn what_is_written_reads_back(body in vec(any::<u8>(), 0..700), payload_type in "[ -~é<&\u{2028}\"\\\\\n]{0,20}") {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        let cells = Cells::new();
        let written = EnvelopeFile::create(&path, 0o644)
            .and_then(|file| file.write_payload(&payload_of(&body), &payload_type, cells.work()))
            .and_then(|written| written.commit(SIGNATURES, cells.work()))
            .unwrap();
        prop_assert_eq!(written, fs::metadata(&path).unwrap().len());
        let document = EnvelopeDocument::open(&path, dir.path(), cells.work()).unwrap();
        prop_assert_eq!(bytes_of(&document.payload), body);
        prop_assert_eq!(&document.payload_type, &payload_type);
        prop_assert_eq!(document.signatures_json().into_bytes(), SIGNATURES);
        let other: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        prop_assert_eq!(other["payloadType"].as_str(), Some(payload_type.as_str()));
    }
}

#[test]
fn an_envelope_is_compact_without_a_newline_whatever_the_length() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.json");
    for size in [0, 1, 2, 3, 196_607, 196_608, 196_609, 1_000_000] {
        let body: Vec<u8> =
            (0..size).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let written = write(&path, &payload_of(&body), 0o644).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text == expected(&body), "{size} bytes");
        assert_eq!(written, text.len() as u64);
    }
}

#[test]
fn the_mode_is_exactly_the_one_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.json");
    for mode in [0o600, 0o644, 0o666] {
        write(&path, &payload_of(b"x"), mode).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
    }
}

#[test]
fn an_envelope_that_is_not_committed_leaves_the_old_file_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.json");
    fs::write(&path, "old").unwrap();
    let cells = Cells::new();
    let created = EnvelopeFile::create(&path, 0o644).unwrap();
    assert_eq!(names(dir.path()).len(), 2);
    let beside = names(dir.path()).into_iter().find(|name| name != Path::new("a.json")).unwrap();
    assert_eq!(fs::metadata(dir.path().join(beside)).unwrap().permissions().mode() & 0o777, 0o600);
    let written = created.write_payload(&payload_of(b"new"), "t", cells.work()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    drop(written);
    assert_eq!(names(dir.path()), [Path::new("a.json")]);
    assert_eq!(fs::read(&path).unwrap(), b"old");
}

#[test]
fn signatures_that_are_no_json_array_are_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let cells = Cells::new();
    for bad in ["", "{}", "[", "[]]", "null", "[1,]"] {
        let written = EnvelopeFile::create(&dir.path().join("a.json"), 0o644)
            .and_then(|file| file.write_payload(&payload_of(b"x"), "t", cells.work()))
            .unwrap();
        assert_eq!(
            written.commit(bad.as_bytes(), cells.work()).unwrap_err().code(),
            "ERR_ENVELOPE_SYNTAX"
        );
    }
    assert!(names(dir.path()).is_empty());
}

#[test]
fn a_cancelled_write_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let cells = Cells::new();
    cells.cancel.store(true, Ordering::Relaxed);
    let file = EnvelopeFile::create(&dir.path().join("a.json"), 0o644).unwrap();
    let error = file.write_payload(&payload_of(b"x"), "t", cells.work()).unwrap_err();
    assert_eq!(error.code(), "ERR_CANCELLED");
    assert!(names(dir.path()).is_empty());
}

#[test]
fn a_link_keeps_being_one_and_its_target_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("real")).unwrap();
    symlink("real/there.json", dir.path().join("inner")).unwrap();
    symlink("inner", dir.path().join("link")).unwrap();
    for body in [b"dangling at first".as_slice(), b"and then not"] {
        write(&dir.path().join("link"), &payload_of(body), 0o644).unwrap();
        assert!(fs::symlink_metadata(dir.path().join("link")).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(dir.path().join("real/there.json")).unwrap(), expected(body));
        assert_eq!(names(&dir.path().join("real")).len(), 1);
    }
    symlink("loop", dir.path().join("loop")).unwrap();
    let error = write(&dir.path().join("loop"), &payload_of(b"x"), 0o644).unwrap_err();
    assert_eq!(error.code(), "ERR_ENVELOPE_WRITE");
}

#[test]
fn a_pipe_and_a_device_are_written_into() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    if !Command::new("mkfifo").arg(&fifo).status().is_ok_and(|status| status.success()) {
        return skipped("no mkfifo on PATH");
    }
    let reader = std::thread::spawn({
        let fifo = fifo.clone();
        move || fs::read_to_string(fifo).unwrap()
    });
    write(&fifo, &payload_of(b"through a pipe"), 0o644).unwrap();
    assert_eq!(reader.join().unwrap(), expected(b"through a pipe"));
    assert_eq!(names(dir.path()), [Path::new("fifo")]);
    write(Path::new("/dev/null"), &payload_of(b"x"), 0o644).unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn an_open_descriptor_is_appended_to_and_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stdout");
    let mut open = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
    open.write_all(b"before\n").unwrap();
    let inode = open.metadata().unwrap().ino();
    let name = PathBuf::from(format!("/dev/fd/{}", open.as_raw_fd()));
    write(&name, &payload_of(b"x"), 0o644).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    let mut text = String::new();
    File::open(&path).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, format!("before\n{}", expected(b"x")));

    let cells = Cells::new();
    EnvelopeFile::stream(open, Path::new("stdout"))
        .write_payload(&payload_of(b"y"), "application/vnd.in-toto+json", cells.work())
        .and_then(|written| written.commit(SIGNATURES, cells.work()))
        .unwrap();
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
}

#[test]
fn a_place_that_cannot_hold_an_envelope_is_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for bad in ["", ".", "missing/a.json", "file/a.json"] {
        let path = dir.path().join(bad);
        let error = write(&path, &payload_of(b"x"), 0o644).unwrap_err();
        assert_eq!(error.code(), "ERR_ENVELOPE_WRITE");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
    assert_eq!(names(dir.path()), [Path::new("file")]);
}

/// A small file system of its own, gone when dropped.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(dir.path())
            .output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(dir))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_an_error_with_a_hint_and_spares_the_old_file() {
    let Some(disk) = Disk::new() else { return skipped("mounting a tmpfs is not permitted") };
    let path = disk.0.path().join("a.json");
    fs::write(&path, "old").unwrap();
    let error = write(&path, &payload_of(&vec![b'x'; 2_000_000]), 0o644).unwrap_err();
    assert_eq!(error.code(), "ERR_ENVELOPE_WRITE");
    assert!(error.hint().unwrap().contains("free space"));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(disk.0.path()), [Path::new("a.json")]);
}
