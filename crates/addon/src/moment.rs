//! A value that comes once, from a thread of ours, as a promise: asked for before or after it came.
//! Blocks no thread of libuv's pool meanwhile, unlike a `Job`. Used by `trace`.

use std::sync::{Mutex, PoisonError};

use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, JsDeferred};

use crate::failure::Failure;

type Resolver<T> = Box<dyn FnOnce(Env) -> napi::Result<T>>;

/// One value or the failure that kept it away.
pub(crate) struct Moment<T: ToNapiValue> {
    state: Mutex<State<T>>,
}

enum State<T: ToNapiValue> {
    /// Neither has it come nor was it asked for.
    Open,
    Asked(JsDeferred<T, Resolver<T>>),
    Come(Result<T, Failure>),
    Done,
}

impl<T: ToNapiValue + Send + 'static> Moment<T> {
    pub(crate) const fn new() -> Self {
        Self { state: Mutex::new(State::Open) }
    }

    /// Lets the promise have it, now or when there is one. What comes later is dropped.
    pub(crate) fn come(&self, value: Result<T, Failure>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Done) {
            State::Open => *state = State::Come(value),
            State::Asked(deferred) => settle(deferred, value),
            State::Come(first) => *state = State::Come(first),
            State::Done => {}
        }
    }

    /// The promise. Rejects with `ERR_INTERNAL` when it was asked for already.
    pub(crate) fn promise<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<T, Resolver<T>>()?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Done) {
            State::Open => *state = State::Asked(deferred),
            State::Come(value) => settle(deferred, value),
            taken @ (State::Asked(_) | State::Done) => {
                *state = taken;
                settle(deferred, Err(Failure::new("ERR_INTERNAL", "asked for twice")));
            }
        }
        Ok(promise)
    }
}

fn settle<T: ToNapiValue + Send + 'static>(
    deferred: JsDeferred<T, Resolver<T>>,
    value: Result<T, Failure>,
) {
    // Runs on the thread that owns the environment, where errors can be made.
    deferred.resolve(Box::new(move |env| value.map_err(|failure| failure.into_error(env))));
}
