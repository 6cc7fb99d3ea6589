//! Which types of events can make a condition of source `syscall` true, as far as `evt.type` in it tells.
//! Counts for the loader (a rule that any event might fire is worth a warning); the evaluator has its own, finer index.

mod names;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::ast::{Check, Expression, Operand, Operator, Right};
use names::{ARGUMENTS, EVENTS, GENERIC};

const WORDS: usize = EVENTS.len().div_ceil(64);

/// More versions of events than this, or none at all, and a rule is told to be too broad.
const MOST: usize = 100;

/// The place of a name in the table; system calls without an event of their own share one.
static PLACES: LazyLock<HashMap<&'static str, usize>> = LazyLock::new(|| {
    let events = EVENTS.iter().enumerate().map(|(place, &(name, _))| (name, place));
    let generic = EVENTS.iter().position(|&(name, _)| name == "syscall").unwrap_or(0);
    events.chain(GENERIC.iter().map(|&name| (name, generic))).collect()
});

/// Whether `evt.type` ever has this value.
#[must_use]
pub fn is_known(name: &str) -> bool {
    PLACES.contains_key(name)
}

/// Whether some event has an argument of this name (`evt.arg.NAME`).
#[must_use]
pub fn is_argument(name: &str) -> bool {
    ARGUMENTS.binary_search(&name).is_ok()
}

/// A set of types of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTypes([u64; WORDS]);

impl EventTypes {
    const NONE: Self = Self([0; WORDS]);

    fn all() -> Self {
        let mut set = Self::NONE;
        (0..EVENTS.len()).for_each(|place| set.insert(place));
        set
    }

    /// The types that can make the condition true; its macros must be replaced.
    #[must_use]
    pub fn of(condition: &Expression) -> Self {
        of(condition, false, true)
    }

    /// The same without what counting events says: `evt.num = 0` narrows nothing. The loader's warning goes by this.
    #[must_use]
    pub fn named(condition: &Expression) -> Self {
        of(condition, false, false)
    }

    /// So many that the rule costs on every event, or none, so that it never fires: Falco's `LOAD_NO_EVTTYPE`.
    #[must_use]
    pub fn is_worth_a_warning(&self) -> bool {
        let versions: usize = self.places().map(|place| usize::from(EVENTS[place].1)).sum();
        versions == 0 || versions > MOST
    }

    /// Whether nothing narrows the condition to some types.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::all()
    }

    /// The names in the set, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.places().map(|place| EVENTS[place].0)
    }

    fn places(&self) -> impl Iterator<Item = usize> + '_ {
        (0..EVENTS.len()).filter(|&place| self.0[place / 64] & (1 << (place % 64)) != 0)
    }

    fn insert(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    fn zip(mut self, other: &Self, both: impl Fn(u64, u64) -> u64) -> Self {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = both(*mine, *theirs);
        }
        self
    }

    fn complement(&self) -> Self {
        Self::all().zip(self, |all, mine| all & !mine)
    }
}

/// With `negated`, of the condition's contrary (De Morgan): a check of another field says nothing either way.
fn of(condition: &Expression, negated: bool, counting: bool) -> EventTypes {
    let union = |children: &[Expression]| {
        children.iter().fold(EventTypes::NONE, |set, child| {
            set.zip(&of(child, negated, counting), |a, b| a | b)
        })
    };
    let meet = |children: &[Expression]| {
        children.iter().fold(EventTypes::all(), |set, child| {
            set.zip(&of(child, negated, counting), |a, b| a & b)
        })
    };
    match (condition, negated) {
        (Expression::And(children), false) | (Expression::Or(children), true) => meet(children),
        (Expression::Or(children), false) | (Expression::And(children), true) => union(children),
        (Expression::Not(child), _) => of(child, !negated, counting),
        (Expression::Check(check), _) => of_check(check, negated, counting),
        (Expression::Macro { .. }, _) => EventTypes::all(),
    }
}

fn of_check(check: &Check, negated: bool, counting: bool) -> EventTypes {
    let Operand::Field { name, argument: None, .. } = &check.left else { return EventTypes::all() };
    match name.as_str() {
        "evt.type" => of_type(check, negated).unwrap_or_else(EventTypes::all),
        "evt.num" if counting => match counted(check) {
            Some(holds) if holds == negated => EventTypes::NONE,
            _ => EventTypes::all(),
        },
        _ => EventTypes::all(),
    }
}

fn constants(check: &Check) -> Option<Vec<&str>> {
    match &check.right {
        Right::Value(literal) => Some(vec![&literal.text]),
        Right::List(literals) => {
            Some(literals.iter().map(|literal| literal.text.as_str()).collect())
        }
        Right::Nothing | Right::Operand(_) => None,
    }
}

fn of_type(check: &Check, negated: bool) -> Option<EventTypes> {
    if check.modifier.is_some() {
        return None;
    }
    let flipped = match check.operator {
        Operator::Equal { .. } | Operator::In | Operator::Intersects => negated,
        Operator::NotEqual => !negated,
        _ => return None,
    };
    let mut set = EventTypes::NONE;
    for name in constants(check)? {
        if let Some(&place) = PLACES.get(name) {
            set.insert(place);
        }
    }
    Some(if flipped { set.complement() } else { set })
}

/// Whether a check of `evt.num` holds for every event, or for none; events are counted from one.
fn counted(check: &Check) -> Option<bool> {
    let numbers = constants(check)?
        .iter()
        .map(|text| text.parse::<u64>().ok())
        .collect::<Option<Vec<_>>>()?;
    counts(check.operator, check.modifier.is_some(), &numbers)
}

/// The same for constants already read: `None` when it depends on the event.
pub(crate) fn counts(operator: Operator, modified: bool, numbers: &[u64]) -> Option<bool> {
    if modified {
        return None;
    }
    match (operator, numbers) {
        (Operator::In | Operator::Intersects, numbers) => {
            numbers.iter().all(|&number| number == 0).then_some(false)
        }
        (Operator::Equal { .. } | Operator::LessOrEqual, [0]) | (Operator::Less, [0 | 1]) => {
            Some(false)
        }
        (Operator::NotEqual | Operator::Greater, [0]) | (Operator::GreaterOrEqual, [0 | 1]) => {
            Some(true)
        }
        _ => None,
    }
}
