//! The queue on this machine as JavaScript drives it: what touches the disk is a job, settling only changes memory.
//! Decides nothing about waiting, retries or time; `lanner-journal` keeps the alerts. Used by `src/serve/queue`.

use std::path::Path;
use std::sync::Arc;

use lanner_intake::Intake;
use lanner_journal as engine;
use lanner_journal::{Entry, Form, Settings, TakeLimit};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, BigInt64Array, BigUint64Array, Buffer, Undefined};
use napi_derive::napi;

use crate::failure::Failure;
use crate::intake::{PostReceipt, flat, ids, receipt, taken_in};
use crate::job::{Job, job, now};

/// Sizes of a journal, in bytes.
#[napi(object)]
#[derive(Debug)]
pub struct JournalSettings {
    /// A segment that has so many gets no more.
    pub segment: i64,
    /// So many may wait for a consumer.
    pub limit: i64,
}

/// How far a consumer is behind.
#[napi(object)]
#[derive(Debug)]
pub struct JournalConsumerStatus {
    /// Its name.
    pub name: String,
    /// Alerts it did not settle.
    pub depth: i64,
    /// Milliseconds since the oldest of them was accepted.
    pub oldest: f64,
}

/// How full a journal is.
#[napi(object)]
#[derive(Debug)]
pub struct JournalStatus {
    /// Bytes on disk that a consumer waits for.
    pub bytes: i64,
    /// So many may be.
    pub limit: i64,
    /// By name.
    pub consumers: Vec<JournalConsumerStatus>,
}

/// Alerts by columns, in the order in which they were accepted.
#[napi(object)]
pub struct TakenAlerts {
    /// Each with its line end.
    pub lines: Buffer,
    /// Sixteen bytes each.
    pub ids: Buffer,
    /// Rising.
    pub positions: BigUint64Array,
    /// Nanoseconds since 1970.
    pub accepted: BigInt64Array,
}

/// Opens the journal in that folder, which is made if need be. Rejects with `ERR_QUEUE_LOCKED`, `ERR_QUEUE_OPEN`,
/// `ERR_QUEUE_DAMAGED` or `ERR_QUEUE_WRITE`.
#[napi(catch_unwind, ts_return_type = "Promise<Journal>")]
#[must_use]
pub fn open_journal(folder: String, settings: JournalSettings) -> AsyncTask<Job<Journal>> {
    job(move || {
        let settings = Settings {
            segment: settings.segment.max(0).cast_unsigned(),
            limit: settings.limit.max(0).cast_unsigned(),
        };
        let journal = engine::Journal::open(Path::new(&folder), settings)?;
        Ok(Journal { journal })
    })
}

/// An open journal.
#[napi]
#[derive(Debug)]
pub struct Journal {
    journal: engine::Journal,
}

#[napi]
impl Journal {
    /// Takes bodies in with one durable write; `inputs` names where each came from, `alert` is how many bytes one alert may have.
    /// Rejects with `ERR_QUEUE_FULL` or `ERR_QUEUE_WRITE`, and then nothing was kept.
    #[napi(catch_unwind, ts_return_type = "Promise<Array<PostReceipt>>")]
    #[must_use]
    pub fn append(
        &self,
        bodies: Vec<Buffer>,
        inputs: Vec<String>,
        alert: u32,
    ) -> AsyncTask<Job<Vec<PostReceipt>>> {
        let journal = self.journal.clone();
        let bodies: Vec<Vec<u8>> = bodies.iter().map(|body| body.to_vec()).collect();
        job(move || {
            let mut ids = ids()?;
            let intakes: Vec<Intake<'_>> = bodies
                .iter()
                .map(|body| taken_in(body, alert, &mut ids))
                .collect::<Result<_, _>>()?;
            let entries: Vec<Entry<'_>> =
                flat(&intakes, &inputs).map(|(input, alert)| Entry { input, alert }).collect();
            journal.append(&entries)?;
            drop(entries);
            Ok(intakes.into_iter().map(|intake| receipt(intake.receipt)).collect())
        })
    }

    /// The consumer of that name, where it stopped last; a new one begins behind what is there.
    #[napi(catch_unwind, ts_return_type = "Promise<JournalConsumer>")]
    #[must_use]
    pub fn consumer(&self, name: String) -> AsyncTask<Job<JournalConsumer>> {
        let journal = self.journal.clone();
        job(move || Ok(JournalConsumer { consumer: Arc::new(journal.consumer(&name)?) }))
    }

    /// Forgets a consumer, so that nothing is kept for it.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    #[must_use]
    pub fn forget(&self, name: String) -> AsyncTask<Job<Undefined>> {
        let journal = self.journal.clone();
        job(move || Ok(journal.forget(&name)?))
    }

    /// Writes down where consumers are, and removes what all settled.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    #[must_use]
    pub fn save(&self) -> AsyncTask<Job<Undefined>> {
        let journal = self.journal.clone();
        job(move || Ok(journal.save()?))
    }

    /// How full it is.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn status(&self) -> JournalStatus {
        let status = self.journal.status();
        let consumers = status.consumers.into_iter().map(|consumer| JournalConsumerStatus {
            name: consumer.name,
            depth: consumer.depth.cast_signed(),
            #[expect(clippy::cast_precision_loss, reason = "microseconds do not matter here")]
            oldest: consumer.oldest as f64 / 1e6,
        });
        JournalStatus {
            bytes: status.bytes.cast_signed(),
            limit: status.limit.cast_signed(),
            consumers: consumers.collect(),
        }
    }

    /// Writes all down and lets go of the folder's content; what is called afterwards rejects with `ERR_QUEUE_CLOSED`.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    #[must_use]
    pub fn close(&self) -> AsyncTask<Job<Undefined>> {
        let journal = self.journal.clone();
        job(move || Ok(journal.close()?))
    }
}

/// A reader of a journal with a place of its own.
#[napi]
#[derive(Debug)]
pub struct JournalConsumer {
    consumer: Arc<engine::Consumer>,
}

#[napi]
impl JournalConsumer {
    /// The next alerts that were not taken yet, `null` when there are none; `raw` gives the lines as they were received.
    #[napi(catch_unwind, ts_return_type = "Promise<TakenAlerts | null>")]
    #[must_use]
    pub fn take(&self, alerts: u32, bytes: u32, raw: bool) -> AsyncTask<Job<Option<TakenAlerts>>> {
        let consumer = Arc::clone(&self.consumer);
        job(move || {
            let limit = TakeLimit { alerts: alerts as usize, bytes: bytes as usize };
            let taken = consumer.take(limit, if raw { Form::Raw } else { Form::Canonical })?;
            Ok((!taken.positions.is_empty()).then(|| TakenAlerts {
                lines: taken.lines.into(),
                ids: taken.ids.into(),
                positions: taken.positions.into(),
                accepted: taken.accepted.into(),
            }))
        })
    }

    /// These need not be handed out again. In any order.
    #[napi(catch_unwind)]
    pub fn settle(&self, env: Env, positions: BigUint64Array) -> napi::Result<()> {
        now(env, || {
            self.consumer.settle(&positions);
            Ok::<(), Failure>(())
        })
    }

    /// What was taken and not settled will be handed out again, oldest first.
    #[napi(catch_unwind)]
    pub fn rewind(&self) {
        self.consumer.rewind();
    }
}
