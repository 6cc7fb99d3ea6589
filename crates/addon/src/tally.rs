//! Counts of alerts for metrics, a batch at once. Converts; `lanner-sources` counts. Used by the server's pipeline.

use lanner_sources::Tally;
use napi::bindgen_prelude::{AsyncTask, Buffer};
use napi_derive::napi;

use crate::job::{Job, job};

/// How many alerts say the same.
#[napi(object)]
#[derive(Debug)]
pub struct AlertTally {
    /// Host, rule, priority, source, namespace, pod; empty where the alert has none.
    pub values: Vec<String>,
    /// Alerts.
    pub count: u32,
}

/// Counts canonical lines by what they say. `lines` must not change meanwhile.
#[napi(catch_unwind, ts_return_type = "Promise<Array<AlertTally>>")]
#[must_use]
pub fn tally_alerts(lines: Buffer) -> AsyncTask<Job<Vec<AlertTally>>> {
    job(move || {
        let tallies = lanner_sources::tally(&lines).into_iter();
        Ok(tallies
            .map(|Tally { values, count }| AlertTally {
                values: values.into(),
                count: u32::try_from(count).unwrap_or(u32::MAX),
            })
            .collect())
    })
}
