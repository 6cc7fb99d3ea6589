//! Long work as a Promise: a closure on libuv's pool whose panic or failure becomes a rejected error with a code.
//! Holds no state between jobs. Used by every asynchronous export.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Task};

use crate::failure::{Failure, keep_panics};

/// A tenth of the share of what runs as usual (nice(2)).
#[cfg(target_os = "linux")]
const QUIET: i32 = 10;

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

/// Starts `run` where it takes a processor only while nothing else wants it: for work that nobody waits for. It still has one thread of
/// libuv's pool to itself, which sleeps meanwhile.
pub(crate) fn quiet_job<T, F>(run: F) -> AsyncTask<Job<T>>
where
    T: Send + ToNapiValue + TypeName + 'static,
    F: FnOnce() -> Result<T, Failure> + Send + 'static,
{
    job(move || {
        let quiet = thread::Builder::new().name("lanner-quiet".to_owned()).spawn(move || {
            yield_to_others();
            run()
        });
        let ended = quiet.map_err(|error| Failure::new("ERR_INTERNAL", error.to_string()))?.join();
        ended.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Lowers the priority of the calling thread. Elsewhere than on Linux it would be that of the whole process.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    // Refused or not, the work is done.
    let _ = rustix::process::setpriority_process(None, QUIET);
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
