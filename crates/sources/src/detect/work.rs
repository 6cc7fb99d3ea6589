//! The threads of a run: each takes the next batch, judges its events and hands the findings on.
//! Reading is under a lock, which costs little beside judging; nothing else is shared but what `ordering` and `delivery` keep.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::{mem, thread, vec};

use lanner_rules::{Evaluator, Event, Program};

use super::delivery::{Delivery, Findings};
use super::ordering::Ordering;
use super::{AlertLine, Control, DetectOptions, Sink, Statistics};
use crate::batch::Batch;
use crate::error::SourceError;
use crate::events::{EventReader, Order};
use crate::input::{Cutter, Input};
use crate::plan::Plan;
use crate::skipped::Skipped;

/// Findings that may wait, for each thread.
const AHEAD: u64 = 4;

/// All inputs, one after the other.
struct Reading {
    inputs: vec::IntoIter<Input>,
    current: Option<(Input, Cutter)>,
    opened: u32,
    batches: u64,
    spare: Vec<Vec<u8>>,
    skipped: Skipped,
    ended: bool,
}

struct Run<'r> {
    plan: &'r Plan,
    program: &'r Program,
    options: &'r DetectOptions,
    control: &'r Control,
    reading: Mutex<Reading>,
    ordering: Ordering,
    delivery: Delivery<'r>,
}

pub(super) fn run(
    inputs: Vec<Input>,
    plan: &Plan,
    program: &Program,
    options: &DetectOptions,
    control: &Control,
    sink: &mut dyn Sink,
) -> Result<Statistics, SourceError> {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    let threads = if options.threads == 0 { cores() } else { options.threads };
    let reading = Reading {
        inputs: inputs.into_iter(),
        current: None,
        opened: 0,
        batches: 0,
        spare: Vec::new(),
        skipped: Skipped::default(),
        ended: false,
    };
    let run = Run {
        plan,
        program,
        options,
        control,
        reading: Mutex::new(reading),
        ordering: Ordering::default(),
        delivery: Delivery::new(program.rules(), AHEAD * threads as u64, sink),
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| run.work());
        }
        run.work();
    });
    let skipped = run.reading.into_inner().unwrap_or_else(PoisonError::into_inner).skipped;
    let mut statistics = run.delivery.finish()?;
    statistics.skipped.append(&skipped);
    Ok(statistics)
}

impl Run<'_> {
    fn work(&self) {
        // Others must not wait for what a panicked thread would have done.
        let guard = StopOnPanic(self);
        if let Err(failure) = self.judge_all() {
            self.delivery.fail(failure);
            self.ordering.give_up();
        }
        drop(guard);
    }

    fn judge_all(&self) -> Result<(), SourceError> {
        let mut reader = EventReader::new(self.plan).map_err(|_| SourceError::Memory)?;
        let mut evaluator = Evaluator::new(self.program);
        let mut spent: Option<Vec<u8>> = None;
        loop {
            if self.control.cancel.load(Relaxed) {
                return Err(SourceError::Cancelled);
            }
            let Some((number, batch)) = self.next_batch(spent.take())? else { return Ok(()) };
            let Some(mut findings) = self.delivery.enter(number) else {
                self.ordering.give_up();
                return Ok(());
            };
            let order = if self.plan.needs_order {
                let mut counted = Order::default();
                reader.read(&batch, &mut counted, &mut Skipped::default(), &mut |_| {});
                match self.ordering.pass(number, counted) {
                    Some(order) => order,
                    None => return Ok(()),
                }
            } else {
                Order::default()
            };
            self.judge(&batch, order, &mut reader, &mut evaluator, &mut findings);
            self.delivery.deliver(number, findings, self.control);
            spent = Some(batch.text);
        }
    }

    fn judge(
        &self,
        batch: &Batch,
        mut order: Order,
        reader: &mut EventReader<'_>,
        evaluator: &mut Evaluator<'_>,
        findings: &mut Findings,
    ) {
        let before = order.events;
        let Findings { lines, alerts, skipped, hashes, .. } = findings;
        let mut window: Option<(u64, u64)> = None;
        reader.read(batch, &mut order, skipped, &mut |event| {
            let time = event.time();
            window = Some(window.map_or((time, time), |(from, to)| (from.min(time), to.max(time))));
            if self.options.duplicates {
                hashes.extend(event.identity());
            }
            for &rule in evaluator.matches(event) {
                self.program.render(rule, event, lines);
                lines.push(b'\n');
                alerts.push(AlertLine { rule, time, end: lines.len() });
            }
        });
        findings.window = window;
        findings.events = order.events - before;
        findings.bytes = batch.text.len() as u64;
    }

    fn next_batch(&self, spent: Option<Vec<u8>>) -> Result<Option<(u64, Batch)>, SourceError> {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = &mut *reading;
        reading.spare.extend(spent);
        while !reading.ended {
            if reading.current.is_none() {
                let Some(mut input) = reading.inputs.next() else {
                    reading.ended = true;
                    break;
                };
                let stream = input.open()?;
                let cutter = Cutter::new(stream, reading.opened, self.options.limits);
                reading.opened += 1;
                reading.current = Some((input, cutter));
            }
            let Some((input, cutter)) = &mut reading.current else { break };
            match cutter.next(&mut reading.spare) {
                Ok(Some(batch)) => {
                    reading.batches += 1;
                    return Ok(Some((reading.batches - 1, batch)));
                }
                Ok(None) => {
                    reading.skipped.append(&mem::take(&mut cutter.skipped));
                    reading.current = None;
                }
                Err(source) => {
                    return Err(SourceError::Unreadable { path: input.name.clone(), source });
                }
            }
        }
        Ok(None)
    }
}

struct StopOnPanic<'r, 's>(&'r Run<'s>);

impl Drop for StopOnPanic<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.delivery.fail(SourceError::Cancelled);
            self.0.ordering.give_up();
        }
    }
}
