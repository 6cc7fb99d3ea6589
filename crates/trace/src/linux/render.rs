//! The record of a step as JSON, in the names of command-run/v0.1 and ours beside them.
//! Decides nothing about what was recorded. Used by the addon, which splices it into a predicate.

mod activity;
mod json;
mod network;
mod process;

use std::borrow::Cow;
use std::collections::HashSet;

use self::json::Json;
use crate::linux::observer::End;
use crate::linux::path::shown;
use crate::linux::record::{Content, NameKind, Trace, Uses};

impl Trace {
    /// Appends the array of processes. `redact` sees every argument and command line.
    pub fn processes_json(&self, redact: &dyn Fn(&str) -> Cow<'_, str>, out: &mut Vec<u8>) {
        Json::new(out).array(|json| {
            for process in &self.processes {
                process::write(json, process, redact);
            }
        });
    }

    /// Appends the array of gaps: `{kind, pid?, path?, reason, count}`.
    pub fn gaps_json(&self, out: &mut Vec<u8>) {
        Json::new(out).array(|json| {
            for gap in &self.gaps {
                json.object(|json| {
                    json.key("kind").string(gap.kind);
                    if let Some(pid) = gap.pid {
                        json.key("pid").bare(pid);
                    }
                    if let Some(path) = &gap.path {
                        json.key("path").string(&shown(path));
                    }
                    json.key("reason").string(&gap.reason);
                    json.key("count").bare(gap.count);
                });
            }
        });
    }

    /// Appends an object of totals.
    pub fn summary_json(&self, out: &mut Vec<u8>) {
        let totals = Totals::of(self);
        Json::new(out).object(|json| {
            if let Some(start) = self.start {
                json.key("start").time(start);
            }
            json.key("end").time(self.finish);
            match self.root_end {
                Some(End::Exited(code)) => json.key("exitcode").bare(code),
                Some(End::Killed(signal)) => json.key("signal").bare(signal),
                Some(End::LeftRunning) => json.key("left_running").bare(true),
                None => {}
            }
            for (name, count) in totals.named() {
                json.key(name).bare(count);
            }
        });
    }
}

/// Counts over all processes.
#[derive(Debug, Default)]
struct Totals {
    named: Vec<(&'static str, u64)>,
}

impl Totals {
    fn of(trace: &Trace) -> Self {
        let mut paths: HashSet<&[u8]> = HashSet::new();
        let mut digests = HashSet::new();
        let mut programs = HashSet::new();
        let [mut threads, mut executions, mut opens, mut connections, mut attempts, mut left] =
            [0; 6];
        let [mut renames, mut deletes] = [0; 2];
        for process in &trace.processes {
            threads += process.threads;
            executions += process.executions.len() as u64;
            left += u64::from(matches!(process.end, Some((End::LeftRunning, _))));
            for file in &process.files {
                paths.insert(&file.path);
                opens += if file.uses.has(Uses::EXECUTE) { 0 } else { file.count };
                digests.extend(file.read.iter().chain(&file.at_end).filter_map(Content::digest));
            }
            programs.extend(
                process.executions.iter().filter_map(|one| one.exe_content.as_ref()?.digest()),
            );
            connections += process.connections.iter().map(|one| one.count).sum::<u64>();
            attempts += process.attempts.iter().map(|one| one.count).sum::<u64>();
            for change in &process.names {
                match change.kind {
                    NameKind::Rename | NameKind::Exchange => renames += change.count,
                    NameKind::Unlink | NameKind::Rmdir => deletes += change.count,
                    _ => {}
                }
            }
        }
        let written = trace.paths.iter().filter(|path| path.product).count() as u64;
        Self {
            named: vec![
                ("processes", trace.processes.len() as u64),
                ("threads", threads),
                ("executions", executions),
                ("programs", programs.len() as u64),
                ("opens", opens),
                ("paths", paths.len() as u64),
                ("digests", digests.len() as u64),
                ("written", written),
                ("renames", renames),
                ("deletes", deletes),
                ("connections", connections),
                ("attempts", attempts),
                ("left_running", left),
                ("gaps", trace.gap_count()),
            ],
        }
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.named.iter().copied()
    }
}
