//! Files: opened, made, changed, mapped; names and attributes.

use std::os::unix::ffi::OsStrExt;

use lanner_trace::{Attribute, NameKind, Subject, Uses};
use serde_json::json;

use crate::step::{Step, sha256};

#[test]
fn an_open_that_fails_is_an_attempt_and_no_use() {
    let step = Step::new();
    let record = step.shell("cat missing missing; exit 0");
    let cat = record.running("cat");
    assert!(record.file(cat, "missing").is_none());
    let path = Subject::Path(step.path("missing").as_os_str().as_bytes().to_vec());
    let attempt = cat.attempts.iter().find(|attempt| attempt.subject == path).unwrap();
    assert_eq!((attempt.call, attempt.error, attempt.count), ("openat", "ENOENT", 2));
}

#[test]
fn many_opens_of_one_file_are_one_entry() {
    let step = Step::with(&[("in", "x")]);
    let record = step.shell("i=0; while [ $i -lt 500 ]; do : < in; i=$((i+1)); done");
    let file = record.file(record.root(), "in").unwrap();
    assert_eq!((file.uses, file.count, file.read.len()), (Uses::READ, 500, 1));
}

#[test]
fn making_emptying_and_appending_are_told_apart() {
    let step = Step::with(&[("old", "x"), ("log", "x")]);
    let record = step.shell("echo > new; echo > old; echo >> log; echo > new");
    let uses = |name| record.file(record.root(), name).unwrap().uses;
    assert_eq!(uses("new"), Uses::WRITE.with(Uses::CREATE).with(Uses::TRUNCATE));
    assert_eq!(uses("old"), Uses::WRITE.with(Uses::TRUNCATE));
    assert_eq!(uses("log"), Uses::WRITE);
}

#[test]
fn names_are_told_as_they_were_when_they_changed() {
    let step = Step::with(&[("a", "x"), ("gone", "x")]);
    let record = step.shell("mv a b; ln b c; ln -s b s; rm gone; mkdir d; rmdir d; mkfifo p");
    let all: Vec<_> = record.trace.processes().iter().flat_map(|process| &process.names).collect();
    let path = |name: &str| step.path(name).as_os_str().as_bytes().to_vec();
    for (kind, from, name) in [
        (NameKind::Rename, Some(path("a")), "b"),
        (NameKind::Link, Some(path("b")), "c"),
        (NameKind::Symlink, Some(b"b".to_vec()), "s"),
        (NameKind::Unlink, None, "gone"),
        (NameKind::Mkdir, None, "d"),
        (NameKind::Rmdir, None, "d"),
        (NameKind::Mknod, None, "p"),
    ] {
        let found = all.iter().filter(|change| {
            change.kind == kind
                && *change.path == *path(name)
                && change.from.as_deref() == from.as_deref()
        });
        assert_eq!(found.count(), 1, "{kind:?} {name}");
    }
    assert_eq!(all.len(), 7);
}

#[test]
fn a_change_of_names_that_fails_is_an_attempt() {
    let step = Step::with(&[("a", "x")]);
    let record = step.shell("mkdir a; rmdir a; rm missing; mv missing a; exit 0");
    assert!(record.trace.processes().iter().all(|process| process.names.is_empty()));
    let mkdir = record
        .running("mkdir")
        .attempts
        .iter()
        .find(|attempt| attempt.call.starts_with("mkdir"))
        .unwrap();
    assert_eq!(mkdir.error, "EEXIST");
    assert_eq!(record.written(), Vec::<String>::new());
}

#[test]
fn modes_and_times_are_told_with_the_real_path() {
    let step = Step::with(&[("a", "x")]);
    std::os::unix::fs::symlink("a", step.path("link")).unwrap();
    let record = step.shell("chmod 750 link; touch -d 2001-01-01 link");
    let path = step.path("a").as_os_str().as_bytes().to_vec();
    let all: Vec<_> =
        record.trace.processes().iter().flat_map(|process| &process.attributes).collect();
    for attribute in [Attribute::Mode(0o750), Attribute::Times] {
        assert!(
            all.iter().any(|one| one.attribute == attribute && *one.path == *path),
            "{attribute:?}"
        );
    }
    let json = record.processes();
    let mut changes =
        json.as_array().unwrap().iter().filter_map(|one| one["fileOps"].get("permChanges"));
    let change = &changes.next_back().unwrap()[0];
    assert_eq!((&change["mode"], &change["setExec"]), (&json!(0o750), &json!(true)));
    assert_eq!(record.written(), Vec::<String>::new(), "neither changes content");
}

