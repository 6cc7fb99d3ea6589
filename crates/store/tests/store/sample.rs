//! Alerts made up for tests, and what a query means on them when each is looked at in turn.

use lanner_store::{Query, text_items};

/// Numbers that look random and are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % limit
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

pub(crate) const RULES: [&str; 4] =
    ["Terminal shell", "Read sensitive file", "Größe \"neu\"", "Shell"];
pub(crate) const HOSTS: [&str; 3] = ["node-1", "node-2", ""];
pub(crate) const TAGS: [&str; 3] = ["container", "T1059", "mitre_execution"];
pub(crate) const PRIORITIES: [&str; 3] = ["Warning", "Critical", "Debug"];
pub(crate) const FILES: [&str; 5] =
    ["/etc/shadow", "/etc/passwd", "/tmp/shadow/etc", "读取", "C:\\x y"];

/// What the tests know of an alert.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) id: String,
    pub(crate) time: i64,
    pub(crate) rule: &'static str,
    pub(crate) host: &'static str,
    pub(crate) priority: &'static str,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) fields: Vec<(&'static str, String)>,
}

/// 2026-06-01T00:00:00Z.
pub(crate) const DAY: i64 = 1_780_272_000_000_000_000;

impl Sample {
    pub(crate) fn new(dice: &mut Dice, number: usize) -> Self {
        let mut fields = vec![("fd.name", dice.pick(&FILES).to_owned())];
        if dice.below(3) > 0 {
            fields.push(("proc.pid", dice.below(50).to_string()));
        }
        if dice.below(2) == 0 {
            fields.push(("k8s.ns.name", format!("team-{}", dice.below(3))));
        }
        Self {
            id: format!("{:08x}-0000-4000-8000-{number:012x}", dice.below(1 << 31)),
            // Few different seconds, so that times are often equal.
            time: DAY + dice.below(500) as i64 * 1_000_000_000,
            rule: dice.pick(&RULES),
            host: dice.pick(&HOSTS),
            priority: dice.pick(&PRIORITIES),
            tags: TAGS.into_iter().filter(|_| dice.below(2) == 0).collect(),
            fields,
        }
    }

    pub(crate) fn line(&self) -> String {
        let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let second = (self.time - DAY) / 1_000_000_000;
        let tags: Vec<String> = self.tags.iter().map(|tag| quote(tag)).collect();
        let fields: Vec<String> = self
            .fields
            .iter()
            .map(|(name, value)| format!("{}:{}", quote(name), quote(value)))
            .collect();
        format!(
            "{{\"uuid\":{},\"output\":{},\"priority\":\"{}\",\"rule\":{},\"time\":\"2026-06-01T{:02}:{:02}:{:02}.000Z\",\
             \"source\":\"syscall\",\"hostname\":{},\"tags\":[{}],\"output_fields\":{{{}}}}}\n",
            quote(&self.id),
            quote(&self.output()),
            self.priority,
            quote(self.rule),
            second / 3600,
            second / 60 % 60,
            second % 60,
            quote(self.host),
            tags.join(","),
            fields.join(","),
        )
    }

    fn output(&self) -> String {
        format!("File {} opened", self.fields[0].1)
    }

    fn texts(&self) -> Vec<Vec<String>> {
        let mut texts = vec![self.output(), self.rule.into(), "syscall".into(), self.host.into()];
        texts.push(self.priority.into());
        texts.extend(self.tags.iter().map(ToString::to_string));
        texts.extend(self.fields.iter().map(|(_, value)| value.clone()));
        texts.iter().map(|text| words(text)).collect()
    }

    /// Whether it is one of those that the query asks for.
    pub(crate) fn fulfils(&self, query: &Query) -> bool {
        let any = |wanted: &[String], own: &str| {
            wanted.is_empty() || wanted.iter().any(|value| value == own)
        };
        let texts = self.texts();
        query.from.is_none_or(|from| self.time >= from)
            && query.to.is_none_or(|to| self.time < to)
            && any(&query.priorities, self.priority)
            && any(&query.rules, self.rule)
            && any(&query.hostnames, self.host)
            && (query.tags.is_empty() || query.tags.iter().any(|tag| self.tags.contains(&&**tag)))
            && query.fields.iter().all(|(name, _)| {
                let mut alternatives = query.fields.iter().filter(|(other, _)| other == name);
                alternatives.any(|(_, value)| {
                    self.fields.iter().any(|(own, kept)| own == name && kept == value)
                })
            })
            && text_items(&query.text).iter().all(|item| {
                texts.iter().any(|text| {
                    text.windows(item.words.len()).any(|window| {
                        let (last, first) = window.split_last().unwrap();
                        let (wanted_last, wanted_first) = item.words.split_last().unwrap();
                        first == wanted_first
                            && (last == wanted_last
                                || (item.prefix && last.starts_with(&**wanted_last)))
                    })
                })
            })
    }
}

fn words(text: &str) -> Vec<String> {
    text_items(&format!("\"{}\"", text.replace('"', " ")))
        .into_iter()
        .flat_map(|item| item.words)
        .collect()
}

/// A query of a few parts.
pub(crate) fn query(dice: &mut Dice) -> Query {
    let texts = [
        "",
        "",
        "shadow",
        "etc/shadow",
        "\"file etc\"",
        "sha* opened",
        "größe",
        "取",
        "nowhere",
        "team-1 shell",
    ];
    let mut query = Query { text: dice.pick(&texts).into(), ..Query::default() };
    if dice.below(3) == 0 {
        let from = DAY + dice.below(500) as i64 * 1_000_000_000;
        query.from = Some(from);
        query.to = Some(from + dice.below(300) as i64 * 1_000_000_000);
    }
    let mut some = |values: &[&str], chance: usize| -> Vec<String> {
        values.iter().filter(|_| dice.below(chance) == 0).map(ToString::to_string).collect()
    };
    query.rules = some(&RULES, 6);
    query.hostnames = some(&HOSTS, 6);
    query.priorities = some(&PRIORITIES, 6);
    query.tags = some(&TAGS, 8);
    query.fields = [
        ("fd.name", FILES[0]),
        ("fd.name", FILES[4]),
        ("k8s.ns.name", "team-1"),
        ("proc.pid", "7"),
        ("x", "y"),
    ]
    .into_iter()
    .filter(|_| dice.below(9) == 0)
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    query
}
