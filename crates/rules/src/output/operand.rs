//! The field or transformer behind a `%`. Ends where its name ends: what follows is text again.

use super::format::OutputFault;
use crate::ast::{Operand, Transformer};
use crate::compile::{CompileFault, Compiler, Typed};

/// More transformers within each other are refused.
const MOST_LEVELS: usize = 100;

type Fields = Vec<(String, Typed)>;

pub(super) fn read(text: &str, compiler: &Compiler) -> Result<(Typed, Fields, usize), OutputFault> {
    let mut reader = Reader { text, at: 0, compiler, fields: Vec::new() };
    let operand = reader.operand(0)?;
    let value = reader.compiled(&operand)?;
    Ok((value, reader.fields, reader.at))
}

/// One field by its full name, for `extra_fields`.
pub(super) fn read_field(name: &str, compiler: &Compiler) -> Result<(String, Typed), OutputFault> {
    let (value, mut fields, length) = read(name, compiler)?;
    match fields.pop() {
        Some((name, _)) if length == name.len() => Ok((name, value)),
        _ => Err(OutputFault::NoField),
    }
}

struct Reader<'r> {
    text: &'r str,
    at: usize,
    compiler: &'r Compiler,
    fields: Fields,
}

impl<'r> Reader<'r> {
    fn rest(&self) -> &'r str {
        &self.text[self.at..]
    }

    fn compiled(&self, operand: &Operand) -> Result<Typed, OutputFault> {
        self.compiler.operand(operand).map_err(|error| OutputFault::Field(error.fault))
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn operand(&mut self, level: usize) -> Result<Operand, OutputFault> {
        if level > MOST_LEVELS {
            return Err(OutputFault::Field(CompileFault::TooDeep));
        }
        match transformer(self.rest()) {
            Some((transformer, length)) => {
                self.at += length;
                self.call(transformer, level)
            }
            None => self.field(),
        }
    }

    fn field(&mut self) -> Result<Operand, OutputFault> {
        let (found, length) = self.compiler.longest(self.rest()).ok_or(OutputFault::NoField)?;
        let found = found.map_err(OutputFault::Field)?;
        let name = found.name();
        let dotted = found.field.flags.dotted
            && name.strip_prefix(found.field.name).is_some_and(|rest| rest.starts_with('.'));
        let at = 0..length as u32;
        let operand = if dotted {
            Operand::Field { name: name.clone(), argument: None, at }
        } else {
            let argument = found.usage.argument.as_deref().map(str::to_owned);
            Operand::Field { name: found.field.name.to_owned(), argument, at }
        };
        self.at += length;
        let typed = self.compiled(&operand)?;
        self.fields.push((name, typed));
        Ok(operand)
    }

    /// After the opening parenthesis.
    fn call(&mut self, transformer: Transformer, level: usize) -> Result<Operand, OutputFault> {
        let mut operands = Vec::new();
        loop {
            self.blanks();
            if self.eat(')') {
                break;
            }
            operands.push(self.argument(level)?);
            self.blanks();
            if !self.eat(',') && !self.rest().starts_with(')') {
                return Err(OutputFault::NoField);
            }
        }
        let argument = (transformer == Transformer::GetOpt).then(|| self.option()).flatten();
        Ok(Operand::Transform { transformer, operands, argument, at: 0..0 })
    }

    fn argument(&mut self, level: usize) -> Result<Operand, OutputFault> {
        let rest = self.rest();
        match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let end = rest[1..].find(quote).ok_or(OutputFault::NoField)?;
                self.at += end + 2;
                Ok(Operand::Constant { value: rest[1..=end].to_owned(), at: 0..0 })
            }
            Some('(') => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.blanks();
                    if self.eat(')') {
                        return Ok(Operand::List { items, at: 0..0 });
                    }
                    items.push(self.argument(level + 1)?);
                    self.blanks();
                    if !self.eat(',') && !self.rest().starts_with(')') {
                        return Err(OutputFault::NoField);
                    }
                }
            }
            Some(digit) if digit.is_ascii_digit() => {
                let length = rest.bytes().take_while(u8::is_ascii_digit).count();
                self.at += length;
                Ok(Operand::Constant { value: rest[..length].to_owned(), at: 0..0 })
            }
            _ => self.operand(level + 1),
        }
    }

    fn option(&mut self) -> Option<String> {
        let inner = self.rest().strip_prefix('[')?;
        let end = inner.find(']')?;
        self.at += end + 2;
        Some(inner[..end].to_owned())
    }
}

/// A transformer's name with the parenthesis behind it.
fn transformer(text: &str) -> Option<(Transformer, usize)> {
    let name = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let transformer = match &text[..name] {
        "tolower" => Transformer::ToLower,
        "toupper" => Transformer::ToUpper,
        "b64" => Transformer::B64,
        "basename" => Transformer::BaseName,
        "len" => Transformer::Len,
        "join" => Transformer::Join,
        "concat" => Transformer::Concat,
        "getopt" => Transformer::GetOpt,
        _ => return None,
    };
    text[name..].starts_with('(').then_some((transformer, name + 1))
}
