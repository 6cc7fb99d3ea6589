//! Long work as a Promise: a closure on libuv's pool whose panic or failure becomes a rejected error with a code.
//! Holds no state between jobs. Used by every asynchronous export.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Task};

use crate::failure::{Failure, keep_panics};

type Closure<T> = Box<dyn FnOnce() -> Result<T, Failure> + Send>;

/// One closure to run off the main thread; its value is converted on the main thread.
pub struct Job<T: Send + 'static> {
    run: Option<Closure<T>>,
}

/// Starts `run` on libuv's thread pool.
pub(crate) fn job<T, F>(run: F) -> AsyncTask<Job<T>>
where
    T: Send + ToNapiValue + TypeName + 'static,
    F: FnOnce() -> Result<T, Failure> + Send + 'static,
{
    keep_panics();
    AsyncTask::new(Job { run: Some(Box::new(run)) })
}

impl<T: Send + ToNapiValue + TypeName + 'static> Task for Job<T> {
    type Output = Result<T, Failure>;
    type JsValue = T;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let Some(run) = self.run.take() else {
            return Ok(Err(Failure::new("ERR_INTERNAL", "a job was started twice")));
        };
        // libuv's threads are C: a panic must not cross them.
        Ok(catch_unwind(AssertUnwindSafe(run))
            .unwrap_or_else(|panic| Err(Failure::panicked(&*panic))))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output.map_err(|failure| failure.into_error(env))
    }
}

/// Runs a short synchronous export with the same treatment of failures; panics are caught by the export's own attribute.
pub(crate) fn now<T>(env: Env, run: impl FnOnce() -> Result<T, Failure>) -> napi::Result<T> {
    run().map_err(|failure| failure.into_error(env))
}
