//! Falco's rules: files are loaded, conditions compiled against the fields of a source, events judged, outputs written.
//!
//! The crate knows no source: what fields there are comes as a [`Catalog`], what an event holds through [`Event`]. It reads
//! no input and starts no thread. `crates/sources` feeds it; the addon loads and explains with it.

pub mod ast;
mod catalog;
mod compile;
pub mod condition;
mod describe;
pub mod diagnostic;
mod document;
mod event;
mod evttypes;
mod listing;
pub mod load;
mod matcher;
mod output;
mod program;
mod ruleset;
mod value;

pub use catalog::{ArgumentKind, Catalog, Field, FieldClass, FieldFlags, FieldType};
pub use compile::{CompileError, CompileFault, Compiler, Resolved, Warning, WarningKind};
pub use describe::Describer;
pub use event::{Event, Extracted, FieldUse, Slot};
pub use evttypes::{EventTypes, is_argument, is_known};
pub use listing::fields_json;
pub use load::{Loader, Selection};
pub use output::{AppendOutput, ExtraField, OutputError, OutputFault, OutputOptions};
pub use program::{
    Evaluator, Explanation, Matching, Memory, Options, Program, ProgramError, RuleIndex,
    RuleSource, Seen, Verdict,
};
pub use ruleset::{ExceptionSummary, List, Macro, PluginRequirement, Priority, Rule, Ruleset};
pub use value::Value;
