//! `pmatch`: whether a path is one of many, or lies under one of them; components may be shell patterns.
//! Repeated, leading and trailing slashes do not count, nor does a missing first one.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::glob::Glob;

/// The components of all entries, shared from the root.
#[derive(Debug, Default)]
pub(crate) struct PathTrie {
    /// An entry ends here: everything below it is covered.
    ends: bool,
    plain: HashMap<Box<[u8]>, PathTrie, RandomState>,
    patterns: Vec<(Box<[u8]>, Glob, PathTrie)>,
}

impl PathTrie {
    pub(super) fn new<'p>(paths: impl Iterator<Item = &'p [u8]>) -> Self {
        let mut root = Self::default();
        for path in paths {
            let mut node = &mut root;
            for component in components(path) {
                node = node.child(component);
            }
            node.ends = true;
        }
        root
    }

    fn child(&mut self, component: &[u8]) -> &mut Self {
        if !component.iter().any(|byte| b"*?[".contains(byte)) {
            return self.plain.entry(component.into()).or_default();
        }
        let known = self.patterns.iter().position(|(text, ..)| **text == *component);
        let at = known.unwrap_or_else(|| {
            self.patterns.push((component.into(), Glob::new(component, false), Self::default()));
            self.patterns.len() - 1
        });
        &mut self.patterns[at].2
    }

    /// Each node is met at most once for each component it can stand for, so the trie bounds the work, not the path.
    pub(super) fn covers(&self, path: &[u8]) -> bool {
        if self.ends {
            return true;
        }
        let path = match path.iter().position(|&byte| byte != b'/') {
            Some(start) => &path[start..],
            None => return false,
        };
        let end = memchr::memchr(b'/', path).unwrap_or(path.len());
        let (component, rest) = path.split_at(end);
        self.plain.get(component).is_some_and(|node| node.covers(rest))
            || self
                .patterns
                .iter()
                .any(|(_, glob, node)| glob.matches(component) && node.covers(rest))
    }
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/').filter(|component| !component.is_empty())
}

#[cfg(test)]
mod tests {
    use super::PathTrie;

    #[test]
    fn a_path_is_covered_by_itself_and_by_its_ancestors() {
        let trie =
            PathTrie::new([b"/etc/pam.d".as_slice(), b"usr//bin/", b"/var/*/log"].into_iter());
        for path in [
            "/etc/pam.d",
            "/etc/pam.d/su",
            "/usr/bin",
            "/usr/bin/ls",
            "/var/a/log/x",
            "//etc/pam.d/",
        ] {
            assert!(trie.covers(path.as_bytes()), "{path}");
        }
        for path in ["/etc", "/etc/pam.dx", "/usr", "/var/log", "", "/"] {
            assert!(!trie.covers(path.as_bytes()), "{path}");
        }
        assert!(PathTrie::new([b"/".as_slice()].into_iter()).covers(b"anything"));
        assert!(!PathTrie::new(std::iter::empty()).covers(b"/"));
    }
}
