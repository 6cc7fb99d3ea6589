//! What both tracers must agree on, with what is different in every run taken out.

use std::path::{Component, Path, PathBuf};

/// Something a step did, successfully.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fact {
    Opened(String),
    Executed(String),
    Connected(String),
    Renamed(String, String),
    /// By unlink(2) or rmdir(2).
    Removed(String),
}

impl Fact {
    /// Whether it depends on who comes first: the C library's malloc asks for the number of processors when a thread finds
    /// every arena locked.
    pub(crate) fn is_chance(&self) -> bool {
        *self == Self::Opened("/sys/devices/system/cpu/online".to_owned())
    }
}

/// A path without what no two runs have in common.
pub(crate) fn steady(path: &str) -> String {
    let path =
        path.strip_suffix(" (deleted)").or_else(|| path.strip_suffix("(deleted)")).unwrap_or(path);
    if let Some((kind @ ("pipe" | "socket" | "anon_inode"), _)) = path.split_once(':') {
        return kind.to_owned();
    }
    let mut above = "";
    let mut parts = Vec::new();
    for part in path.split('/') {
        parts.push(steady_part(above, part));
        above = part;
    }
    parts.join("/")
}

fn steady_part(above: &str, part: &str) -> String {
    let letters = |text: &str, count| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A process reads about itself.
    if matches!(above, "proc" | "task") && digits(part) {
        return "PID".to_owned();
    }
    // git(1): objects and packs are written under a temporary name of six random letters.
    if let Some((name, end)) = part.rsplit_once('_')
        && matches!(name, "tmp_obj" | "tmp_pack" | "tmp_idx" | "tmp_rev")
        && letters(end, 6)
    {
        return format!("{name}_RANDOM");
    }
    // cc(1) hands its parts over in /tmp/ccXXXXXX.s, .o, .res, .le, .ld, .c, .cdtor.
    if above == "tmp"
        && let Some((name, end)) = part.strip_prefix("cc").and_then(|rest| rest.split_once('.'))
        && letters(name, 6)
    {
        return format!("ccRANDOM.{end}");
    }
    // rustc makes its folder for the linker, and the one for metadata, by mkdtemp.
    for name in ["rustc", "rmeta"] {
        if part.strip_prefix(name).is_some_and(|rest| letters(rest, 6)) {
            return format!("{name}RANDOM");
        }
    }
    // The linker's output, until it is complete: seven hexadecimal digits.
    if let Some((name, end)) = part.rsplit_once(".tmp")
        && letters(end, 7)
    {
        return format!("{name}.tmpRANDOM");
    }
    // git(1) finds out with a file `tXXXXXX` whether there are symbolic links here.
    if above == ".git" && part.strip_prefix('t').is_some_and(|rest| letters(rest, 6)) {
        return "tRANDOM".to_owned();
    }
    // npm(1) writes what goes to its cache under a UUID first.
    if above == "tmp"
        && part.len() == 36
        && part.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
    {
        return "UUID".to_owned();
    }
    part.to_owned()
}

/// A port that the kernel picked is another one each time.
pub(crate) fn steady_port(port: u16) -> String {
    if port >= 32768 { "PICKED".to_owned() } else { port.to_string() }
}

/// The canonical form of a name that may be gone: that of its directory, if that is still there, and the name itself.
pub(crate) fn canonical(directory: &Path, path: &str) -> String {
    let joined = plain(&directory.join(path));
    let folder = joined.parent().unwrap_or(&joined);
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    steady(&folder.join(joined.file_name().unwrap_or_default()).to_string_lossy())
}

/// Without `.` and `..`: no step here goes up from a symbolic link.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
