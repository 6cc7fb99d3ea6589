//! Finds fields by name and judges their arguments.
//! Knows the catalog of one source only.

use std::collections::HashMap;

use super::error::CompileFault;
use crate::catalog::{ArgumentKind, Catalog, Field, FieldType};
use crate::event::FieldUse;
use crate::evttypes;

/// A field found in the catalog, with its argument.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Which, and with what argument.
    pub usage: FieldUse,
    /// Its entry in the catalog.
    pub field: &'static Field,
}

impl Resolved {
    /// As rules write it: `name`, `name[argument]`, `name.argument`.
    #[must_use]
    pub fn name(&self) -> String {
        written(self.field, self.usage.argument.as_deref())
    }
}

/// A field with its argument as rules write it.
pub(crate) fn written(field: &Field, argument: Option<&str>) -> String {
    match argument {
        Some(argument) if field.flags.any_name => argument.to_owned(),
        Some(argument) if field.flags.dotted && !is_number(argument) => {
            format!("{}.{argument}", field.name)
        }
        Some(argument) => format!("{}[{argument}]", field.name),
        None => field.name.to_owned(),
    }
}

#[derive(Debug)]
pub(super) struct CatalogIndex {
    by_name: HashMap<&'static str, (u16, &'static Field)>,
    /// What takes names that no field has.
    any_name: Option<(u16, &'static Field)>,
}

impl CatalogIndex {
    pub(super) fn new(catalog: &Catalog) -> Self {
        Self {
            by_name: catalog
                .fields()
                .map(|(position, field)| (field.name, (position, field)))
                .collect(),
            any_name: catalog.fields().find(|(_, field)| field.flags.any_name),
        }
    }

    pub(super) fn resolve(
        &self,
        name: &str,
        argument: Option<&str>,
    ) -> Result<Resolved, CompileFault> {
        let Some(&(position, field)) = self.by_name.get(name) else {
            if let (Some((base, word)), None) = (self.dotted(name), argument) {
                if matches!(base, "evt.arg" | "evt.rawarg") && !evttypes::is_argument(word) {
                    return Err(CompileFault::UnknownEventArgument { text: word.to_owned() });
                }
                let (position, field) = self.by_name[base];
                check_argument(field, Some(word))?;
                return Ok(Resolved {
                    usage: FieldUse { field: position, argument: Some(word.into()) },
                    field,
                });
            }
            let field = match argument {
                Some(argument) => format!("{name}[{argument}]"),
                None => name.to_owned(),
            };
            if let Some((position, taker)) = self.any_name {
                let usage = FieldUse { field: position, argument: Some(field.into()) };
                return Ok(Resolved { usage, field: taker });
            }
            return Err(CompileFault::UnknownField { field });
        };
        check_argument(field, argument)?;
        // Behind a dot stand names, in brackets only numbers.
        if name == "evt.arg"
            && let Some(argument) = argument
            && !is_number(argument)
        {
            return Err(CompileFault::ArgumentNotIndex {
                field: name.to_owned(),
                argument: argument.to_owned(),
            });
        }
        Ok(Resolved {
            usage: FieldUse { field: position, argument: argument.map(Into::into) },
            field,
        })
    }

    /// `evt.arg.flags` is another way to write `evt.arg[flags]`.
    fn dotted<'n>(&self, name: &'n str) -> Option<(&'n str, &'n str)> {
        name.rmatch_indices('.').map(|(dot, _)| (&name[..dot], &name[dot + 1..])).find(
            |(base, word)| {
                !word.is_empty()
                    && self.by_name.get(base).is_some_and(|(_, field)| field.flags.dotted)
            },
        )
    }

    pub(super) fn resolve_text(&self, text: &str) -> Result<Resolved, CompileFault> {
        match text.split_once('[') {
            Some((name, rest)) if rest.ends_with(']') => {
                self.resolve(name, Some(unquoted(&rest[..rest.len() - 1])))
            }
            _ => self.resolve(text, None),
        }
    }

    /// Names are letters, digits, `_` and `.`: the candidates are the prefixes of that run, longest first.
    pub(super) fn longest(&self, text: &str) -> Option<(Result<Resolved, CompileFault>, usize)> {
        let run = text
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
            .count();
        if let Some((name, _)) = self.dotted(&text[..run])
            && !self.by_name.contains_key(&text[..run])
        {
            return Some((self.resolve(&text[..run], None), run.max(name.len())));
        }
        let whole = text[..run].trim_end_matches('.');
        if self.any_name.is_some() && whole.contains('.') && !self.by_name.contains_key(whole) {
            let argument = text[whole.len()..]
                .strip_prefix('[')
                .and_then(|inner| Some(&inner[..closing(inner)?]));
            let end = whole.len() + argument.map_or(0, |argument| argument.len() + 2);
            return Some((self.resolve(whole, argument.map(unquoted)), end));
        }
        let (name, &(_, field)) =
            (1..=run).rev().find_map(|end| self.by_name.get_key_value(&text[..end]))?;
        let rest = &text[name.len()..];
        let takes = !matches!(field.argument, ArgumentKind::None);
        if takes
            && let Some(inner) = rest.strip_prefix('[')
            && let Some(end) = closing(inner)
        {
            let argument = unquoted(&inner[..end]);
            return Some((self.resolve(name, Some(argument)), name.len() + end + 2));
        }
        Some((self.resolve(name, None), name.len()))
    }
}

/// The position of the bracket that closes an argument.
fn closing(inner: &str) -> Option<usize> {
    match inner.as_bytes().first() {
        Some(&quote @ (b'"' | b'\'')) => {
            let end = inner[1..].find(quote as char)? + 2;
            inner[end..].starts_with(']').then_some(end)
        }
        _ => inner.find(']'),
    }
}

fn unquoted(argument: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|&quote| argument.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(argument)
}

fn is_number(argument: &str) -> bool {
    !argument.is_empty() && argument.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_argument(field: &Field, argument: Option<&str>) -> Result<(), CompileFault> {
    let name = || field.name.to_owned();
    match (field.argument, argument) {
        (ArgumentKind::None, Some(argument)) => {
            Err(CompileFault::ArgumentUnexpected { field: name(), argument: argument.to_owned() })
        }
        (ArgumentKind::Some { required: true, .. }, None) => {
            Err(CompileFault::ArgumentMissing { field: name() })
        }
        (ArgumentKind::Some { index, key, .. }, Some(argument)) => {
            if argument.contains(|c: char| c.is_ascii_whitespace())
                && field.kind != FieldType::Dynamic
            {
                return Err(CompileFault::ArgumentBlank {
                    field: name(),
                    argument: argument.to_owned(),
                });
            }
            if index && !key && !is_number(argument) {
                return Err(CompileFault::ArgumentNotIndex {
                    field: name(),
                    argument: argument.to_owned(),
                });
            }
            Ok(())
        }
        (ArgumentKind::None | ArgumentKind::Some { .. }, None) => Ok(()),
    }
}
