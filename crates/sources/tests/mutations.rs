//! Rule files and events changed at random: whatever they become, the loader and the evaluator end, and soon.
//! A small fixed set here; `LANNER_SOAK=1` asks for two hundred times as much, `LANNER_FUZZ_SEED` for other dice.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use lanner_rules::{Options, Selection};
use lanner_sources::{ExtractOptions, Live, RuleBook, RuleFile, Source};

/// No file of this size may take longer, in an unoptimised build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

const RULES: [&str; 2] = [
    include_str!("../../../examples/detect/audit_rules.yaml"),
    include_str!("../../../rules/ci.yaml"),
];
const EVENTS: &str = include_str!("../../../examples/detect/audit.log");

/// What changes put in: pieces of the language, of YAML and of JSON.
const WORDS: [&str; 44] = [
    " and ",
    " or ",
    "not ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    ",",
    "=",
    "!=",
    " in ",
    " intersects ",
    " pmatch ",
    " glob ",
    " regex ",
    " contains ",
    " oneof ",
    " allof ",
    "val(",
    "tolower(",
    "len(",
    "join(",
    "b64(",
    "ka.verb",
    "ka.req.pod.containers.image[0]",
    "jevt.value[/a~1b]",
    "evt.num",
    "0x",
    "1e999",
    "-",
    "*",
    "(a+)+$",
    "\\x",
    "\u{0}",
    "\n",
    "\n- rule: R\n",
    "&a ",
    "*a",
    "null",
    ": |\n",
];

/// xorshift64*: the same dice everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(mixed).unwrap() % end.max(1)
    }

    /// `text` after a few changes.
    fn change(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(6) {
            let (at, to) = (self.below(bytes.len()), self.below(bytes.len()));
            let (from, to) = (at.min(to), at.max(to).min(at.min(to) + 400));
            match self.below(7) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => drop(bytes.drain(from..to)),
                2 => {
                    let piece = bytes[from..to].to_vec();
                    let place = self.below(bytes.len());
                    bytes.splice(place..place, piece);
                }
                3 => bytes.truncate(at.max(1)),
                _ => {
                    let word = WORDS[self.below(WORDS.len())].as_bytes();
                    let end = (at + self.below(12)).min(bytes.len());
                    bytes.splice(at..end, word.iter().copied());
                }
            }
            if bytes.is_empty() {
                bytes.push(b' ');
            }
        }
        bytes
    }
}

fn dice() -> Dice {
    let seed = std::env::var("LANNER_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok());
    Dice(seed.unwrap_or(0x9E37_79B9_7F4A_7C15) | 1)
}

fn rounds() -> usize {
    if std::env::var("LANNER_SOAK").is_ok_and(|value| value == "1") { 400_000 } else { 2_000 }
}

#[test]
#[expect(clippy::print_stdout, reason = "how much was tried belongs to the answer")]
fn changed_rules_and_events_are_judged_or_refused_soon() {
    let mut dice = dice();
    let (mut loaded, mut judged, mut alerts) = (0, 0, 0_usize);
    for round in 0..rounds() {
        let text = RULES[dice.below(RULES.len())];
        let bytes = dice.change(text);
        let events = if dice.below(2) == 0 { EVENTS.into() } else { dice.change(EVENTS) };
        let begun = Instant::now();
        let file = RuleFile { name: format!("round {round}"), bytes };
        let book = RuleBook::load(&[file], &[], Selection::default());
        // What is said of it is made of it, too.
        assert!(!book.report_json().is_empty() && !book.report_text().is_empty());
        if book.successful() {
            loaded += 1;
            assert!(!book.describe_json(None).is_empty());
            let options = Options { explain: true, ..Options::default() };
            if let Ok(rules) = book.activate(Source::K8sAudit, &options) {
                judged += 1;
                let mut live = Live::new(rules, Source::K8sAudit, ExtractOptions::default(), 1);
                alerts += live.feed(0, events).map_or(0, |lines| lines.len());
            }
        }
        assert!(begun.elapsed() < PATIENCE, "round {round} took {:?}", begun.elapsed());
    }
    println!(
        "{} files tried, {loaded} loaded, {judged} judged, {alerts} bytes of alerts",
        rounds()
    );
    assert!(
        loaded > 0 && judged > 0 && alerts > 0,
        "changes that leave nothing to judge test nothing"
    );
}
