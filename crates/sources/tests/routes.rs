//! Routes over stored alerts: every line gets the routes whose conditions hold, whatever stands on the lines around it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use lanner_rules::Priority;
use lanner_sources::{RouteBook, RouteCondition};

fn any() -> RouteCondition {
    RouteCondition {
        condition: None,
        priority: Priority::Debug,
        sources: Vec::new(),
        rules: Vec::new(),
        tags: Vec::new(),
    }
}

fn when(condition: &str) -> RouteCondition {
    RouteCondition { condition: Some(condition.to_owned()), ..any() }
}

fn alert(rule: &str, priority: &str, rest: &str) -> String {
    format!(
        r#"{{"uuid":"0192f0c4-0000-7000-8000-000000000001","source":"syscall","rule":"{rule}","priority":"{priority}","time":"2026-01-02T03:04:05.678901234Z"{rest}}}"#
    )
}

/// The routes of each line, by position.
fn routes_of(routes: &[RouteCondition], text: &str) -> Vec<Vec<usize>> {
    let book = RouteBook::new(routes).unwrap();
    let found = book.judge(text.as_bytes().to_vec()).unwrap();
    found
        .sets
        .chunks(book.words())
        .map(|set| {
            (0..routes.len()).filter(|route| set[route / 32] >> (route % 32) & 1 == 1).collect()
        })
        .collect()
}

#[test]
fn a_condition_sees_keys_by_their_short_names_and_every_output_field() {
    let text = alert(
        "Terminal shell",
        "Warning",
        r#","hostname":"node-7","tags":["container","shell"],"output":"é","output_fields":{"proc.name":"bash","user.uid":1000,"big":9007199254740993,"evt.num":null}"#,
    );
    for (condition, holds) in [
        ("rule = \"Terminal shell\"", true),
        ("rule startswith Term and not priority = Error", true),
        ("source = syscall and hostname glob node-*", true),
        ("tags intersects (shell, network)", true),
        ("tags in (shell)", false),
        ("tolower(rule) contains shell", true),
        ("output = é", true),
        ("alert.rule = \"Terminal shell\"", true),
        ("proc.name in (bash, zsh) and user.uid = 1000", true),
        ("user.uid = 1001", false),
        ("proc.exe exists", false),
        ("rule in (rule, source)", false),
    ] {
        let found = routes_of(&[when(condition)], &text);
        assert_eq!(found, [if holds { vec![0] } else { vec![] }], "{condition}");
    }
}

#[test]
fn priority_source_rules_and_tags_narrow_whatever_the_case_of_the_priority() {
    let routes = [
        RouteCondition { priority: Priority::Warning, ..any() },
        RouteCondition { priority: Priority::Informational, ..any() },
        RouteCondition { sources: vec!["k8s_audit".to_owned()], ..any() },
        RouteCondition { rules: vec!["Term*".to_owned(), "Writ?".to_owned()], ..any() },
        RouteCondition { tags: vec!["net".to_owned()], priority: Priority::Error, ..any() },
        any(),
    ];
    let text = [
        alert("Terminal", "WARNING", ""),
        alert("Write", "info", r#","tags":["net"]"#),
        alert("Other", "Critical", r#","tags":["a","net"]"#),
        alert("Other", "Debug", "").replace("syscall", "k8s_audit"),
    ]
    .join("\n");
    let expected = [vec![0, 1, 3, 5], vec![1, 3, 5], vec![0, 1, 4, 5], vec![2, 5]];
    assert_eq!(routes_of(&routes, &text), expected);
}

#[test]
fn a_line_that_is_no_alert_takes_every_route_and_moves_no_other() {
    let routes = [when("rule = a"), when("rule = b")];
    let text = format!(
        "{}\n\n{{\"rule\":\n{}\n[1]\n{}\n",
        alert("a", "Error", ""),
        alert("b", "Error", ""),
        alert("c", "Error", "")
    );
    let expected = [vec![0], vec![], vec![0, 1], vec![1], vec![0, 1], vec![]];
    assert_eq!(routes_of(&routes, &text), expected);
    let found = RouteBook::new(&routes).unwrap().judge(text.into_bytes()).unwrap();
    assert_eq!(found.unjudged, [2, 4]);
}

#[test]
fn an_array_named_events_does_not_hide_the_alert_around_it() {
    let inner = alert("b", "Error", "");
    let text = alert("a", "Error", &format!(",\"events\":[{inner},{inner}]"));
    assert_eq!(routes_of(&[when("rule = a"), when("rule = b")], &text), [vec![0]]);
}

#[test]
fn sets_are_as_many_words_as_the_routes_need() {
    let routes: Vec<_> = (0..70).map(|number| when(&format!("rule = r{number}"))).collect();
    let text: String =
        (0..70).map(|number| alert(&format!("r{number}"), "Error", "") + "\n").collect();
    let expected: Vec<Vec<usize>> = (0..70).map(|number| vec![number]).collect();
    assert_eq!(routes_of(&routes, &text), expected);
    assert!(RouteBook::new(&[]).unwrap().judge(text.into_bytes()).unwrap().sets.is_empty());
}

#[test]
fn a_fault_names_route_and_place() {
    let routes = [
        when("rule = a"),
        when("rule ="),
        when("rule = a and priority >= Warning"),
        when("shell_procs"),
    ];
    let faults = RouteBook::new(&routes).unwrap_err();
    let places: Vec<_> =
        faults.iter().map(|fault| (fault.route, fault.offset, fault.code)).collect();
    let code = "LOAD_ERR_COMPILE_CONDITION";
    assert_eq!(places, [(1, Some(6), code), (2, Some(25), code), (3, Some(0), code)]);
    assert!(faults[1].hint.as_deref().unwrap().contains("`priority`"));
    assert!(faults[2].message.contains("shell_procs"));
}

#[test]
fn an_explanation_has_every_check_with_what_it_saw() {
    let book = RouteBook::new(&[when("proc.name = zsh"), any()]).unwrap();
    let text = alert("a", "Error", r#","output_fields":{"proc.name":"bash"}"#);
    let answer: serde_json::Value =
        serde_json::from_str(&book.explain(text.into_bytes()).unwrap()).unwrap();
    assert_eq!(answer[0]["matches"], false);
    assert_eq!(answer[0]["condition"]["values"][0]["values"][0], "bash");
    assert_eq!(answer[1], serde_json::json!({ "condition": null, "matches": true }));
    assert_eq!(book.explain(b"{}".to_vec()).unwrap(), "null");
}
