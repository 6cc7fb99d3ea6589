//! Rego as policies use it: which modules may be evaluated, what they deny, and whether they look at Falco events at all.
//! Knows no policy document, envelope or N-API; it is given modules and an input. Used by the addon.

mod builtins;
mod evaluate;
mod events;
mod go_number;
mod go_regex;
mod go_text;
mod load;
mod nesting;
mod rewrite;
mod safety;
mod sprintf;
mod syntax;
mod watch;

pub use evaluate::{Limits, Module, Verdict, evaluate, faults};
pub use events::reads_events;
