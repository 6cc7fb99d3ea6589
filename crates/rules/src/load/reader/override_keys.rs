//! `override`: which keys of an item add to, and which replace, what an earlier item says.

use crate::diagnostic::{Context, ItemKind};
use crate::load::Outcome;
use crate::load::decode::{Item, invalid};

/// The keys by what is done with them.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    pub(super) append: Vec<String>,
    pub(super) replace: Vec<String>,
}

impl Overrides {
    /// Reads and checks the keys against those that may be appended to and replaced.
    pub(super) fn read(
        item: &Item<'_>,
        append_flag: bool,
        appendable: &[&str],
        replaceable: &[&str],
    ) -> Outcome<Self> {
        let Some(node) = item.node.get("override") else { return Ok(Self::default()) };
        let within: Context = item.context.within(ItemKind::Overrides, "", item.node.mark);
        let mut overrides = Self::default();
        for (key, value) in node.entries() {
            let (name, action) =
                (key.scalar().unwrap_or_default(), value.scalar().unwrap_or_default());
            let context = within.within(ItemKind::Overrides, name, key.mark);
            let (known, list, refusal) = match action {
                "append" => {
                    (appendable, &mut overrides.append, "cannot be appended to, only replaced")
                }
                "replace" => (replaceable, &mut overrides.replace, "cannot be replaced"),
                _ => {
                    return Err(invalid(
                        format!("'{action}' is not an override: use 'append' or 'replace'"),
                        &context,
                    ));
                }
            };
            if !known.contains(&name) {
                let mut fault = invalid(format!("the key '{name}' {refusal}"), &context);
                fault.hint = crate::diagnostic::closest(name, known.iter().copied())
                    .map(|key| format!("did you mean `{key}`?"));
                return Err(fault);
            }
            list.push(name.to_owned());
        }
        if append_flag && !overrides.is_empty() {
            return Err(invalid(
                "'override' and 'append: true' cannot be used together",
                &item.context,
            ));
        }
        Ok(overrides)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.append.is_empty() && self.replace.is_empty()
    }

    pub(super) fn appends(&self, key: &str) -> bool {
        self.append.iter().any(|name| name == key)
    }

    /// Every key named is there, and no other that would silently do nothing.
    pub(super) fn check_keys(&self, item: &Item<'_>, always: &[&str]) -> Outcome<()> {
        if self.is_empty() {
            return Ok(());
        }
        for (names, action) in [(&self.append, "append"), (&self.replace, "replace")] {
            if let Some(name) = names.iter().find(|name| !item.has(name)) {
                return Err(invalid(
                    format!("'override' says to {action} '{name}', but the item has no '{name}'"),
                    &item.context,
                ));
            }
        }
        for (key, value) in item.node.entries() {
            let name = key.scalar().unwrap_or_default();
            let expected = always.contains(&name)
                || self.appends(name)
                || self.replace.iter().any(|replaced| replaced == name);
            if !expected {
                let context = item.context.within(ItemKind::Overrides, name, value.mark);
                return Err(invalid(
                    format!("the key '{name}' is not named under 'override'"),
                    &context,
                ));
            }
        }
        Ok(())
    }
}
