//! The same facts from our record.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use lanner_trace::{Connection, Name, NameKind, ProcessRecord, Uses};

use super::fact::{Fact, canonical, steady, steady_port};
use crate::support::Run;

/// The facts in a record.
pub(crate) fn facts(run: &Run) -> BTreeSet<Fact> {
    let processes = run.trace.processes();
    // What the command was given open, nobody opened, whoever wrote to it.
    let files = processes.iter().flat_map(|process| &process.files);
    let given: HashSet<&Name> =
        files.filter(|file| file.uses.has(Uses::INHERITED)).map(|file| &file.path).collect();
    processes.iter().flat_map(|process| of_process(process, run, &given)).collect()
}

fn of_process(process: &ProcessRecord, run: &Run, given: &HashSet<&Name>) -> Vec<Fact> {
    let text = |path: &[u8]| steady(&String::from_utf8_lossy(path));
    let mut facts = Vec::new();
    for file in &process.files {
        let opened =
            [Uses::READ, Uses::WRITE, Uses::CREATE, Uses::TRUNCATE, Uses::PATH, Uses::LIST];
        if !given.contains(&file.path) && opened.into_iter().any(|uses| file.uses.has(uses)) {
            facts.push(Fact::Opened(text(&file.path)));
        }
    }
    for execution in &process.executions {
        let place = String::from_utf8_lossy(&execution.cwd).into_owned();
        facts.push(Fact::Executed(canonical(
            Path::new(&place),
            &String::from_utf8_lossy(&execution.program),
        )));
    }
    for name in &process.names {
        let from = || name.from.as_deref().map(text).unwrap_or_default();
        match name.kind {
            NameKind::Rename | NameKind::Exchange => {
                facts.push(Fact::Renamed(from(), text(&name.path)));
            }
            NameKind::Unlink | NameKind::Rmdir => facts.push(Fact::Removed(text(&name.path))),
            NameKind::Link | NameKind::Symlink | NameKind::Mkdir | NameKind::Mknod => {}
        }
    }
    let connections = process.connections.iter().filter(|made| made.call == "connect");
    facts.extend(connections.map(|made| Fact::Connected(address(made, run))));
    facts
}

/// strace shows a unix path as it was given.
fn address(made: &Connection, run: &Run) -> String {
    let host = String::from_utf8_lossy(&made.address.host).into_owned();
    let inside = format!("{}/", run.directory.display());
    match made.address.port {
        Some(port) => format!("{host} {}", steady_port(port)),
        None => host.strip_prefix(&inside).map_or_else(|| host.clone(), str::to_owned),
    }
}
