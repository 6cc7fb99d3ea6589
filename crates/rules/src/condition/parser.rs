//! The logic of a condition: `or`, `and`, `not`, parentheses, macros and checks.
//! Operands are read by `operand`, operators and values by `value`. Depth is bounded, so recursion is.

use crate::ast::{Expression, Operand};
use crate::condition::scanner::Scanner;
use crate::condition::{SyntaxError, SyntaxErrorKind};

/// Levels of parentheses and transformers that may lie within each other.
pub const MAX_DEPTH: usize = 100;

/// Reads a condition, its lists already replaced.
///
/// # Errors
/// The first fault, with the place where the reader stood.
pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
    parse_with_names(text, &[])
}

/// The same where some words without a dot are fields too: pairs of such a word and the field it stands for.
///
/// # Errors
/// The first fault, with the place where the reader stood.
pub fn parse_with_names(
    text: &str,
    names: &'static [(&'static str, &'static str)],
) -> Result<Expression, SyntaxError> {
    let mut parser = Parser::new(text)?;
    parser.names = names;
    let expression = parser.disjunction()?;
    parser.end()?;
    Ok(expression)
}

/// Reads a single operand, as it stands in the `fields` of an exception.
pub(crate) fn parse_operand(text: &str) -> Result<Operand, SyntaxError> {
    let mut parser = Parser::new(text)?;
    parser.scanner.blanks();
    let operand = parser
        .left_operand()?
        .ok_or_else(|| parser.scanner.error(SyntaxErrorKind::ExpectedCheck))?;
    parser.end()?;
    Ok(operand)
}

pub(super) struct Parser<'t> {
    pub(super) scanner: Scanner<'t>,
    /// Words that are fields without having a dot, and the fields they stand for.
    pub(super) names: &'static [(&'static str, &'static str)],
    depth: usize,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Result<Self, SyntaxError> {
        let mut scanner = Scanner::new(text);
        if let Some(zero) = text.find('\0') {
            scanner.back_to(zero as u32);
            return Err(scanner.error(SyntaxErrorKind::ZeroByte));
        }
        Ok(Self { scanner, names: &[], depth: 0 })
    }

    fn end(&mut self) -> Result<(), SyntaxError> {
        self.scanner.blanks();
        if self.scanner.at_end() {
            return Ok(());
        }
        let after = std::mem::take(&mut self.scanner.last);
        Err(self.scanner.error(SyntaxErrorKind::Unexpected { after }))
    }

    /// Runs one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(self.scanner.error(SyntaxErrorKind::TooDeep { limit: MAX_DEPTH }));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn disjunction(&mut self) -> Result<Expression, SyntaxError> {
        self.chain("or", Self::conjunction, Expression::Or)
    }

    fn conjunction(&mut self) -> Result<Expression, SyntaxError> {
        self.chain("and", Self::negation, Expression::And)
    }

    /// Members joined by a keyword; a single one stands for itself. `keyword(` takes the group alone as the member.
    fn chain(
        &mut self,
        keyword: &'static str,
        member: fn(&mut Self) -> Result<Expression, SyntaxError>,
        join: fn(Vec<Expression>) -> Expression,
    ) -> Result<Expression, SyntaxError> {
        let first = member(self)?;
        self.scanner.blanks();
        let mut rest = Vec::new();
        while self.scanner.literal(keyword) {
            rest.push(if self.scanner.blanks() {
                member(self)?
            } else if self.scanner.literal("(") {
                self.group()?
            } else {
                return Err(self.scanner.error(SyntaxErrorKind::KeywordNotSeparated { keyword }));
            });
            self.scanner.blanks();
        }
        if rest.is_empty() {
            return Ok(first);
        }
        rest.insert(0, first);
        Ok(join(rest))
    }

    fn negation(&mut self) -> Result<Expression, SyntaxError> {
        self.scanner.blanks();
        let mut negated = false;
        while self.scanner.not_and_blanks() {
            negated = !negated;
        }
        let inner = if self.scanner.literal("not(") {
            negated = !negated;
            self.group()?
        } else {
            self.primary()?
        };
        Ok(if negated { Expression::Not(Box::new(inner)) } else { inner })
    }

    /// What follows an opening parenthesis, with the closing one.
    fn group(&mut self) -> Result<Expression, SyntaxError> {
        self.nested(|parser| {
            let inner = parser.disjunction()?;
            parser.scanner.blanks();
            if parser.scanner.literal(")") {
                Ok(inner)
            } else {
                Err(parser.scanner.error(SyntaxErrorKind::ExpectedClosing))
            }
        })
    }

    fn primary(&mut self) -> Result<Expression, SyntaxError> {
        self.scanner.blanks();
        if self.scanner.literal("(") {
            return self.group();
        }
        let start = self.scanner.offset();
        if let Some(left) = self.left_operand()? {
            return self.check(left, start);
        }
        match self.scanner.identifier() {
            Some(name) => {
                Ok(Expression::Macro { name: name.to_owned(), at: start..self.scanner.offset() })
            }
            None => Err(self.scanner.error(SyntaxErrorKind::ExpectedCheck)),
        }
    }
}
