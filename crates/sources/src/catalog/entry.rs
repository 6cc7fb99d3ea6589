//! How a row of a field table is written. Constant functions, so that the tables cost nothing at run time.

use lanner_rules::{ArgumentKind, Field, FieldFlags, FieldType};

/// What may stand in the brackets.
#[derive(Clone, Copy)]
pub(crate) struct Argument {
    index: bool,
    key: bool,
}

/// A number.
pub(crate) const INDEX: Argument = Argument { index: true, key: false };
/// A text.
pub(crate) const KEY: Argument = Argument { index: false, key: true };
/// A number or a text.
pub(crate) const EITHER: Argument = Argument { index: true, key: true };

/// A row being written.
#[derive(Clone, Copy)]
pub(crate) struct Row(Field);

pub(crate) const fn field(name: &'static str, kind: FieldType, description: &'static str) -> Row {
    let flags = FieldFlags {
        list: false,
        no_right_side: false,
        filter_only: false,
        deprecated: false,
        hidden: false,
        dotted: false,
        any_name: false,
    };
    Row(Field { name, kind, argument: ArgumentKind::None, flags, description })
}

impl Row {
    pub(crate) const fn requires(mut self, argument: Argument) -> Self {
        self.0.argument =
            ArgumentKind::Some { required: true, index: argument.index, key: argument.key };
        self
    }

    pub(crate) const fn takes(mut self, argument: Argument) -> Self {
        self.0.argument =
            ArgumentKind::Some { required: false, index: argument.index, key: argument.key };
        self
    }

    pub(crate) const fn list(mut self) -> Self {
        self.0.flags.list = true;
        self
    }

    pub(crate) const fn left_only(mut self) -> Self {
        self.0.flags.no_right_side = true;
        self
    }

    pub(crate) const fn filter_only(mut self) -> Self {
        self.0.flags.filter_only = true;
        self
    }

    pub(crate) const fn dotted(mut self) -> Self {
        self.0.flags.dotted = true;
        self
    }

    pub(crate) const fn any_name(mut self) -> Self {
        self.0.flags.any_name = true;
        self
    }

    pub(crate) const fn hidden(mut self) -> Self {
        self.0.flags.hidden = true;
        self
    }

    pub(crate) const fn deprecated(mut self) -> Self {
        self.0.flags.deprecated = true;
        self
    }

    pub(crate) const fn build(self) -> Field {
        self.0
    }
}
