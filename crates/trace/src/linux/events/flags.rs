//! Falco's names for bits and choices, in the order of its tables, with its numbers for them and how Linux's become those.
//! Renders a number as names; knows nothing of system calls. The order decides the text, on which rules depend.

/// Names of bits or of choices, in the order in which they are written.
pub type Names = &'static [(&'static str, u32)];

/// The names of all bits that are set, joined by `|`. A bit that has been named is not named again, so that `O_RDWR`, which is
/// two bits here, does not also give the names of the two.
pub(super) fn write_flags(bits: u32, names: Names, out: &mut String) {
    let start = out.len();
    let mut left = bits;
    for &(name, value) in names {
        let is_set = if value == 0 { bits == 0 } else { left & value == value };
        if is_set {
            push(name, start, out);
            left &= !value;
        }
    }
}

/// The names of that very number.
pub(super) fn write_choice(choice: u32, names: Names, out: &mut String) {
    let start = out.len();
    for &(name, _) in names.iter().filter(|&&(_, value)| value == choice) {
        push(name, start, out);
    }
}

fn push(name: &str, start: usize, out: &mut String) {
    if out.len() > start {
        out.push('|');
    }
    out.push_str(name);
}

/// Translates bits: each Linux value that is wholly set becomes ours.
const fn translate(bits: u64, pairs: &[(u64, u32)]) -> u32 {
    let mut out = 0;
    let mut index = 0;
    while index < pairs.len() {
        if bits & pairs[index].0 == pairs[index].0 {
            out |= pairs[index].1;
        }
        index += 1;
    }
    out
}

pub(super) const O_RDONLY: u32 = 1;
pub(super) const O_WRONLY: u32 = 2;
pub(super) const O_CREAT: u32 = 4;
pub(super) const O_EXCL: u32 = 32;
pub(super) const O_DIRECTORY: u32 = 1024;
pub(super) const O_TMPFILE: u32 = 8192;
pub(super) const O_F_CREATED: u32 = 16384;

/// open(2).
pub(super) const OPEN: Names = &[
    ("O_LARGEFILE", 2048),
    ("O_DIRECTORY", O_DIRECTORY),
    ("O_DIRECT", 512),
    ("O_TRUNC", 256),
    ("O_SYNC", 128),
    ("O_NONBLOCK", 64),
    ("O_EXCL", O_EXCL),
    ("O_DSYNC", 16),
    ("O_APPEND", 8),
    ("O_CREAT", O_CREAT),
    ("O_RDWR", 3),
    ("O_WRONLY", O_WRONLY),
    ("O_RDONLY", O_RDONLY),
    ("O_CLOEXEC", 4096),
    ("O_NONE", 0),
    ("O_TMPFILE", O_TMPFILE),
    ("O_F_CREATED", O_F_CREATED),
    ("FD_UPPER_LAYER", 32768),
    ("FD_LOWER_LAYER", 65536),
];

/// Of open(2) and openat2(2).
pub(super) fn open_flags(flags: u64) -> u32 {
    const fn bit(flag: i32) -> u64 {
        flag.cast_unsigned() as u64
    }
    let access = match flags & bit(libc::O_ACCMODE) {
        0 => O_RDONLY,
        1 => O_WRONLY,
        _ => O_RDONLY | O_WRONLY,
    };
    access
        | translate(
            flags,
            &[
                (bit(libc::O_CREAT), O_CREAT),
                (bit(libc::O_APPEND), 8),
                (bit(libc::O_DSYNC), 16),
                (bit(libc::O_EXCL), O_EXCL),
                (bit(libc::O_NONBLOCK), 64),
                (bit(libc::O_SYNC), 128),
                (bit(libc::O_TRUNC), 256),
                (bit(libc::O_DIRECT), 512),
                (bit(libc::O_DIRECTORY), O_DIRECTORY),
                (LARGE_FILE, 2048),
                (bit(libc::O_CLOEXEC), 4096),
                (bit(libc::O_TMPFILE), O_TMPFILE),
            ],
        )
}

/// `O_LARGEFILE` as the kernel has it; the C library of a 64-bit system has zero instead.
#[cfg(target_arch = "x86_64")]
const LARGE_FILE: u64 = 0o100_000;
/// `O_LARGEFILE` as the kernel has it; the C library of a 64-bit system has zero instead.
#[cfg(target_arch = "aarch64")]
const LARGE_FILE: u64 = 0o400_000;

/// dup3(2), userfaultfd(2): only these two can be asked for, and neither says how a file is opened.
pub(super) fn descriptor_flags(flags: u64) -> u32 {
    open_flags(flags) & !(O_RDONLY | O_WRONLY)
}

/// chmod(2). Falco's numbers are Linux's.
pub(super) const MODE: Names = &[
    ("S_IXOTH", 0o1),
    ("S_IWOTH", 0o2),
    ("S_IROTH", 0o4),
    ("S_IXGRP", 0o10),
    ("S_IWGRP", 0o20),
    ("S_IRGRP", 0o40),
    ("S_IXUSR", 0o100),
    ("S_IWUSR", 0o200),
    ("S_IRUSR", 0o400),
    ("S_ISVTX", 0o1000),
    ("S_ISGID", 0o2000),
    ("S_ISUID", 0o4000),
];

