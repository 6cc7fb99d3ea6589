//! What the loader promises beyond agreeing with Falco: real places, hints, several files, and an end to every input.
#![expect(clippy::print_stderr, reason = "a corpus test tells how much it ran")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use lanner_rules::ast::{Expression, Operand};
use lanner_rules::condition::compiled;
use lanner_rules::diagnostic::{Code, Diagnostic};
use lanner_rules::load::{
    CheckError, Checker, Engine, FieldChecker, FileReport, Remark, Selection, Switch, Target,
    Version, results_json,
};
use lanner_rules::{
    ArgumentKind, Catalog, Field, FieldClass, FieldFlags, FieldType, Loader, Priority, Ruleset,
};
use proptest::prelude::*;

/// Knows no field and refuses none.
struct Permissive;

impl Checker for Permissive {
    fn has_source(&self, source: &str) -> bool {
        source == "syscall"
    }

    fn operand(&self, _: &str, _: &Operand) -> Result<(), CheckError> {
        Ok(())
    }

    fn condition(&self, _: &str, _: &Expression) -> Result<Vec<Remark>, CheckError> {
        Ok(Vec::new())
    }

    fn output(&self, _: &str, _: &str) -> Result<Vec<Remark>, CheckError> {
        Ok(Vec::new())
    }
}

fn load(texts: &[&str]) -> (Vec<FileReport>, Ruleset) {
    let mut loader = Loader::new(&Permissive, Engine::default());
    let reports = texts
        .iter()
        .enumerate()
        .map(|(number, text)| loader.load(&format!("{number}.yaml"), text.as_bytes()))
        .collect();
    (reports, loader.finish())
}

fn rule(name: &str, condition: &str) -> String {
    format!("- rule: {name}\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n")
}

fn only_error(text: &str) -> Diagnostic {
    let (mut reports, _) = load(&[text]);
    assert_eq!(reports[0].errors.len(), 1, "{reports:?}");
    reports.remove(0).errors.remove(0)
}

/// Line and column from 1.
fn place(diagnostic: &Diagnostic) -> (usize, usize) {
    let place = diagnostic.place.as_ref().expect("a place");
    (place.line + 1, place.column + 1)
}

#[test]
fn an_error_in_the_middle_of_a_long_file_points_at_its_line_and_column() {
    let mut text = String::new();
    for number in 0..1_000 {
        text.push_str(&rule(&format!("R{number}"), ">\n    proc.name = bash\n    and fd.name = x"));
    }
    text.push_str(&rule(
        "Broken",
        ">\n    proc.name = bash\n    and fd.name === alice\n    and proc.pid = 1",
    ));
    text.push_str(&rule("Behind", "proc.name = x"));
    let error = only_error(&text);
    assert_eq!(error.code, Code::CompileCondition);
    let line = text.lines().position(|line| line.contains("===")).expect("the line") + 1;
    assert_eq!(place(&error), (line, "    and fd.name ==".len() + 1));
    assert_eq!(error.snippet, "    and fd.name === alice\n                  ^\n");
    assert!(error.to_string().contains(&format!("0.yaml:{line}:19")), "{error}");
}

#[test]
fn places_are_found_in_every_way_to_write_a_condition() {
    for (written, line, column) in [
        ("a.b = 1 and and.x", 3, 31),
        ("'a.b = ''x'' ! 1'", 3, 27),
        ("\"a.b = \\\"x\\\" and\\n  a.c ! 1\"", 3, 38),
        ("|\n    a.b = 1\n    and a.c ! 1", 5, 13),
        (">-\n    a.b = 1\n\n    and a.c ! 1", 6, 13),
        ("a.b = 1\n    and a.c ! 1", 4, 13),
    ] {
        let error = only_error(&rule("R", written));
        assert_eq!(place(&error), (line, column), "{written}\n{error}");
    }
}

