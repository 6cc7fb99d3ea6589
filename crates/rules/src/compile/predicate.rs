//! Checks with their types settled: what `program` shares between rules, compared by value.

use super::MAX_DEPTH;
use super::catalog_index::CatalogIndex;
use super::constant::Constant;
use super::error::{CompileError, CompileFault};
use super::operand::{self, Term, Typed};
use super::operators::{self, describe, symbol};
use super::warning::{self, Warning, WarningKind};
use crate::ast::{Check, Expression, Literal, Modifier, Operator, Right, Span};
use crate::catalog::FieldType;
use crate::evttypes;
use crate::matcher;

/// A condition over predicates.
#[derive(Clone, Debug)]
pub(crate) enum Compiled {
    And(Vec<Compiled>),
    Or(Vec<Compiled>),
    Not(Box<Compiled>),
    Check(Predicate, Span),
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Predicate {
    pub(crate) left: Term,
    /// The left side is `evt.num` itself, which counts from one and is never missing.
    pub(crate) counts_events: bool,
    /// Both ends of an address or a port must satisfy, not one: `!=`.
    pub(crate) every_value: bool,
    pub(crate) test: Test,
}

/// What is asked of the left side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    Exists,
    One {
        operator: Operator,
        constant: Constant,
    },
    Several {
        operator: Operator,
        modifier: Modifier,
        constants: Vec<Constant>,
    },
    /// `in` and `intersects`; of a list all its values, or any.
    Member {
        constants: Vec<Constant>,
    },
    Path {
        constants: Vec<Constant>,
    },
    Against {
        operator: Operator,
        right: Term,
    },
}

pub(super) fn compile(
    index: &CatalogIndex,
    expression: &Expression,
    warnings: &mut Vec<Warning>,
    depth: usize,
) -> Result<Compiled, CompileError> {
    if depth > MAX_DEPTH {
        return Err(CompileError::new(CompileFault::TooDeep, &(0..0)));
    }
    let mut all = |children: &[Expression]| {
        children
            .iter()
            .map(|child| compile(index, child, warnings, depth + 1))
            .collect::<Result<Vec<_>, _>>()
    };
    match expression {
        Expression::And(children) => Ok(Compiled::And(all(children)?)),
        Expression::Or(children) => Ok(Compiled::Or(all(children)?)),
        Expression::Not(child) => {
            Ok(Compiled::Not(Box::new(compile(index, child, warnings, depth + 1)?)))
        }
        Expression::Check(check) => {
            Ok(Compiled::Check(predicate(index, check, warnings)?, check.at.clone()))
        }
        Expression::Macro { name, at } => {
            Err(CompileError::new(CompileFault::UndefinedMacro { name: name.clone() }, at))
        }
    }
}

fn predicate(
    index: &CatalogIndex,
    check: &Check,
    warnings: &mut Vec<Warning>,
) -> Result<Predicate, CompileError> {
    let fail = |fault| CompileError::new(fault, &check.at);
    // A fault within an operand is told of the whole check, as Falco does.
    let left = operand::compile(index, &check.left).map_err(|error| fail(error.fault))?;
    let operator = normalised(check.operator);
    operators::check(operator, check.modifier, left.kind, left.list).map_err(fail)?;
    if left.deprecated
        && let Some(field) = left.field
    {
        warnings.push(Warning {
            kind: WarningKind::DeprecatedField { field: field.to_owned() },
            at: check.at.clone(),
        });
    }
    let literals: &[Literal] = match &check.right {
        Right::Value(literal) => std::slice::from_ref(literal),
        Right::List(literals) => literals,
        Right::Nothing | Right::Operand(_) => &[],
    };
    if let Some(field) = left.field
        && warning::compares_missing(field, operator, literals)
    {
        warnings.push(Warning {
            kind: WarningKind::MissingAsText { field: field.to_owned() },
            at: check.at.clone(),
        });
    }
    for literal in literals {
        warning::of_constant(index, operator, literal, &literal.at, warnings);
    }
    let test = match &check.right {
        Right::Nothing => Test::Exists,
        Right::Operand(right) => against(
            operator,
            &left,
            operand::compile(index, right).map_err(|error| fail(error.fault))?,
        )
        .map_err(fail)?,
        Right::Value(_) | Right::List(_) => {
            with_constants(operator, check, &left, literals).map_err(fail)?
        }
    };
    let ends =
        matches!(left.kind, FieldType::IpAddr | FieldType::IpNet | FieldType::Port) && !left.list;
    let plain = matches!(left.term, Term::Field(_));
    Ok(Predicate {
        counts_events: plain && left.field == Some("evt.num"),
        every_value: (left.list && operator == Operator::In)
            || (ends && operator == Operator::NotEqual),
        left: left.term,
        test,
    })
}

