//! Work on many stored alerts at once: counts for metrics, fields and tags added. Converts; `lanner-sources` does it.
//! Used by the server's pipeline.

use std::sync::Arc;

use lanner_sources::{Enrichment, Tally};
use napi::bindgen_prelude::{AsyncTask, Buffer};
use napi_derive::napi;

use crate::job::{Job, job, quiet_job};

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
    quiet_job(move || {
        let tallies = lanner_sources::tally(&lines).into_iter();
        Ok(tallies
            .map(|Tally { values, count }| AlertTally {
                values: values.into(),
                count: u32::try_from(count).unwrap_or(u32::MAX),
            })
            .collect())
    })
}

/// Fields and tags for alerts that lack them.
#[napi]
#[derive(Debug)]
pub struct AlertEnrichment {
    enrichment: Arc<Enrichment>,
}

#[napi]
impl AlertEnrichment {
    /// Names and texts of fields, as many of one as of the other, and tags.
    #[napi(constructor, catch_unwind)]
    #[must_use]
    pub fn new(names: Vec<String>, texts: Vec<String>, tags: Vec<String>) -> Self {
        let fields: Vec<(String, String)> = names.into_iter().zip(texts).collect();
        Self { enrichment: Arc::new(Enrichment::new(&fields, &tags)) }
    }

    /// The lines with what they lacked. `lines` must not change meanwhile.
    #[napi(catch_unwind, ts_return_type = "Promise<Buffer>")]
    #[must_use]
    pub fn apply(&self, lines: Buffer) -> AsyncTask<Job<Buffer>> {
        let enrichment = Arc::clone(&self.enrichment);
        job(move || Ok(enrichment.apply(&lines).into()))
    }
}
