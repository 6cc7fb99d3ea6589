//! The thread that looks after an open store: woken by insertions, asked for retention, ended when the store is closed.
//! Decides when; `caretaker` and `retention` know what. Used by `store`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use crate::access::{Access, lock};
use crate::caretaker::Caretaker;
use crate::error::Fault;
use crate::retention::Retention;

/// Segments from which on insertions are slowed down, as questions look into every one.
const CROWDED: usize = 160;
/// For so long at most, each.
const SLOWED: Duration = Duration::from_secs(1);
/// Rest after a fault, which will most likely be met again.
const REST: Duration = Duration::from_secs(1);
/// Nice value of the thread: what is accepted and asked goes first, but the work is done on a busy machine too.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

/// See the module.
#[derive(Debug)]
pub(crate) struct Upkeep {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    orders: Mutex<Orders>,
    /// Something was ordered.
    ordered: Condvar,
    /// A turn has ended.
    turned: Condvar,
    stopping: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Orders {
    woken: bool,
    retentions: Vec<(Retention, Sender<Result<u64, Fault>>)>,
    /// How often something was done.
    turns: u64,
    /// What went wrong since somebody asked.
    fault: Option<String>,
}

impl Upkeep {
    pub(crate) fn start(access: Arc<Access>, db: Connection) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        lock(&shared.orders).woken = true;
        let own = Arc::clone(&shared);
        let thread = Builder::new().name("lanner-store".to_owned()).spawn(move || {
            give_way_to_others();
            let caretaker = Caretaker::new(access, db, Arc::clone(&own.stopping));
            // Who inserts first meets the same fault, and tells it.
            drop(safely(|| caretaker.begin()));
            while own.turn(&caretaker) {}
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// After an insertion that left so many segments. Gives what went wrong since the last.
    pub(crate) fn wake(&self, segments: usize) -> Option<String> {
        let mut orders = lock(&self.shared.orders);
        orders.woken = true;
        self.shared.ordered.notify_one();
        let fault = orders.fault.take();
        if segments > CROWDED && fault.is_none() {
            let turns = orders.turns;
            let waiting = |orders: &mut Orders| orders.turns == turns;
            drop(self.shared.turned.wait_timeout_while(orders, SLOWED, waiting));
        }
        fault
    }

    /// Removes what is not to be kept, and waits for that; gives how many alerts that were.
    pub(crate) fn retain(&self, retention: Retention) -> Result<u64, Fault> {
        let (answer, answered) = channel();
        lock(&self.shared.orders).retentions.push((retention, answer));
        self.shared.ordered.notify_one();
        answered.recv().unwrap_or(Err(Fault::NoUpkeep))
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        {
            let _orders = lock(&self.shared.orders);
            self.shared.stopping.store(true, Ordering::Relaxed);
            self.shared.ordered.notify_one();
        }
        if let Some(thread) = self.thread.take() {
            // Its panics were caught and told.
            drop(thread.join());
        }
    }
}

impl Shared {
    /// Waits for something to do, and does one thing of each kind. Gives whether there may be another turn.
    fn turn(&self, caretaker: &Caretaker) -> bool {
        let idle = |orders: &mut Orders| !orders.woken && orders.retentions.is_empty();
        let retentions = {
            let orders = lock(&self.orders);
            let waits = |orders: &mut Orders| idle(orders) && !caretaker.is_stopping();
            let Ok(mut orders) = self.ordered.wait_while(orders, waits) else { return false };
            orders.woken = false;
            std::mem::take(&mut orders.retentions)
        };
        if caretaker.is_stopping() {
            return false;
        }
        for (retention, answer) in retentions {
            // Who asked may be gone.
            drop(answer.send(safely(|| caretaker.retain(retention))));
        }
        let outcome = safely(|| caretaker.tend());
        let mut orders = lock(&self.orders);
        orders.turns += 1;
        self.turned.notify_all();
        match outcome {
            Ok(more) => orders.woken |= more,
            Err(fault) => {
                caretaker.left_pieces();
                orders.fault = Some(fault.to_string());
                let resting = |_: &mut Orders| !caretaker.is_stopping();
                drop(self.ordered.wait_timeout_while(orders, REST, resting));
            }
        }
        true
    }
}

fn safely<R>(work: impl FnOnce() -> Result<R, Fault>) -> Result<R, Fault> {
    let panicked = |_| Err(Fault::Damaged("the upkeep panicked"));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(panicked)
}

/// Only on Linux a thread has a priority of its own.
fn give_way_to_others() {
    #[cfg(target_os = "linux")]
    // Without it everything works, only less smoothly.
    let _ = rustix::process::setpriority_process(None, NICE);
}
