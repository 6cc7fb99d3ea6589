//! Dead letters as JavaScript holds them. Decides nothing; `lanner-store` does. Used by `src/serve/queue/dead-letters.ts`.
#![expect(clippy::cast_precision_loss, reason = "nothing here counts to 2^53")]

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use lanner_store::{DeadLetter, DeadLetters, NewDeadLetter, StoreError};
use napi::bindgen_prelude::{AsyncTask, BigInt, ToNapiValue, TypeName};
use napi_derive::napi;

use crate::failure::Failure;
use crate::job::{Job, job};
use crate::store::text;
use crate::store_answers::whole;

/// A delivery that was given up, or one that is kept.
#[napi(object)]
#[derive(Debug)]
pub struct DeadLetterRecord {
    /// Absent on a new one.
    pub id: Option<i64>,
    /// Whether it is to be tried again; absent on a new one.
    pub due: Option<bool>,
    /// Name of the output.
    pub output: String,
    /// UUID of the alert.
    pub alert: String,
    /// The alert's line.
    pub line: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it failed first and last: nanoseconds since 1970.
    pub first: BigInt,
    /// See `first`.
    pub last: BigInt,
    /// What went wrong last.
    pub error: String,
}

impl From<DeadLetter> for DeadLetterRecord {
    fn from(dead: DeadLetter) -> Self {
        let letter = dead.letter;
        Self {
            id: Some(dead.id),
            due: Some(dead.due),
            output: letter.output,
            alert: letter.alert,
            line: text(letter.line),
            attempts: letter.attempts,
            first: BigInt::from(letter.first),
            last: BigInt::from(letter.last),
            error: letter.error,
        }
    }
}

impl From<DeadLetterRecord> for NewDeadLetter {
    fn from(letter: DeadLetterRecord) -> Self {
        Self {
            output: letter.output,
            alert: letter.alert,
            line: letter.line.into_bytes(),
            attempts: letter.attempts,
            first: whole(&letter.first),
            last: whole(&letter.last),
            error: letter.error,
        }
    }
}

/// How many letters an output has.
#[napi(object)]
#[derive(Debug)]
pub struct DeadLetterCount {
    /// Its name.
    pub output: String,
    /// How many.
    pub count: f64,
}

/// Open dead letters. Every method but `close` may reject with `ERR_STORE_*`.
#[napi]
#[derive(Debug)]
pub struct DeadLetterFile {
    letters: Mutex<Option<Arc<DeadLetters>>>,
}

/// Opens the database of dead letters, and makes it when there is none. Several processes may.
#[napi(catch_unwind, ts_return_type = "Promise<DeadLetterFile>")]
#[must_use]
pub fn open_dead_letters(path: String) -> AsyncTask<Job<DeadLetterFile>> {
    job(move || {
        let letters = DeadLetters::open(Path::new(&path))?;
        Ok(DeadLetterFile { letters: Mutex::new(Some(Arc::new(letters))) })
    })
}

impl DeadLetterFile {
    fn ask<T>(
        &self,
        ask: impl FnOnce(&DeadLetters) -> Result<T, StoreError> + Send + 'static,
    ) -> AsyncTask<Job<T>>
    where
        T: Send + ToNapiValue + TypeName + 'static,
    {
        let letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone();
        job(move || {
            let closed = || Failure::new("ERR_STORE_CLOSED", "the dead letters are closed");
            Ok(ask(&*letters.ok_or_else(closed)?)?)
        })
    }
}

#[napi]
impl DeadLetterFile {
    /// Keeps letters, all or none.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn bury(&self, letters: Vec<DeadLetterRecord>) -> AsyncTask<Job<()>> {
        self.ask(move |file| {
            let letters: Vec<NewDeadLetter> = letters.into_iter().map(Into::into).collect();
            file.bury(&letters)
        })
    }

    /// Letters with greater ids than `after`, of one output or of all.
    #[napi(catch_unwind, ts_return_type = "Promise<Array<DeadLetterRecord>>")]
    pub fn list(
        &self,
        output: Option<String>,
        limit: u32,
        after: i64,
    ) -> AsyncTask<Job<Vec<DeadLetterRecord>>> {
        self.ask(move |file| {
            let letters = file.list(output.as_deref(), limit, after)?;
            Ok(letters.into_iter().map(Into::into).collect())
        })
    }

    /// Letters of an output that are to be tried again, oldest first.
    #[napi(catch_unwind, ts_return_type = "Promise<Array<DeadLetterRecord>>")]
    pub fn due(&self, output: String, limit: u32) -> AsyncTask<Job<Vec<DeadLetterRecord>>> {
        self.ask(move |file| Ok(file.due(&output, limit)?.into_iter().map(Into::into).collect()))
    }

    /// Has letters tried again; gives how many.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    pub fn retry(&self, output: Option<String>, ids: Option<Vec<i64>>) -> AsyncTask<Job<f64>> {
        self.ask(move |file| Ok(file.retry(output.as_deref(), ids.as_deref())? as f64))
    }

    /// Forgets letters; gives how many.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    pub fn drop_letters(
        &self,
        output: Option<String>,
        ids: Option<Vec<i64>>,
    ) -> AsyncTask<Job<f64>> {
        self.ask(move |file| Ok(file.drop_letters(output.as_deref(), ids.as_deref())? as f64))
    }

    /// How many letters each output has.
    #[napi(catch_unwind, ts_return_type = "Promise<Array<DeadLetterCount>>")]
    pub fn counts(&self) -> AsyncTask<Job<Vec<DeadLetterCount>>> {
        self.ask(|file| {
            let counts = file.counts()?.into_iter();
            Ok(counts
                .map(|(output, count)| DeadLetterCount { output, count: count as f64 })
                .collect())
        })
    }

    /// Closes it once what was asked is answered.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn close(&self) -> AsyncTask<Job<()>> {
        let letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner).take();
        job(move || {
            drop(letters);
            Ok(())
        })
    }
}
