//! Operators and what stands right of them.

use crate::ast::{Check, Expression, Literal, Modifier, Operand, Operator, Right};
use crate::condition::parser::Parser;
use crate::condition::{SyntaxError, SyntaxErrorKind};

/// For messages, in the order of the tables below.
pub(super) const OPERATOR_NAMES: &str = "exists, <=, <, >=, >, ==, =, !=, glob, iglob, contains, icontains, bcontains, startswith, bstartswith, \
     endswith, regex, intersects, in, pmatch";

const ORDERS: [(&str, Operator); 4] = [
    ("<=", Operator::LessOrEqual),
    ("<", Operator::Less),
    (">=", Operator::GreaterOrEqual),
    (">", Operator::Greater),
];

const EQUALITIES: [(&str, Operator); 3] = [
    ("==", Operator::Equal { doubled: true }),
    ("=", Operator::Equal { doubled: false }),
    ("!=", Operator::NotEqual),
];

/// Followed by a blank.
const TEXT_WORDS: [(&str, Operator); 9] = [
    ("glob", Operator::Glob),
    ("iglob", Operator::IGlob),
    ("contains", Operator::Contains),
    ("icontains", Operator::IContains),
    ("bcontains", Operator::BContains),
    ("startswith", Operator::StartsWith),
    ("bstartswith", Operator::BStartsWith),
    ("endswith", Operator::EndsWith),
    ("regex", Operator::Regex),
];

const LIST_WORDS: [(&str, Operator); 3] =
    [("intersects", Operator::Intersects), ("in", Operator::In), ("pmatch", Operator::PMatch)];

const MODIFIERS: [(&str, Modifier); 3] =
    [("oneof", Modifier::OneOf), ("anyof", Modifier::AnyOf), ("allof", Modifier::AllOf)];

impl Parser<'_> {
    /// What follows the left operand of a check.
    pub(super) fn check(&mut self, left: Operand, start: u32) -> Result<Expression, SyntaxError> {
        self.scanner.blanks();
        let (operator, modifier, right) = self.comparison()?;
        Ok(Expression::Check(Check {
            left,
            operator,
            modifier,
            right,
            at: start..self.scanner.offset(),
        }))
    }

    fn comparison(&mut self) -> Result<(Operator, Option<Modifier>, Right), SyntaxError> {
        if self.scanner.literal("exists") {
            return Ok((Operator::Exists, None, Right::Nothing));
        }
        if let Some(operator) = self.one_of(&ORDERS) {
            self.scanner.blanks();
            return Ok((operator, None, self.number()?));
        }
        if let Some((operator, separated)) = self.text_operator() {
            if let Some(modifier) = separated.then(|| self.modifier()).flatten() {
                return Ok((operator, Some(modifier), self.list()?));
            }
            return Ok((operator, None, self.text()?));
        }
        if let Some(operator) = self.one_of(&LIST_WORDS) {
            self.scanner.blanks();
            return Ok((operator, None, self.list()?));
        }
        Err(self.scanner.error(SyntaxErrorKind::ExpectedOperator))
    }

    fn one_of<T: Copy>(&mut self, table: &[(&str, T)]) -> Option<T> {
        table.iter().find(|(name, _)| self.scanner.literal(name)).map(|(_, value)| *value)
    }

    /// The operator, and whether a blank followed it.
    fn text_operator(&mut self) -> Option<(Operator, bool)> {
        if let Some(operator) = self.one_of(&EQUALITIES) {
            return Some((operator, self.scanner.blanks()));
        }
        let start = self.scanner.offset();
        if let Some(operator) = self.one_of(&TEXT_WORDS) {
            if self.scanner.blanks() {
                return Some((operator, true));
            }
            self.scanner.back_to(start);
        }
        None
    }

    /// `oneof` and its like are modifiers only before a list; otherwise they are the text to compare with.
    fn modifier(&mut self) -> Option<Modifier> {
        let start = self.scanner.offset();
        let modifier = self.one_of(&MODIFIERS)?;
        if self.scanner.blanks() {
            let list = self.scanner.offset();
            let before_list = self.scanner.literal("(")
                || self.scanner.identifier().is_some_and(|name| name != "and" && name != "or");
            if before_list {
                self.scanner.back_to(list);
                return Some(modifier);
            }
        }
        self.scanner.back_to(start);
        None
    }

    fn number(&mut self) -> Result<Right, SyntaxError> {
        if let Some(operand) = self.right_operand()? {
            return Ok(Right::Operand(operand));
        }
        let start = self.scanner.offset();
        let text = self
            .scanner
            .number()
            .ok_or_else(|| self.scanner.error(SyntaxErrorKind::ExpectedNumber))?;
        Ok(Right::Value(Literal {
            text: text.to_owned(),
            quoted: false,
            at: start..self.scanner.offset(),
        }))
    }

    fn text(&mut self) -> Result<Right, SyntaxError> {
        if let Some(operand) = self.right_operand()? {
            return Ok(Right::Operand(operand));
        }
        match self.literal()? {
            Some(literal) => Ok(Right::Value(literal)),
            None => Err(self.scanner.error(SyntaxErrorKind::ExpectedText)),
        }
    }

    fn literal(&mut self) -> Result<Option<Literal>, SyntaxError> {
        let start = self.scanner.offset();
        let (text, quoted) = match self.scanner.quoted()? {
            Some(text) => (text, true),
            None => match self.scanner.bare() {
                Some(text) => (text.to_owned(), false),
                None => return Ok(None),
            },
        };
        Ok(Some(Literal { text, quoted, at: start..self.scanner.offset() }))
    }

    /// Values in parentheses, an operand, or a lone name, which is a list of itself.
    fn list(&mut self) -> Result<Right, SyntaxError> {
        if !self.scanner.literal("(") {
            if let Some(operand) = self.right_operand()? {
                return Ok(Right::Operand(operand));
            }
            let start = self.scanner.offset();
            let name = self
                .scanner
                .identifier()
                .ok_or_else(|| self.scanner.error(SyntaxErrorKind::ExpectedList))?;
            return Ok(Right::Value(Literal {
                text: name.to_owned(),
                quoted: false,
                at: start..self.scanner.offset(),
            }));
        }
        let mut values = Vec::new();
        self.scanner.blanks();
        if let Some(first) = self.literal()? {
            values.push(first);
            self.scanner.blanks();
            while self.scanner.literal(",") {
                self.scanner.blanks();
                values.push(
                    self.literal()?
                        .ok_or_else(|| self.scanner.error(SyntaxErrorKind::ExpectedItem))?,
                );
                self.scanner.blanks();
            }
        }
        if self.scanner.literal(")") {
            Ok(Right::List(values))
        } else {
            Err(self.scanner.error(SyntaxErrorKind::ExpectedClosing))
        }
    }
}
