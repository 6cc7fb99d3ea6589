//! A program shares checks between rules and skips rules by its index; a naive walk of every tree does neither. Both must agree.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use lanner_rules::ast::{Check, Expression, Literal, Modifier, Operand, Operator, Right};
use lanner_rules::{
    ArgumentKind, Catalog, Evaluator, Event, Extracted, Field, FieldClass, FieldFlags, FieldType,
    Matching, Options, Program, RuleSource, Slot, Value, condition,
};
use proptest::prelude::*;

const fn field(name: &'static str, kind: FieldType, list: bool) -> Field {
    Field {
        name,
        kind,
        argument: ArgumentKind::None,
        flags: FieldFlags {
            list,
            no_right_side: false,
            filter_only: false,
            deprecated: false,
            hidden: false,
            dotted: false,
            any_name: false,
        },
        description: "",
    }
}

static FIELDS: [Field; 5] = [
    field("t.a", FieldType::CharBuf, false),
    field("t.b", FieldType::CharBuf, false),
    field("t.c", FieldType::CharBuf, false),
    field("t.l", FieldType::CharBuf, true),
    field("t.n", FieldType::Uint64, false),
];

fn catalog() -> Catalog {
    Catalog {
        source: "t",
        classes: vec![FieldClass { name: "t", description: "", fields: &FIELDS }],
    }
}

#[derive(Clone, Debug)]
struct Sample {
    texts: [Option<String>; 3],
    list: Vec<String>,
    number: Option<u64>,
}

/// What the naive walk compares.
#[derive(Clone, Debug)]
enum Naive {
    Missing,
    Text(String),
    List(Vec<String>),
    Number(u64),
}

impl Sample {
    fn value(&self, name: &str) -> Naive {
        let text = |at: usize| self.texts[at].clone().map_or(Naive::Missing, Naive::Text);
        match name {
            "t.a" => text(0),
            "t.b" => text(1),
            "t.c" => text(2),
            "t.l" if self.list.is_empty() => Naive::Missing,
            "t.l" => Naive::List(self.list.clone()),
            _ => self.number.map_or(Naive::Missing, Naive::Number),
        }
    }
}

/// The sample behind the slots of a program; counts how often each is asked for.
struct Asked<'s> {
    sample: &'s Sample,
    list: Vec<Value<'s>>,
    fields: Vec<usize>,
}

impl<'s> Asked<'s> {
    fn new(sample: &'s Sample, program: &Program) -> Self {
        Self {
            sample,
            list: sample.list.iter().map(|item| Value::Bytes(item.as_bytes())).collect(),
            fields: program.fields().iter().map(|usage| usize::from(usage.field)).collect(),
        }
    }
}

impl Event for Asked<'_> {
    fn time(&self) -> u64 {
        0
    }

    fn extract(&mut self, slot: Slot) -> Extracted<'_> {
        match self.fields[usize::from(slot.0)] {
            at @ 0..3 => self.sample.texts[at]
                .as_ref()
                .map_or(Extracted::Missing, |text| Extracted::One(Value::Bytes(text.as_bytes()))),
            3 if self.list.is_empty() => Extracted::Missing,
            3 => Extracted::Many(&self.list),
            _ => self
                .sample
                .number
                .map_or(Extracted::Missing, |number| Extracted::One(Value::Unsigned(number))),
        }
    }
}

fn walk(expression: &Expression, sample: &Sample) -> bool {
    match expression {
        Expression::And(children) => children.iter().all(|child| walk(child, sample)),
        Expression::Or(children) => children.iter().any(|child| walk(child, sample)),
        Expression::Not(child) => !walk(child, sample),
        Expression::Check(check) => walk_check(check, sample),
        Expression::Macro { .. } => unreachable!("none is generated"),
    }
}

fn operand(operand: &Operand, sample: &Sample) -> Naive {
    match operand {
        Operand::Field { name, .. } => sample.value(name),
        Operand::Transform { operands, .. } => self::operand(&operands[0], sample),
        _ => unreachable!("none is generated"),
    }
}

fn walk_check(check: &Check, sample: &Sample) -> bool {
    let left = operand(&check.left, sample);
    let literals = |literals: &[Literal]| {
        literals.iter().map(|literal| literal.text.clone()).collect::<Vec<_>>()
    };
    let right = match &check.right {
        Right::Nothing => return !matches!(left, Naive::Missing),
        Right::Value(literal) => vec![literal.text.clone()],
        Right::List(list) => literals(list),
        Right::Operand(right) => match operand(right, sample) {
            Naive::Text(text) => vec![text],
            _ => return false,
        },
    };
    match left {
        Naive::Missing => false,
        Naive::Text(text) => {
            let one = |wanted: &String| compare(check.operator, &text, wanted);
            match (check.modifier, check.operator) {
                (_, Operator::In | Operator::Intersects) => right.contains(&text),
                (Some(Modifier::AllOf), _) => !right.is_empty() && right.iter().all(one),
                (Some(Modifier::OneOf), _) => {
                    right.iter().filter(|wanted| one(wanted)).count() == 1
                }
                _ => right.iter().any(one),
            }
        }
        Naive::List(items) => match check.operator {
            Operator::In => items.iter().all(|item| right.contains(item)),
            _ => items.iter().any(|item| right.contains(item)),
        },
        Naive::Number(number) => {
            let wanted: Vec<u64> = right.iter().map(|text| text.parse().unwrap()).collect();
            match check.operator {
                Operator::In => wanted.contains(&number),
                Operator::Less => number < wanted[0],
                Operator::GreaterOrEqual => number >= wanted[0],
                Operator::NotEqual => number != wanted[0],
                _ => number == wanted[0],
            }
        }
    }
}

