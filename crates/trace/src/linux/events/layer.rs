//! Whether a file is in the upper layer of an overlay: written since a container began, not brought by its image.
//! Asks the kernel for the file's handle, in which overlayfs says so (fs/overlayfs/overlayfs.h, `struct ovl_fb`), since
//! Linux 6.6. A file of the image that was changed later keeps the handle it had. Used by `process_files`.

use std::ffi::CStr;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};

/// `name_to_handle_at(2)`: a handle that tells files apart, though it cannot be opened. `linux/fcntl.h`.
const AT_HANDLE_FID: libc::c_int = 0x200;
/// `OVL_FILEID_V1`: the type of overlayfs's handles.
const OVERLAY: libc::c_int = 0xf8;
/// The bytes of such a handle before `struct ovl_fb`, which align what comes after it.
const PADDING: usize = 3;
/// `OVL_FH_MAGIC`, the second byte of `struct ovl_fb`.
const MAGIC: u8 = 0xfb;
/// `OVL_FH_FLAG_PATH_UPPER`, in its fourth.
const PATH_UPPER: u8 = 1 << 2;
/// `MAX_HANDLE_SZ`.
const ROOM: usize = 128;

/// `struct file_handle` with room.
#[repr(C)]
struct Handle {
    length: libc::c_uint,
    kind: libc::c_int,
    bytes: [u8; ROOM],
}

/// Whether what the path leads to is there; false where the kernel does not tell.
pub(super) fn is_upper(folder: BorrowedFd<'_>, path: &CStr) -> bool {
    let mut handle = Handle { length: ROOM as libc::c_uint, kind: 0, bytes: [0; ROOM] };
    let mut mount: libc::c_int = 0;
    // SAFETY: the path ends in a NUL, `length` says what room follows it, and both results outlive the call.
    let outcome = unsafe {
        libc::syscall(
            libc::SYS_name_to_handle_at,
            folder.as_raw_fd(),
            path.as_ptr(),
            (&raw mut handle).cast::<libc::c_void>(),
            &raw mut mount,
            libc::AT_SYMLINK_FOLLOW | AT_HANDLE_FID,
        )
    };
    let length = handle.length as usize;
    outcome == 0
        && handle.kind == OVERLAY
        && length >= PADDING + mem::size_of::<u32>()
        && handle.bytes[PADDING + 1] == MAGIC
        && handle.bytes[PADDING + 3] & PATH_UPPER != 0
}
