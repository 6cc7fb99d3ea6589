//! Tests of one value, built once from constants: equality, order, words, patterns, sets, paths, networks.
//! Knows neither fields nor missing values; `program` asks for each value of a field.
//! Every test takes time linear in the value, whatever the value is.

mod affixes;
mod glob;
mod network;
mod paths;
mod pattern;

use std::collections::HashSet;

use aho_corasick::AhoCorasick;
use foldhash::fast::RandomState;
use memchr::memmem::Finder;
use regex::bytes::Regex;

use crate::ast::{Modifier, Operator};
use crate::compile::{Constant, Test};
use crate::value::Value;
use affixes::Affixes;
use glob::Glob;
use network::Networks;
use paths::PathTrie;
pub(crate) use pattern::check as check_regex;

/// From how many words on one automaton beats looking for each in turn.
const MANY_WORDS: usize = 4;

/// A test of one value. A value of another type than the constants fails it.
#[derive(Debug)]
pub(crate) enum Matcher {
    Anything,
    Nothing,
    Equal(Box<[u8]>),
    NotEqual(Box<[u8]>),
    /// By bytes.
    TextOrder(Operator, Box<[u8]>),
    Contains(Box<Finder<'static>>),
    /// Of lower-cased words; the case of ASCII letters does not count.
    ContainsAny(AhoCorasick),
    StartsWith(Box<[u8]>),
    EndsWith(Box<[u8]>),
    Prefixes(Affixes),
    Suffixes(Affixes),
    Glob(Glob),
    Regex(Regex),
    Texts(HashSet<Box<[u8]>, RandomState>),
    Paths(PathTrie),
    Unsigned(Operator, u64),
    Signed(Operator, i64),
    Double(Operator, f64),
    Bool(bool),
    Numbers(HashSet<u64, RandomState>),
    Networks(Networks),
    Not(Box<Matcher>),
    Modified(Modifier, Box<[Matcher]>),
}

impl Matcher {
    pub(crate) fn build(test: &Test) -> Self {
        match test {
            Test::Exists | Test::Against { .. } => Self::Anything,
            Test::One { operator, constant } => one(*operator, constant),
            Test::Several { operator, modifier, constants } => {
                several(*operator, *modifier, constants)
            }
            Test::Member { constants } => member(constants),
            Test::Path { constants } => {
                Self::Paths(PathTrie::new(constants.iter().filter_map(bytes)))
            }
        }
    }

    pub(crate) fn accepts(&self, value: Value<'_>) -> bool {
        match value {
            Value::Bytes(text) => self.accepts_text(text),
            Value::Unsigned(number) => self.accepts_unsigned(number),
            Value::Signed(number) => self.accepts_signed(number),
            Value::Address(address) => match self {
                Self::Networks(networks) => networks.contains(address),
                _ => self.accepts_by_parts(value),
            },
            Value::Bool(value) => match self {
                Self::Bool(wanted) => *wanted == value,
                _ => self.accepts_by_parts(Value::Bool(value)),
            },
            Value::Double(number) => match self {
                Self::Double(operator, wanted) => {
                    number.partial_cmp(wanted).is_some_and(|order| holds(*operator, order))
                }
                _ => self.accepts_by_parts(value),
            },
        }
    }

    /// The tests that know no type of their own.
    fn accepts_by_parts(&self, value: Value<'_>) -> bool {
        match self {
            Self::Anything => true,
            Self::Not(inner) => !inner.accepts(value),
            Self::Modified(modifier, parts) => modified(*modifier, parts, value),
            _ => false,
        }
    }

    /// A number against texts: of a field whose type only the event knows, as it is written.
    fn accepts_written(&self, mut number: u64, negative: bool) -> bool {
        if matches!(self, Self::Not(_) | Self::Modified(..) | Self::Anything | Self::Nothing) {
            return false;
        }
        let mut digits = [0; 21];
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        if negative {
            start -= 1;
            digits[start] = b'-';
        }
        self.accepts_text(&digits[start..])
    }

    fn accepts_unsigned(&self, number: u64) -> bool {
        match self {
            Self::Unsigned(operator, wanted) => holds(*operator, number.cmp(wanted)),
            Self::Numbers(set) => set.contains(&number),
            Self::Signed(..) => {
                i64::try_from(number).is_ok_and(|number| self.accepts_signed(number))
            }
            _ => {
                self.accepts_by_parts(Value::Unsigned(number))
                    || self.accepts_written(number, false)
            }
        }
    }

