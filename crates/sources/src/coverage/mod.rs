//! What a log lets rules see: which rules it leaves blind, because it lacks what they read.
//! Judges with Kleene's logic where a part of the event was not recorded; counts copies of events. One thread, one pass.
//! Used by `lanner rules coverage`.

mod part;

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};

use lanner_rules::{Evaluator, Event, Extracted, FieldUse, Slot, Value, Verdict};
use serde_json::json;

use crate::catalog;
use crate::error::SourceError;
use crate::event::SourceEvent;
use crate::events::{EventReader, Order};
use crate::input::{Cutter, Input, Limits};
use crate::plan::{ExtractOptions, Plan};
use crate::rule_book::ActiveRules;
use crate::skipped::Skipped;
use crate::source::Source;
use part::{ELEMENTS, PARAMETERS, Part, REQUEST, RESPONSE, part_of};

/// Identities beyond this many are no longer kept: copies of later events are not counted.
const MOST_IDENTITIES: usize = 1 << 23;

/// Names of levels beyond this many are counted as one.
const MOST_LEVELS: usize = 16;

/// Reads all inputs and tells, as JSON, what the rules could see of them.
///
/// # Errors
/// An input that can't be read, or the caller's wish to stop.
pub fn coverage(
    inputs: Vec<Input>,
    rules: &ActiveRules,
    source: Source,
    extract: ExtractOptions,
    cancel: &AtomicBool,
    progress: &AtomicU64,
) -> Result<String, SourceError> {
    let plan = coverage_plan(rules, source, extract);
    let mut reader = EventReader::new(&plan).map_err(|_| SourceError::Memory)?;
    let mut coverage = Coverage::new(rules, source);
    let (mut order, mut skipped, mut spare) = (Order::default(), Skipped::default(), Vec::new());
    for (index, mut input) in (0..).zip(inputs) {
        let mut cutter = Cutter::new(input.open()?, index, Limits::default());
        let unreadable = |source| SourceError::Unreadable { path: input.name.clone(), source };
        while let Some(batch) = cutter.next(&mut spare).map_err(unreadable)? {
            if cancel.load(Relaxed) {
                return Err(SourceError::Cancelled);
            }
            reader.read(&batch, &mut order, &mut skipped, &mut |event| coverage.look(event));
            progress.fetch_add(batch.text.len() as u64, Relaxed);
            spare.push(batch.text);
        }
    }
    Ok(coverage.json())
}

/// What became of one rule.
#[derive(Clone, Debug, Default)]
struct RuleTally {
    matches: u64,
    undecided: u64,
    lacks: Vec<&'static str>,
}

/// Looks at events one after the other.
#[derive(Debug)]
struct Coverage<'a> {
    rules: &'a ActiveRules,
    evaluator: Evaluator<'a>,
    source: Source,
    probes: Probes,
    /// The part each slot of a condition reads.
    parts: Vec<Option<Part>>,
    present: Vec<bool>,
    unrecorded: Vec<bool>,
    tallies: Vec<RuleTally>,
    levels: BTreeMap<String, u64>,
    events: u64,
    duplicates: u64,
    identities: HashSet<u64>,
}

