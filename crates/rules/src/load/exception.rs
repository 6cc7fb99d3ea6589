//! Exceptions: checked against each other and the source, and written behind the condition they limit.

use crate::condition;
use crate::diagnostic::{Code, Context};
use crate::load::definition::{Entry, ExceptionItem, RuleItem};
use crate::load::{Checker, Fault, Outcome};

const TEXT_OPERATORS: [&str; 12] = [
    "=",
    "==",
    "!=",
    "glob",
    "iglob",
    "contains",
    "icontains",
    "bcontains",
    "startswith",
    "bstartswith",
    "endswith",
    "regex",
];
const OTHER_OPERATORS: [&str; 5] = ["exists", "<=", "<", ">=", ">"];
const LIST_OPERATORS: [&str; 3] = ["in", "intersects", "pmatch"];
const MODIFIERS: [&str; 3] = ["oneof", "anyof", "allof"];

fn fault(message: impl Into<String>, context: &Context) -> Box<Fault> {
    Fault::new(Code::Validate, message, context)
}

/// `startswith oneof`.
fn is_modified(operator: &str) -> bool {
    operator.split_once(' ').is_some_and(|(base, modifier)| {
        TEXT_OPERATORS.contains(&base) && MODIFIERS.contains(&modifier)
    })
}

fn takes_list(operator: &str) -> bool {
    LIST_OPERATORS.contains(&operator) || is_modified(operator)
}

fn is_operator(operator: &str) -> bool {
    takes_list(operator)
        || TEXT_OPERATORS.contains(&operator)
        || OTHER_OPERATORS.contains(&operator)
}

/// Fills in operators that are not given, and checks that fields and operators fit and exist.
pub(super) fn validate(
    exception: &mut ExceptionItem,
    source: &str,
    checker: &dyn Checker,
) -> Outcome<()> {
    let context = &exception.context;
    let Some(fields) = &exception.fields else {
        return Err(fault("an exception must have fields", context));
    };
    let operators = match (fields, exception.operators.take()) {
        (Entry::Item(_), operators) => single_operator(operators, context)?,
        (Entry::List(fields), operators) => list_operators(fields.len(), operators, context)?,
    };
    exception.operators = Some(operators);
    let fields: &[Entry] = match fields {
        Entry::Item(_) => std::slice::from_ref(fields),
        Entry::List(fields) => fields,
    };
    for field in fields {
        let Entry::Item(text) = field else {
            return Err(fault("the fields of an exception must be texts", context));
        };
        let known = condition::parse_operand(text)
            .map_err(|_| None)
            .and_then(|operand| checker.operand(source, &operand).map_err(|error| error.hint));
        if let Err(hint) = known {
            let mut fault = fault(format!("'{text}' is not a field of source '{source}'"), context);
            fault.hint = hint;
            return Err(fault);
        }
    }
    Ok(())
}

fn single_operator(operators: Option<Entry>, context: &Context) -> Outcome<Entry> {
    match operators {
        None => Ok(Entry::Item("in".to_owned())),
        Some(Entry::Item(operator)) => {
            let operator = normalised(&operator);
            if takes_list(&operator) {
                Ok(Entry::Item(operator))
            } else {
                Err(fault(
                    "a single field is compared with in, pmatch, intersects, or a text operator with oneof, anyof or allof",
                    context,
                ))
            }
        }
        Some(Entry::List(_)) => Err(fault(
            "the fields and comps of an exception must both be texts, or both lists",
            context,
        )),
    }
}

fn list_operators(fields: usize, operators: Option<Entry>, context: &Context) -> Outcome<Entry> {
    let operators = match operators {
        None => return Ok(Entry::List(vec![Entry::Item("=".to_owned()); fields])),
        Some(Entry::List(operators)) if operators.is_empty() => {
            return list_operators(fields, None, context);
        }
        Some(Entry::List(operators)) => operators,
        Some(Entry::Item(_)) => {
            return Err(fault(
                "the fields and comps of an exception must both be texts, or both lists",
                context,
            ));
        }
    };
    if operators.len() != fields {
        return Err(fault(
            "the fields and comps of an exception must have the same length",
            context,
        ));
    }
    operators
        .iter()
        .map(|operator| match operator {
            Entry::Item(operator) if is_operator(&normalised(operator)) => {
                Ok(Entry::Item(normalised(operator)))
            }
            Entry::Item(operator) => {
                Err(fault(format!("'{operator}' is not an operator"), context))
            }
            Entry::List(_) => Err(fault("the comps of an exception must be texts", context)),
        })
        .collect::<Outcome<_>>()
        .map(Entry::List)
}

