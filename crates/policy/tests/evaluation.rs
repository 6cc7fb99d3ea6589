//! What is a pass, a denial or an error; limits; and whether modules look at events.

use std::time::{Duration, Instant};

use lanner_policy::{Limits, Module, Verdict, evaluate, reads_events};

const INPUT: &str = r#"{"a":[1,{"b":2}],"events":[1]}"#;

fn module(source: &str) -> Module {
    Module { name: source.len().to_string(), source: source.to_owned() }
}

fn judged(sources: &[&str]) -> Verdict {
    evaluate(
        sources.iter().map(|source| module(source)).collect(),
        INPUT.to_owned(),
        Limits::default(),
    )
}

fn error(sources: &[&str]) -> String {
    let verdict = judged(sources);
    assert!(verdict.denied.is_empty(), "{verdict:?}");
    verdict.errors.first().unwrap_or_else(|| panic!("no error: {sources:?}")).clone()
}

#[test]
fn every_spelling_of_walk_finds_what_opa_finds() {
    // OPA 1.13.1 answers each of these with the six values below.
    let expected = ["1", "2", "[1]", "[1 map[b:2]]", "map[a:[1 map[b:2]] events:[1]]", "map[b:2]"];
    for body in [
        "[p, v] := walk(input); m := v",
        "[p, v] = walk(input); m := v",
        "walk(input, [p, v]); m := v",
        "x := walk(input)[1]; m := x",
        "some x; walk(input, x); m := x[1]",
        "ms := [v | [_, v] := walk(input)]; m := ms[_]",
        "x := walk(walk(input)[1])[1]; m := x",
    ] {
        let verdict = judged(&[&format!("package t\ndeny[m] {{ {body} }}")]);
        let denied: std::collections::BTreeSet<_> =
            verdict.denied.iter().map(String::as_str).collect();
        assert_eq!(denied, expected.into_iter().collect(), "{body}: {verdict:?}");
    }
    let counted = judged(&["package t\ndeny[m] { m := count([p | [p, v] := walk(input)]) }"]);
    assert_eq!(counted.denied, ["7"]);
    let found = judged(&[
        "package t\nf(x) = y { [_, y] = walk(x); y == 2 }\ndeny[m] { f(input) == 2; m := \"f\" }",
    ]);
    assert_eq!(found.denied, ["f"]);
}

