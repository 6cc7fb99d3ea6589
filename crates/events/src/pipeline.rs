//! Runs the stages of a pass over the cores: read and hash and merge in file order, parse in any order.
//! Knows no JSON and no report. Each thread takes whatever is most urgent, so no core waits for a stage that has one
//! thread only; the calling thread is one of them. Used by `ingest`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use sha2::{Digest, Sha256};

use crate::chunk::{ChunkReader, Limits};
use crate::collector::Collector;
use crate::error::EventsError;
use crate::line::Classifier;
use crate::parsed::Parsed;
use crate::schedule::{Phase, Slot, State, Work};

/// Bytes of chunks held at once, whatever the number of threads; one line longer than this still passes, alone.
const MAX_IN_FLIGHT: usize = 16 << 20;

/// Chunks that each thread may be ahead.
const CHUNKS_AHEAD: usize = 4;

/// How a pass is run.
pub(crate) struct Control<'a> {
    pub(crate) workers: usize,
    pub(crate) limits: Limits,
    pub(crate) cancel: &'a AtomicBool,
    pub(crate) progress: &'a AtomicU64,
}

/// What is left when the file has passed.
pub(crate) struct Passed<'c> {
    pub(crate) collector: Collector<'c>,
    pub(crate) sha256: [u8; 32],
    pub(crate) bytes: u64,
}

/// Reads everything that `reader` gives. All threads have ended when this returns, however it does.
pub(crate) fn run<'c>(
    reader: ChunkReader<'_>,
    collector: Collector<'c>,
    control: &Control<'_>,
) -> Result<Passed<'c>, EventsError> {
    let workers = control.workers.max(1);
    let budget = (control.limits.chunk.saturating_mul(CHUNKS_AHEAD * workers)).min(MAX_IN_FLIGHT);
    let pipeline = Pipeline {
        control,
        state: Mutex::new(State { budget, ..State::default() }),
        wake: Condvar::new(),
        reader: Mutex::new(reader),
        hasher: Mutex::new(Sha256::new()),
        collector: Mutex::new(collector),
    };
    thread::scope(|scope| {
        for n in 1..workers {
            let spawned = thread::Builder::new()
                .name(format!("events-{n}"))
                .spawn_scoped(scope, || pipeline.work());
            if spawned.is_err() {
                // Fewer threads than wished for are slower, nothing else.
                break;
            }
        }
        pipeline.work();
    });
    let state = pipeline.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    match state.failure {
        Some(failure) => Err(failure),
        None => Ok(Passed {
            collector: pipeline.collector.into_inner().unwrap_or_else(PoisonError::into_inner),
            sha256: pipeline
                .hasher
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner)
                .finalize()
                .into(),
            bytes: state.merged_bytes,
        }),
    }
}

struct Pipeline<'a, 'f, 'c> {
    control: &'a Control<'a>,
    state: Mutex<State>,
    wake: Condvar,
    // Each is locked only by the thread that took the stage's turn, so these locks are never contended.
    reader: Mutex<ChunkReader<'f>>,
    hasher: Mutex<Sha256>,
    collector: Mutex<Collector<'c>>,
}

impl Pipeline<'_, '_, '_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thread's life.
    fn work(&self) {
        let _guard = StopOnPanic(self);
        let mut classifier = match Classifier::new(self.control.limits.line) {
            Ok(classifier) => classifier,
            Err(failure) => return self.update(|state| state.fail(failure)),
        };
        while let Some(work) = self.next() {
            match work {
                Work::Merge(slot) => self.merge(slot),
                Work::Hash(chunk) => {
                    self.hasher
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .update(chunk.bytes());
                    drop(chunk);
                    self.update(|state| state.hashed += 1);
                }
                Work::Parse(chunk, number) => {
                    let parsed = Parsed::of(&chunk, &mut classifier);
                    drop(chunk);
                    self.update(|state| {
                        // Merging waits for this very result, so the slot is still there.
                        let place = number - state.merged;
                        state.in_flight += parsed.memory();
                        state.slots[place].parsed = Some(Box::new(parsed));
                    });
                }
                Work::Read(spare) => self.read(spare),
            }
        }
    }

    /// Waits for something to do; `None` when all is done or given up.
    fn next(&self) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if state.phase != Phase::Stopped && self.control.cancel.load(Ordering::Relaxed) {
                state.fail(EventsError::Cancelled);
            }
            if state.finished() {
                self.wake.notify_all();
                return None;
            }
            if let Some(work) = state.pick(self.control.limits.chunk) {
                return Some(work);
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.wake.notify_all();
    }

    fn read(&self, spare: Option<Vec<u8>>) {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let step = reader.step(spare);
        let (ended, offset) = (reader.ended(), reader.position());
        drop(reader);
        self.update(|state| {
            state.reading = false;
            if ended && state.phase == Phase::Reading {
                state.phase = Phase::Ended;
            }
            match step {
                Ok(Some(chunk)) => {
                    state.in_flight += chunk.buffer.len();
                    state.slots.push_back(Slot { chunk: Arc::new(chunk), parsed: None });
                }
                Ok(None) => {}
                Err(source) => state.fail(EventsError::Read { offset, source }),
            }
        });
    }

    fn merge(&self, slot: Slot) {
        let Slot { chunk, parsed } = slot;
        // Hasher and parser are done with the chunk, so this moves it.
        let mut chunk = Arc::unwrap_or_clone(chunk);
        let parsed = parsed.unwrap_or_default();
        let result = self
            .collector
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .append(&mut chunk, &parsed);
        let memory = parsed.memory() + chunk.buffer.len();
        drop(parsed);
        self.control.progress.fetch_add(chunk.len as u64, Ordering::Relaxed);
        self.update(|state| {
            state.merging = false;
            state.merged_bytes += chunk.len as u64;
            state.in_flight -= memory;
            if chunk.buffer.len() <= self.control.limits.chunk.saturating_mul(4) {
                state.free.push(chunk.buffer);
            }
            if let Err(failure) = result {
                state.fail(failure);
            }
        });
    }
}

/// Others must not wait for what a panicked thread would have done.
struct StopOnPanic<'p, 'a, 'f, 'c>(&'p Pipeline<'a, 'f, 'c>);

impl Drop for StopOnPanic<'_, '_, '_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.update(|state| state.phase = Phase::Stopped);
        }
    }
}