/// Without blanks around, and one between the words.
fn normalised(operator: &str) -> String {
    operator.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Adds an exception to a rule, or values to one of its exceptions.
pub(super) fn append(
    rule: &mut RuleItem,
    mut addition: ExceptionItem,
    checker: &dyn Checker,
) -> Outcome<()> {
    if let Some(known) = rule.exceptions.iter_mut().find(|known| known.name == addition.name) {
        if addition.fields.as_ref().is_some_and(|fields| known.fields.as_ref() != Some(fields)) {
            return Err(fault(
                "the exception has other fields already; only values can be appended",
                &addition.context,
            ));
        }
        if addition
            .operators
            .as_ref()
            .is_some_and(|operators| known.operators.as_ref() != Some(operators))
        {
            return Err(fault(
                "the exception has other comps already; only values can be appended",
                &addition.context,
            ));
        }
        known.values.append(&mut addition.values);
        return Ok(());
    }
    if addition.fields.is_none() {
        return Err(fault("a new exception must have fields", &addition.context));
    }
    if addition.values.is_empty() {
        return Err(fault("a new exception must have values", &addition.context));
    }
    if !rule.unknown_source {
        validate(&mut addition, &rule.source, checker)?;
    }
    rule.exceptions.push(addition);
    Ok(())
}

/// The condition with its exceptions: `(condition) and not (…)`.
pub(super) fn join(condition: &str, exceptions: &[ExceptionItem]) -> Outcome<String> {
    let mut text = format!("({condition})");
    for exception in exceptions {
        let limit = match (&exception.fields, &exception.operators) {
            (Some(Entry::Item(field)), Some(Entry::Item(operator))) => {
                single(field, operator, exception)?
            }
            (Some(Entry::List(fields)), Some(Entry::List(operators))) => {
                rows(fields, operators, exception)?
            }
            _ => String::new(),
        };
        if !limit.is_empty() {
            text.push_str(" and not ");
            text.push_str(&limit);
        }
    }
    Ok(text)
}

fn single(field: &str, operator: &str, exception: &ExceptionItem) -> Outcome<String> {
    let values = exception
        .values
        .iter()
        .map(|value| match value {
            Entry::Item(value) => Ok(quoted(value)),
            Entry::List(_) => Err(fault(
                "the values of an exception with a single field must be texts",
                &exception.context,
            )),
        })
        .collect::<Outcome<Vec<_>>>()?;
    Ok(if values.is_empty() {
        String::new()
    } else {
        format!("({field} {operator} ({}))", values.join(", "))
    })
}

fn rows(fields: &[Entry], operators: &[Entry], exception: &ExceptionItem) -> Outcome<String> {
    let mut rows = Vec::with_capacity(exception.values.len());
    for row in &exception.values {
        let columns = match row {
            Entry::List(columns) if columns.len() == fields.len() => columns,
            _ => {
                return Err(fault(
                    "the fields of an exception and each row of its values must have the same length",
                    &exception.context,
                ));
            }
        };
        let checks: Vec<_> = fields
            .iter()
            .zip(operators)
            .zip(columns)
            .filter_map(|((field, operator), value)| match (field, operator) {
                (Entry::Item(field), Entry::Item(operator)) => {
                    Some(format!(" {field} {operator} {}", column(operator, value)))
                }
                _ => None,
            })
            .collect();
        rows.push(format!("({})", checks.join(" and")));
    }
    Ok(if rows.is_empty() { String::new() } else { format!("({})", rows.join(" or ")) })
}

/// A value in a row: a list in parentheses, or a text.
fn column(operator: &str, value: &Entry) -> String {
    match value {
        Entry::List(items) => {
            let items: Vec<_> = items
                .iter()
                .filter_map(
                    |item| if let Entry::Item(item) = item { Some(quoted(item)) } else { None },
                )
                .collect();
            format!("({})", items.join(", "))
        }
        Entry::Item(item) if takes_list(operator) && !item.starts_with('(') => format!("({item})"),
        Entry::Item(item) if takes_list(operator) => item.clone(),
        Entry::Item(item) => quoted(item),
    }
}

/// Texts with blanks are quoted, unless they are already. The text itself is not looked at, so one with quotes within
/// does not survive.
pub(super) fn quoted(text: &str) -> String {
    if text.contains(' ') && !text.starts_with(['"', '\'']) {
        format!("\"{text}\"")
    } else {
        text.to_owned()
    }
}
