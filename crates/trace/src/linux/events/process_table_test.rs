//! What the table keeps, and for how long.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::linux::events::reading::nobody;

fn process(pid: i64, session: i64, name: &str) -> Process {
    Process { pid, session, name: name.into(), ..nobody() }
}

/// Adds a living process with one thread.
fn born(table: &mut ProcessTable, pid: Tid, session: i64, name: &str, parent: Option<Key>) -> Key {
    let key = table.add(process(i64::from(pid), session, name), parent);
    table.add_thread(pid, key);
    key
}

#[test]
fn the_table_does_not_grow_with_the_processes_that_were() {
    let mut table = ProcessTable::default();
    let root = born(&mut table, 1, 1, "root", None);
    for pid in 2..10_000 {
        born(&mut table, pid, 1, "child", Some(root));
        table.remove_thread(pid, pid);
    }
    assert_eq!(table.len(), 1 + RECENT);
}

#[test]
fn a_lineage_is_kept_for_its_last_descendant() {
    let mut table = ProcessTable::default();
    let mut parent = born(&mut table, 1, 1, "eldest", None);
    for pid in 2..=2000 {
        let child = born(&mut table, pid, 1, "link", Some(parent));
        table.remove_thread(pid - 1, pid - 1);
        parent = child;
    }
    assert_eq!(table.ancestors(parent).count(), 1999);
    assert_eq!(&*table.ancestors(parent).last().unwrap().name, "eldest");
    table.remove_thread(2000, 2000);
    for pid in (3000..).take(2 * RECENT) {
        born(&mut table, pid, 1, "other", None);
        table.remove_thread(pid, pid);
    }
    assert_eq!(table.len(), RECENT);
}

#[test]
fn a_maker_is_found_shortly_after_its_end_and_its_successor_before_it() {
    let mut table = ProcessTable::default();
    let first = born(&mut table, 7, 1, "first", None);
    table.remove_thread(7, 7);
    assert_eq!((table.of_thread(7), table.of_maker(7)), (None, Some(first)));
    let second = born(&mut table, 7, 1, "second", None);
    assert_eq!(table.of_maker(7), Some(second));
}

#[test]
fn a_session_is_called_by_its_leader_or_by_the_eldest_in_it() {
    let mut table = ProcessTable::default();
    let above = table.add(process(10, 5, "above"), None);
    let shell = born(&mut table, 11, 5, "shell", Some(above));
    assert_eq!(table.session_name(shell), "above");
    let leader = born(&mut table, 12, 12, "leader", Some(shell));
    let child = born(&mut table, 13, 12, "child", Some(leader));
    assert_eq!(table.session_name(child), "leader");
}