fn compare(operator: Operator, left: &str, right: &str) -> bool {
    match operator {
        Operator::Equal { .. } => left == right,
        Operator::NotEqual => left != right,
        Operator::Contains => left.contains(right),
        Operator::IContains => left.to_lowercase().contains(&right.to_lowercase()),
        Operator::StartsWith => left.starts_with(right),
        Operator::EndsWith => left.ends_with(right),
        Operator::Less => left < right,
        other => unreachable!("{other:?} is not generated"),
    }
}

fn word() -> impl Strategy<Value = String> {
    "[abAB]{1,3}"
}

fn text_field() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["t.a", "t.b", "t.c"])
}

fn check() -> impl Strategy<Value = String> {
    let operators = vec!["=", "!=", "contains", "icontains", "startswith", "endswith"];
    let modifiers = vec!["anyof", "allof", "oneof"];
    let words = || prop::collection::vec(word(), 0..6);
    prop_oneof![
        3 => (text_field(), prop::sample::select(operators.clone()), word())
            .prop_map(|(field, operator, word)| format!("{field} {operator} {word}")),
        3 => (text_field(), words()).prop_map(|(field, words)| format!("{field} in ({})", words.join(", "))),
        1 => (text_field(), prop::sample::select(operators.clone()), prop::sample::select(modifiers), words())
            .prop_map(|(field, operator, modifier, words)| {
                format!("{field} {operator} {modifier} ({})", words.join(", "))
            }),
        1 => (text_field(), prop::sample::select(operators), text_field())
            .prop_map(|(left, operator, right)| format!("{left} {operator} val({right})")),
        1 => text_field().prop_map(|field| format!("{field} exists")),
        1 => (any::<bool>(), words()).prop_map(|(all, words)| {
            format!("t.l {} ({})", if all { "in" } else { "intersects" }, words.join(", "))
        }),
        1 => (prop::sample::select(vec!["=", "!=", "<", ">="]), 0..4_u64)
            .prop_map(|(operator, number)| format!("t.n {operator} {number}")),
    ]
}

fn conditions() -> impl Strategy<Value = String> {
    check().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|part| format!("(not {part})")),
        ]
    })
}

fn sample() -> impl Strategy<Value = Sample> {
    let text = || prop::option::of(word());
    ([text(), text(), text()], prop::collection::vec(word(), 0..3), prop::option::of(0..4_u64))
        .prop_map(|(texts, list, number)| Sample { texts, list, number })
}

fn rules(conditions: &[Expression]) -> Vec<RuleSource<'_>> {
    let rule = |condition| RuleSource {
        name: "R",
        source: "t",
        priority: "Notice",
        tags: &[],
        output: "",
        condition,
    };
    conditions.iter().map(rule).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn sharing_and_the_index_change_no_match(
        texts in prop::collection::vec(conditions(), 1..70),
        samples in prop::collection::vec(sample(), 1..12),
    ) {
        let parsed: Vec<Expression> = texts.iter().map(|text| condition::parse(text).unwrap()).collect();
        let rules = rules(&parsed);
        let all = Options { matching: Matching::All, ..Options::default() };
        let all = Program::compile(&rules, &catalog(), &all).unwrap();
        let first = Program::compile(&rules, &catalog(), &Options::default()).unwrap();
        let (mut every, mut one) = (Evaluator::new(&all), Evaluator::new(&first));
        for sample in &samples {
            let expected: Vec<u32> = (0..).zip(&parsed).filter(|(_, rule)| walk(rule, sample)).map(|(at, _)| at).collect();
            prop_assert_eq!(every.matches(&mut Asked::new(sample, &all)), expected.as_slice());
            prop_assert_eq!(one.matches(&mut Asked::new(sample, &first)), &expected[..expected.len().min(1)]);
        }
    }

    #[test]
    fn an_explanation_holds_as_the_rule_does(text in conditions(), sample in sample()) {
        let parsed = [condition::parse(&text).unwrap()];
        let options = Options { explain: true, ..Options::default() };
        let program = Program::compile(&rules(&parsed), &catalog(), &options).unwrap();
        let explanation = program.explain(0, &mut Asked::new(&sample, &program)).unwrap();
        prop_assert_eq!(explanation.holds(), walk(&parsed[0], &sample));
    }
}

