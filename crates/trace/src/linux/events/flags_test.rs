//! Texts of flags against what Falco wrote for the same numbers.

use super::*;

fn text(bits: u32, names: Names) -> String {
    let mut text = String::new();
    write_flags(bits, names, &mut text);
    text
}

#[test]
fn numbers_have_the_texts_that_falco_wrote() {
    for (bits, names, wanted) in [
        (4097, OPEN, "O_RDONLY|O_CLOEXEC"),
        (5185, OPEN, "O_DIRECTORY|O_NONBLOCK|O_RDONLY|O_CLOEXEC"),
        (262, OPEN, "O_TRUNC|O_CREAT|O_WRONLY"),
        (0, OPEN, "O_NONE"),
        (
            47619,
            CLONE,
            "CLONE_FILES|CLONE_FS|CLONE_PARENT_SETTID|CLONE_SIGHAND|CLONE_SYSVSEM|CLONE_THREAD|CLONE_VM",
        ),
        (25165824, CLONE, "CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID"),
        (5, EXECUTABLE, "EXE_WRITABLE|EXE_FROM_MEMFD"),
    ] {
        assert_eq!(text(bits, names), wanted);
    }
}

#[test]
fn reading_and_writing_is_one_word() {
    assert_eq!(text(3, OPEN), "O_RDWR");
    assert_eq!(text(open_flags(u64::from(libc::O_RDWR.cast_unsigned())), OPEN), "O_RDWR");
}

#[test]
fn linuxs_flags_become_falcos() {
    let of = |flags: i32| text(open_flags(u64::from(flags.cast_unsigned())), OPEN);
    assert_eq!(of(libc::O_RDONLY), "O_RDONLY");
    assert_eq!(of(libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC), "O_TRUNC|O_CREAT|O_WRONLY");
    assert_eq!(of(libc::O_WRONLY | libc::O_SYNC), "O_SYNC|O_DSYNC|O_WRONLY");
    assert_eq!(of(libc::O_WRONLY | libc::O_TMPFILE), "O_DIRECTORY|O_WRONLY|O_TMPFILE");
    // What a shell's pipeline and a thread of the C library ask for.
    assert_eq!(clone_flags(0x0120_0000), 25165824);
    assert_eq!(clone_flags(0x3d_0f00 & !0x8_0000 & !0x20_0000), 47619);
}

#[test]
fn what_openat2_may_follow_has_falcos_numbers() {
    let all = text(resolve_flags(0x3f), RESOLVE);
    assert_eq!(all.split('|').count(), 6);
    assert_eq!(text(resolve_flags(0x08), RESOLVE), "RESOLVE_BENEATH");
    assert_eq!(text(resolve_flags(0x01), RESOLVE), "RESOLVE_NO_XDEV");
}
