//! Bytes of a process as text, and paths as Falco makes them whole.
//! Purely lexical: follows no link. Used by `decoding` and `process_files`.

use std::fmt::Write;

/// The text those bytes are. Bytes that are not UTF-8 become `\xHH`: no byte is lost, and all else stays as rules have it.
pub(super) fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut text = String::new();
        for chunk in error.as_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\x{byte:02X}");
            }
        }
        text
    })
}

/// `given` seen from `base`, without `.`, `..` and needless slashes. `..` takes away the name before it, whatever that is.
pub(super) fn whole_path(base: &str, given: &str) -> String {
    let mut whole = String::with_capacity(base.len() + given.len() + 1);
    if !given.starts_with('/') {
        append(&mut whole, base);
    }
    append(&mut whole, given);
    if whole.is_empty() {
        whole.push('/');
    }
    whole
}

fn append(whole: &mut String, path: &str) {
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => whole.truncate(whole.rfind('/').unwrap_or(0)),
            name => {
                whole.push('/');
                whole.push_str(name);
            }
        }
    }
}

/// `fd.directory` and `fd.filename`.
pub(super) fn split_path(path: &str) -> Option<(&str, &str)> {
    match path.rsplit_once('/')? {
        ("", name) => Some(("/", name)),
        split => Some(split),
    }
}

/// The last name of a path, as the kernel takes it for the name of a process: at most 15 bytes.
pub(super) fn process_name(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let end = (0..=name.len().min(15)).rev().find(|&end| name.is_char_boundary(end));
    &name[..end.unwrap_or(0)]
}

#[cfg(test)]
#[path = "text_test.rs"]
mod tests;
