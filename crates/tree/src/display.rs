//! Paths as leaves show them: text for any bytes, forward slashes, and no two alike.
//! Keeps the raw bytes where they differ from what is shown.
//! Used by the walk; order and lookups elsewhere are by what is kept here.

use std::collections::HashSet;
use std::fmt::Write;

/// A path below the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) shown: String,
    raw: Option<Box<[u8]>>,
}

impl Path {
    /// The bytes that the system knows the path by.
    pub(crate) fn raw(&self) -> &[u8] {
        self.raw.as_deref().unwrap_or(self.shown.as_bytes())
    }
}

/// The usual form: a backslash becomes a slash on every system, a byte that is not UTF-8 becomes `\xHH`.
pub(crate) fn shown(raw: &[u8]) -> String {
    render(raw, "/")
}

fn render(raw: &[u8], backslash: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', backslash));
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Shows each path, and no two alike.
///
/// `a\b` and `a/b` are two files that would both be shown as `a/b`, and a verifier refuses two leaves of one path. Paths that
/// need no change go first; then whichever comes later in the walk keeps its backslashes, or has them escaped like other bytes
/// when even that is taken.
pub(crate) fn unique_paths(raws: Vec<Box<[u8]>>) -> Vec<Path> {
    let mut paths = Vec::with_capacity(raws.len());
    let mut changed = Vec::new();
    for (index, raw) in raws.into_iter().enumerate() {
        let plain = memchr::memchr(b'\\', &raw).is_none();
        match String::from_utf8(raw.into_vec()) {
            Ok(shown) if plain => paths.push(Path { shown, raw: None }),
            Ok(text) => {
                paths.push(Path { shown: String::new(), raw: Some(text.into_bytes().into()) });
                changed.push(index);
            }
            Err(error) => {
                paths.push(Path { shown: String::new(), raw: Some(error.into_bytes().into()) });
                changed.push(index);
            }
        }
    }
    if !changed.is_empty() {
        let names = choose(&paths, &changed);
        for (index, name) in changed.into_iter().zip(names) {
            paths[index].shown = name;
        }
    }
    paths
}

fn choose(paths: &[Path], changed: &[usize]) -> Vec<String> {
    let mut taken: HashSet<String> =
        paths.iter().filter(|path| path.raw.is_none()).map(|path| path.shown.clone()).collect();
    let mut names = Vec::with_capacity(changed.len());
    for index in changed {
        let raw = paths[*index].raw();
        let mut name = render(raw, "/");
        for backslash in ["\\", "\\x5c"] {
            if taken.contains(&name) {
                name = render(raw, backslash);
            }
        }
        // No name can hold a NUL byte, so this ends, and shows that it was made up.
        while !taken.insert(name.clone()) {
            name.push_str("\\x00");
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::{Path, shown, unique_paths};

    fn shown_all(raws: &[&[u8]]) -> Vec<String> {
        let paths = unique_paths(raws.iter().map(|raw| (*raw).into()).collect());
        for (path, raw) in paths.iter().zip(raws) {
            assert_eq!(path.raw(), *raw);
        }
        paths.into_iter().map(|path: Path| path.shown).collect()
    }

    #[test]
    fn a_backslash_is_shown_as_a_slash() {
        assert_eq!(shown_all(&[b"a\\b.txt", b"c\\\\d"]), ["a/b.txt", "c//d"]);
    }

    #[test]
    fn bytes_that_are_not_text_are_shown_in_hexadecimal() {
        assert_eq!(
            shown_all(&[b"bad\xff\xfename", "caf\u{e9}".as_bytes()]),
            ["bad\\xff\\xfename", "caf\u{e9}"]
        );
        assert_eq!(shown(b"d\\\x80"), "d/\\x80");
    }

    #[test]
    fn the_later_of_two_equal_forms_keeps_its_backslash() {
        assert_eq!(shown_all(&[b"a/b", b"a\\b"]), ["a/b", "a\\b"]);
        assert_eq!(shown_all(&[b"a\\b", b"a/b"]), ["a\\b", "a/b"]);
        assert_eq!(shown_all(&[b"x/a\\b", b"x\\a/b"]), ["x/a/b", "x\\a/b"]);
    }

    #[test]
    fn a_name_made_to_look_like_another_stays_apart() {
        let hostile: [&[u8]; 4] = [b"d/xff", b"d\\xff", b"d\xff", b"d\\x5cxff"];
        let names = shown_all(&hostile);
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), hostile.len(), "{names:?}");
    }

    proptest! {
        #[test]
        fn distinct_paths_are_shown_distinctly(
            raws in prop::collection::hash_set("[ab/x\\\\]{0,4}|[\\\\xf0c5/]{1,6}", 0..60),
            bytes in prop::collection::hash_set(prop::collection::vec(
                prop::sample::select(b"a/\\xf\xff5c".to_vec()), 1..6), 0..40),
        ) {
            let all: HashSet<Vec<u8>> =
                raws.into_iter().map(String::into_bytes).chain(bytes).collect();
            let paths = unique_paths(all.iter().map(|raw| raw.as_slice().into()).collect());
            let names: HashSet<&str> = paths.iter().map(|path| path.shown.as_str()).collect();
            prop_assert_eq!(names.len(), all.len());
            for (path, raw) in paths.iter().zip(&all) {
                prop_assert_eq!(path.raw(), raw.as_slice());
            }
        }
    }
}
