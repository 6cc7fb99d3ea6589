//! One event as the evaluator asks it: each slot's value is made when first asked for and kept.
//! Everything borrowed lives in the batch's text or in the event's arena. Made by `events`, one at a time.

use std::hash::{DefaultHasher, Hasher as _};

use bumpalo::Bump;
use lanner_rules::{Event, Extracted, Slot};

use crate::document::Document;
use crate::json::Tokens;
use crate::plan::{Plan, Recipe};
use crate::source::Source;
use crate::{cloudtrail, generic, k8s_audit, stored_alert, syscall};

/// When an event was, and the how-manieth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Nanoseconds since 1970.
    pub time: u64,
    /// From 1.
    pub number: u64,
    /// The time of the first event.
    pub first: u64,
}

impl Moment {
    /// Nanoseconds since the first event; wraps when that was later.
    pub(crate) fn since(self) -> u64 {
        self.time.wrapping_sub(self.first)
    }
}

/// An event of any source.
pub struct SourceEvent<'e> {
    plan: &'e Plan,
    document: Document<'e>,
    moment: Moment,
    offset: u64,
    kept: &'e mut [Option<Extracted<'e>>],
}

impl<'e> SourceEvent<'e> {
    /// An event whose JSON was walked for the plan's paths.
    pub(crate) fn new(
        plan: &'e Plan,
        tokens: Tokens<'e>,
        found: &'e [u32],
        arena: &'e Bump,
        moment: Moment,
        offset: u64,
    ) -> Self {
        let document = Document { tokens, found, arena, cut_at_nul: plan.options.compat };
        let kept = arena.alloc_slice_fill_copy(plan.slots.len(), None);
        Self { plan, document, moment, offset, kept }
    }

    /// When it was, and its number.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// Where it begins in its input; of an event within another document, where that one begins.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// A hash of what tells the event from others: its id, and its stage where there are several. System calls are told
    /// once and have none.
    #[must_use]
    pub fn identity(&self) -> Option<u64> {
        if self.plan.source == Source::Syscall {
            return None;
        }
        let frame = self.plan.frame;
        let id = self.document.at(frame.id)?;
        let mut hasher = DefaultHasher::new();
        hasher.write(self.document.tokens.quoted(id));
        if let Some(stage) = self.document.at(frame.stage).filter(|_| frame.stage != frame.id) {
            hasher.write_u8(0);
            hasher.write(self.document.tokens.quoted(stage));
        }
        Some(hasher.finish())
    }

    fn make(&self, recipe: &'e Recipe) -> Extracted<'e> {
        match recipe {
            Recipe::Generic(recipe) => {
                generic::extract(recipe, self.document, self.moment, self.plan)
            }
            Recipe::K8sAudit(recipe) => k8s_audit::extract(recipe, self.document, self.plan),
            Recipe::CloudTrail(recipe) => cloudtrail::extract(recipe, self.document),
            Recipe::StoredAlert(recipe) => {
                let kept = stored_alert::extract(recipe, self.document);
                match (kept, recipe) {
                    (None, stored_alert::Recipe::Kept { otherwise, .. }) => {
                        generic::extract(otherwise, self.document, self.moment, self.plan)
                    }
                    (kept, _) => kept.unwrap_or(Extracted::Missing),
                }
            }
            Recipe::Syscall(recipe) => syscall::extract(recipe, self.document),
            Recipe::Nothing => Extracted::Missing,
        }
    }
}

impl Event for SourceEvent<'_> {
    fn time(&self) -> u64 {
        self.moment.time
    }

    fn extract(&mut self, slot: Slot) -> Extracted<'_> {
        let Some(&kept) = self.kept.get(slot.0 as usize) else { return Extracted::Missing };
        kept.unwrap_or_else(|| {
            let made = self.make(&self.plan.slots[slot.0 as usize]);
            self.kept[slot.0 as usize] = Some(made);
            made
        })
    }
}

impl std::fmt::Debug for SourceEvent<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceEvent")
            .field("source", &self.plan.source)
            .field("moment", &self.moment)
            .finish_non_exhaustive()
    }
}
