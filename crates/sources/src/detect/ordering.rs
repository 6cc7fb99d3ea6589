//! Tells each batch how many events came before it, when rules or outputs ask for that.
//! A batch waits only until those before it are counted, not until they are judged.

use std::sync::{Condvar, Mutex, PoisonError};

use crate::events::Order;

/// The order of the batch whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Ordering {
    state: Mutex<(u64, Order, bool)>,
    turned: Condvar,
}

impl Ordering {
    /// Waits for the turn of batch `number`, adds what it holds, and returns what came before. `None` when given up.
    pub(super) fn pass(&self, number: u64, counted: Order) -> Option<Order> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.0 != number && !state.2 {
            state = self.turned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.2 {
            return None;
        }
        let before = state.1;
        state.0 += 1;
        state.1.events += counted.events;
        state.1.first = before.first.or(counted.first);
        self.turned.notify_all();
        Some(Order { first: before.first, ..before })
    }

    /// Nobody waits any more.
    pub(super) fn give_up(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).2 = true;
        self.turned.notify_all();
    }
}
