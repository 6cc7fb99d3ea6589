//! A diagnostic for people: code and message, the chain of places, the line with a caret, the hint.

use std::fmt::{Formatter, Result, Write as _};

use crate::diagnostic::{Diagnostic, Position};

/// Bytes of a line that a snippet shows around the place.
const WIDTH: usize = 160;

pub(super) fn diagnostic(formatter: &mut Formatter<'_>, diagnostic: &Diagnostic) -> Result {
    let kind = if diagnostic.code.is_error() { "error" } else { "warning" };
    write!(formatter, "{kind}[{}]: {}", diagnostic.code.name(), diagnostic.message)?;
    if let Some(place) = diagnostic.position() {
        write!(formatter, "\n  --> {}:{}:{}", place.name, place.line + 1, place.column + 1)?;
    }
    let items: Vec<_> =
        diagnostic.locations.iter().filter(|location| !location.name.is_empty()).collect();
    for (index, item) in items.iter().enumerate() {
        formatter.write_str(if index == 0 { "\n  in " } else { ", " })?;
        write!(formatter, "{} '{}'", item.kind.name(), item.name)?;
    }
    for line in diagnostic.snippet.lines() {
        write!(formatter, "\n  | {line}")?;
    }
    if let Some(hint) = &diagnostic.hint {
        write!(formatter, "\nhint: {hint}")?;
    }
    Ok(())
}

/// The line of the place, and a caret under it. Long lines are cut around the place.
pub(crate) fn snippet(text: &str, place: &Position) -> String {
    let offset = place.offset.min(text.len());
    let start =
        text.as_bytes()[..offset].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let end = text.as_bytes()[offset..]
        .iter()
        .position(|byte| matches!(byte, b'\n' | b'\r'))
        .map_or(text.len(), |len| offset + len);
    let from = boundary(text, start.max(offset.saturating_sub(WIDTH / 2)));
    let to = boundary(text, end.min(from + WIDTH));
    let (lead, tail) = (if from > start { "..." } else { "" }, if to < end { "..." } else { "" });
    let before = text.get(from..offset.min(to)).unwrap_or_default();
    let blanks = before.chars().map(|char| if char == '\t' { '\t' } else { ' ' });
    let mut out = String::new();
    let _ = write!(
        out,
        "{lead}{}{tail}\n{}",
        text.get(from..to).unwrap_or_default().trim_end(),
        " ".repeat(lead.len())
    );
    out.extend(blanks);
    out.push_str("^\n");
    out
}

/// The last beginning of a character at or before a byte.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}