    fn accepts_signed(&self, number: i64) -> bool {
        match self {
            Self::Signed(operator, wanted) => holds(*operator, number.cmp(wanted)),
            Self::Unsigned(..) | Self::Numbers(_) => {
                u64::try_from(number).is_ok_and(|number| self.accepts_unsigned(number))
            }
            _ => {
                self.accepts_by_parts(Value::Signed(number))
                    || self.accepts_written(number.unsigned_abs(), number < 0)
            }
        }
    }

    fn accepts_text(&self, text: &[u8]) -> bool {
        match self {
            Self::Equal(wanted) => **wanted == *text,
            Self::NotEqual(refused) => **refused != *text,
            Self::TextOrder(operator, wanted) => holds(*operator, text.cmp(wanted)),
            Self::Contains(finder) => finder.find(text).is_some(),
            Self::ContainsAny(automaton) => automaton.is_match(text),
            Self::StartsWith(prefix) => text.starts_with(prefix),
            Self::EndsWith(suffix) => text.ends_with(suffix),
            Self::Prefixes(prefixes) => prefixes.start(text),
            Self::Suffixes(suffixes) => suffixes.end(text),
            Self::Glob(glob) => glob.matches(text),
            Self::Regex(regex) => pattern::matches(regex, text),
            Self::Texts(set) => set.contains(text),
            Self::Paths(trie) => trie.covers(text),
            Self::Signed(operator, wanted) => {
                let number =
                    std::str::from_utf8(text).ok().and_then(|text| text.parse::<i64>().ok());
                number.is_some_and(|number| holds(*operator, number.cmp(wanted)))
            }
            _ => self.accepts_by_parts(Value::Bytes(text)),
        }
    }

    /// How much a test costs compared with equality, for the order in which `program` asks.
    pub(crate) fn cost(&self) -> u32 {
        match self {
            Self::Anything | Self::Nothing | Self::Bool(_) => 1,
            Self::Glob(_) | Self::Paths(_) | Self::ContainsAny(_) => 8,
            Self::Regex(_) => 20,
            Self::Contains(_) => 5,
            Self::Not(inner) => inner.cost(),
            Self::Modified(_, parts) => parts.iter().map(Self::cost).fold(1, u32::saturating_add),
            _ => 2,
        }
    }

