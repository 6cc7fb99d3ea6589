//! Fields, transformers over them, and what stands within a transformer.

use crate::ast::{Operand, Transformer};
use crate::condition::parser::Parser;
use crate::condition::{SyntaxError, SyntaxErrorKind};

/// Names with their parenthesis; no blank may stand between.
const TRANSFORMERS: [(&str, Transformer); 8] = [
    ("tolower(", Transformer::ToLower),
    ("toupper(", Transformer::ToUpper),
    ("b64(", Transformer::B64),
    ("basename(", Transformer::BaseName),
    ("len(", Transformer::Len),
    ("join(", Transformer::Join),
    ("concat(", Transformer::Concat),
    ("getopt(", Transformer::GetOpt),
];

impl Parser<'_> {
    /// A transformer or a field, if one stands here.
    pub(super) fn left_operand(&mut self) -> Result<Option<Operand>, SyntaxError> {
        match self.transformer()? {
            Some(operand) => Ok(Some(operand)),
            None => self.field(),
        }
    }

    /// `val(field)` or a transformer, if one stands here.
    pub(super) fn right_operand(&mut self) -> Result<Option<Operand>, SyntaxError> {
        let start = self.scanner.offset();
        if !self.scanner.literal("val(") {
            return self.transformer();
        }
        self.scanner.blanks();
        let field =
            self.field()?.ok_or_else(|| self.scanner.error(SyntaxErrorKind::ExpectedField))?;
        self.close_transformer()?;
        let at = start..self.scanner.offset();
        Ok(Some(Operand::Transform {
            transformer: Transformer::Val,
            operands: vec![field],
            argument: None,
            at,
        }))
    }

    pub(super) fn field(&mut self) -> Result<Option<Operand>, SyntaxError> {
        let start = self.scanner.offset();
        let Some(name) = self.scanner.field_name() else { return Ok(self.short_name()) };
        let argument = self.bracket_argument()?;
        Ok(Some(Operand::Field {
            name: name.to_owned(),
            argument,
            at: start..self.scanner.offset(),
        }))
    }

    /// A word that stands for a field.
    fn short_name(&mut self) -> Option<Operand> {
        let start = self.scanner.offset();
        let names = self.names;
        let (_, field) = names.iter().find(|(word, _)| self.scanner.word(word))?;
        let at = start..self.scanner.offset();
        Some(Operand::Field { name: (*field).to_owned(), argument: None, at })
    }

    fn bracket_argument(&mut self) -> Result<Option<String>, SyntaxError> {
        if !self.scanner.literal("[") {
            return Ok(None);
        }
        let argument = match self.scanner.quoted()? {
            Some(argument) => argument,
            None => self
                .scanner
                .bare_argument()
                .ok_or_else(|| self.scanner.error(SyntaxErrorKind::ExpectedArgument))?
                .to_owned(),
        };
        if self.scanner.literal("]") {
            Ok(Some(argument))
        } else {
            Err(self.scanner.error(SyntaxErrorKind::ExpectedBracket))
        }
    }

    fn transformer(&mut self) -> Result<Option<Operand>, SyntaxError> {
        let start = self.scanner.offset();
        let Some((_, transformer)) =
            TRANSFORMERS.into_iter().find(|(name, _)| self.scanner.literal(name))
        else {
            return Ok(None);
        };
        self.nested(|parser| {
            let mut operands = Vec::new();
            loop {
                parser.scanner.blanks();
                operands.push(parser.argument()?);
                parser.scanner.blanks();
                if !parser.scanner.literal(",") {
                    break;
                }
            }
            parser.close_transformer()?;
            let argument =
                if transformer == Transformer::GetOpt { parser.bracket_argument()? } else { None };
            Ok(Some(Operand::Transform {
                transformer,
                operands,
                argument,
                at: start..parser.scanner.offset(),
            }))
        })
    }

    fn close_transformer(&mut self) -> Result<(), SyntaxError> {
        self.scanner.blanks();
        if self.scanner.literal(")") {
            Ok(())
        } else {
            Err(self.scanner.error(SyntaxErrorKind::ExpectedTransformerClosing))
        }
    }

    fn argument(&mut self) -> Result<Operand, SyntaxError> {
        let start = self.scanner.offset();
        if !self.scanner.literal("(") {
            return self
                .single_argument()?
                .ok_or_else(|| self.scanner.error(SyntaxErrorKind::ExpectedOperand));
        }
        let mut items = Vec::new();
        self.scanner.blanks();
        while !self.scanner.literal(")") {
            if !items.is_empty() {
                if !self.scanner.literal(",") {
                    return Err(self.scanner.error(SyntaxErrorKind::ExpectedClosing));
                }
                self.scanner.blanks();
            }
            items.push(
                self.single_argument()?
                    .ok_or_else(|| self.scanner.error(SyntaxErrorKind::ExpectedListOperand))?,
            );
            self.scanner.blanks();
        }
        Ok(Operand::List { items, at: start..self.scanner.offset() })
    }

    fn single_argument(&mut self) -> Result<Option<Operand>, SyntaxError> {
        if let Some(operand) = self.left_operand()? {
            return Ok(Some(operand));
        }
        let start = self.scanner.offset();
        let value = match self.scanner.quoted()? {
            Some(value) => Some(value),
            None => self.scanner.number().map(ToOwned::to_owned),
        };
        Ok(value.map(|value| Operand::Constant { value, at: start..self.scanner.offset() }))
    }
}
