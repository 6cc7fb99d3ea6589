//! How a detection judges and writes, as JavaScript says it and as the engine takes it.
//! Every member is copied; nothing is interpreted. Used by `rules` and `detect`.

use lanner_rules::{AppendOutput, ExtraField, Matching, Options, OutputOptions};
use lanner_sources::{Container, ExtractOptions, Source};
use napi_derive::napi;

use crate::failure::Failure;

/// How a detection judges and writes.
#[napi(object)]
#[derive(Debug)]
pub struct DetectionSettings {
    /// `k8s_audit`, `aws_cloudtrail`, `falco` or `syscall`.
    pub source: String,
    /// Every rule that matches alerts, not only the first.
    pub match_all: bool,
    /// Reproduces faults of Falco that are mended otherwise.
    pub falco_compat: bool,
    /// What alerts say about where they come from.
    pub hostname: String,
    /// Seconds east of UTC of local times.
    pub utc_offset: i32,
    /// The container that a traced step is taken to be in.
    pub container: Option<StepContainer>,
    /// How alerts are written.
    pub output: OutputSettings,
}

/// A container by name.
#[napi(object)]
#[derive(Debug)]
pub struct StepContainer {
    /// `container.name`, or the 64 digits of an id.
    pub name: String,
    /// `container.privileged`.
    pub privileged: bool,
    /// `container.image`.
    pub image: Option<String>,
}

/// How alerts are written.
#[napi(object)]
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of Falco's configuration")]
pub struct OutputSettings {
    /// JSON lines, or text.
    pub json: bool,
    /// `output`.
    pub include_output: bool,
    /// `message`.
    pub include_message: bool,
    /// `output_fields`.
    pub include_fields: bool,
    /// `tags`.
    pub include_tags: bool,
    /// Times in the text as ISO 8601 in UTC.
    pub iso_time: bool,
    /// Byte buffers in base64.
    pub base64: bool,
    /// What is added to alerts.
    pub appended: Vec<AppendedOutput>,
    /// Names and texts added to the fields of every alert.
    pub static_fields: Vec<StaticField>,
}

/// What is added to the alerts of some rules.
#[napi(object)]
#[derive(Debug)]
pub struct AppendedOutput {
    /// The rule it is for.
    pub rule: Option<String>,
    /// The source it is for.
    pub source: Option<String>,
    /// Tags the rule must have.
    pub tags: Vec<String>,
    /// Added to the output.
    pub text: Option<String>,
    /// Added to the fields.
    pub fields: Vec<AppendedField>,
}

/// A field of the event, or a format under a name of its own.
#[napi(object)]
#[derive(Debug)]
pub struct AppendedField {
    /// Its name.
    pub name: String,
    /// Of a field of the event none.
    pub format: Option<String>,
}

/// A text under a name.
#[napi(object)]
#[derive(Debug)]
pub struct StaticField {
    /// The name.
    pub name: String,
    /// The text.
    pub text: String,
}

impl DetectionSettings {
    pub(crate) fn source(&self) -> Result<Source, Failure> {
        crate::rules::source(&self.source)
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            matching: if self.match_all { Matching::All } else { Matching::First },
            falco_compat: self.falco_compat,
            explain: false,
            output: self.output.options(self),
        }
    }

    pub(crate) fn extract(&self) -> ExtractOptions {
        ExtractOptions {
            compat: self.falco_compat,
            hostname: self.hostname.clone(),
            utc_offset: self.utc_offset,
            container: self.container.as_ref().map(StepContainer::container),
        }
    }
}

impl StepContainer {
    fn container(&self) -> Container {
        let container = Container::new(&self.name, self.image.as_deref());
        Container { privileged: self.privileged, ..container }
    }
}

impl OutputSettings {
    fn options(&self, settings: &DetectionSettings) -> OutputOptions {
        OutputOptions {
            json: self.json,
            output: self.include_output,
            fields: self.include_fields,
            message: self.include_message,
            tags: self.include_tags,
            iso8601: self.iso_time,
            utc_offset_seconds: settings.utc_offset,
            buffer_base64: self.base64,
            hostname: settings.hostname.clone(),
            append: self.appended.iter().map(AppendedOutput::entry).collect(),
            static_fields: self
                .static_fields
                .iter()
                .map(|field| (field.name.clone(), field.text.clone()))
                .collect(),
        }
    }
}

impl AppendedOutput {
    fn entry(&self) -> AppendOutput {
        let field = |field: &AppendedField| match &field.format {
            None => ExtraField::Field(field.name.clone()),
            Some(format) => ExtraField::Format { name: field.name.clone(), format: format.clone() },
        };
        AppendOutput {
            rule: self.rule.clone(),
            source: self.source.clone(),
            tags: self.tags.clone(),
            extra_output: self.text.clone(),
            extra_fields: self.fields.iter().map(field).collect(),
        }
    }
}
