//! Rego for JavaScript: verdicts of modules on an input, and what modules look at. Converts and dispatches only.
//! An evaluation that can't be done is a verdict with errors, never a rejection. Used by `policy/rego.ts`.

use std::time::Duration;

use lanner_policy::{Limits, Module};
use napi::bindgen_prelude::{AsyncTask, Buffer};
use napi_derive::napi;

use crate::failure::Failure;
use crate::job::{Job, job};

/// A module as a policy carries it.
#[napi(object)]
#[derive(Debug)]
pub struct PolicyModule {
    /// Appears in messages only.
    pub name: String,
    /// The text of the module.
    pub source: String,
}

/// What to evaluate, and how far.
#[napi(object)]
#[derive(Debug)]
pub struct PolicyEvaluation {
    /// All modules of one requirement.
    pub modules: Vec<PolicyModule>,
    /// Lets several modules share a package.
    pub shared_packages: bool,
    /// Milliseconds.
    pub time_limit_ms: u32,
    /// Bytes the process may grow by meanwhile.
    pub memory_limit: u32,
}

/// What the modules say: it passes when both lists are empty.
#[napi(object)]
#[derive(Debug)]
pub struct PolicyVerdict {
    /// Reasons to deny.
    pub denied: Vec<String>,
    /// Why there is no verdict.
    pub errors: Vec<String>,
}

fn modules(modules: Vec<PolicyModule>) -> Vec<Module> {
    modules.into_iter().map(|PolicyModule { name, source }| Module { name, source }).collect()
}

/// Evaluates `data.<package>.deny` of each package, with `input` (JSON text) as `input`.
#[napi(catch_unwind, ts_return_type = "Promise<PolicyVerdict>")]
#[must_use]
pub fn evaluate_policies(
    evaluation: PolicyEvaluation,
    input: Buffer,
) -> AsyncTask<Job<PolicyVerdict>> {
    let bytes = input.to_vec();
    job(move || -> Result<PolicyVerdict, Failure> {
        let limits = Limits {
            time: Duration::from_millis(u64::from(evaluation.time_limit_ms)),
            memory: u64::from(evaluation.memory_limit),
            shared_packages: evaluation.shared_packages,
        };
        let Ok(input) = String::from_utf8(bytes) else {
            let errors = vec!["the input is not UTF-8".to_owned()];
            return Ok(PolicyVerdict { denied: Vec::new(), errors });
        };
        let verdict = lanner_policy::evaluate(modules(evaluation.modules), input, limits);
        Ok(PolicyVerdict { denied: verdict.denied, errors: verdict.errors })
    })
}

/// Whether modules may look at `events` of the attestation that is `input`, or with `wrapped` `input.attestation`.
#[napi(catch_unwind)]
#[must_use]
pub fn policy_reads_events(policy_modules: Vec<PolicyModule>, wrapped: bool) -> bool {
    lanner_policy::reads_events(&modules(policy_modules), wrapped)
}

/// Why modules would be refused whatever the input is; empty when they wouldn't.
#[napi(catch_unwind)]
#[must_use]
pub fn policy_faults(policy_modules: Vec<PolicyModule>, shared_packages: bool) -> Vec<String> {
    lanner_policy::faults(&modules(policy_modules), shared_packages)
}