/// clone(2), unshare(2), setns(2).
pub(super) const CLONE: Names = &[
    ("CLONE_FILES", 1 << 0),
    ("CLONE_FS", 1 << 1),
    ("CLONE_IO", 1 << 2),
    ("CLONE_NEWIPC", 1 << 3),
    ("CLONE_NEWNET", 1 << 4),
    ("CLONE_NEWNS", 1 << 5),
    ("CLONE_NEWPID", 1 << 6),
    ("CLONE_NEWUTS", 1 << 7),
    ("CLONE_PARENT", 1 << 8),
    ("CLONE_PARENT_SETTID", 1 << 9),
    ("CLONE_PTRACE", 1 << 10),
    ("CLONE_SIGHAND", 1 << 11),
    ("CLONE_SYSVSEM", 1 << 12),
    ("CLONE_THREAD", 1 << 13),
    ("CLONE_UNTRACED", 1 << 14),
    ("CLONE_VM", 1 << 15),
    ("CLONE_INVERTED", 1 << 16),
    ("NAME_CHANGED", 1 << 17),
    ("CLOSED", 1 << 18),
    ("CLONE_NEWUSER", 1 << 20),
    ("CLONE_CHILD_CLEARTID", 1 << 23),
    ("CLONE_CHILD_SETTID", 1 << 24),
    ("CLONE_SETTLS", 1 << 25),
    ("CLONE_STOPPED", 1 << 26),
    ("CLONE_VFORK", 1 << 27),
    ("CLONE_NEWCGROUP", 1 << 28),
    ("CLONE_CHILD_IN_PIDNS", 1 << 29),
];

/// Of clone(2), unshare(2) and setns(2); linux/sched.h.
pub(super) const fn clone_flags(flags: u64) -> u32 {
    translate(
        flags,
        &[
            (0x400, 1 << 0),
            (0x200, 1 << 1),
            (0x8000_0000, 1 << 2),
            (0x0800_0000, 1 << 3),
            (0x4000_0000, 1 << 4),
            (0x2_0000, 1 << 5),
            (0x2000_0000, 1 << 6),
            (0x0400_0000, 1 << 7),
            (0x8000, 1 << 8),
            (0x10_0000, 1 << 9),
            (0x2000, 1 << 10),
            (0x800, 1 << 11),
            (0x4_0000, 1 << 12),
            (0x1_0000, 1 << 13),
            (0x80_0000, 1 << 14),
            (0x100, 1 << 15),
            (0x1000_0000, 1 << 20),
            (0x20_0000, 1 << 23),
            (0x100_0000, 1 << 24),
            (0x8_0000, 1 << 25),
            (0x4000, 1 << 27),
            (0x0200_0000, 1 << 28),
        ],
    )
}

pub(super) const EXE_WRITABLE: u32 = 1;
pub(super) const EXE_UPPER_LAYER: u32 = 2;
pub(super) const EXE_FROM_MEMFD: u32 = 4;

/// The executable of execve(2).
pub(super) const EXECUTABLE: Names = &[
    ("EXE_WRITABLE", EXE_WRITABLE),
    ("EXE_UPPER_LAYER", EXE_UPPER_LAYER),
    ("EXE_FROM_MEMFD", EXE_FROM_MEMFD),
    ("EXE_LOWER_LAYER", 8),
];

/// unlinkat(2).
pub(super) const UNLINKAT: Names = &[("AT_REMOVEDIR", 0x200)];
/// linkat(2).
pub(super) const LINKAT: Names = &[("AT_SYMLINK_FOLLOW", 0x400), ("AT_EMPTY_PATH", 0x1000)];
/// fchownat(2).
pub(super) const FCHOWNAT: Names = &[("AT_SYMLINK_NOFOLLOW", 0x100), ("AT_EMPTY_PATH", 0x1000)];
/// renameat2(2).
pub(super) const RENAMEAT2: Names =
    &[("RENAME_NOREPLACE", 1), ("RENAME_EXCHANGE", 2), ("RENAME_WHITEOUT", 4)];
/// `memfd_create(2)`.
pub(super) const MEMFD: Names = &[("MFD_CLOEXEC", 1), ("MFD_ALLOW_SEALING", 2), ("MFD_HUGETLB", 4)];
/// `finit_module(2)`.
pub(super) const MODULE: Names = &[
    ("MODULE_INIT_IGNORE_MODVERSIONS", 1),
    ("MODULE_INIT_IGNORE_VERMAGIC", 2),
    ("MODULE_INIT_COMPRESSED_FILE", 4),
];
/// `delete_module(2)`.
pub(super) const UNLOAD: Names = &[("O_NONBLOCK", 1), ("O_TRUNC", 2)];

/// openat2(2), `resolve`.
pub(super) const RESOLVE: Names = &[
    ("RESOLVE_BENEATH", 1),
    ("RESOLVE_IN_ROOT", 2),
    ("RESOLVE_NO_MAGICLINKS", 4),
    ("RESOLVE_NO_SYMLINKS", 8),
    ("RESOLVE_NO_XDEV", 16),
    ("RESOLVE_CACHED", 32),
];

/// Of openat2(2), `resolve`; linux/openat2.h.
pub(super) const fn resolve_flags(flags: u64) -> u32 {
    translate(flags, &[(0x08, 1), (0x10, 2), (0x02, 4), (0x04, 8), (0x01, 16), (0x20, 32)])
}

/// Of `delete_module(2)`.
pub(super) const fn unload_flags(flags: u64) -> u32 {
    translate(
        flags,
        &[(libc::O_NONBLOCK.cast_unsigned() as u64, 1), (libc::O_TRUNC.cast_unsigned() as u64, 2)],
    )
}

/// Of socket(2), whose type holds them.
pub(super) fn socket_flags(kind: u64) -> u32 {
    descriptor_flags(kind & u64::from((libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC).cast_unsigned()))
}

#[cfg(test)]
#[path = "flags_test.rs"]
mod tests;
