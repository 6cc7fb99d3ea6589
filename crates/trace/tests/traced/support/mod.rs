//! What the tests of whole steps share: isolation, programs, steps and what is asked of their records.

mod hygiene;
mod isolation;
mod programs;
pub(crate) mod run;
mod step;

pub(crate) use isolation::{isolated, isolated_as_nobody, isolated_for, isolated_with};
pub(crate) use programs::{compiler, program};
pub(crate) use run::Run;
pub(crate) use step::Step;

/// A run of the long kind, asked for by `npm run test:soak`.
pub(crate) fn soaking() -> bool {
    std::env::var_os("LANNER_SOAK").is_some()
}

/// Says why a test cannot run here; the totals count such a line as a skipped test.
pub(crate) fn skip(reason: &str) {
    println!("skipped: {reason}");
}
