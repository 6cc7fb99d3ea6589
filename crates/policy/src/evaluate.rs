//! The verdict of a set of modules on one input: nothing, reasons to deny, or errors, which are never a pass.
//! Parses the modules as OPA's version 0 unless they import `rego.v1`, and asks each package for its `deny`.
//! Used by the addon.

use std::num::NonZeroU32;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};
use serde_json::Value as Json;

use crate::nesting::parses_for_ever;
use crate::rewrite::rewritten;
use crate::watch::{GaveUp, watched};
use crate::{builtins, go_text, load};

/// A module as a policy carries it.
#[derive(Debug, Clone)]
pub struct Module {
    /// Appears in messages only.
    pub name: String,
    /// The text of the module.
    pub source: String,
}

/// How far an evaluation may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Wall-clock time.
    pub time: Duration,
    /// Bytes by which the process may grow meanwhile.
    pub memory: u64,
    /// Lets several modules share a package.
    pub shared_packages: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(30), memory: 256 << 20, shared_packages: false }
    }
}

/// What modules say of an input. It passes when both lists are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Reasons to deny, of all packages in the order of the modules.
    pub denied: Vec<String>,
    /// Why the modules could not be evaluated; `denied` is empty then.
    pub errors: Vec<String>,
}

impl Verdict {
    /// Whether nothing denies and nothing went wrong.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.denied.is_empty() && self.errors.is_empty()
    }

    fn error(text: impl Into<String>) -> Self {
        Self { denied: Vec::new(), errors: vec![text.into()] }
    }
}

/// Evaluates `data.<package>.deny` for each package of `modules`, with `input` (JSON text) as `input`.
#[must_use]
pub fn evaluate(modules: Vec<Module>, input: String, limits: Limits) -> Verdict {
    let seconds = limits.time.as_secs_f64();
    match watched(limits.time, limits.memory, move || judge(&modules, &input, limits)) {
        Ok(verdict) => verdict.unwrap_or_else(|errors| Verdict { denied: Vec::new(), errors }),
        Err(GaveUp::Late) => Verdict::error(format!("the evaluation took longer than {seconds} s")),
        Err(GaveUp::TooLarge) => {
            Verdict::error(format!("the evaluation needed more than {} MiB", limits.memory >> 20))
        }
        Err(GaveUp::Broken) => Verdict::error("the evaluation ended without a result"),
    }
}

/// Why `modules` would be refused whatever the input is: they don't parse, call what they may not, clash or recurse.
#[must_use]
pub fn faults(modules: &[Module], shared_packages: bool) -> Vec<String> {
    let checked = parsed(&mut Engine::new(), modules)
        .and_then(|json| load::check(modules, &json, shared_packages));
    checked.err().unwrap_or_default()
}

/// OPA skips one byte order mark.
pub(crate) fn without_mark(source: &str) -> &str {
    source.strip_prefix('\u{feff}').unwrap_or(source)
}

/// Hands `modules` to `engine` and returns their syntax trees as the engine tells them.
pub(crate) fn parsed(engine: &mut Engine, modules: &[Module]) -> Result<Json, Vec<String>> {
    engine.set_rego_v0(true);
    for Module { name, source } in modules {
        if parses_for_ever(source) {
            return Err(vec![format!("{name}: arrays, sets and objects are nested too deeply")]);
        }
        engine
            .add_policy(name.clone(), without_mark(source).to_owned())
            .map_err(|error| vec![told(&error)])?;
    }
    let json = engine.get_ast_as_json().map_err(|error| vec![told(&error)])?;
    let mut reader = serde_json::Deserializer::from_str(&json);
    // The engine's parser limits the depth, and this runs on a stack made for it.
    reader.disable_recursion_limit();
    let tree = reader.into_iter().next().unwrap_or(Ok(Json::Null));
    tree.map_err(|error| vec![error.to_string()])
}

fn judge(modules: &[Module], input: &str, limits: Limits) -> Result<Verdict, Vec<String>> {
    let json = parsed(&mut Engine::new(), modules)?;
    let packages = load::check(modules, &json, limits.shared_packages)?;
    let modules = rewritten(modules.to_vec(), json)?;
    let mut engine = Engine::new();
    // Printed text belongs to nobody: stderr is the command's.
    engine.set_gather_prints(true);
    engine.set_strict_builtin_errors(true);
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: limits.time,
        check_interval: NonZeroU32::new(1024).unwrap_or(NonZeroU32::MIN),
    });
    builtins::install(&mut engine).map_err(|error| vec![error])?;
    parsed(&mut engine, &modules)?;
    let input = Value::from_json_str(input).map_err(|error| vec![format!("input: {error}")])?;
    engine.set_input(input);
    let mut verdict = Verdict::default();
    for package in packages {
        let query = deny_of(&package);
        let results =
            engine.eval_query(query.clone(), false).map_err(|error| vec![told(&error)])?;
        let value =
            results.result.into_iter().next().and_then(|row| row.expressions.into_iter().next());
        let value = value.map_or(Value::Undefined, |expression| expression.value);
        verdict.denied.extend(reasons(&query, &value).map_err(|error| vec![error])?);
    }
    Ok(verdict)
}

/// `data.a["b-c"].deny`.
fn deny_of(package: &[String]) -> String {
    let mut query = "data".to_owned();
    for name in package.iter().skip(1) {
        query.push('[');
        query.push_str(&go_text::quoted(name));
        query.push(']');
    }
    query + ".deny"
}

/// Elements of a set or array, keys of an object; nothing else is a list of reasons.
fn reasons(query: &str, value: &Value) -> Result<Vec<String>, String> {
    let kind = match value {
        Value::Set(set) => return Ok(set.iter_sorted().map(go_text::printed).collect()),
        Value::Array(array) => return Ok(array.iter().map(go_text::printed).collect()),
        Value::Object(object) => return Ok(object.keys_sorted().map(go_text::printed).collect()),
        Value::Undefined => {
            return Err(format!(
                "{query} is undefined; every package needs a `deny` rule that has a value"
            ));
        }
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
    };
    Err(format!("{query} is {kind}, expected a set, an array or an object"))
}

/// The engine's errors show the source under them; the first lines say what and where.
fn told(error: &impl std::fmt::Display) -> String {
    error.to_string().trim().to_owned()
}
