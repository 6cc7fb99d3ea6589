//! Conditions of routes as JavaScript holds them: compiled together, asked for many alerts at once.
//! Decides nothing about routes; `lanner-sources` does. Used by the server's router.

use std::sync::Arc;

use lanner_rules::Priority;
use lanner_sources::{RouteBook as Book, RouteCondition, RouteFault};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Buffer, Uint32Array};
use napi_derive::napi;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::job::{Job, now, quiet_job};

/// Which alerts a route takes.
#[napi(object)]
#[derive(Debug)]
pub struct RouteSettings {
    /// In the language of rules; absent asks nothing.
    pub condition: Option<String>,
    /// The least urgent priority.
    pub priority: String,
    /// Sources; any when empty.
    pub sources: Vec<String>,
    /// Names of rules with `*` and `?`; any when empty.
    pub rules: Vec<String>,
    /// Tags of which one is enough; any when empty.
    pub tags: Vec<String>,
}

/// The conditions of routes, compiled together.
#[napi]
#[derive(Debug)]
pub struct RouteBook {
    /// Nothing when a condition is at fault.
    book: Option<Arc<Book>>,
    told: Vec<Value>,
}

/// The routes of each line.
#[napi(object)]
pub struct RouteSets {
    /// `words` words a line; bit `r % 32` of word `r / 32` is route `r`.
    pub sets: Uint32Array,
    /// Lines that are no alert as the reader knows them, by position: they take every route.
    pub unjudged: Uint32Array,
}

/// Compiles routes. What is wrong with their conditions is told by `faultsJson`. Throws `ERR_USAGE_PRIORITY`.
#[napi(catch_unwind)]
pub fn load_routes(env: Env, routes: Vec<RouteSettings>) -> napi::Result<RouteBook> {
    now(env, || {
        let conditions = routes.into_iter().map(condition).collect::<Result<Vec<_>, _>>()?;
        let told = |faults: &[RouteFault]| {
            faults.iter().map(|fault| description(fault, &conditions)).collect()
        };
        Ok(match Book::new(&conditions) {
            Ok(book) => RouteBook { told: told(book.remarks()), book: Some(Arc::new(book)) },
            Err(faults) => RouteBook { told: told(&faults), book: None },
        })
    })
}

#[napi]
impl RouteBook {
    /// Whether every condition compiled.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn successful(&self) -> bool {
        self.book.is_some()
    }

    /// What was said of the conditions as a JSON array: `route`, `code`, `message`, `hint`, and `offset` in UTF-16 units.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn faults_json(&self) -> String {
        Value::Array(self.told.clone()).to_string()
    }

    /// Words of the set of one line.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn words(&self) -> u32 {
        self.book.as_ref().map_or(0, |book| book.words() as u32)
    }

    /// The routes of every line of alerts. Rejects with `ERR_INPUT_MEMORY`.
    #[napi(catch_unwind, ts_return_type = "Promise<RouteSets>")]
    #[must_use]
    pub fn judge(&self, lines: Buffer) -> AsyncTask<Job<RouteSets>> {
        let book = self.book.clone();
        quiet_job(move || {
            let found = usable(book.as_deref())?.judge(lines.to_vec())?;
            Ok(RouteSets { sets: found.sets.into(), unjudged: found.unjudged.into() })
        })
    }

    /// Why each route takes one alert or doesn't, as JSON; `null` when the line is no alert. Throws `ERR_INPUT_MEMORY`.
    #[napi(catch_unwind)]
    pub fn explain_json(&self, env: Env, line: String) -> napi::Result<String> {
        now(env, || Ok(usable(self.book.as_deref())?.explain(line.into_bytes())?))
    }
}

fn usable(book: Option<&Book>) -> Result<&Book, Failure> {
    book.ok_or_else(|| Failure::new("ERR_INTERNAL", "routes with faults were asked"))
}

fn condition(settings: RouteSettings) -> Result<RouteCondition, Failure> {
    let RouteSettings { condition, priority, sources, rules, tags } = settings;
    let priority = Priority::parse(&priority).ok_or_else(|| {
        Failure::new("ERR_USAGE_PRIORITY", format!("`{priority}` is no priority"))
    })?;
    Ok(RouteCondition { condition, priority, sources, rules, tags })
}

/// JavaScript counts text in UTF-16 units.
fn description(fault: &RouteFault, conditions: &[RouteCondition]) -> Value {
    let text = conditions.get(fault.route).and_then(|route| route.condition.as_deref());
    let units = |bytes: usize| {
        let before = text.unwrap_or_default().get(..bytes).unwrap_or_default();
        before.encode_utf16().count()
    };
    json!({
        "route": fault.route,
        "code": fault.code,
        "message": fault.message,
        "offset": fault.offset.map(units),
        "hint": fault.hint,
    })
}