#[test]
fn a_negation_of_what_is_undefined_holds_only_where_opa_says_so() {
    // OPA 1.13.1: the first list denies nothing on this input, the second denies.
    let judged = |body: &str| {
        let functions = "f(x) { x == 1 }\ng(x) = x { true }\ns = {\"a\"}\nt = {\"b\"}\nallowed { not startswith(input.x, \"evil\") }";
        let source = format!(
            "package t\nimport future.keywords.in\ndeny[m] {{ {body}; m := \"m\" }}\n{functions}"
        );
        evaluate(
            vec![module(&source)],
            r#"{"a":[{"b":2}],"n":1,"l":["a","b"]}"#.to_owned(),
            Limits::default(),
        )
    };
    for body in [
        "not is_object(input.x.y)",
        "not count(input.x.y) == 0",
        "not startswith(input.x, \"a\")",
        "not f(input.x)",
        "not startswith(g(input.x), \"a\")",
        "x := input.a[_]; not startswith(x.name, \"a\")",
        "not s[input.x]",
        "not input.x + 1 == 2",
        "not [input.x][0]",
        "not {\"a\": input.x}.a",
        "not input.x in [1]",
        "not input.x > 1",
        "not contains(lower(input.x), \"a\")",
        "not 1 < input.x",
        "not input.x != 1",
        "not f(input.n)",
        "not startswith(input.y, \"a\") with input.z as 1",
    ] {
        let verdict = judged(body);
        assert!(verdict.passes(), "{body}: {verdict:?}");
    }
    for body in [
        "not input.x.y == 0",
        "not input.x",
        "not data.t.nope",
        "not allowed",
        "not is_object(input.n)",
        "not input.n > 1",
        "t[x]; not s[x]",
        "t[x]; not startswith(x, \"a\")",
        "t[x]; not startswith(lower(x), \"a\")",
        "t[x]; not t[x] == \"c\"",
        "not count([1 | not f(input.n)]) == 1",
        "not startswith(input.y, \"a\") with input.y as \"b\"",
        "not (input.n + 1) == 3",
        "not f(\n  input.n + 1\n)",
        "not input.n == input.x",
        "not s[\"b\"]",
        "not 3 in input.l",
    ] {
        let verdict = judged(body);
        assert_eq!(verdict.denied, ["m"], "{body}: {verdict:?}");
    }
    let bare = "package t\nimport rego.v1\ndeny contains \"m\" if not startswith(input.x, \"a\")\ndeny contains \"n\" if not is_string(input.n)\n";
    assert_eq!(
        evaluate(vec![module(bare)], r#"{"n":1}"#.to_owned(), Limits::default()).denied,
        ["n"]
    );
}

#[test]
fn a_rule_that_leads_to_itself_is_refused_before_it_is_followed() {
    for source in [
        "package t\nf(x) = y { y := f(x) }\ndeny[m] { f(1); m := \"x\" }",
        "package t\na { b }\nb { a }\ndeny[m] { false; m := \"x\" }",
        "package t\na { not b }\nb { not a }\ndeny[m] { a; m := \"x\" }",
        "package t\ndeny[m] { count(data) == 1; m := \"x\" }",
        "package t\ndeny[m] { some k; data.t[k]; m := k }",
        "package t\ndeny[m] { x := data[_]; m := \"x\" }",
    ] {
        assert!(error(&[source]).contains("recursive"), "{source}");
    }
    let two = [
        "package a\ndeny[m] { data.b.x; m := \"x\" }",
        "package b\nx { data.a.deny }\ndeny[m] { false; m := \"\" }",
    ];
    assert!(error(&two).contains("recursive"));
}

#[test]
fn a_variable_named_like_a_rule_is_no_recursion() {
    let source = "package t\nmsg(m) = x { x := m }\ncount_of(xs) = n { n := count(xs) }\ndeny[msg] { msg := \"said\" }";
    assert_eq!(judged(&[source]).denied, ["said"]);
}

#[test]
fn a_withheld_or_unknown_function_is_refused_though_never_reached() {
    for call in [
        "http.send({})",
        "opa.runtime()",
        "net.lookup_ip_addr(\"localhost\")",
        "net.cidr_contains(\"10.0.0.0/8\", \"10.1.1.1\")",
        "net.cidr_intersects(\"10.0.0.0/8\", \"10.1.0.0/16\")",
        "net.cidr_merge([])",
        "net.cidr_expand(\"10.0.0.0/30\")",
        "nosuch(1)",
        "data.t.nosuch(1)",
        "azure.policy.fn.empty(1)",
        "__lanner_walk(input)",
    ] {
        let source = format!("package t\nx {{ {call} }}\ndeny[m] {{ false; m := \"m\" }}");
        let told = error(&[&source]);
        assert!(
            told.contains("withheld") || told.contains("undefined") || told.contains("replaced"),
            "{call}: {told}"
        );
    }
    let mocked = "package t\nmock(x) = 1 { true }\ndeny[m] { false; count([]) == 1 with http.send as mock; m := \"\" }";
    assert!(error(&[mocked]).contains("withheld"));
}

#[test]
fn what_a_module_prints_goes_nowhere_and_denies_nothing() {
    assert!(judged(&["package t\ndeny[m] { print(\"hello\", input); false; m := \"\" }"]).passes());
}

#[test]
fn an_endless_evaluation_ends_at_the_limit() {
    let limits = Limits { time: Duration::from_millis(200), ..Limits::default() };
    let source = "package t\ndeny[m] { m := count([1 | numbers.range(1, 100000)[_]; numbers.range(1, 100000)[_]]) }";
    let started = Instant::now();
    let verdict = evaluate(vec![module(source)], INPUT.to_owned(), limits);
    assert_eq!(verdict.errors.len(), 1, "{verdict:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[cfg(target_os = "linux")]
#[test]
fn an_evaluation_that_grows_without_end_is_given_up() {
    let limits = Limits { memory: 64 << 20, time: Duration::from_secs(20), ..Limits::default() };
    let source = "package t\ndeny[m] { x := [concat(\"\", [\"0123456789\" | numbers.range(1, 5000)[_]]) | numbers.range(1, 20000)[_]]; m := count(x) }";
    let verdict = evaluate(vec![module(source)], INPUT.to_owned(), limits);
    assert!(verdict.errors.iter().any(|text| text.contains("64 MiB")), "{verdict:?}");
}

#[test]
fn an_input_that_is_no_json_is_an_error() {
    for input in ["", "{", "{}x", "nan", &"[".repeat(100_000)] {
        let verdict = evaluate(
            vec![module("package t\ndeny[m] { false; m := \"\" }")],
            input.to_owned(),
            Limits::default(),
        );
        assert!(!verdict.errors.is_empty(), "{}", &input[..input.len().min(10)]);
    }
}

#[test]
fn integers_beyond_doubles_are_compared_exactly() {
    let source = "package t\ndeny[m] { input.n > 9007199254740992; input.n < 9007199254740994; m := sprintf(\"%d\", [input.n]) }";
    let verdict =
        evaluate(vec![module(source)], r#"{"n":9007199254740993}"#.to_owned(), Limits::default());
    assert_eq!(verdict.denied, ["9007199254740993"]);
}

#[test]
fn only_constant_paths_beside_the_events_leave_them_out() {
    let reads = |body: &str, wrapped| {
        reads_events(&[module(&format!("package t\ndeny[m] {{ {body}; m := \"\" }}"))], wrapped)
    };
    for body in [
        "input.summary.x > 1",
        "input[\"summary\"]",
        "h := input.summary.rule_hits[_]; h.rule == \"events\"",
        "x := 1",
    ] {
        assert!(!reads(body, false), "{body}");
    }
    for body in [
        "input.events[_].rule",
        "input[\"events\"]",
        "input[`events`]",
        "input[x]",
        "input[input.x]",
        "count(input)",
        "walk(input, [p, v])",
        "x := input",
        "true with input as {}",
        "true with input.a as 1",
        "[input]",
        "not input.events",
        "object.get(input, \"a\", 0)",
        "x := {y | y := input}",
        "input[_] == 1",
        "f := input.a[input]",
        "every_ := [e | e := input.events[_]]",
        "json.marshal(input) == \"\"",
        "(((",
    ] {
        assert!(reads(body, false), "{body}");
    }
    assert!(!reads("input.attestation.summary.x", true));
    for body in [
        "input.attestation",
        "input.attestation.events",
        "input.steps.build",
        "input.external.x",
        "input.attestation[x]",
    ] {
        assert!(reads(body, true), "{body}");
    }
    assert!(reads_events(&[module("package t\nimport input\ndeny[m] { m := 1 }")], false));
    assert!(reads_events(
        &[module("package t\nimport input as x\ndeny[m] { m := x.events }")],
        false
    ));
    assert!(reads_events(
        &[module("package t\nimport input.events as e\ndeny[m] { m := e[_] }")],
        false
    ));
    assert!(reads_events(&[module("package t\ndeny[input.events[_]] { true }")], false));
    assert!(reads_events(
        &[module("package t\ndefault x = 1\nx = input { true }\ndeny[m] { m := x }")],
        false
    ));
    assert!(reads_events(
        &[module("package t\nf(x) = x { true } else = input { true }\ndeny[m] { m := f(1) }")],
        false
    ));
    assert!(!reads_events(
        &[module("package t\nimport input.summary as s\ndeny[m] { m := s.events }")],
        false
    ));
}

#[test]
fn a_negation_that_would_have_to_bind_a_variable_is_refused() {
    // OPA 1.13.1 calls the variable unsafe in each of the first list and takes each of the second.
    let module = |body: &str| {
        format!(
            "package t\nimport future.keywords\ns = {{1, 2}}\nf(x) {{ x == 1 }}\ndeny[m] {{ {body}; m := \"m\" }}"
        )
    };
    for body in [
        "not input.a[_]",
        "not input.a[_] == 1",
        "not startswith(input.a[_], \"q\")",
        "not f(input.a[_])",
        "not input.a[_] in [9]",
        "not 1 in input.a[_]",
        "not input.a[i] == 1",
        "some i; not input.a[i] == 1",
        "not input.a[i] == 1; not input.a[i]",
        "not [1, input.a[_]] == 3",
        "not {1: input.a[_]}",
        "not s[_] == 1",
        "not s[x]",
        "every x in input.a { not input.a[_] == x }",
        "y := [1 | not input.a[_] == 9]",
        "not input.a[_] == 1 with input as {}",
    ] {
        let text = error(&[&module(body)]);
        assert!(text.contains("is unsafe"), "{body}: {text}");
    }
    for body in [
        "not count([x | x := input.a[_]]) == 0",
        "not any([x | x := input.a[_] == 9])",
        "not count(input.a[_].b) == 0",
        "x := input.a[_]; not x == 9",
        "some i; input.a[i]; not input.a[i] == 9",
        "some x in input.a; not x == 9",
        "every x in input.a { not x == 9 }",
        "not 1 in {2}",
        "not f(input.gone)",
        "not s[1] == 7",
        "not s == {3}",
        "k := \"a\"; not input[k] == 3",
    ] {
        let verdict = judged(&[&module(body)]);
        assert!(
            !verdict.errors.iter().any(|text| text.contains("a negation binds nothing")),
            "{body}: {verdict:?}"
        );
    }
}

#[test]
fn a_module_whose_brackets_would_be_parsed_for_ever_is_refused_at_once() {
    let started = Instant::now();
    for (open, close) in [("[", "]"), ("{", "}"), ("{\"a\":", "}"), ("[{\"\":", "}]")] {
        let source =
            format!("package t\ndeny[m] {{ m := {}1{} }}", open.repeat(1000), close.repeat(1000));
        assert!(error(&[&source]).contains("nested too deeply"), "{open}");
        assert!(reads_events(&[module(&source)], false));
    }
    assert!(started.elapsed() < Duration::from_secs(5));
}
