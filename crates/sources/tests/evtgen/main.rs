//! The scenarios of Falco's end-to-end suite, done by real processes under the tracer and judged by Falco's own rules.
//! Each builds a root, a network and a container of its own, so that nothing of the machine is read or changed.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stdout,
    reason = "a corpus test tells how much it ran and what it could not"
)]

mod judge;
mod scenario;
mod script;
mod stage;
mod trial;
mod yaml;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scenario::Case;
use stage::Stage;
use trial::{Tally, Trial};

/// `falco-rules` of the corpus.
fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("LANNER_CORPUS");
    if root.is_none() {
        println!("skipped: no corpus");
    }
    root.map(|root| Path::new(&root).join("falco-rules"))
}

fn all_cases(corpus: &Path) -> Vec<Case> {
    let folder = corpus.join("expectations/evtgen_suite");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| scenario::cases(file)).collect()
}

#[test]
fn a_scenario_fires_its_rule_and_is_silent_without_its_cause() {
    let Some(corpus) = corpus() else { return };
    let cases = all_cases(&corpus);
    let judge = judge::Judge::new(&corpus.join("rules/upstream/falco_rules.yaml"), &cases);
    let trials = Trial::of(&cases);
    let tally = Tally::default();
    let users = cases.iter().flat_map(|case| &case.processes);
    let users = users.filter_map(|process| process["user"].as_str()).collect();
    trial::run_all(&trials, &Stage::new(&users), &judge, &tally);
    let tally = tally.into_totals();
    println!("{tally}");
    assert_eq!(tally.told(), cases.len(), "each case is counted once");
    assert!(tally.faults.is_empty(), "{}", tally.faults.join("\n"));
}

#[test]
fn only_what_came_after_the_image_runs_from_the_upper_layer() {
    if !script::tells_layers() {
        println!("skipped: overlayfs does not tell layers here");
        return;
    }
    let plan = "layered\nprogram\timage\t/opt/brought\nprogram\town\t/opt/dropped\n\
                process\t/opt/brought\t\t\tbrought\nprocess\t/opt/dropped\t\t\tdropped\n";
    let lines = match Stage::new(&BTreeSet::new()).play(plan) {
        Ok(lines) => lines,
        Err(reason) => {
            println!("skipped: {reason}");
            return;
        }
    };
    let events = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let executions: Vec<_> = events
        .filter(|event| event["evt.type"] == "execve")
        .map(|event| {
            let upper = event["proc.is_exe_upper_layer"].as_bool().unwrap_or(false);
            let flags = event["evt.arg"]["flags"].as_str().unwrap().contains("EXE_UPPER_LAYER");
            (event["proc.exepath"].as_str().unwrap().to_owned(), upper, flags)
        })
        .collect();
    let expected = [("/opt/brought", false, false), ("/opt/dropped", true, true)];
    assert_eq!(executions, expected.map(|(path, upper, flags)| (path.to_owned(), upper, flags)));
}
