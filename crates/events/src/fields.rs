//! What a summary needs from one event: four own keys of the outermost object, unescaped, and whether any key repeats.
//! Says nothing about how they were found; the kernel and the scanner both produce it. Read by `line` and `summary`.

/// The value of one key: the last one, when the key repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Field<'a> {
    /// No such key.
    #[default]
    Absent,
    /// A string, unescaped.
    Text(&'a str),
    /// Any other type.
    Other,
}

impl<'a> Field<'a> {
    /// The string, when it is one and holds something.
    pub(crate) fn non_empty(self) -> Option<&'a str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }
}

/// The fields of one JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct EventFields<'a> {
    pub(crate) rule: Field<'a>,
    pub(crate) priority: Field<'a>,
    pub(crate) time: Field<'a>,
    pub(crate) hostname: Field<'a>,
    /// An object at some depth has two equal unescaped keys.
    pub(crate) duplicate_keys: bool,
}
