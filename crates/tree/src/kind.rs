//! The kind of a product by the end of its path, as a reader of the statement would guess it.
//! Looks at no content.
//! Used when leaves of products are written.

/// Suffixes of lower-cased paths, the first match wins.
const KINDS: [(&str, &str); 15] = [
    (".slsa-provenance.json", "slsa-provenance"),
    (".intoto.jsonl", "intoto"),
    (".intoto.json", "intoto"),
    (".intoto.dsse", "intoto-dsse"),
    (".dsse", "intoto-dsse"),
    (".spdx.json", "spdx"),
    (".spdx.yaml", "spdx"),
    (".spdx.yml", "spdx"),
    (".cdx.json", "cyclonedx"),
    (".cdx.xml", "cyclonedx"),
    ("/bom.json", "cyclonedx"),
    (".sarif.json", "sarif"),
    (".sarif", "sarif"),
    (".vex.json", "vex"),
    (".csaf.json", "vex"),
];

/// The kind of document that a path promises, if any.
pub(crate) fn kind(path: &str) -> Option<&'static str> {
    if path.eq_ignore_ascii_case("bom.json") {
        return Some("cyclonedx");
    }
    KINDS.iter().find(|(suffix, _)| ends_with(path, suffix)).map(|(_, kind)| *kind)
}

fn ends_with(path: &str, suffix: &str) -> bool {
    let start = path.len().checked_sub(suffix.len());
    start.is_some_and(|start| path.as_bytes()[start..].eq_ignore_ascii_case(suffix.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn the_end_of_the_path_tells_the_kind_in_any_case() {
        assert_eq!(kind("a/J.SPDX.JSON"), Some("spdx"));
        assert_eq!(kind("x.intoto.dsse"), Some("intoto-dsse"));
        assert_eq!(kind("x.dsse"), Some("intoto-dsse"));
        assert_eq!(kind("BOM.json"), Some("cyclonedx"));
        assert_eq!(kind("d/bom.json"), Some("cyclonedx"));
        assert_eq!(kind("caf\u{e9}.sarif"), Some("sarif"));
    }

    #[test]
    fn other_paths_have_no_kind() {
        for path in ["", "plain.json", "mybom.json", "sarif", "\u{e9}"] {
            assert_eq!(kind(path), None, "{path}");
        }
    }
}
