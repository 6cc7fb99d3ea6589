//! The embedded store of alerts as JavaScript holds it: every question a job, every answer plain data.
//! Decides nothing; `lanner-store` does. Used by `src/serve/store/embedded.ts`.
#![expect(clippy::cast_precision_loss, reason = "nothing here counts to 2^53")]
#![expect(clippy::cast_sign_loss, reason = "what is negative is made zero first")]

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use lanner_store::{Facet, Retention, Span, Store, StoreError};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, BigInt, BigInt64Array, Buffer};
use napi_derive::napi;

use crate::failure::Failure;
use crate::job::{Job, job, now, quiet_job};
use crate::store_answers::{
    StoreCount, StoreExtent, StoreFacet, StoreHistogram, StoreInsertion, StorePage,
    StoredAlertQuery, whole,
};

/// An open store. Every method but `close` may reject with `ERR_STORE_*`.
#[napi]
#[derive(Debug)]
pub struct AlertStoreFile {
    store: Mutex<Option<Arc<Store>>>,
}

/// Opens the store in a directory. Rejects when another process writes to it, unless it is opened to read.
#[napi(catch_unwind, ts_return_type = "Promise<AlertStoreFile>")]
#[must_use]
pub fn open_alert_store(directory: String, read_only: bool) -> AsyncTask<Job<AlertStoreFile>> {
    job(move || {
        let directory = Path::new(&directory);
        let store = if read_only { Store::open_reader(directory) } else { Store::open(directory) }?;
        Ok(AlertStoreFile { store: Mutex::new(Some(Arc::new(store))) })
    })
}

impl AlertStoreFile {
    fn ask<T>(
        &self,
        ask: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> AsyncTask<Job<T>>
    where
        T: Send + napi::bindgen_prelude::ToNapiValue + napi::bindgen_prelude::TypeName + 'static,
    {
        let store = self.opened();
        job(move || Ok(ask(&*store?)?))
    }

    fn opened(&self) -> Result<Arc<Store>, Failure> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner).clone();
        store.ok_or_else(|| Failure::new("ERR_STORE_CLOSED", "the store is closed"))
    }
}

#[napi]
impl AlertStoreFile {
    /// Keeps lines, each with its line end.
    #[napi(catch_unwind, ts_return_type = "Promise<StoreInsertion>")]
    pub fn insert(&self, lines: Buffer) -> AsyncTask<Job<StoreInsertion>> {
        let store = self.opened();
        quiet_job(move || {
            let done = store?.insert(&lines)?;
            Ok(StoreInsertion {
                added: done.added as u32,
                known: done.known as u32,
                refused: done.refused as u32,
                refused_line: done.first_refused.map(|(line, _)| line as u32),
                refused_reason: done.first_refused.map(|(_, reason)| reason.to_owned()),
                upkeep: done.upkeep,
            })
        })
    }

    /// A page of alerts, newest first.
    #[napi(catch_unwind, ts_return_type = "Promise<StorePage>")]
    pub fn search(
        &self,
        query: StoredAlertQuery,
        limit: u32,
        after: Option<String>,
    ) -> AsyncTask<Job<StorePage>> {
        self.ask(move |store| {
            let page = store.search(&query.into(), limit as usize, after.as_deref())?;
            Ok(StorePage {
                alerts: page.alerts.into_iter().map(text).collect(),
                count: page.total.count as f64,
                exact: page.total.exact,
                next: page.next,
            })
        })
    }

    /// How many alerts fulfil a query.
    #[napi(catch_unwind, ts_return_type = "Promise<StoreCount>")]
    pub fn count(&self, query: StoredAlertQuery) -> AsyncTask<Job<StoreCount>> {
        self.ask(move |store| {
            let counted = store.count(&query.into())?;
            Ok(StoreCount { count: counted.count as f64, exact: counted.exact })
        })
    }

