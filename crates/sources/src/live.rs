//! Judges input that grows: whole lines, or what was posted, are handed over as they come, alerts come back at once.
//! Reads and watches nothing itself; keeps counts and the number of events between two calls. Used by `detect --follow` and by the
//! server's inputs.

use std::io::Read;
use std::path::PathBuf;

use lanner_rules::Evaluator;

use crate::batch::{Batch, Layout};
use crate::detect::Statistics;
use crate::error::SourceError;
use crate::events::{EventReader, Order};
use crate::input::{Cutter, Limits};
use crate::plan::{ExtractOptions, Plan};
use crate::rule_book::ActiveRules;
use crate::skipped::Skipped;
use crate::source::Source;

/// See the module.
#[derive(Debug)]
pub struct Live {
    rules: ActiveRules,
    plan: Plan,
    order: Order,
    statistics: Statistics,
    /// Bytes handed over of each input.
    offsets: Vec<u64>,
}

/// What was found in one text that was posted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// The alerts, a line each.
    pub alerts: Vec<u8>,
    /// Events judged.
    pub events: u64,
    /// What was none, with offsets from the beginning of the text.
    pub skipped: Skipped,
}

impl Live {
    /// Of so many inputs, with nothing read yet.
    #[must_use]
    pub fn new(rules: ActiveRules, source: Source, extract: ExtractOptions, inputs: usize) -> Self {
        let plan = Plan::new(source, rules.program.fields(), extract);
        let statistics =
            Statistics { by_rule: vec![0; rules.names.len()], ..Statistics::default() };
        Self { rules, plan, order: Order::default(), statistics, offsets: vec![0; inputs] }
    }

    /// Judges whole lines of the input of that number; their alerts, a line each.
    ///
    /// # Errors
    /// [`SourceError::Memory`].
    pub fn feed(&mut self, input: usize, text: Vec<u8>) -> Result<Vec<u8>, SourceError> {
        let Some(offset) = self.offsets.get_mut(input) else { return Ok(Vec::new()) };
        let length = text.len() as u64;
        let batch = Batch { input: input as u32, offset: *offset, text, layout: Layout::Lines };
        *offset += length;
        let mut skipped = Skipped::default();
        let mut alerts = Vec::new();
        let mut batches = std::iter::once(Ok(batch));
        self.judge_batches(&mut batches, &mut skipped, &mut alerts)?;
        Ok(alerts)
    }

    /// Judges all that one text holds: a document over one line or many, an array, a list, or a document a line. What is no event
    /// costs none of the others.
    ///
    /// # Errors
    /// [`SourceError::Memory`], or [`SourceError::Unreadable`] for a text that fails to come.
    pub fn judge(&mut self, text: Box<dyn Read + Send>) -> Result<Judged, SourceError> {
        let mut cutter = Cutter::new(text, 0, Limits::default());
        let before = self.order.events;
        let mut judged = Judged::default();
        let mut spare = Vec::new();
        let mut batches = std::iter::from_fn(|| cutter.next(&mut spare).transpose());
        self.judge_batches(&mut batches, &mut judged.skipped, &mut judged.alerts)?;
        self.statistics.skipped.append(&cutter.skipped);
        judged.skipped.append(&cutter.skipped);
        judged.events = self.order.events - before;
        Ok(judged)
    }

    fn judge_batches(
        &mut self,
        batches: &mut dyn Iterator<Item = std::io::Result<Batch>>,
        skipped: &mut Skipped,
        alerts: &mut Vec<u8>,
    ) -> Result<(), SourceError> {
        let mut reader = EventReader::new(&self.plan).map_err(|_| SourceError::Memory)?;
        let program = &self.rules.program;
        let mut evaluator = Evaluator::new(program);
        for batch in batches {
            let unreadable =
                |source| SourceError::Unreadable { path: PathBuf::from("posted"), source };
            let batch = batch.map_err(unreadable)?;
            let by_rule = &mut self.statistics.by_rule;
            reader.read(&batch, &mut self.order, skipped, &mut |event| {
                for &rule in evaluator.matches(event) {
                    program.render(rule, event, alerts);
                    alerts.push(b'\n');
                    by_rule[rule as usize] += 1;
                }
            });
            self.statistics.bytes += batch.text.len() as u64;
        }
        self.statistics.events = self.order.events;
        self.statistics.skipped.append(skipped);
        Ok(())
    }

    /// The rules it judges by.
    #[must_use]
    pub fn rules(&self) -> &ActiveRules {
        &self.rules
    }

    /// The counts so far.
    #[must_use]
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }
}
