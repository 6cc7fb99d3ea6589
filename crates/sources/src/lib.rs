//! Where Falco's rules find their events: Kubernetes audit logs, `CloudTrail`, stored alerts, traced system calls.
//!
//! The crate names the fields of each source ([`catalog`]), reads them out of events, and reads the events out of files. It
//! knows nothing of conditions; those are compiled and judged by `lanner-rules`.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod batch;
mod catalog;
mod cloudtrail;
mod coverage;
pub mod detect;
mod document;
mod enrichment;
mod error;
mod event;
mod events;
mod explanation;
mod generic;
pub mod input;
pub mod json;
mod k8s_audit;
mod live;
mod plan;
mod routes;
mod rule_book;
mod skipped;
mod source;
mod stored_alert;
mod syscall;
mod tally;
pub mod time;

pub use batch::{Batch, Layout};
pub use catalog::catalog;
pub use coverage::coverage;
pub use enrichment::Enrichment;
pub use error::SourceError;
pub use event::{Moment, SourceEvent};
pub use events::{EventReader, Order};
pub use explanation::{ExplainError, explain};
pub use live::{Judged, Live};
pub use plan::{ExtractOptions, Plan};
pub use routes::{RouteBook, RouteCondition, RouteFault, RouteSets};
pub use rule_book::{ActivationError, ActiveRules, RuleBook, RuleFile};
pub use skipped::{Place, SkipReason, Skipped};
pub use source::Source;
pub use syscall::{Container, Triage};
pub use tally::{Tally, tally};
