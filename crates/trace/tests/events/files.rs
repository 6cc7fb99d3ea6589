//! Opens and names: what Falco's rules on files look at.

use crate::step::acts;

#[test]
fn an_open_tells_flags_and_modes_in_falcos_words() {
    let Some(told) = acts(&["opens"]) else { return };
    assert_eq!(
        told.args("openat2", "made2"),
        "fd=3(<f>$D/made2) dirfd=-100(AT_FDCWD) name=made2($D/made2) flags=262(O_TRUNC|O_CREAT|O_WRONLY) mode=0644 \
         resolve=0 dev=<NA> ino=<NA>"
    );
    assert_eq!(
        told.args("openat", "made3"),
        "fd=4(<f>$D/made3) dirfd=-100(AT_FDCWD) name=sub/../made3($D/made3) \
         flags=20527(O_EXCL|O_APPEND|O_CREAT|O_RDWR|O_CLOEXEC|O_F_CREATED) mode=0755 dev=<NA> ino=<NA>"
    );
}

#[test]
fn an_open_tells_what_it_is_for() {
    let Some(told) = acts(&["opens"]) else { return };
    let uses = |text: &str, kind: &str| {
        let event = told.with_args(kind, text);
        ["read", "write", "exec", "create"].map(|word| event[format!("evt.is_open_{word}")] == true)
    };
    assert_eq!(uses("made2", "openat2"), [false, true, false, false]);
    assert_eq!(uses("made3", "openat"), [true, true, true, true]);
    assert_eq!(uses("inner", "openat"), [true, false, false, false]);
    assert_eq!(uses("O_TMPFILE", "openat"), [false, true, false, true]);
}

#[test]
fn a_path_from_a_directorys_descriptor_is_made_whole() {
    let Some(told) = acts(&["opens"]) else { return };
    let event = told.with_args("openat", "name=inner");
    assert_eq!(event["fd.name"], format!("{}/sub/inner", told.directory));
    assert_eq!(event["fd.nameraw"], "inner");
    assert_eq!(event["fd.directory"], format!("{}/sub", told.directory));
    assert_eq!(event["fd.filename"], "inner");
    assert_eq!(event["evt.arg"]["dirfd"], format!("<d>{}/sub", told.directory));
}

#[test]
fn a_path_through_a_link_keeps_its_name_and_tells_where_it_led() {
    let Some(told) = acts(&["opens"]) else { return };
    let event = told.with_args("openat", "name=link");
    assert_eq!(event["fd.name"], format!("{}/link", told.directory));
    assert_eq!(event["fd.realpath"], format!("{}/sub/inner", told.directory));
    assert!(told.with_args("openat2", "made2").get("fd.realpath").is_none());
}

#[test]
fn a_failed_open_is_of_no_descriptor() {
    let Some(told) = acts(&["opens"]) else { return };
    let event = told.with_args("openat", "name=absent");
    assert_eq!((&event["evt.res"], &event["evt.rawres"]), (&"ENOENT".into(), &(-2).into()));
    assert_eq!(event["evt.arg"]["fd"], "ENOENT");
    assert_eq!((&event["fd.num"], &event["fd.typechar"]), (&(-1).into(), &"o".into()));
    assert_eq!(event["fd.name"], format!("{}/absent", told.directory));
    assert!(event.get("fd.filename").is_none());
}

#[test]
fn a_path_that_cannot_be_read_is_absent() {
    let Some(told) = acts(&["opens"]) else { return };
    let event = told.with_args("openat", "fd=-14(EFAULT)");
    assert_eq!(event["evt.arg"]["name"], "<NA>");
}

#[test]
fn a_name_of_any_bytes_is_told() {
    let Some(told) = acts(&["opens"]) else { return };
    let event = told.with_args("openat", "name=name\\xFF\n\"");
    assert_eq!(event["fd.filename"], "name\\xFF\n\"");
}

#[test]
#[cfg(target_arch = "x86_64")]
fn the_older_calls_are_told_under_their_own_names() {
    let Some(told) = acts(&["opens", "names"]) else { return };
    let event = told.with_args("open", "/etc/../etc/../etc/passwd");
    assert_eq!(event["fd.name"], "/etc/passwd");
    assert_eq!(event["fd.nameraw"], "/etc/../etc/../etc/passwd");
    assert_eq!(
        told.args("creat", "made1"),
        "fd=11(<f>$D/made1) name=made1($D/made1) mode=0755 dev=<NA> ino=<NA> creat_flags=<NA>"
    );
    assert_eq!(told.with_args("creat", "made1")["evt.is_open_exec"], true);
    assert_eq!(
        told.args("link", "hardest"),
        "res=0 oldpath=harder($D/harder) newpath=hardest($D/hardest)"
    );
    assert_eq!(told.args("symlink", "slash"), "res=0 target=/etc/ linkpath=slash($D/slash)");
    assert_eq!(
        told.args("rename", "softest"),
        "res=0 oldpath=hardest($D/hardest) newpath=softest($D/softest)"
    );
    assert_eq!(
        told.args("chmod", "softest"),
        "res=0 filename=softest($D/softest) mode=0111(S_IXOTH|S_IXGRP|S_IXUSR)"
    );
    assert_eq!(told.args("unlink", "softest"), "res=0 path=softest($D/softest)");
    assert_eq!(told.args("mkdir", "old"), "res=0 path=old($D/old) mode=0700");
    assert_eq!(told.args("rmdir", "old"), "res=0 path=old($D/old)");
}

#[test]
fn names_that_are_made_and_unmade_are_told_whole() {
    let Some(told) = acts(&["names"]) else { return };
    for (kind, text, args) in [
        (
            "symlinkat",
            "symbolic",
            "res=0 target=/etc/shadow linkdirfd=-100(AT_FDCWD) linkpath=symbolic($D/symbolic)",
        ),
        (
            "linkat",
            "newpath=hard",
            "res=0 olddir=-100(AT_FDCWD) oldpath=victim($D/victim) newdir=-100(AT_FDCWD) newpath=hard($D/hard) flags=0",
        ),
        (
            "renameat2",
            "harder",
            "res=0 olddirfd=-100(AT_FDCWD) oldpath=hard($D/hard) newdirfd=-100(AT_FDCWD) newpath=harder($D/harder) \
             flags=1(RENAME_NOREPLACE)",
        ),
        (
            "fchmodat",
            "victim",
            "res=0 dirfd=-100(AT_FDCWD) filename=victim($D/victim) \
             mode=04755(S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID)",
        ),
        ("fchmod", "victim", "res=0 fd=3(<f>$D/victim) mode=0640(S_IRGRP|S_IWUSR|S_IRUSR)"),
        ("mkdirat", "folder", "res=0 dirfd=-100(AT_FDCWD) path=folder($D/folder) mode=0750"),
        (
            "unlinkat",
            "folder",
            "res=0 dirfd=-100(AT_FDCWD) name=folder($D/folder) flags=512(AT_REMOVEDIR)",
        ),
        (
            "unlinkat",
            "res=0 dirfd=-100(AT_FDCWD) name=victim",
            "res=0 dirfd=-100(AT_FDCWD) name=victim($D/victim) flags=0",
        ),
        (
            "unlinkat",
            "ENOENT",
            "res=-2(ENOENT) dirfd=-100(AT_FDCWD) name=victim($D/victim) flags=0",
        ),
    ] {
        assert_eq!(told.args(kind, text), args);
    }
}
