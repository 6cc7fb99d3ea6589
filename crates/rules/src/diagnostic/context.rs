//! Where something was said: a chain from the file to the innermost item.

use std::sync::Arc;

use crate::document::Mark;

/// A place in a file. Lines and columns count from 0, as in Falco's objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The file; of the place within a condition its beginning, in quotes.
    pub name: Arc<str>,
    /// From 0.
    pub line: usize,
    /// From 0, in bytes.
    pub column: usize,
    /// Bytes from the start.
    pub offset: usize,
}

/// What kind of thing a location is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the words of `name`")]
pub enum ItemKind {
    RulesContent,
    RulesContentItem,
    RequiredEngineVersion,
    RequiredPluginVersions,
    RequiredPluginVersionsEntry,
    RequiredPluginVersionsAlternative,
    List,
    ListItem,
    Macro,
    MacroCondition,
    Rule,
    RuleCondition,
    ConditionExpression,
    RuleOutput,
    RulePriority,
    Overrides,
    Exceptions,
    Exception,
    ValueFor,
}

impl ItemKind {
    /// As Falco writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RulesContent => "rules content",
            Self::RulesContentItem => "rules content item",
            Self::RequiredEngineVersion => "required_engine_version",
            Self::RequiredPluginVersions => "required plugin versions",
            Self::RequiredPluginVersionsEntry => "required plugin versions entry",
            Self::RequiredPluginVersionsAlternative => "required plugin versions alternative",
            Self::List => "list",
            Self::ListItem => "list item",
            Self::Macro => "macro",
            Self::MacroCondition => "macro condition",
            Self::Rule => "rule",
            Self::RuleCondition => "rule condition",
            Self::ConditionExpression => "condition expression",
            Self::RuleOutput => "rule output",
            Self::RulePriority => "rule priority",
            Self::Overrides => "overrides",
            Self::Exceptions => "exceptions",
            Self::Exception => "exception",
            Self::ValueFor => "value for",
        }
    }
}

/// A link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// What it is.
    pub kind: ItemKind,
    /// Its name, or nothing.
    pub name: String,
    /// Where it begins.
    pub position: Position,
}

/// A chain; cheap to copy and to lengthen.
#[derive(Clone, Debug)]
pub struct Context(Arc<Link>);

#[derive(Debug)]
struct Link {
    parent: Option<Context>,
    location: Location,
}

impl Context {
    /// The start of a file.
    #[must_use]
    pub fn file(name: &Arc<str>) -> Self {
        let position = Position { name: Arc::clone(name), ..Position::default() };
        Self(Arc::new(Link {
            parent: None,
            location: Location { kind: ItemKind::RulesContent, name: String::new(), position },
        }))
    }

    /// Something within, in the same file.
    pub(crate) fn within(&self, kind: ItemKind, name: impl Into<String>, mark: Mark) -> Self {
        let file = Arc::clone(&self.0.location.position.name);
        self.at(
            kind,
            name,
            Position { name: file, line: mark.line, column: mark.column, offset: mark.offset },
        )
    }

    /// Something within, at a place that may be named otherwise.
    pub(crate) fn at(&self, kind: ItemKind, name: impl Into<String>, position: Position) -> Self {
        Self(Arc::new(Link {
            parent: Some(self.clone()),
            location: Location { kind, name: name.into(), position },
        }))
    }

    /// The innermost place.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.0.location.position
    }

    /// From the file inwards.
    #[must_use]
    pub fn locations(&self) -> Vec<Location> {
        let mut chain: Vec<_> =
            std::iter::successors(Some(self), |context| context.0.parent.as_ref())
                .map(|context| context.0.location.clone())
                .collect();
        chain.reverse();
        chain
    }
}

/// Line and column of a byte, both from 0, the column in bytes.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    (memchr::memchr_iter(b'\n', before).count(), before.len() - start)
}