    /// The texts that alone pass, when the test is for one or some of them.
    pub(crate) fn texts(&self) -> Option<Vec<&[u8]>> {
        match self {
            Self::Equal(text) => Some(vec![text]),
            Self::Texts(set) => Some(set.iter().map(AsRef::as_ref).collect()),
            Self::Nothing => Some(Vec::new()),
            _ => None,
        }
    }
}

/// Whether an operator of comparison holds for the order of left to right.
pub(crate) fn holds(operator: Operator, order: std::cmp::Ordering) -> bool {
    match operator {
        Operator::Equal { .. } => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        _ => false,
    }
}

/// A test of two texts with an operator, for fields on the right side.
pub(crate) fn compare_texts(operator: Operator, left: &[u8], right: &[u8]) -> bool {
    match operator {
        Operator::Contains => memchr::memmem::find(left, right).is_some(),
        Operator::IContains => {
            memchr::memmem::find(&left.to_ascii_lowercase(), &right.to_ascii_lowercase()).is_some()
        }
        Operator::StartsWith => left.starts_with(right),
        Operator::EndsWith => left.ends_with(right),
        Operator::Glob | Operator::IGlob => {
            Glob::new(right, operator == Operator::IGlob).matches(left)
        }
        Operator::In | Operator::Intersects => left == right,
        _ => holds(operator, left.cmp(right)),
    }
}

fn modified(modifier: Modifier, parts: &[Matcher], value: Value<'_>) -> bool {
    match modifier {
        Modifier::AnyOf => parts.iter().any(|part| part.accepts(value)),
        Modifier::AllOf => !parts.is_empty() && parts.iter().all(|part| part.accepts(value)),
        Modifier::OneOf => parts.iter().filter(|part| part.accepts(value)).take(2).count() == 1,
    }
}

fn bytes(constant: &Constant) -> Option<&[u8]> {
    match constant {
        Constant::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

fn one(operator: Operator, constant: &Constant) -> Matcher {
    match constant {
        Constant::Bytes(text) => one_text(operator, text),
        Constant::Unsigned(number) => Matcher::Unsigned(operator, *number),
        Constant::Signed(number) => Matcher::Signed(operator, *number),
        Constant::Double(bits) => Matcher::Double(operator, f64::from_bits(*bits)),
        Constant::Bool(value) => match operator {
            Operator::Equal { .. } => Matcher::Bool(*value),
            Operator::NotEqual => Matcher::Bool(!*value),
            _ => order_of_bool(operator, *value),
        },
        Constant::Address(_) | Constant::Network { .. } => {
            let networks = Matcher::Networks(Networks::new([constant]));
            if operator == Operator::NotEqual { Matcher::Not(Box::new(networks)) } else { networks }
        }
    }
}

/// `false` is less than `true`.
fn order_of_bool(operator: Operator, wanted: bool) -> Matcher {
    let passes: Vec<bool> =
        [false, true].into_iter().filter(|value| holds(operator, value.cmp(&wanted))).collect();
    match passes.as_slice() {
        [] => Matcher::Nothing,
        [one] => Matcher::Bool(*one),
        _ => Matcher::Anything,
    }
}

fn one_text(operator: Operator, text: &[u8]) -> Matcher {
    match operator {
        Operator::Equal { .. } => Matcher::Equal(text.into()),
        Operator::NotEqual => Matcher::NotEqual(text.into()),
        Operator::Contains | Operator::BContains => {
            Matcher::Contains(Box::new(Finder::new(text).into_owned()))
        }
        Operator::IContains => words([text], true),
        Operator::StartsWith | Operator::BStartsWith => Matcher::StartsWith(text.into()),
        Operator::EndsWith => Matcher::EndsWith(text.into()),
        Operator::Glob => Matcher::Glob(Glob::new(text, false)),
        Operator::IGlob => Matcher::Glob(Glob::new(text, true)),
        // The compiler has built it once already: a pattern that fails here matches nothing.
        Operator::Regex => std::str::from_utf8(text)
            .ok()
            .and_then(|text| pattern::build(text).ok())
            .map_or(Matcher::Nothing, Matcher::Regex),
        Operator::In | Operator::Intersects | Operator::PMatch | Operator::Exists => {
            Matcher::Nothing
        }
        _ => Matcher::TextOrder(operator, text.into()),
    }
}

fn words<'w>(words: impl IntoIterator<Item = &'w [u8]>, any_case: bool) -> Matcher {
    let automaton = AhoCorasick::builder().ascii_case_insensitive(any_case).build(words);
    automaton.map_or(Matcher::Nothing, Matcher::ContainsAny)
}

fn several(operator: Operator, modifier: Modifier, constants: &[Constant]) -> Matcher {
    let texts: Vec<&[u8]> = constants.iter().filter_map(bytes).collect();
    if modifier == Modifier::AnyOf && texts.len() == constants.len() {
        match operator {
            _ if texts.is_empty() => return Matcher::Nothing,
            Operator::Equal { .. } => return member(constants),
            Operator::Contains if texts.len() >= MANY_WORDS => return words(texts, false),
            Operator::IContains => return words(texts, true),
            Operator::StartsWith => return Matcher::Prefixes(Affixes::prefixes(&texts)),
            Operator::EndsWith => return Matcher::Suffixes(Affixes::suffixes(&texts)),
            _ => {}
        }
    }
    Matcher::Modified(modifier, constants.iter().map(|constant| one(operator, constant)).collect())
}

fn member(constants: &[Constant]) -> Matcher {
    let equal = Operator::Equal { doubled: false };
    match constants {
        [] => Matcher::Nothing,
        [only] => one(equal, only),
        [Constant::Bytes(_), ..] => {
            Matcher::Texts(constants.iter().filter_map(bytes).map(Into::into).collect())
        }
        [Constant::Unsigned(_), ..] => Matcher::Numbers(
            constants
                .iter()
                .filter_map(
                    |c| if let Constant::Unsigned(number) = c { Some(*number) } else { None },
                )
                .collect(),
        ),
        [Constant::Address(_) | Constant::Network { .. }, ..] => {
            Matcher::Networks(Networks::new(constants))
        }
        // Of a field without a type of its own, numbers and texts may stand side by side.
        _ => Matcher::Modified(
            Modifier::AnyOf,
            constants.iter().map(|constant| one(equal, constant)).collect(),
        ),
    }
}
