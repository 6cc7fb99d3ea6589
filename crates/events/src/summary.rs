//! What happened in a capture, in numbers: priorities, rules, hosts, the window of time.
//! Grows with the number of distinct rules and hosts, never with the number of events. Filled by `parsed` for each
//! chunk, merged by `collector` in file order; its names are cilock's where cilock has them.

use std::collections::{HashMap, HashSet};

use crate::fields::{EventFields, Field};
use crate::priority::Priority;
use crate::time::{Instant, Moment};

/// One rule and its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHit {
    /// The rule's name, unescaped.
    pub rule: String,
    /// Its events.
    pub count: u64,
    /// As the first event at the gravest priority spells it.
    pub highest_priority: String,
}

/// The numbers of a capture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Accepted lines.
    pub total_events: u64,
    /// Events by priority; only priorities that occurred, gravest first.
    pub priorities: Vec<(Priority, u64)>,
    /// By count, greatest first; then by the bytes of the name.
    pub rule_hits: Vec<RuleHit>,
    /// Distinct values of a non-empty string `hostname`.
    pub distinct_hosts: u64,
    /// The earliest `time`, as written.
    pub window_start: Option<String>,
    /// The latest `time`, as written.
    pub window_end: Option<String>,
    /// Events whose `priority` is absent, no string, or none of Falco's.
    pub unknown_priorities: u64,
    /// Events in which some object has two equal keys.
    pub duplicate_keys: u64,
    /// Events whose `time` is absent, no string, or no RFC 3339 time.
    pub without_time: u64,
}

/// A summary under construction.
#[derive(Debug, Default)]
pub(crate) struct SummaryBuilder {
    events: u64,
    priorities: [u64; 8],
    rules: HashMap<Box<str>, RuleTally>,
    hosts: HashSet<Box<str>>,
    earliest: Option<Moment>,
    latest: Option<Moment>,
    unknown_priorities: u64,
    duplicate_keys: u64,
    without_time: u64,
}

#[derive(Debug)]
struct RuleTally {
    count: u64,
    gravest: Option<Priority>,
    spelling: Box<str>,
}

impl SummaryBuilder {
    /// Counts the next event of the file.
    pub(crate) fn add(&mut self, fields: &EventFields<'_>) {
        self.events += 1;
        self.duplicate_keys += u64::from(fields.duplicate_keys);
        let spelling = fields.priority.non_empty().unwrap_or_default();
        let priority = Priority::named(spelling);
        match priority {
            Some(priority) => self.priorities[priority as usize] += 1,
            None => self.unknown_priorities += 1,
        }
        if let Some(rule) = fields.rule.non_empty() {
            self.add_rule(rule, 1, priority, spelling);
        }
        if let Some(host) = fields.hostname.non_empty()
            && !self.hosts.contains(host)
        {
            self.hosts.insert(host.into());
        }
        let time = match fields.time {
            Field::Text(text) => Instant::parse(text).map(|instant| (text, instant)),
            Field::Absent | Field::Other => None,
        };
        match time {
            Some((text, instant)) => self.add_time(text, instant),
            None => self.without_time += 1,
        }
    }

    /// Adds the summary of what follows in the file.
    pub(crate) fn append(&mut self, later: &Self) {
        self.events += later.events;
        self.unknown_priorities += later.unknown_priorities;
        self.duplicate_keys += later.duplicate_keys;
        self.without_time += later.without_time;
        for (count, more) in self.priorities.iter_mut().zip(later.priorities) {
            *count += more;
        }
        for (rule, tally) in &later.rules {
            self.add_rule(rule, tally.count, tally.gravest, &tally.spelling);
        }
        for host in &later.hosts {
            if !self.hosts.contains(host) {
                self.hosts.insert(host.clone());
            }
        }
        for moment in later.earliest.iter().chain(&later.latest) {
            self.add_time(moment.text(), moment.instant());
        }
    }

    fn add_rule(&mut self, rule: &str, count: u64, gravest: Option<Priority>, spelling: &str) {
        if let Some(tally) = self.rules.get_mut(rule) {
            tally.count += count;
            if gravest > tally.gravest {
                tally.gravest = gravest;
                tally.spelling = spelling.into();
            }
        } else {
            self.rules.insert(rule.into(), RuleTally { count, gravest, spelling: spelling.into() });
        }
    }

    /// Of equal instants the first in the file stays.
    fn add_time(&mut self, text: &str, instant: Instant<'_>) {
        match &mut self.earliest {
            Some(earliest) if instant >= earliest.instant() => {}
            Some(earliest) => earliest.set(text, instant),
            none => *none = Some(Moment::new(text, instant)),
        }
        match &mut self.latest {
            Some(latest) if instant <= latest.instant() => {}
            Some(latest) => latest.set(text, instant),
            none => *none = Some(Moment::new(text, instant)),
        }
    }

    /// The finished numbers, everything in a defined order.
    pub(crate) fn finish(self) -> Summary {
        let mut rule_hits: Vec<RuleHit> = self
            .rules
            .into_iter()
            .map(|(rule, tally)| RuleHit {
                rule: rule.into(),
                count: tally.count,
                highest_priority: tally.spelling.into(),
            })
            .collect();
        rule_hits.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.rule.cmp(&b.rule)));
        Summary {
            total_events: self.events,
            priorities: Priority::ALL
                .into_iter()
                .map(|priority| (priority, self.priorities[priority as usize]))
                .filter(|(_, count)| *count > 0)
                .collect(),
            rule_hits,
            distinct_hosts: self.hosts.len() as u64,
            window_start: self.earliest.map(|moment| moment.text().to_owned()),
            window_end: self.latest.map(|moment| moment.text().to_owned()),
            unknown_priorities: self.unknown_priorities,
            duplicate_keys: self.duplicate_keys,
            without_time: self.without_time,
        }
    }
}