/// Slots behind those of the program.
#[derive(Clone, Copy, Debug)]
struct Probes {
    level: Slot,
    parts: [(Slot, &'static str); 2],
}

/// The plan for the rules and for what coverage asks besides. Its options are those of the extraction.
fn coverage_plan(rules: &ActiveRules, source: Source, extract: ExtractOptions) -> Plan {
    let mut fields = rules.program.fields().to_vec();
    fields.extend(probe_fields(source));
    Plan::new(source, &fields, extract)
}

fn probe_keys(source: Source) -> [&'static str; 3] {
    match source {
        Source::CloudTrail => ["level", PARAMETERS.key, ELEMENTS.key],
        _ => ["level", REQUEST.key, RESPONSE.key],
    }
}

fn probe_fields(source: Source) -> Vec<FieldUse> {
    let position = catalog(source).find("json.value").map_or(u16::MAX, |(position, _)| position);
    let pointer =
        |key: &str| FieldUse { field: position, argument: Some(format!("/{key}").into()) };
    probe_keys(source).into_iter().map(pointer).collect()
}

impl<'a> Coverage<'a> {
    /// Of no event yet. Events must be read with [`coverage_plan`].
    fn new(rules: &'a ActiveRules, source: Source) -> Self {
        let fields = rules.program.fields();
        let names: Vec<&str> = catalog(source).fields().map(|(_, field)| field.name).collect();
        let parts = fields
            .iter()
            .map(|usage| {
                let name = names.get(usize::from(usage.field)).copied().unwrap_or_default();
                part_of(source, name, usage.argument.as_deref())
            })
            .collect();
        let probe = |index: usize| Slot((fields.len() + index) as u16);
        let keys = probe_keys(source);
        Self {
            rules,
            evaluator: Evaluator::new(&rules.program),
            source,
            probes: Probes { level: probe(0), parts: [(probe(1), keys[1]), (probe(2), keys[2])] },
            parts,
            present: vec![false; rules.program.condition_fields()],
            unrecorded: vec![false; fields.len()],
            tallies: vec![RuleTally::default(); rules.names.len()],
            levels: BTreeMap::new(),
            events: 0,
            duplicates: 0,
            identities: HashSet::new(),
        }
    }

    /// Looks at one event.
    fn look(&mut self, event: &mut SourceEvent<'_>) {
        self.events += 1;
        self.count_copy(event.identity());
        let level = text(event.extract(self.probes.level));
        let left_out: Vec<&'static str> = self
            .probes
            .parts
            .iter()
            .filter(|(slot, _)| text(event.extract(*slot)).is_none_or(|text| text == "null"))
            .map(|(_, key)| *key)
            .collect();
        for (unrecorded, part) in self.unrecorded.iter_mut().zip(&self.parts) {
            *unrecorded = part.is_some_and(|part| {
                let complete = level.as_deref().is_some_and(|level| part.complete.contains(&level));
                !complete && left_out.contains(&part.key)
            });
        }
        if let Some(level) = level {
            self.count_level(level);
        }
        for (slot, present) in (0..).zip(&mut self.present) {
            *present = *present || !matches!(event.extract(Slot(slot)), Extracted::Missing);
        }
        let tallies = &mut self.tallies;
        let (program, unrecorded, parts) = (&self.rules.program, &self.unrecorded, &self.parts);
        self.evaluator.judge(event, unrecorded, &mut |rule, verdict| {
            let tally = &mut tallies[rule as usize];
            match verdict {
                Verdict::Matches => tally.matches += 1,
                Verdict::DoesNotMatch => {}
                Verdict::Unknown => {
                    tally.undecided += 1;
                    // Found once for each rule and set of parts: later events say nothing new.
                    if tally.lacks.len() < left_out.len() {
                        let slots = program.reads(rule);
                        let read = slots.iter().filter(|slot| unrecorded[usize::from(slot.0)]);
                        for key in
                            read.filter_map(|slot| parts[usize::from(slot.0)]).map(|part| part.key)
                        {
                            if !tally.lacks.contains(&key) {
                                tally.lacks.push(key);
                            }
                        }
                    }
                }
            }
        });
    }

    fn count_level(&mut self, level: String) {
        if let Some(count) = self.levels.get_mut(&level) {
            *count += 1;
        } else if self.levels.len() < MOST_LEVELS {
            self.levels.insert(level, 1);
        } else {
            *self.levels.entry("others".to_owned()).or_default() += 1;
        }
    }

    fn count_copy(&mut self, identity: Option<u64>) {
        let Some(identity) = identity else { return };
        if self.identities.contains(&identity) {
            self.duplicates += 1;
        } else if self.identities.len() < MOST_IDENTITIES {
            self.identities.insert(identity);
        }
    }

    /// What was seen, as JSON.
    fn json(&self) -> String {
        let program = &self.rules.program;
        let rules: Vec<serde_json::Value> = (0..)
            .zip(self.rules.names.iter().zip(&self.tallies))
            .map(|(index, ((name, _), tally))| {
                let absent: Vec<&str> = program
                    .reads(index)
                    .into_iter()
                    .filter(|slot| self.present.get(usize::from(slot.0)) == Some(&false))
                    .map(|slot| program.slot_name(slot))
                    .collect();
                json!({
                    "absent": absent,
                    "lacks": tally.lacks,
                    "matches": tally.matches,
                    "possible": program.can_match(index, &self.present),
                    "rule": name,
                    "undecided": tally.undecided,
                })
            })
            .collect();
        let levels: Vec<serde_json::Value> = self
            .levels
            .iter()
            .map(|(name, count)| json!({ "count": count, "name": name }))
            .collect();
        json!({
            "duplicates": self.duplicates,
            "events": self.events,
            "levels": levels,
            "rules": rules,
            "source": self.source.name(),
        })
        .to_string()
    }
}

fn text(extracted: Extracted<'_>) -> Option<String> {
    match extracted {
        Extracted::One(Value::Bytes(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}
