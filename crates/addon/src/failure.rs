//! Errors of the engine crates as JavaScript errors that carry `code`, `hint` and facts as properties.
//! Invents no text of its own but for a panic, which is a bug. Used by every module here.

use std::any::Any;
use std::cell::RefCell;
use std::sync::Once;

use napi::bindgen_prelude::Object;
use napi::{Env, Error, JsValue, Status};

thread_local! {
    /// Where this thread panicked last.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes panics silent and remembers where they were: Rust would print them to stderr, which belongs to TypeScript.
pub(crate) fn keep_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
            PLACE.with_borrow_mut(|last| *last = place);
        }));
    });
}

/// An expected failure on its way to JavaScript.
#[derive(Debug, Clone)]
pub struct Failure {
    code: &'static str,
    message: String,
    hint: Option<String>,
    facts: Vec<(&'static str, String)>,
}

impl Failure {
    /// A failure with a stable code.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: without_number(&message.into()), hint: None, facts: Vec::new() }
    }

    /// With what the person can do about it.
    pub(crate) fn hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }

    /// With the file it is about, which the message names too.
    pub(crate) fn in_file(mut self, file: &str) -> Self {
        if !self.message.contains(file) {
            self.message = format!("{file}: {}", self.message);
        }
        self.facts.push(("file", file.to_owned()));
        self
    }

    /// What a panic in an engine crate becomes (`ERR_INTERNAL`, exit 70).
    pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "panic without a message".to_owned());
        let place = PLACE.with_borrow_mut(Option::take).unwrap_or_default();
        Self::new("ERR_INTERNAL", format!("panic in the addon{place}: {text}"))
    }

    /// The JavaScript error. Must run on the thread that owns `env`.
    pub(crate) fn into_error(self, env: Env) -> Error {
        let message = self.message.clone();
        self.build(env).unwrap_or_else(|_| Error::new(Status::GenericFailure, message))
    }

    fn build(self, env: Env) -> napi::Result<Error> {
        let mut error: Object<'_> =
            env.create_error(Error::new(Status::GenericFailure, self.message))?;
        error.set("code", self.code)?;
        // Marks the codes as ours: Node's own errors have `code` too.
        error.set("lanner", true)?;
        if let Some(hint) = self.hint {
            error.set("hint", hint)?;
        }
        for (name, value) in self.facts {
            error.set(name, value)?;
        }
        Ok(Error::from(error.to_unknown()))
    }
}

/// Rust ends the system's words with `(os error 2)`, which says nothing to a person that the words did not.
fn without_number(message: &str) -> String {
    let Some((words, rest)) = message.split_once(" (os error ") else {
        return message.to_owned();
    };
    let after = rest.trim_start_matches(|character: char| character.is_ascii_digit());
    match after.strip_prefix(')') {
        Some(after) => format!("{words}{after}"),
        None => message.to_owned(),
    }
}

macro_rules! failure_from {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error.code(), error.to_string()).hint(error.hint().map(ToString::to_string))
            }
        }
    )*};
}

failure_from!(
    lanner_events::EventsError,
    lanner_payload::PayloadError,
    lanner_store::StoreError,
    lanner_trace::TraceError,
    lanner_tree::TreeError,
);

impl From<lanner_journal::JournalError> for Failure {
    fn from(error: lanner_journal::JournalError) -> Self {
        Self::new(error.code(), error.to_string()).hint(error.hint())
    }
}
