//! Judges input that grows: whole lines are handed over as they come, alerts come back at once.
//! Reads and watches nothing itself; keeps counts and the number of events between two calls. Used by `detect --follow`.

use lanner_rules::Evaluator;

use crate::batch::{Batch, Layout};
use crate::detect::Statistics;
use crate::error::SourceError;
use crate::events::{EventReader, Order};
use crate::plan::{ExtractOptions, Plan};
use crate::rule_book::ActiveRules;
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
        let mut reader = EventReader::new(&self.plan).map_err(|_| SourceError::Memory)?;
        let program = &self.rules.program;
        let mut evaluator = Evaluator::new(program);
        let Statistics { by_rule, skipped, .. } = &mut self.statistics;
        let mut lines = Vec::new();
        reader.read(&batch, &mut self.order, skipped, &mut |event| {
            for &rule in evaluator.matches(event) {
                program.render(rule, event, &mut lines);
                lines.push(b'\n');
                by_rule[rule as usize] += 1;
            }
        });
        self.statistics.events = self.order.events;
        self.statistics.bytes += length;
        Ok(lines)
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
