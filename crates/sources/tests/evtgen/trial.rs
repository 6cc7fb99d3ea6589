//! Which trials a case is put to, and what came of all of them.
//! A case must fire its rule. Taken out of its container, done at once instead of later, or without what it does, it must not.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::judge::{Judge, compare};
use crate::scenario::Case;
use crate::script::{Unplayed, plan};
use crate::stage::Stage;

/// Whether the rule is to fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Fires,
    Silent(&'static str),
}

/// A case as it is, or without its cause.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    case: Case,
    told: Told,
    /// The rule asks for a container: the same events are judged outside of one too.
    needs_container: bool,
}

impl Trial {
    /// Each case, and those of them that make sense without their cause.
    pub(crate) fn of(cases: &[Case]) -> Vec<Self> {
        let on_host: HashSet<&str> = cases
            .iter()
            .filter(|case| !case.in_container)
            .map(|case| case.scenario.as_str())
            .collect();
        let mut trials = Vec::new();
        let mut scenarios = HashSet::new();
        for case in cases {
            let needs_container = !on_host.contains(case.scenario.as_str());
            let mut add = |case: Case, told| trials.push(Self { case, told, needs_container });
            add(case.clone(), Told::Fires);
            if is_late(case) {
                add(Case { before: None, ..case.clone() }, Told::Silent("done at once"));
            }
            if scenarios.insert(&case.scenario) {
                add(without_cause(case), Told::Silent("without its cause"));
            }
        }
        trials
    }
}

fn is_late(case: &Case) -> bool {
    case.before.as_deref().is_some_and(|line| line.starts_with("sleep "))
}

/// A process that is nobody and does nothing.
fn without_cause(case: &Case) -> Case {
    let mut case = case.clone();
    case.processes = vec![json!({ "name": "eg_bystander" })];
    case.resources.clear();
    case.steps.clear();
    case
}

/// What came of the trials so far.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Totals>);

#[derive(Debug, Default)]
pub(crate) struct Totals {
    fired: usize,
    /// Cases that did not fire, or not as told.
    wrong: usize,
    silent: BTreeMap<&'static str, usize>,
    /// By reason and scenario.
    unplayed: BTreeMap<(Unplayed, String), usize>,
    /// Events there were, and those that a trace judged meanwhile would have written.
    events: usize,
    written: usize,
    pub(crate) faults: Vec<String>,
}

impl Tally {
    pub(crate) fn into_totals(self) -> Totals {
        self.0.into_inner().unwrap()
    }

    fn note(&self, trial: &Trial, stage: &Stage, judge: &Judge) {
        let case = &trial.case;
        let played = plan(case).and_then(|plan| stage.play(&plan));
        let mut judged: Vec<(Told, Vec<_>)> = Vec::new();
        let mut overlooked = Vec::new();
        let (mut events, mut written) = (0, 0);
        if let Ok(lines) = &played {
            events = lines.lines().count();
            (overlooked, written) = judge.overlooked(lines, case.in_container);
            judged.push((trial.told, judge.alerts(&case.rule, lines, case.in_container)));
            if trial.needs_container && trial.told == Told::Fires {
                let outside = judge.alerts(&case.rule, lines, false);
                judged.push((Told::Silent("outside of a container"), outside));
            }
        }
        let totals = &mut *self.0.lock().unwrap();
        let name = format!("{} {}", case.scenario, case.values);
        totals.events += events;
        totals.written += written;
        totals.faults.extend(overlooked.iter().map(|line| format!("{name}: overlooked {line}")));
        if let Err(reason) = played
            && trial.told == Told::Fires
        {
            *totals.unplayed.entry((reason, case.scenario.clone())).or_default() += 1;
        }
        for (told, alerts) in judged {
            match told {
                Told::Fires => match alerts.iter().map(|alert| compare(case, alert)).min() {
                    Some(Ok(())) => totals.fired += 1,
                    Some(Err(fault)) => totals.fault(format!("{name}: {fault}")),
                    None => totals.fault(format!("{name}: silent")),
                },
                Told::Silent(why) if alerts.is_empty() => {
                    *totals.silent.entry(why).or_default() += 1;
                }
                Told::Silent(why) => totals.faults.push(format!("{name}: fires {why}")),
            }
        }
    }
}

impl Totals {
    /// A case that did not fire as told.
    fn fault(&mut self, fault: String) {
        self.wrong += 1;
        self.faults.push(fault);
    }

    /// How many cases there were.
    pub(crate) fn told(&self) -> usize {
        self.fired + self.wrong + self.unplayed.values().sum::<usize>()
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let silent: usize = self.silent.values().sum();
        let unplayed: usize = self.unplayed.values().sum();
        writeln!(
            f,
            "{} fired as told, {silent} silent as told, {unplayed} not played",
            self.fired
        )?;
        writeln!(f, "  {} of {} events might match a rule", self.written, self.events)?;
        for (why, count) in &self.silent {
            writeln!(f, "  {count} silent {why}")?;
        }
        for ((reason, scenario), count) in &self.unplayed {
            writeln!(f, "  {count} of {scenario} not played: {reason}")?;
        }
        Ok(())
    }
}

/// All trials, as many at once as there are processors. Those that wait do so beside the others.
pub(crate) fn run_all(trials: &[Trial], stage: &Stage, judge: &Judge, tally: &Tally) {
    let (late, prompt): (Vec<&Trial>, Vec<&Trial>) =
        trials.iter().partition(|trial| is_late(&trial.case));
    let next = AtomicUsize::new(0);
    let processors = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        for trial in late {
            scope.spawn(move || {
                stage.introduce_users();
                tally.note(trial, stage, judge);
            });
        }
        for _ in 0..processors {
            scope.spawn(|| {
                stage.introduce_users();
                while let Some(trial) = prompt.get(next.fetch_add(1, Ordering::Relaxed)) {
                    tally.note(trial, stage, judge);
                }
            });
        }
    });
}