#[test]
fn files_used_in_ways_a_shell_has_not_are_told_too() {
    let step = Step::with(&[("mapped", "aaaa"), ("cut", "aaaa"), ("place", "aaaa")]);
    let Some(record) = step.python(
        "import os, mmap\n\
         f = os.open('mapped', os.O_RDWR); m = mmap.mmap(f, 4); m[0] = 98; m.close()\n\
         os.truncate('cut', 2)\n\
         os.open('place', os.O_PATH)\n\
         f = os.open('.', os.O_TMPFILE | os.O_WRONLY); os.write(f, b'x')\n\
         os.link(f'/proc/self/fd/{f}', 'linked', src_dir_fd=os.open('/', os.O_RDONLY))\n\
         f = os.memfd_create('memory'); os.write(f, b'x')\n\
         os.close(os.open(f'/proc/self/fd/{f}', os.O_RDONLY))\n\
         os.rename('cut', 'moved', src_dir_fd=os.open('.', os.O_RDONLY))\n",
    ) else {
        return;
    };
    let root = record.root();
    let uses = |name| record.file(root, name).map(|file| file.uses);
    assert_eq!(uses("mapped"), Some(Uses::READ.with(Uses::WRITE).with(Uses::MAP_SHARED)));
    assert_eq!(uses("cut"), Some(Uses::WRITE.with(Uses::TRUNCATE)));
    assert_eq!(uses("place"), Some(Uses::PATH));
    let memory = root.files.iter().find(|file| file.path.starts_with(b"/memfd:memory")).unwrap();
    assert_eq!(memory.uses, Uses::READ);
    assert!(root.calls.iter().any(|call| call.call == "memfd_create" && call.detail == "memory"));
    assert_eq!(record.written(), ["linked", "mapped", "moved"]);
    assert_eq!(record.materials(), [("mapped".to_owned(), sha256("aaaa"))]);
}

#[test]
fn what_is_made_up_when_it_is_read_has_no_digest_and_is_no_gap() {
    let step = Step::new();
    let record = step.shell("cat /proc/self/status");
    let cat = record.running("cat");
    let own = format!("/proc/{}/status", cat.pid);
    let file = cat.files.iter().find(|file| *file.path == *own.as_bytes()).unwrap();
    assert_eq!(file.uses, Uses::READ);
    assert_eq!(record.trace.gaps(), []);
    let json = record.processes();
    let json = json.as_array().unwrap().iter().find(|one| one["processid"] == cat.pid).unwrap();
    assert_eq!(
        json["unhashedOpens"],
        json!([{"path": own, "reason": "made up by procfs when it is read"}])
    );
}

#[test]
fn pipes_and_devices_are_used_and_never_opened_by_us() {
    let step = Step::new();
    // Opening the FIFO for reading alone would wait for a writer; one more reader would change what the step sees.
    let record = step.shell("mkfifo p; echo x > p & read -r a < p; wait; echo $a > /dev/null");
    assert_eq!(record.file(record.root(), "p").unwrap().uses, Uses::READ);
    assert_eq!(record.trace.gaps(), []);
}

#[test]
fn a_name_of_any_bytes_is_kept_and_shown() {
    let step = Step::new();
    let record = step.shell("printf x > \"$(printf 'a\\377\\\\b')\"");
    let name = [step.directory.as_os_str().as_bytes(), b"/a\xff\\b"].concat();
    assert_eq!(record.trace.written(false)[0].as_os_str().as_bytes(), name);
    let shown = format!("{}/a\\xFF\\\\b", step.directory.display());
    assert!(record.processes()[0]["writtenDigests"].get(&shown).is_some());
}