    /// The most frequent values among the alerts of a query.
    #[napi(catch_unwind, ts_return_type = "Promise<StoreFacet>")]
    pub fn facet(
        &self,
        env: Env,
        query: StoredAlertQuery,
        by: String,
        limit: u32,
    ) -> napi::Result<AsyncTask<Job<StoreFacet>>> {
        let by = now(env, || facet_named(&by))?;
        Ok(self.ask(move |store| {
            let found = store.facet(&query.into(), by, limit as usize)?;
            let (values, counts) =
                found.values.into_iter().map(|(value, count)| (value, count as f64)).unzip();
            Ok(StoreFacet { values, counts, distinct: found.distinct as u32 })
        }))
    }

    /// Counts of the alerts of a query over time.
    #[napi(catch_unwind, ts_return_type = "Promise<StoreHistogram>")]
    pub fn histogram(
        &self,
        env: Env,
        query: StoredAlertQuery,
        by: String,
        from: BigInt,
        to: BigInt,
        buckets: u32,
    ) -> napi::Result<AsyncTask<Job<StoreHistogram>>> {
        let by = now(env, || facet_named(&by))?;
        Ok(self.ask(move |store| {
            let span = Span { from: whole(&from), to: whole(&to), buckets: buckets as usize };
            let found = store.histogram(&query.into(), by, span)?;
            let (values, rows): (Vec<_>, Vec<_>) = found.series.into_iter().unzip();
            Ok(StoreHistogram {
                width: BigInt::from(found.width),
                starts: BigInt64Array::new(found.starts),
                values,
                counts: rows.into_iter().flatten().map(|count| count as f64).collect(),
            })
        }))
    }

    /// The line of one alert.
    #[napi(catch_unwind, ts_return_type = "Promise<string | null>")]
    pub fn get(&self, id: String) -> AsyncTask<Job<Option<String>>> {
        self.ask(move |store| Ok(store.get(&id)?.map(text)))
    }

    /// Names of output fields.
    #[napi(catch_unwind, ts_return_type = "Promise<Array<string>>")]
    pub fn field_names(&self, prefix: String, limit: u32) -> AsyncTask<Job<Vec<String>>> {
        self.ask(move |store| store.field_names(&prefix, limit as usize))
    }

    /// Values of an output field.
    #[napi(catch_unwind, ts_return_type = "Promise<Array<string>>")]
    pub fn field_values(
        &self,
        name: String,
        prefix: String,
        limit: u32,
    ) -> AsyncTask<Job<Vec<String>>> {
        self.ask(move |store| store.field_values(&name, &prefix, limit as usize))
    }

    /// How much there is, and since when.
    #[napi(catch_unwind, ts_return_type = "Promise<StoreExtent>")]
    pub fn extent(&self) -> AsyncTask<Job<StoreExtent>> {
        self.ask(|store| {
            let extent = store.extent()?;
            Ok(StoreExtent {
                alerts: extent.alerts as f64,
                bytes: extent.bytes as f64,
                oldest: extent.times.map(|(oldest, _)| BigInt::from(oldest)),
                newest: extent.times.map(|(_, newest)| BigInt::from(newest)),
            })
        })
    }

    /// Removes alerts from before `since`, and the oldest while there is more than so many bytes. Gives how many.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    pub fn retain(&self, since: Option<BigInt>, bytes: Option<f64>) -> AsyncTask<Job<f64>> {
        self.ask(move |store| {
            let since = since.as_ref().map(whole);
            let retention = Retention { since, bytes: bytes.map(|bytes| bytes.max(0.0) as u64) };
            Ok(store.retain(retention)? as f64)
        })
    }

    /// Closes it once what was asked is answered.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn close(&self) -> AsyncTask<Job<()>> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner).take();
        job(move || {
            drop(store);
            Ok(())
        })
    }
}

fn facet_named(name: &str) -> Result<Facet, Failure> {
    Ok(match name {
        "priority" => Facet::Priority,
        "rule" => Facet::Rule,
        "source" => Facet::Source,
        "hostname" => Facet::Hostname,
        "tags" => Facet::Tags,
        "k8s.ns.name" => Facet::Namespace,
        _ => {
            return Err(Failure::new("ERR_STORE_FACET", format!("nothing is counted by `{name}`")));
        }
    })
}

/// Lines were UTF-8 when they were inserted.
pub(crate) fn text(line: Vec<u8>) -> String {
    String::from_utf8(line)
        .unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned())
}