/// `=` and `==` are one to everything but the printer.
fn normalised(operator: Operator) -> Operator {
    match operator {
        Operator::Equal { .. } => Operator::Equal { doubled: false },
        other => other,
    }
}

fn with_constants(
    operator: Operator,
    check: &Check,
    left: &Typed,
    literals: &[Literal],
) -> Result<Test, CompileFault> {
    let mut constants = Vec::with_capacity(literals.len());
    for literal in literals {
        constants.push(constant(operator, left, &literal.text)?);
    }
    if let Some(modifier) = check.modifier {
        return Ok(Test::Several { operator, modifier, constants });
    }
    match (operator, constants.len()) {
        (Operator::In | Operator::Intersects, _) => {
            let mut seen = std::collections::HashSet::new();
            constants.retain(|constant| seen.insert(constant.clone()));
            Ok(Test::Member { constants })
        }
        (Operator::PMatch, _) => Ok(Test::Path { constants }),
        (_, 1) => Ok(Test::One { operator, constant: constants.remove(0) }),
        // The grammar gives one value to the others; of a hand-made tree with more, any may satisfy.
        _ => Ok(Test::Several { operator, modifier: Modifier::AnyOf, constants }),
    }
}

fn constant(operator: Operator, left: &Typed, text: &str) -> Result<Constant, CompileFault> {
    match operator {
        Operator::BContains | Operator::BStartsWith => return Constant::hex(text),
        Operator::Regex => matcher::check_regex(text)
            .map_err(|reason| CompileFault::Regex { pattern: text.to_owned(), reason })?,
        _ => {}
    }
    if left.field == Some("evt.type")
        && matches!(left.term, Term::Field(_))
        && !evttypes::is_known(text)
    {
        return Err(CompileFault::UnknownEventType { text: text.to_owned() });
    }
    let order = matches!(
        operator,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual
    );
    if order && left.kind == FieldType::Dynamic {
        return Ok(Constant::number_or_text(text));
    }
    Constant::parse(text, left.kind)
}

fn against(operator: Operator, left: &Typed, right: Typed) -> Result<Test, CompileFault> {
    let refused = matches!(operator, Operator::Regex | Operator::PMatch | Operator::Exists);
    // What type an event has is settled before it is looked at.
    let indexed = matches!(left.field, Some("evt.type" | "syscall.type"));
    if refused
        || indexed
        || matches!(left.kind, FieldType::IpNet)
        || matches!(right.kind, FieldType::IpNet)
    {
        return Err(CompileFault::RightFieldOperator { operator: symbol(operator) });
    }
    if right.left_only {
        return Err(CompileFault::RightFieldRefused {
            field: right.field.unwrap_or_default().to_owned(),
        });
    }
    let text = |kind| match kind {
        FieldType::FsPath | FieldType::Dynamic => FieldType::CharBuf,
        other => other,
    };
    if text(left.kind) != text(right.kind) {
        let (left, right) = (describe(left.kind, left.list), describe(right.kind, right.list));
        return Err(CompileFault::TypesDiffer { left, right });
    }
    Ok(Test::Against { operator, right: right.term })
}