#[test]
fn a_fault_behind_a_list_is_placed_where_it_was_written() {
    let text =
        format!("- list: l\n  items: [a, b, c, d, e, f]\n{}", rule("R", "a.b in (l) and a.c ! 1"));
    assert_eq!(place(&only_error(&text)), (5, 33));
    let text =
        format!("- list: l\n  items: ['a b', \"'\"]\n{}", rule("R", "a.b in (l) and a.c = 1"));
    assert_eq!(place(&only_error(&text)), (5, 22), "within the items of a list its name is shown");
}

#[test]
fn a_fault_in_an_appended_part_is_placed_in_its_own_file() {
    let first = rule("R", "a.b = 1");
    let second =
        "# overrides\n- rule: R\n  condition: and a.c ! 1\n  override:\n    condition: append\n";
    let (reports, _) = load(&[&first, second]);
    let error = &reports[1].errors[0];
    assert_eq!((place(error), &*error.place.as_ref().expect("a place").name), ((3, 22), "1.yaml"));
}

#[test]
fn a_fault_in_a_macro_is_placed_in_the_macro() {
    let name = Field {
        name: "a.b",
        kind: FieldType::CharBuf,
        argument: ArgumentKind::None,
        flags: FieldFlags::default(),
        description: "",
    };
    let fields = vec![name].leak();
    let catalog = Catalog {
        source: "syscall",
        classes: vec![FieldClass { name: "", description: "", fields }],
    };
    let checker = FieldChecker::new(&[&catalog]);
    let text =
        format!("- macro: m\n  condition: a.b = 1 and a.x = 2\n{}", rule("R", "a.b = 3 and (m)"));
    let report = Loader::new(&checker, Engine::default()).load("x.yaml", text.as_bytes());
    assert_eq!(place(&report.errors[0]), (2, 26));
}

#[test]
fn names_that_are_nearly_known_are_suggested() {
    let text = format!(
        "- macro: spawned_process\n  condition: a.b = 1\n{}",
        rule("R", "spwaned_process and a.c = 1")
    );
    assert_eq!(only_error(&text).hint.as_deref(), Some("did you mean `spawned_process`?"));
    let (reports, _) = load(&["- list: l\n  item: [a]\n  items: [a]\n"]);
    let hints: Vec<_> =
        reports[0].warnings.iter().filter_map(|warning| warning.hint.as_deref()).collect();
    assert_eq!(hints, ["did you mean `items`?"]);
}

#[test]
fn fields_that_only_circulate_lead_to_real_ones() {
    let field = |name| Field {
        name,
        kind: FieldType::CharBuf,
        argument: ArgumentKind::None,
        flags: FieldFlags::default(),
        description: "",
    };
    let fields: Vec<_> = ["ka.verb", "ka.user.name", "fd.sport", "fd.rip"].map(field).into();
    let catalog = Catalog {
        source: "syscall",
        classes: vec![FieldClass { name: "", description: "", fields: fields.leak() }],
    };
    let checker = FieldChecker::new(&[&catalog]);
    for (wrong, right) in [
        ("k8s.audit.verb", "ka.verb"),
        ("net.port", "fd.sport"),
        ("evt.remote_addr", "fd.rip"),
        ("ka.user.nmae", "ka.user.name"),
    ] {
        let mut loader = Loader::new(&checker, Engine::default());
        let report = loader.load("x.yaml", rule("R", &format!("{wrong} = x")).as_bytes());
        assert_eq!(report.errors[0].hint, Some(format!("did you mean `{right}`?")), "{wrong}");
    }
}

