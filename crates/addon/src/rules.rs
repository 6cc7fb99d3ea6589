//! Rule files as JavaScript holds them: loaded together, described, explained, and set to work on events.
//! Decides nothing about rules; `lanner-sources` and `lanner-rules` do. Used by the commands about rules.
#![expect(clippy::unused_self, reason = "the version is asked of a book, which has one for all")]

use std::fs;
use std::sync::Arc;

use lanner_rules::load::{ENGINE_VERSION, Switch, Target};
use lanner_rules::{Priority, Selection};
use lanner_sources::{ExplainError, RuleBook as Book, RuleFile, Source};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Buffer};
use napi_derive::napi;
use sha2::{Digest, Sha256};

use crate::coverage;
use crate::detect::{Detection, LiveDetection, Triage};
use crate::detection_settings::DetectionSettings;
use crate::failure::Failure;
use crate::job::{Job, job, now};
use crate::tree::hex;
use crate::work::Work;

/// What to load.
#[napi(object)]
#[derive(Debug)]
pub struct RuleSettings {
    /// Paths, in order.
    pub files: Vec<String>,
    /// Sources that are known besides `syscall`; all when empty.
    pub sources: Vec<String>,
    /// The least urgent priority that takes part.
    pub priority: String,
    /// What is switched on and off, in order.
    pub choices: Vec<RuleChoice>,
    /// Items added to lists that the files define.
    pub additions: Vec<ListAddition>,
}

/// Items added to a list.
#[napi(object)]
#[derive(Debug)]
pub struct ListAddition {
    /// The list.
    pub list: String,
    /// What is added.
    pub items: Vec<String>,
}

/// Switches rules on or off.
#[napi(object)]
#[derive(Debug)]
pub struct RuleChoice {
    /// On.
    pub enable: bool,
    /// `rule` or `tag`.
    pub by: String,
    /// A name with `*`, or a tag.
    pub pattern: String,
}

/// Rule files that were loaded together, with what was said of each.
#[napi]
#[derive(Debug)]
pub struct RuleBook {
    book: Arc<Book>,
    files: Vec<LoadedFile>,
}

/// A rule file, by what was read of it.
#[derive(Debug)]
struct LoadedFile {
    path: String,
    sha256: [u8; 32],
    size: usize,
}

#[napi]
impl RuleBook {
    /// Whether every file loaded.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn successful(&self) -> bool {
        self.book.successful()
    }

    /// Sources of the rules that take part.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn sources(&self) -> Vec<String> {
        self.book.sources().into_iter().map(|source| source.name().to_owned()).collect()
    }

    /// What Falco prints of the files.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn report_text(&self) -> String {
        self.book.report_text()
    }

    /// `falco_load_results` as JSON.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn report_json(&self) -> String {
        self.book.report_json()
    }

    /// The files as a JSON array: `path`, `sha256` and `size` of the bytes that were loaded.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn files_json(&self) -> String {
        let files = self.files.iter().map(|file| {
            serde_json::json!({ "path": file.path, "sha256": hex(&file.sha256), "size": file.size })
        });
        files.collect::<serde_json::Value>().to_string()
    }

    /// Falco's version number of the engine whose rules are understood.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn engine_version(&self) -> String {
        ENGINE_VERSION.to_string()
    }

    /// How many rules of a source take part. Throws `ERR_USAGE_SOURCE`.
    #[napi(catch_unwind)]
    pub fn rule_count(&self, env: Env, source: String) -> napi::Result<u32> {
        now(env, || {
            let count = self.book.active(self::source(&source)?).count();
            Ok(u32::try_from(count).unwrap_or(u32::MAX))
        })
    }

    /// Rules, macros, lists and what the files require, compiled, as JSON; with a name only that rule.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn describe_json(&self, rule: Option<String>) -> String {
        self.book.describe_json(rule.as_deref())
    }

    /// Compiles the rules of a source and begins to read. Throws `ERR_USAGE_RULES`.
    #[napi(catch_unwind)]
    pub fn detect(
        &self,
        env: Env,
        settings: DetectionSettings,
        inputs: Vec<String>,
    ) -> napi::Result<Detection> {
        now(env, || Detection::start(&self.book, &settings, inputs))
    }

    /// The same over one file, whose digest is taken of the very bytes that are judged. Throws `ERR_USAGE_RULES`, `ERR_INPUT_READ`.
    #[napi(catch_unwind)]
    pub fn detect_file(
        &self,
        env: Env,
        settings: DetectionSettings,
        file: String,
    ) -> napi::Result<Detection> {
        now(env, || Detection::start_digested(&self.book, &settings, file))
    }

    /// The same over input that is handed over line by line.
    #[napi(catch_unwind)]
    pub fn follow(
        &self,
        env: Env,
        settings: DetectionSettings,
        inputs: Vec<String>,
    ) -> napi::Result<LiveDetection> {
        now(env, || LiveDetection::start(&self.book, &settings, inputs))
    }

    /// The same rules for a trace, which then writes only what one of them might match. Throws `ERR_USAGE_RULES`.
    #[napi(catch_unwind)]
    pub fn triage(&self, env: Env, settings: DetectionSettings) -> napi::Result<Triage> {
        now(env, || Triage::new(&self.book, &settings))
    }

    /// How a rule judges the first event in `event`, as JSON. Rejects with `ERR_USAGE_RULES`, `ERR_USAGE_EVENT`.
    #[napi(catch_unwind, ts_return_type = "Promise<string>")]
    pub fn explain(
        &self,
        settings: DetectionSettings,
        rule: String,
        event: Buffer,
    ) -> AsyncTask<Job<String>> {
        let book = Arc::clone(&self.book);
        let text = event.to_vec();
        job(move || {
            let (source, options, extract) =
                (settings.source()?, settings.options(), settings.extract());
            Ok(lanner_sources::explain(&book, source, &rule, text, &options, extract)?)
        })
    }

    /// Which rules could not be judged on those inputs, as JSON. Rejects with `ERR_USAGE_RULES`, `ERR_INPUT_*`.
    #[napi(catch_unwind, ts_return_type = "Promise<string>")]
    pub fn coverage(
        &self,
        settings: DetectionSettings,
        inputs: Vec<String>,
        work: &Work,
    ) -> AsyncTask<Job<String>> {
        let (book, cells) = (Arc::clone(&self.book), work.cells());
        job(move || coverage::look(&book, &settings, &inputs, &cells))
    }
}

