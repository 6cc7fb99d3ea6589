//! What was posted, as alerts and as the answer to its sender. `lanner-intake` cuts and checks; this gives it columns and objects.
//! Used by `journal`, and by queues that keep alerts elsewhere.

use lanner_intake::{Alert, IdSource, Intake, Limits, Receipt, take_in};
use lanner_journal::JournalError;
use napi::bindgen_prelude::{AsyncTask, Buffer};
use napi_derive::napi;

use crate::failure::Failure;
use crate::job::{Job, job};

/// Why one alert was not accepted.
#[napi(object)]
#[derive(Debug)]
pub struct AlertRefusal {
    /// Line of the body, or element of the array, from 1.
    pub line: u32,
    /// Stable, as in `ERR_ALERT_JSON`.
    pub code: String,
    /// For a person.
    pub reason: String,
}

/// What became of one body.
#[napi(object)]
#[derive(Debug)]
pub struct PostReceipt {
    /// Alerts.
    pub accepted: u32,
    /// The first hundred.
    pub refused: Vec<AlertRefusal>,
    /// All that were refused.
    pub refused_count: u32,
}

/// The alerts of one body.
#[napi(object)]
pub struct CheckedAlerts {
    /// Canonical lines, each with its end.
    pub lines: Buffer,
    /// Sixteen bytes each.
    pub ids: Buffer,
    /// How many bytes behind `{` of each line its sender did not write.
    pub added: Buffer,
    /// What its sender is told.
    pub receipt: PostReceipt,
}

/// Cuts a posted body into alerts and checks each; `limit` is how many bytes one may have.
#[napi(catch_unwind, ts_return_type = "Promise<CheckedAlerts>")]
#[must_use]
pub fn check_alerts(body: Buffer, limit: u32) -> AsyncTask<Job<CheckedAlerts>> {
    let body = body.to_vec();
    job(move || {
        let intake = taken_in(&body, limit, &mut ids()?)?;
        let mut lines = Vec::with_capacity(body.len());
        let (mut ids, mut added) = (Vec::new(), Vec::with_capacity(intake.alerts.len()));
        for alert in &intake.alerts {
            let start = lines.len() + alert.raw.len();
            alert.write_canonical(&mut lines);
            // `uuid` and `source` take 65 bytes at most.
            added.push((lines.len() - start) as u8);
            lines.push(b'\n');
            ids.extend_from_slice(&alert.id.0);
        }
        Ok(CheckedAlerts {
            lines: lines.into(),
            ids: ids.into(),
            added: added.into(),
            receipt: receipt(intake.receipt),
        })
    })
}

pub(crate) fn ids() -> Result<IdSource, Failure> {
    IdSource::now().map_err(|error| JournalError::Random(error.to_string()).into())
}

pub(crate) fn taken_in<'b>(
    body: &'b [u8],
    limit: u32,
    ids: &mut IdSource,
) -> Result<Intake<'b>, Failure> {
    let limits = Limits { bytes: limit as usize, ..Limits::default() };
    take_in(body, &limits, ids).map_err(|error| JournalError::Random(error.to_string()).into())
}

pub(crate) fn receipt(receipt: Receipt) -> PostReceipt {
    let refused = receipt.refused.into_iter().map(|refusal| AlertRefusal {
        line: refusal.line as u32,
        code: refusal.fault.code().to_owned(),
        reason: refusal.fault.to_string(),
    });
    PostReceipt {
        accepted: receipt.accepted as u32,
        refused: refused.collect(),
        refused_count: receipt.refused_count as u32,
    }
}

/// All alerts of several bodies, with the input of each.
pub(crate) fn flat<'a>(
    intakes: &'a [Intake<'a>],
    inputs: &'a [String],
) -> impl Iterator<Item = (&'a str, &'a Alert<'a>)> {
    intakes
        .iter()
        .zip(inputs)
        .flat_map(|(intake, input)| intake.alerts.iter().map(move |alert| (input.as_str(), alert)))
}
