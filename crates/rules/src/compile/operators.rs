//! Which operator goes with which type of value.

use super::error::CompileFault;
use crate::ast::{Modifier, Operator};
use crate::catalog::FieldType;

/// Types that compare alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Buffer,
    Number,
    Network,
}

pub(super) fn family(kind: FieldType) -> Family {
    match kind {
        FieldType::CharBuf | FieldType::FsPath | FieldType::Dynamic => Family::Text,
        FieldType::ByteBuf => Family::Buffer,
        FieldType::IpAddr | FieldType::IpNet => Family::Network,
        _ => Family::Number,
    }
}

/// How a type is called in errors.
pub(super) fn describe(kind: FieldType, list: bool) -> &'static str {
    match (list, family(kind)) {
        (true, _) => "a list",
        (_, Family::Text) => "text",
        (_, Family::Buffer) => "a buffer of bytes",
        (_, Family::Number) => "a number",
        (_, Family::Network) => "an address or a network",
    }
}

/// How the operator is written.
pub(crate) fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Exists => "exists",
        Operator::Equal { .. } => "=",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::Contains => "contains",
        Operator::IContains => "icontains",
        Operator::StartsWith => "startswith",
        Operator::EndsWith => "endswith",
        Operator::Glob => "glob",
        Operator::IGlob => "iglob",
        Operator::Regex => "regex",
        Operator::BContains => "bcontains",
        Operator::BStartsWith => "bstartswith",
        Operator::In => "in",
        Operator::Intersects => "intersects",
        Operator::PMatch => "pmatch",
    }
}

pub(super) fn check(
    operator: Operator,
    modifier: Option<Modifier>,
    kind: FieldType,
    list: bool,
) -> Result<(), CompileFault> {
    use Operator as O;
    let everywhere = matches!(operator, O::Exists | O::In | O::Intersects);
    let equality = matches!(operator, O::Equal { .. } | O::NotEqual);
    let order = matches!(operator, O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual);
    let bytes = matches!(operator, O::BContains | O::BStartsWith);
    let fits = match (list, family(kind)) {
        (true, _) => everywhere && modifier.is_none(),
        (_, Family::Network) => everywhere || equality,
        (_, Family::Number) => everywhere || equality || order,
        (_, Family::Text) => !bytes,
        (_, Family::Buffer) => {
            everywhere
                || equality
                || bytes
                || matches!(operator, O::Contains | O::StartsWith | O::EndsWith)
        }
    };
    if fits {
        return Ok(());
    }
    Err(CompileFault::Operator { operator: symbol(operator), kind: describe(kind, list) })
}
