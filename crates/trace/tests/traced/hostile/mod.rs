//! Programs that make a tracer's life hard (`tests/programs`), one test each: the head of a program says what must be recorded.

mod contents;
mod descriptors;
mod identities;
mod names;
mod paths;
mod processes;
mod processors;
mod programs;
mod refusals;
mod signals;
mod sockets;

use lanner_trace::End;

use crate::support::{Run, Step, compiler, isolated_with, skip};

const DONE: End = End::Exited(0);

/// Runs a step in isolation and has its record checked, unless the program or this machine cannot run it.
fn hostile<Check: Fn(&Run)>(step: impl Fn() -> Step, end: End, check: Check) {
    if !compiler() {
        return skip("no C compiler `cc`");
    }
    isolated_with(check, |check| {
        let run = step().run();
        if run.ended(end) {
            check(&run);
        }
    });
}
