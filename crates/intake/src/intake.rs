//! One body in, its alerts and refusals out: the order is that of the body, and what is bad costs only itself.
//! Cutting is `body`'s, judging `check`'s. Called by the addon for every post.

use crate::alert::{Alert, on_one_line};
use crate::body::{Body, Piece};
use crate::check::Checker;
use crate::fault::AlertFault;
use crate::id::IdSource;

/// Refusals that are told one by one.
const TOLD: usize = 100;

/// What one alert may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes, without blanks around it.
    pub bytes: usize,
    /// Objects and arrays within each other.
    pub depth: usize,
}

impl Default for Limits {
    /// Falco's own alerts have some kilobytes and two levels.
    fn default() -> Self {
        Self { bytes: 1 << 20, depth: 128 }
    }
}

/// Why one alert was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Line of the body, or element of the array, from 1.
    pub line: u64,
    /// The reason.
    pub fault: AlertFault,
}

/// What became of a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Alerts.
    pub accepted: u64,
    /// The first hundred.
    pub refused: Vec<Refusal>,
    /// All.
    pub refused_count: u64,
}

/// A body that was taken in.
#[derive(Debug, Clone, Default)]
pub struct Intake<'b> {
    /// In the order of the body.
    pub alerts: Vec<Alert<'b>>,
    /// What its sender is told.
    pub receipt: Receipt,
}

/// Cuts `body` into alerts and checks each. Fails only when there are no random bytes for ids.
pub fn take_in<'b>(
    body: &'b [u8],
    limits: &Limits,
    ids: &mut IdSource,
) -> Result<Intake<'b>, getrandom::Error> {
    let mut checker = Checker::default();
    let mut intake = Intake::default();
    let mut pieces = Body::new(body);
    while let Some(Piece { number, text, judged }) = pieces.next(&mut checker, limits) {
        match judged {
            Ok(checked) => {
                let id = match checked.id {
                    Some(id) => id,
                    None => ids.next()?,
                };
                intake.alerts.push(Alert { raw: on_one_line(text), id, marks: checked.marks });
                intake.receipt.accepted += 1;
            }
            Err(fault) => {
                intake.receipt.refused_count += 1;
                if intake.receipt.refused.len() < TOLD {
                    intake.receipt.refused.push(Refusal { line: number, fault });
                }
            }
        }
    }
    Ok(intake)
}