#[test]
fn a_later_file_changes_what_earlier_ones_define_and_keeps_its_place() {
    let first =
        format!("- list: l\n  items: [a]\n{}{}", rule("A", "a.b in (l)"), rule("B", "a.b = 2"));
    let second = "- list: l\n  items: [b]\n  override: {items: append}\n- rule: A\n  condition: and a.c = 3\n  priority: ERROR\n  override: {condition: append, priority: replace}\n";
    let (reports, rules) = load(&[&first, second]);
    assert!(reports.iter().all(FileReport::successful), "{reports:?}");
    assert_eq!(rules.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(compiled(&rules.rules[0].condition), "(a.b in (a, b) and a.c = 3)");
    assert_eq!(
        (rules.rules[0].priority, &*rules.rules[0].position.name),
        (Priority::Error, "0.yaml")
    );
}

#[test]
fn the_last_command_that_names_a_rule_decides() {
    let text = rule("Shell in container", "a.b = 1")
        .replace("priority: INFO", "priority: INFO\n  tags: [shell]");
    let (_, rules) = load(&[&text]);
    let rule = &rules.rules[0];
    let switch = |enable, target| Switch { enable, target };
    let off = switch(false, Target::Name("Shell *".to_owned()));
    let on = switch(true, Target::Tag("shell".to_owned()));
    let selection = |switches: &[&Switch]| Selection {
        switches: switches.iter().map(|switch| (*switch).clone()).collect(),
        minimum: None,
    };
    assert!(selection(&[]).includes(rule));
    assert!(!selection(&[&off]).includes(rule));
    assert!(selection(&[&off, &on]).includes(rule));
    assert!(!selection(&[&on, &off]).includes(rule));
    assert!(!Selection { minimum: Some(Priority::Notice), ..Selection::default() }.includes(rule));
}

#[test]
fn results_are_json_whatever_the_names() {
    let (reports, _) = load(&[&rule("\"a\\\"\\u0001\\t\\\\\"", "a.b ! \\")]);
    let json: serde_json::Value = serde_json::from_str(&results_json(&reports)).expect("JSON");
    let error = &json["falco_load_results"][0]["errors"][0];
    assert_eq!(error["context"]["locations"][1]["item_name"], "a\"\u{1}\t\\");
    assert_eq!(error["code"], "LOAD_ERR_COMPILE_CONDITION");
}

/// Loads in time, whatever comes of it.
fn ends_soon(name: &str, text: &str) {
    let start = Instant::now();
    let (reports, _) = load(&[text]);
    let outcome = reports[0].errors.first().map(ToString::to_string);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{name}: {} bytes took {:?}: {outcome:?}",
        text.len(),
        start.elapsed()
    );
}

#[test]
fn files_built_to_explode_end_soon() {
    let mut doubled_lists = String::new();
    let mut doubled_macros = String::from("- macro: m0\n  condition: a.b = 1\n");
    let mut many_lists = String::new();
    for number in 0..2_000 {
        let _ = write!(
            doubled_lists,
            "- list: l{number}\n  items: [l{}, l{}]\n",
            number + 1,
            number + 1
        );
        let _ = write!(
            doubled_macros,
            "- macro: m{}\n  condition: m{number} and m{number}\n",
            number + 1
        );
        let _ = write!(many_lists, "- list: n{number}\n  items: [x{number}]\n");
    }
    let long_list = format!(
        "- list: big\n  items: [{}]\n",
        (0..10_000).map(|number| format!("x{number}")).collect::<Vec<_>>().join(", ")
    );
    let named: Vec<_> = (0..2_000).map(|number| format!("a.b in (n{number})")).collect();
    let chain: String =
        (0..2_000).fold("- macro: c0\n  condition: a.b = 1\n".to_owned(), |mut text, number| {
            let _ =
                write!(text, "- macro: c{}\n  condition: not (a.b = 2 or c{number})\n", number + 1);
            text
        });
    let mut references = String::new();
    let mut aliases = String::new();
    for number in 0..400 {
        let _ = writeln!(references, "- list: r{number}\n  items: [big, big]");
        let _ = writeln!(aliases, "- &a{} [*a{number}, *a{number}]", number + 1);
    }
    for (name, text) in [
        ("lists within lists", format!("{doubled_lists}{}", rule("R", "a.b in (l0)"))),
        ("macros within macros", format!("{doubled_macros}{}", rule("R", "m2000"))),
        ("a chain of macros", format!("{chain}{}", rule("R", "c2000"))),
        (
            "a long list",
            format!("{long_list}{}", rule("R", &vec!["a.b in (big)"; 100].join(" or "))),
        ),
        ("a long list many times", format!("{long_list}{references}")),
        ("many lists", format!("{many_lists}{}", rule("R", &named.join(" or ")))),
        ("aliases", format!("- &a0 [x]\n{aliases}")),
        ("deep brackets", "[".repeat(100_000)),
        ("deep braces", "{a: ".repeat(50_000)),
        ("margins", format!("- list: l\n  items: [{}]\n", "\n]\n, [".repeat(5_000))),
        ("one long line", format!("- list: l\n  items: [{}]\n", "é, ".repeat(300_000))),
        ("blocks", "- list: |\n\n\n".repeat(20_000)),
    ] {
        ends_soon(name, &text);
    }
}