/// Loads rule files into one namespace. Rejects with `ERR_RULES_FILE`; what is wrong with a rule is in the answer.
#[napi(catch_unwind, ts_return_type = "Promise<RuleBook>")]
#[must_use]
pub fn load_rules(settings: RuleSettings) -> AsyncTask<Job<RuleBook>> {
    job(move || {
        let files = settings.files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let sources =
            settings.sources.iter().map(|name| source(name)).collect::<Result<Vec<_>, _>>()?;
        let additions: Vec<_> =
            settings.additions.iter().map(|one| (one.list.clone(), one.items.clone())).collect();
        let book = Book::load_with(&files, &sources, selection(&settings)?, &additions);
        let files = files.into_iter().map(LoadedFile::of).collect();
        Ok(RuleBook { book: Arc::new(book), files })
    })
}

/// The fields of a source, of all with none, as `falco --list` gives them in JSON. Throws `ERR_USAGE_SOURCE`.
#[napi(catch_unwind)]
pub fn fields_json(env: Env, source: Option<String>) -> napi::Result<String> {
    now(env, || {
        let named = source.as_deref().map(self::source).transpose()?;
        let sources: Vec<Source> =
            named.map_or_else(|| Source::ALL.to_vec(), |source| vec![source]);
        let catalogs: Vec<_> = sources.into_iter().map(lanner_sources::catalog).collect();
        Ok(lanner_rules::fields_json(&catalogs))
    })
}

/// The source of that name.
pub(crate) fn source(name: &str) -> Result<Source, Failure> {
    Source::named(name)
        .ok_or_else(|| Failure::new("ERR_USAGE_SOURCE", format!("there is no source `{name}`")))
}

fn read(path: &String) -> Result<RuleFile, Failure> {
    let bytes = fs::read(path)
        .map_err(|error| Failure::new("ERR_RULES_FILE", error.to_string()).in_file(path))?;
    Ok(RuleFile { name: path.clone(), bytes })
}

impl LoadedFile {
    fn of(file: RuleFile) -> Self {
        let (sha256, size) = (Sha256::digest(&file.bytes).into(), file.bytes.len());
        Self { path: file.name, sha256, size }
    }
}

fn selection(settings: &RuleSettings) -> Result<Selection, Failure> {
    let minimum = Priority::parse(&settings.priority).ok_or_else(|| {
        let priority = &settings.priority;
        Failure::new("ERR_USAGE_PRIORITY", format!("there is no priority `{priority}`"))
    })?;
    let switches = settings.choices.iter().map(|choice| Switch {
        enable: choice.enable,
        target: match choice.by.as_str() {
            "tag" => Target::Tag(choice.pattern.clone()),
            _ => Target::Name(choice.pattern.clone()),
        },
    });
    Ok(Selection { switches: switches.collect(), minimum: Some(minimum) })
}

impl From<lanner_sources::ActivationError> for Failure {
    fn from(error: lanner_sources::ActivationError) -> Self {
        Self::new("ERR_USAGE_RULES", error.to_string())
    }
}

impl From<ExplainError> for Failure {
    fn from(error: ExplainError) -> Self {
        let code = match &error {
            ExplainError::NoRule { .. } | ExplainError::Activation(_) => "ERR_USAGE_RULES",
            ExplainError::NoEvent { .. } => "ERR_USAGE_EVENT",
            ExplainError::Events(events) => events.code(),
        };
        Self::new(code, error.to_string())
    }
}
