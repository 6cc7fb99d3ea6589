//! Operands: fields and transformers over them, with the type of what they yield.

use super::catalog_index::{CatalogIndex, Resolved};
use super::error::{CompileError, CompileFault};
use super::operators::{Family, describe, family};
use crate::ast::{Operand, Span, Transformer};
use crate::catalog::FieldType;
use crate::event::FieldUse;

/// Something that has a value for an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Term {
    Field(FieldUse),
    Constant(Box<[u8]>),
    /// Operands of `join`, written out.
    List(Box<[Term]>),
    Call {
        transformer: Transformer,
        operands: Box<[Term]>,
        /// The option of `getopt(…)[c]`.
        argument: Option<Box<str>>,
    },
}

/// A term with the type of its value.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) term: Term,
    pub(crate) kind: FieldType,
    pub(crate) list: bool,
    /// The field may not stand on the right.
    pub(crate) left_only: bool,
    /// The name of the first field in it, for errors, warnings and folding.
    pub(crate) field: Option<&'static str>,
    pub(crate) deprecated: bool,
}

impl Typed {
    fn of_field(found: Resolved) -> Self {
        Self {
            term: Term::Field(found.usage),
            kind: found.field.kind,
            list: found.field.flags.list,
            left_only: found.field.flags.no_right_side,
            field: Some(found.field.name),
            deprecated: found.field.flags.deprecated,
        }
    }

    fn text(term: Term, list: bool) -> Self {
        Self {
            term,
            kind: FieldType::CharBuf,
            list,
            left_only: false,
            field: None,
            deprecated: false,
        }
    }

    pub(super) fn describe(&self) -> &'static str {
        describe(self.kind, self.list)
    }
}

/// How a transformer is written.
pub(crate) fn transformer_name(transformer: Transformer) -> &'static str {
    match transformer {
        Transformer::ToLower => "tolower",
        Transformer::ToUpper => "toupper",
        Transformer::B64 => "b64",
        Transformer::BaseName => "basename",
        Transformer::Len => "len",
        Transformer::Join => "join",
        Transformer::Concat => "concat",
        Transformer::GetOpt => "getopt",
        Transformer::Val => "val",
    }
}

/// `ka.verb`, `tolower(ka.verb)`, `join(',', (a, b))` and so on.
pub(super) fn compile(index: &CatalogIndex, operand: &Operand) -> Result<Typed, CompileError> {
    match operand {
        Operand::Field { name, argument, at } => {
            let found = index
                .resolve(name, argument.as_deref())
                .map_err(|fault| CompileError::new(fault, at))?;
            Ok(Typed::of_field(found))
        }
        Operand::Constant { value, .. } => {
            Ok(Typed::text(Term::Constant(value.as_bytes().into()), false))
        }
        Operand::List { items, at } => {
            let items = items
                .iter()
                .map(|item| scalar(index, item, at))
                .collect::<Result<Box<[_]>, _>>()?;
            Ok(Typed::text(Term::List(items), true))
        }
        Operand::Transform { transformer, operands, argument, at } => {
            call(index, *transformer, operands, argument.as_deref(), at)
        }
    }
}

/// An item of a written list: anything but a list.
fn scalar(index: &CatalogIndex, item: &Operand, at: &Span) -> Result<Term, CompileError> {
    let typed = compile(index, item)?;
    if typed.list {
        let fault = CompileFault::TransformerType { transformer: "join", kind: typed.describe() };
        return Err(CompileError::new(fault, at));
    }
    Ok(typed.term)
}

fn call(
    index: &CatalogIndex,
    transformer: Transformer,
    operands: &[Operand],
    argument: Option<&str>,
    at: &Span,
) -> Result<Typed, CompileError> {
    let name = transformer_name(transformer);
    let count = |wanted| {
        CompileError::new(CompileFault::TransformerOperands { transformer: name, wanted }, at)
    };
    let typed =
        operands.iter().map(|operand| compile(index, operand)).collect::<Result<Vec<_>, _>>()?;
    let mut field = typed.iter().find_map(|operand| operand.field);
    let deprecated = typed.iter().any(|operand| operand.deprecated);
    let refused = |operand: &Typed| {
        let fault = CompileFault::TransformerType { transformer: name, kind: operand.describe() };
        Err(CompileError::new(fault, at))
    };
    let (kind, list) = match (transformer, typed.as_slice()) {
        (Transformer::Val, [one]) => return Ok(one.clone()),
        (Transformer::ToLower | Transformer::ToUpper | Transformer::BaseName, [one]) => {
            if family(one.kind) != Family::Text {
                return refused(one);
            }
            (one.kind, one.list)
        }
        (Transformer::B64, [one]) => {
            if !matches!(family(one.kind), Family::Text | Family::Buffer) {
                return refused(one);
            }
            (one.kind, one.list)
        }
        (Transformer::Len, [one]) => {
            if !one.list && !matches!(family(one.kind), Family::Text | Family::Buffer) {
                return refused(one);
            }
            (FieldType::Uint64, false)
        }
        (Transformer::Join, [separator, items]) => {
            if separator.list || family(separator.kind) != Family::Text {
                return Err(count("a separator, then a list"));
            }
            if !items.list {
                return refused(items);
            }
            (FieldType::CharBuf, false)
        }
        (Transformer::Concat, [_, _, ..]) => {
            if let Some(one) = typed.iter().find(|one| one.list || family(one.kind) != Family::Text)
            {
                return refused(one);
            }
            (FieldType::CharBuf, false)
        }
        (Transformer::GetOpt, [items, letters]) => {
            if !items.list || letters.list {
                return Err(count("a list of words, then the letters of its options"));
            }
            field = items.field;
            (FieldType::CharBuf, argument.is_none())
        }
        (Transformer::Join, _) => return Err(count("a separator and a list")),
        (Transformer::Concat, _) => return Err(count("two operands or more")),
        (Transformer::GetOpt, _) => return Err(count("a list and a text")),
        _ => return Err(count("one operand")),
    };
    let term = Term::Call {
        transformer,
        operands: typed.into_iter().map(|operand| operand.term).collect(),
        argument: argument.map(Into::into),
    };
    Ok(Typed { term, kind, list, left_only: false, field, deprecated })
}