#[test]
fn a_missing_value_makes_every_check_false() {
    let missing = Sample { texts: [None, None, None], list: Vec::new(), number: None };
    let checks = [
        "t.a = x",
        "t.a != x",
        "t.a exists",
        "t.a in (x)",
        "t.a contains ''",
        "t.a glob '*'",
        "t.a regex '.*'",
        "t.a pmatch (/)",
        "t.a != allof (x, y)",
        "t.a = val(t.b)",
        "t.a != val(t.b)",
        "t.l in (x)",
        "t.l intersects (x)",
        "t.n < 5",
        "len(t.a) >= 0",
        "tolower(t.a) != x",
        "join(',', t.l) != x",
        "concat(t.a, 'x') exists",
    ];
    let parsed: Vec<Expression> =
        checks.iter().map(|text| condition::parse(text).unwrap()).collect();
    let options = Options { matching: Matching::All, ..Options::default() };
    let program = Program::compile(&rules(&parsed), &catalog(), &options).unwrap();
    assert_eq!(
        Evaluator::new(&program).matches(&mut Asked::new(&missing, &program)),
        [] as [u32; 0]
    );
}

/// Runs a condition on one long text and returns the seconds it took.
fn seconds(text: &str, value: &str) -> f64 {
    let parsed = [condition::parse(text).unwrap()];
    let program = Program::compile(&rules(&parsed), &catalog(), &Options::default()).unwrap();
    let sample =
        Sample { texts: [Some(value.to_owned()), None, None], list: Vec::new(), number: None };
    let start = std::time::Instant::now();
    let _ = Evaluator::new(&program).matches(&mut Asked::new(&sample, &program));
    start.elapsed().as_secs_f64()
}

#[test]
fn hostile_patterns_take_time_linear_in_the_text() {
    let long = "a".repeat(1 << 20);
    let slashes = "/a".repeat(1 << 18);
    let cases = [
        ("t.a regex '(a+)+b'", &long),
        ("t.a regex '(a|aa)*c'", &long),
        ("t.a regex '(.*)(.*)(.*)(.*)x'", &long),
        ("t.a glob '*a*a*a*a*a*a*a*a*b'", &long),
        ("t.a iglob '*[a-z]*[!b]*?*?*A*b'", &long),
        ("t.a contains anyof (aab, aaab, ab, b, aaaaaab)", &long),
        ("t.a pmatch (/*/*/*/*/b, /a/*/a/*/b, /*/a/*/a/b)", &slashes),
    ];
    for (condition, text) in cases {
        let taken = seconds(condition, text);
        // Quadratic would be hours: the bound is for slow machines.
        assert!(taken < 20.0, "{condition}: {taken} s");
    }
}

#[test]
fn large_lists_and_deep_nesting_compile_and_run() {
    let many: Vec<String> = (0..10_000).map(|at| format!("word{at}")).collect();
    let list = many.join(", ");
    let ending = "word9999";
    for operator in [
        "in",
        "= anyof",
        "contains anyof",
        "startswith anyof",
        "endswith anyof",
        "pmatch",
        "contains oneof",
    ] {
        assert!(seconds(&format!("t.a {operator} ({list})"), ending) < 20.0, "{operator}");
    }
    let nested = format!("{}t.a = x{}", "(".repeat(99), ")".repeat(99));
    assert!(condition::parse(&nested).is_ok());
    let mut deep = condition::parse("t.a = x").unwrap();
    for level in 0..490 {
        let other = condition::parse(&format!("t.b = w{level}")).unwrap();
        deep = if level % 2 == 0 {
            Expression::And(vec![deep, other])
        } else {
            Expression::Or(vec![other, deep])
        };
    }
    let parsed = [deep];
    let program = Program::compile(&rules(&parsed), &catalog(), &Options::default()).unwrap();
    let sample = Sample {
        texts: [Some("x".into()), Some("w489".into()), None],
        list: Vec::new(),
        number: None,
    };
    assert_eq!(Evaluator::new(&program).matches(&mut Asked::new(&sample, &program)), [0]);
}

#[test]
fn a_program_tells_what_each_rule_reads() {
    let parsed = ["t.a = x and not t.l in (y)", "tolower(t.b) = val(t.c)", "t.a = x or t.n > 1"]
        .map(|text| condition::parse(text).unwrap());
    let program = Program::compile(&rules(&parsed), &catalog(), &Options::default()).unwrap();
    let reads = |rule| {
        let slots = program.reads(rule);
        let mut fields: Vec<u16> =
            slots.iter().map(|slot| program.fields()[usize::from(slot.0)].field).collect();
        fields.sort_unstable();
        fields
    };
    assert_eq!((reads(0), reads(1), reads(2)), (vec![0, 3], vec![1, 2], vec![0, 4]));
}

#[test]
fn transformers_change_every_item_of_a_list_unless_falco_is_followed() {
    let parsed = [condition::parse("toupper(t.l) intersects (DEV)").unwrap()];
    let sample =
        Sample { texts: [None, None, None], list: vec!["dev".into(), "ops".into()], number: None };
    for falco_compat in [false, true] {
        let options = Options { falco_compat, ..Options::default() };
        let program = Program::compile(&rules(&parsed), &catalog(), &options).unwrap();
        let mut evaluator = Evaluator::new(&program);
        assert_eq!(evaluator.matches(&mut Asked::new(&sample, &program)).is_empty(), falco_compat);
    }
}
