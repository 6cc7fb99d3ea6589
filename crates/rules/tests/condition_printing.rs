//! Printing and parsing undo each other, and no input takes long.

use std::time::{Duration, Instant};

use lanner_rules::ast::{
    Check, Expression, Literal, Modifier, Operand, Operator, Right, Transformer,
};
use lanner_rules::condition::{MAX_DEPTH, SyntaxErrorKind, exact, parse};
use proptest::prelude::*;

/// Without places, which printing moves.
fn bare(expression: &Expression) -> Expression {
    match expression {
        Expression::And(members) => Expression::And(members.iter().map(bare).collect()),
        Expression::Or(members) => Expression::Or(members.iter().map(bare).collect()),
        Expression::Not(inner) => Expression::Not(Box::new(bare(inner))),
        Expression::Macro { name, .. } => Expression::Macro { name: name.clone(), at: 0..0 },
        Expression::Check(check) => Expression::Check(Check {
            left: bare_operand(&check.left),
            right: match &check.right {
                Right::Nothing => Right::Nothing,
                Right::Value(literal) => Right::Value(bare_literal(literal)),
                Right::List(literals) => Right::List(literals.iter().map(bare_literal).collect()),
                Right::Operand(operand) => Right::Operand(bare_operand(operand)),
            },
            at: 0..0,
            ..check.clone()
        }),
    }
}

fn bare_literal(literal: &Literal) -> Literal {
    Literal { at: 0..0, ..literal.clone() }
}

fn bare_operand(operand: &Operand) -> Operand {
    match operand.clone() {
        Operand::Field { name, argument, .. } => Operand::Field { name, argument, at: 0..0 },
        Operand::Transform { transformer, operands, argument, .. } => Operand::Transform {
            transformer,
            operands: operands.iter().map(bare_operand).collect(),
            argument,
            at: 0..0,
        },
        Operand::Constant { value, .. } => Operand::Constant { value, at: 0..0 },
        Operand::List { items, .. } => {
            Operand::List { items: items.iter().map(bare_operand).collect(), at: 0..0 }
        }
    }
}

/// Any text a quoted value can hold.
fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            Just('\\'),
            Just('"'),
            Just('\''),
            Just('\n'),
            Just(' '),
            Just('('),
            any::<char>()
        ],
        0..8,
    )
    .prop_map(|chars| chars.into_iter().filter(|char| *char != '\0').collect())
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        text().prop_map(|text| Literal { text, quoted: true, at: 0..0 }),
        "[a-z/*.][a-z0-9/*.]{0,6}".prop_map(|text| Literal { text, quoted: false, at: 0..0 }),
    ]
}

fn field() -> impl Strategy<Value = Operand> {
    ("[a-z]{1,3}(\\.[a-z][a-z0-9_]{0,3}){1,2}", proptest::option::of(text()))
        .prop_map(|(name, argument)| Operand::Field { name, argument, at: 0..0 })
}

fn operand() -> impl Strategy<Value = Operand> {
    let constant = text().prop_map(|value| Operand::Constant { value, at: 0..0 }).boxed();
    field()
        .prop_recursive(3, 12, 3, move |inner| {
            let item = prop_oneof![inner.clone(), constant.clone()];
            let list = proptest::collection::vec(item.clone(), 0..3)
                .prop_map(|items| Operand::List { items, at: 0..0 });
            let transformer = prop_oneof![
                Just(Transformer::ToLower),
                Just(Transformer::Join),
                Just(Transformer::Len),
                Just(Transformer::Concat)
            ];
            (transformer, proptest::collection::vec(prop_oneof![item, list], 1..3)).prop_map(
                |(transformer, operands)| Operand::Transform {
                    transformer,
                    operands,
                    argument: None,
                    at: 0..0,
                },
            )
        })
        .prop_filter("a list is no operand by itself", |operand| {
            !matches!(operand, Operand::Constant { .. } | Operand::List { .. })
        })
}

