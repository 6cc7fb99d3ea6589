//! A tree written as text: as Falco describes compiled conditions, or so that it reads back as the same tree.

use std::fmt::Write as _;

use crate::ast::{Check, Expression, Literal, Modifier, Operand, Operator, Right, Transformer};

/// The form of `condition_compiled`: groups in parentheses, values in quotes only where they hold blanks, quotes, backslashes or
/// control characters. Empty values print as nothing, so it does not always read back.
#[must_use]
pub fn compiled(expression: &Expression) -> String {
    Printer { exact: false, out: String::new() }.print(expression)
}

/// The same with every value quoted that needs it: reads back as the same tree, apart from places.
#[must_use]
pub fn exact(expression: &Expression) -> String {
    Printer { exact: true, out: String::new() }.print(expression)
}

struct Printer {
    exact: bool,
    out: String,
}

impl Printer {
    fn print(mut self, expression: &Expression) -> String {
        self.expression(expression);
        self.out
    }

    fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::And(members) => self.chain(members, " and "),
            Expression::Or(members) => self.chain(members, " or "),
            Expression::Not(inner) => {
                self.out.push_str("not ");
                // Two in a row read back as none.
                if self.exact && matches!(**inner, Expression::Not(_)) {
                    self.out.push('(');
                    self.expression(inner);
                    self.out.push(')');
                } else {
                    self.expression(inner);
                }
            }
            Expression::Check(check) => self.check(check),
            Expression::Macro { name, .. } => self.out.push_str(name),
        }
    }

    fn chain(&mut self, members: &[Expression], between: &str) {
        self.out.push('(');
        for (index, member) in members.iter().enumerate() {
            if index > 0 {
                self.out.push_str(between);
            }
            self.expression(member);
        }
        self.out.push(')');
    }

    fn check(&mut self, check: &Check) {
        self.operand(&check.left);
        self.out.push(' ');
        self.out.push_str(check.operator.name());
        if let Some(modifier) = check.modifier {
            self.out.push(' ');
            self.out.push_str(modifier.name());
        }
        match &check.right {
            Right::Nothing => {}
            Right::Value(literal) => {
                self.out.push(' ');
                self.literal(literal);
            }
            Right::List(values) => {
                self.out.push_str(" (");
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    self.literal(value);
                }
                self.out.push(')');
            }
            Right::Operand(operand) => {
                self.out.push(' ');
                self.operand(operand);
            }
        }
    }

    fn literal(&mut self, literal: &Literal) {
        let quote = if self.exact { literal.quoted } else { needs_quotes(&literal.text) };
        if quote { self.quoted(&literal.text) } else { self.out.push_str(&literal.text) }
    }

    fn quoted(&mut self, text: &str) {
        self.out.push('"');
        for char in text.chars() {
            match char {
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\\' => self.out.push_str("\\\\"),
                '"' => self.out.push_str("\\\""),
                char => self.out.push(char),
            }
        }
        // A backslash before the closing quote would keep it open; `\x5c` is the same character.
        if self.exact && text.ends_with('\\') {
            self.out.truncate(self.out.len() - 2);
            self.out.push_str("\\x5c");
        }
        self.out.push('"');
    }

    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Field { name, argument, .. } => {
                self.out.push_str(name);
                self.argument(argument.as_deref());
            }
            Operand::Transform { transformer, operands, argument, .. } => {
                let _ = write!(self.out, "{}(", transformer.name());
                self.operands(operands);
                self.out.push(')');
                self.argument(argument.as_deref());
            }
            Operand::Constant { value, .. } if self.exact => self.quoted(value),
            Operand::Constant { value, .. } => self.out.push_str(value),
            Operand::List { items, .. } => {
                self.out.push('(');
                self.operands(items);
                self.out.push(')');
            }
        }
    }

    fn operands(&mut self, operands: &[Operand]) {
        for (index, operand) in operands.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.operand(operand);
        }
    }

    fn argument(&mut self, argument: Option<&str>) {
        let Some(argument) = argument else { return };
        self.out.push('[');
        if self.exact {
            self.quoted(argument);
        } else {
            self.out.push_str(argument);
        }
        self.out.push(']');
    }
}

fn needs_quotes(text: &str) -> bool {
    text.contains(|char: char| {
        matches!(char, ' ' | '=' | '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t')
    })
}

impl Operator {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exists => "exists",
            Self::Equal { doubled: true } => "==",
            Self::Equal { doubled: false } => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "contains",
            Self::IContains => "icontains",
            Self::StartsWith => "startswith",
            Self::EndsWith => "endswith",
            Self::Glob => "glob",
            Self::IGlob => "iglob",
            Self::Regex => "regex",
            Self::BContains => "bcontains",
            Self::BStartsWith => "bstartswith",
            Self::In => "in",
            Self::Intersects => "intersects",
            Self::PMatch => "pmatch",
        }
    }
}

impl Modifier {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneOf => "oneof",
            Self::AnyOf => "anyof",
            Self::AllOf => "allof",
        }
    }
}

impl Transformer {
    /// As it is written, without its parentheses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToLower => "tolower",
            Self::ToUpper => "toupper",
            Self::B64 => "b64",
            Self::BaseName => "basename",
            Self::Len => "len",
            Self::Join => "join",
            Self::Concat => "concat",
            Self::GetOpt => "getopt",
            Self::Val => "val",
        }
    }
}
