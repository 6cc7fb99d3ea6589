//! Gives every field a program uses its slot, once.

use std::collections::HashMap;

use crate::event::{FieldUse, Slot};

#[derive(Debug, Default)]
pub(crate) struct Slots {
    known: HashMap<FieldUse, Slot>,
    fields: Vec<FieldUse>,
}

impl Slots {
    pub(crate) fn slot(&mut self, usage: &FieldUse) -> Slot {
        if let Some(slot) = self.known.get(usage) {
            return *slot;
        }
        // A program with more than 65,535 different fields cannot be written: the loader's size limits come first.
        let slot = Slot(u16::try_from(self.fields.len()).unwrap_or(u16::MAX));
        self.known.insert(usage.clone(), slot);
        self.fields.push(usage.clone());
        slot
    }

    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(crate) fn into_fields(self) -> Vec<FieldUse> {
        self.fields
    }
}