fn check() -> impl Strategy<Value = Expression> {
    let textual = prop_oneof![
        Just(Operator::Equal { doubled: true }),
        Just(Operator::NotEqual),
        Just(Operator::IGlob),
        Just(Operator::Regex)
    ];
    let listed =
        prop_oneof![Just(Operator::In), Just(Operator::Intersects), Just(Operator::PMatch)];
    let list = || proptest::collection::vec(literal(), 0..4).prop_map(Right::List);
    let modifier = prop_oneof![Just(Modifier::OneOf), Just(Modifier::AnyOf), Just(Modifier::AllOf)];
    let right = prop_oneof![
        Just((Operator::Exists, None, Right::Nothing)),
        (textual.clone(), literal()).prop_map(|(operator, value)| (
            operator,
            None,
            Right::Value(value)
        )),
        (textual, modifier, list()).prop_map(|(operator, modifier, list)| (
            operator,
            Some(modifier),
            list
        )),
        (listed, list()).prop_map(|(operator, list)| (operator, None, list)),
        (Just(Operator::Less), field()).prop_map(|(operator, field)| {
            (
                operator,
                None,
                Right::Operand(Operand::Transform {
                    transformer: Transformer::Val,
                    operands: vec![field],
                    argument: None,
                    at: 0..0,
                }),
            )
        }),
        (Just(Operator::GreaterOrEqual), any::<i32>()).prop_map(|(operator, number)| {
            (
                operator,
                None,
                Right::Value(Literal { text: number.to_string(), quoted: false, at: 0..0 }),
            )
        }),
    ];
    (operand(), right).prop_map(|(left, (operator, modifier, right))| {
        Expression::Check(Check { left, operator, modifier, right, at: 0..0 })
    })
}

fn expression() -> impl Strategy<Value = Expression> {
    let name = "m_[a-z0-9_]{0,5}".prop_map(|name| Expression::Macro { name, at: 0..0 });
    prop_oneof![check(), name].prop_recursive(4, 24, 4, |inner| {
        let members = || proptest::collection::vec(inner.clone(), 2..4);
        let negated = inner.clone().prop_filter_map("a double negation reads as none", |inner| {
            if matches!(inner, Expression::Not(_)) {
                None
            } else {
                Some(Expression::Not(Box::new(inner)))
            }
        });
        prop_oneof![
            members().prop_map(Expression::And),
            members().prop_map(Expression::Or),
            negated
        ]
    })
}

proptest! {
    #[test]
    fn a_printed_condition_reads_back_as_the_same_tree(tree in expression()) {
        let text = exact(&tree);
        let read = parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(bare(&read), tree, "{}", text);
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "[a-z.=()\\[\\]'\"\\\\, 0-9xnotadr]{0,60}") {
        if let Err(error) = parse(&text) {
            prop_assert!(error.at.offset as usize <= text.len());
        }
    }
}

#[test]
fn a_hundred_parentheses_are_read_and_more_are_refused() {
    let nested = |depth: usize| format!("{}a.b = 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    for depth in [MAX_DEPTH + 1, 1_000_000] {
        let kind = parse(&nested(depth)).expect_err("too deep").kind;
        assert_eq!(kind, SyntaxErrorKind::TooDeep { limit: MAX_DEPTH });
    }
    let negated = format!("{}a.b = 1{}", "not(".repeat(500_000), ")".repeat(500_000));
    assert!(parse(&negated).is_err());
    let transformed = format!("{}a.b{} = 1", "tolower(".repeat(500_000), ")".repeat(500_000));
    assert!(parse(&transformed).is_err());
}

#[test]
fn the_time_to_parse_grows_with_the_text_only() {
    let hostile = [
        format!("a.b in ({})", vec!["x"; 1_000_000].join(",")),
        vec!["a.b = 1"; 200_000].join(" and "),
        format!("{}a.b = 1", "not ".repeat(500_000)),
        format!("a.b = '{}", "\\'".repeat(1_000_000)),
        format!("a.b = {}", "oneof ".repeat(300_000)),
        format!("join(',', ({})) = x", vec!["a.b"; 300_000].join(",")),
        format!("a{} = 1", ".b".repeat(1_000_000)),
        "(".repeat(2_000_000),
    ];
    for text in hostile {
        let start = Instant::now();
        let _ = parse(&text);
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{} bytes took {:?}",
            text.len(),
            start.elapsed()
        );
    }
}
