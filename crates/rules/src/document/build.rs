//! Builds nodes from the parser's events. Depth is bounded; an alias shares its node, so nothing multiplies.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use thiserror::Error;

use crate::document::marks::Marks;
use crate::document::{Mark, Node, NodeKind};

/// Rule files nest about six levels.
const MAX_DEPTH: usize = 64;

/// Bytes that may be parsed again to mend indents.
const MAX_MENDED: usize = 64 << 20;

/// The text is not YAML, or nested beyond use.
#[derive(Debug, Error)]
#[error("{message}")]
pub(crate) struct DocumentError {
    pub(crate) message: String,
    pub(crate) mark: Mark,
}

/// A sequence or mapping that is not closed yet.
struct Open {
    mark: Mark,
    anchor: usize,
    mapping: bool,
    children: Vec<Rc<Node>>,
}

/// Reads all documents of a text.
///
/// YAML 1.2 wants the lines of a bracketed list deeper than what holds it, and rule files close their lists at the margin. Such
/// a line is indented and the text parsed again.
pub(crate) fn read(text: &str) -> Result<Vec<Rc<Node>>, DocumentError> {
    let mut mended = String::new();
    let mut padding = HashMap::new();
    let mut parsed = 0;
    loop {
        let current = if padding.is_empty() { text } else { &mended };
        let fault = match build(text, current, &padding) {
            Ok(documents) => return Ok(documents),
            Err(fault) => fault,
        };
        parsed += current.len();
        let Some(line) = fault.shallow.filter(|_| parsed < MAX_MENDED) else {
            return Err(fault.error);
        };
        let blanks = padding.entry(line).or_insert(0_usize);
        if *blanks > 2 * MAX_DEPTH {
            return Err(fault.error);
        }
        *blanks = (*blanks * 2).max(2);
        mended = pad(text, &padding);
    }
}

struct Failure {
    error: DocumentError,
    /// The line, from 1, that only needs a deeper indent.
    shallow: Option<usize>,
}

impl From<DocumentError> for Failure {
    fn from(error: DocumentError) -> Self {
        Self { error, shallow: None }
    }
}

fn pad(text: &str, padding: &HashMap<usize, usize>) -> String {
    let mut out = String::with_capacity(text.len() + padding.values().sum::<usize>());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        out.extend(std::iter::repeat_n(' ', padding.get(&(number + 1)).copied().unwrap_or(0)));
        out.push_str(line);
    }
    out
}

fn build(
    text: &str,
    padded: &str,
    padding: &HashMap<usize, usize>,
) -> Result<Vec<Rc<Node>>, Failure> {
    let mut builder = Builder {
        marks: Marks::new(text, padding),
        open: Vec::new(),
        anchors: HashMap::new(),
        documents: Vec::new(),
    };
    for event in Parser::new_from_str(padded) {
        let (event, span) = event.map_err(|error| {
            let line = error.marker().line();
            let mark = builder.marks.mark(line, error.marker().col());
            let shallow = error.info().starts_with("invalid indentation").then_some(line);
            Failure { error: DocumentError { message: error.info().to_owned(), mark }, shallow }
        })?;
        builder.event(event, span)?;
    }
    Ok(builder.documents)
}

struct Builder<'t> {
    marks: Marks<'t>,
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    documents: Vec<Rc<Node>>,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), DocumentError> {
        let mark = self.marks.mark(span.start.line(), span.start.col());
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let null = style == ScalarStyle::Plain
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let kind = if null { NodeKind::Null } else { NodeKind::Scalar(text.into_owned()) };
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let mark = if block { self.marks.block_header(mark) } else { mark };
                self.place(Rc::new(Node { mark, kind }), anchor);
            }
            Event::SequenceStart(anchor, _) => {
                let mark = self.marks.sequence_start(mark);
                self.start(mark, anchor, false)?;
            }
            Event::MappingStart(anchor, _) => self.start(mark, anchor, true)?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.place(
                        Rc::new(Node { mark: open.mark, kind: close(open.mapping, open.children) }),
                        open.anchor,
                    );
                }
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or_else(|| DocumentError {
                    message: "an alias within its own value".to_owned(),
                    mark,
                })?;
                self.place(node, 0);
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn start(&mut self, mark: Mark, anchor: usize, mapping: bool) -> Result<(), DocumentError> {
        if self.open.len() == MAX_DEPTH {
            return Err(DocumentError {
                message: format!("nested deeper than {MAX_DEPTH} levels"),
                mark,
            });
        }
        self.open.push(Open { mark, anchor, mapping, children: Vec::new() });
        Ok(())
    }

    fn place(&mut self, node: Rc<Node>, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.documents.push(node),
        }
    }
}

fn close(mapping: bool, children: Vec<Rc<Node>>) -> NodeKind {
    if !mapping {
        return NodeKind::Sequence(children);
    }
    let mut children = children.into_iter();
    let mut entries = Vec::new();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        entries.push((key, value));
    }
    NodeKind::Mapping(entries)
}
