//! Two lists of files laid side by side: what one step took in against what another had left behind.
//! Compares by path and digest and draws no conclusion; whether lists may be believed was asked before.
//! Used for the links between the steps of a policy.

use std::borrow::Borrow;
use std::collections::HashMap;

use crate::leaf_table::{LeafTable, hex};

/// What the comparison found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Every path that both have has one digest; this many are there.
    Shared(u64),
    /// The first file taken in that is given with another content.
    Conflict(Conflict),
}

/// A path with two contents; digests in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The path.
    pub path: String,
    /// What was taken in.
    pub taken: String,
    /// What had been given.
    pub given: String,
}

/// Compares all files of `taken`, in order, with those of `given`; of a path given twice the last counts.
#[must_use]
pub fn compare_leaves<Table: Borrow<LeafTable>>(taken: &[Table], given: &[Table]) -> Agreement {
    let known: HashMap<_, _> = given.iter().flat_map(|table| table.borrow().files()).collect();
    let mut shared = 0;
    for (path, digest) in taken.iter().flat_map(|table| table.borrow().files()) {
        match known.get(path) {
            None => {}
            Some(before) if *before == digest => shared += 1,
            Some(before) => {
                let (taken, given) = (hex(digest), hex(before));
                return Agreement::Conflict(Conflict { path: path.to_owned(), taken, given });
            }
        }
    }
    Agreement::Shared(shared)
}

#[cfg(test)]
mod tests {
    use super::{Agreement, Conflict, compare_leaves};
    use crate::leaf_table::LeafTable;

    fn table(files: &[(&str, char)]) -> LeafTable {
        let mut table = LeafTable::default();
        for (path, digit) in files {
            table.push(path, &digit.to_string().repeat(64), None);
        }
        table
    }

    #[test]
    fn only_paths_that_both_have_count() {
        let (taken, given) = (table(&[("a", '1'), ("b", '2')]), table(&[("b", '2'), ("c", '3')]));
        assert_eq!(compare_leaves(&[&taken], &[&given]), Agreement::Shared(1));
        assert_eq!(compare_leaves(&[&taken], &[]), Agreement::Shared(0));
        assert_eq!(compare_leaves(&[], &[&given]), Agreement::Shared(0));
    }

    #[test]
    fn the_first_other_content_in_the_order_taken_is_the_conflict() {
        let taken = table(&[("x", '1'), ("b", '9'), ("a", '9')]);
        let given = table(&[("a", '1'), ("b", '2')]);
        let conflict = Conflict { path: "b".into(), taken: "9".repeat(64), given: "2".repeat(64) };
        assert_eq!(compare_leaves(&[&taken], &[&given]), Agreement::Conflict(conflict));
    }

    #[test]
    fn later_lists_lie_over_earlier_ones() {
        let (old, new) = (table(&[("a", '1')]), table(&[("a", '2')]));
        assert_eq!(compare_leaves(&[&new], &[&old, &new]), Agreement::Shared(1));
        assert!(matches!(compare_leaves(&[&new], &[&new, &old]), Agreement::Conflict(_)));
    }
}