/// A generator that always gives the same numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

#[test]
fn damaged_real_files_are_loaded_or_refused_in_time() {
    let Some(root) = std::env::var_os("LANNER_CORPUS") else {
        eprintln!("skipped: no corpus");
        return;
    };
    let folder = std::path::PathBuf::from(root).join("falco-rules/rules/upstream");
    let plugin = |name: &str, minor| (name.to_owned(), Version::new(0, minor, 99));
    let plugins = [
        ("container", 99),
        ("json", 99),
        ("k8saudit", 99),
        ("k8saudit-gke", 99),
        ("cloudtrail", 99),
        ("okta", 99),
        ("github", 99),
        ("gcpaudit", 99),
    ];
    let engine = Engine {
        plugins: plugins.map(|(name, minor)| plugin(name, minor)).to_vec(),
        ..Engine::default()
    };
    let mut numbers = Numbers(1);
    let (mut ran, mut loaded) = (0, 0);
    for entry in std::fs::read_dir(folder).expect("the corpus") {
        let original = std::fs::read(entry.expect("an entry").path()).expect("a file");
        for _ in 0..12 {
            let mut bytes = original.clone();
            for _ in 0..=numbers.below(4) {
                let (at, other) = (numbers.below(bytes.len()), numbers.below(bytes.len()));
                match numbers.below(4) {
                    0 => bytes.insert(at, b"'\"[]{}:-\n&*|>%(),"[numbers.below(17)]),
                    1 => bytes[at] = bytes[other],
                    2 => drop(bytes.drain(at.min(other)..at.max(other).min(at.min(other) + 200))),
                    _ => bytes.swap(at, other),
                }
            }
            let start = Instant::now();
            let report = Loader::new(&Permissive, engine.clone()).load("damaged.yaml", &bytes);
            assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
            assert!(
                report
                    .errors
                    .iter()
                    .chain(&report.warnings)
                    .all(|diagnostic| !diagnostic.to_string().is_empty())
            );
            ran += 1;
            loaded += usize::from(report.successful());
        }
    }
    eprintln!("damaged files: {ran} ran, {loaded} load all the same");
}

proptest! {
    #[test]
    fn damaged_files_are_loaded_or_refused(cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4_u8), 1..6)) {
        let mut bytes = include_str!("damaged.yaml").as_bytes().to_vec();
        for (at, other, kind) in cuts {
            let at = at.index(bytes.len());
            let other = other.index(bytes.len());
            match kind {
                // Something has to be left to point into.
                0 if bytes.len() > 1 => { bytes.remove(at); }
                0 => {}
                1 => bytes.insert(at, bytes[other]),
                2 => bytes.swap(at, other),
                _ => { bytes.truncate(at.max(1)); }
            }
        }
        let mut loader = Loader::new(&Permissive, Engine::default());
        let report = loader.load("damaged.yaml", &bytes);
        for diagnostic in report.errors.iter().chain(&report.warnings) {
            prop_assert!(!diagnostic.to_string().is_empty());
        }
        let _: serde_json::Value = serde_json::from_str(&results_json(&[report])).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}
