//! What a rule that matched says: its output, as one line of Falco's JSON or of text.
//! Formats are read when the program is compiled; rendering only fills in values.

mod alert;
mod format;
mod json;
mod operand;
mod time;
mod value;

pub(crate) use alert::Alert;
pub use format::{OutputError, OutputFault};

use crate::compile::Compiler;

/// How alerts are written; the defaults are Falco's but for `json`.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of Falco's configuration")]
#[derive(Clone, Debug)]
pub struct OutputOptions {
    /// A JSON object a line (`json_output`); else text.
    pub json: bool,
    /// `json_include_output_property`.
    pub output: bool,
    /// `json_include_output_fields_property`.
    pub fields: bool,
    /// `json_include_message_property`.
    pub message: bool,
    /// `json_include_tags_property`.
    pub tags: bool,
    /// `time_format_iso_8601`: date and time in UTC before the message; else the time of day.
    pub iso8601: bool,
    /// East of UTC, for the time of day.
    pub utc_offset_seconds: i32,
    /// `buffer_format_base64`: buffers of bytes are written in base64.
    pub buffer_base64: bool,
    /// What alerts name as `hostname`.
    pub hostname: String,
    /// `append_output`, in order.
    pub append: Vec<AppendOutput>,
    /// `static_fields`: constants among `output_fields`.
    pub static_fields: Vec<(String, String)>,
}

impl Default for OutputOptions {
    fn default() -> Self {
        Self {
            json: true,
            output: true,
            fields: true,
            message: false,
            tags: true,
            iso8601: false,
            utc_offset_seconds: 0,
            buffer_base64: false,
            hostname: String::new(),
            append: Vec::new(),
            static_fields: Vec::new(),
        }
    }
}

/// Something added to the alerts of some rules.
#[derive(Clone, Debug, Default)]
pub struct AppendOutput {
    /// Only this rule's.
    pub rule: Option<String>,
    /// Only rules' of this source.
    pub source: Option<String>,
    /// Only rules' that have all of these.
    pub tags: Vec<String>,
    /// Joined to the output with a blank; a format like it.
    pub extra_output: Option<String>,
    /// Added to `output_fields`.
    pub extra_fields: Vec<ExtraField>,
}

/// An addition to `output_fields`.
#[derive(Clone, Debug)]
pub enum ExtraField {
    /// A field under its own name, typed.
    Field(String),
    /// A format under another name: text.
    Format {
        /// The key.
        name: String,
        /// As an output is written.
        format: String,
    },
}

impl Compiler {
    /// What is wrong with the format of an output.
    pub fn check_output(&self, output: &str) -> Result<(), OutputError> {
        format::read(output, self).map(|_| ())
    }
}
