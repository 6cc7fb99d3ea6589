//! The journal against a naive model: whatever is appended, taken, settled, rewound, and however often it is opened again.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use lanner_journal::{Consumer, Journal, TakeLimit};
use proptest::prelude::*;
use support::{append, drain, open, take};

#[derive(Debug, Clone)]
enum Step {
    Append {
        count: u64,
        extra: usize,
    },
    Take {
        who: usize,
        alerts: usize,
        bytes: usize,
    },
    /// Every nth of what is taken.
    Settle {
        who: usize,
        nth: usize,
    },
    Rewind {
        who: usize,
    },
    Save,
    Forget {
        who: usize,
    },
    /// Closed before, or not: then places of the last save count.
    Reopen {
        closed: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0_usize..3;
    prop_oneof![
        4 => (1_u64..20, 0_usize..600).prop_map(|(count, extra)| Step::Append { count, extra }),
        4 => (who.clone(), 1_usize..30, 1_usize..4000)
            .prop_map(|(who, alerts, bytes)| Step::Take { who, alerts, bytes }),
        4 => (who.clone(), 1_usize..4).prop_map(|(who, nth)| Step::Settle { who, nth }),
        2 => who.clone().prop_map(|who| Step::Rewind { who }),
        2 => Just(Step::Save),
        1 => who.prop_map(|who| Step::Forget { who }),
        2 => any::<bool>().prop_map(|closed| Step::Reopen { closed }),
    ]
}

#[derive(Debug, Default)]
struct Model {
    start: u64,
    settled: BTreeSet<u64>,
    /// As they were at the last save.
    saved: BTreeSet<u64>,
    /// Taken and neither settled nor rewound.
    held: BTreeSet<u64>,
}

struct World {
    home: tempfile::TempDir,
    journal: Option<Journal>,
    consumers: BTreeMap<usize, Consumer>,
    models: BTreeMap<usize, Model>,
    /// Alerts so far; positions are numbers.
    end: u64,
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let journal = open(home.path(), 2000).unwrap();
        let mut world = Self {
            home,
            journal: Some(journal),
            consumers: BTreeMap::new(),
            models: BTreeMap::new(),
            end: 0,
        };
        (0..3).for_each(|who| world.begin(who));
        world
    }

    fn journal(&self) -> &Journal {
        self.journal.as_ref().unwrap()
    }

    fn begin(&mut self, who: usize) {
        self.consumers.insert(who, self.journal().consumer(&format!("c{who}")).unwrap());
        self.models.insert(who, Model { start: self.end, ..Model::default() });
        self.saved();
    }

    fn saved(&mut self) {
        for model in self.models.values_mut() {
            model.saved.clone_from(&model.settled);
        }
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::Append { count, extra } => {
                append(self.journal(), self.end..self.end + count, extra).unwrap();
                self.end += count;
            }
            Step::Take { who, alerts, bytes } => self.take(who, TakeLimit { alerts, bytes }),
            Step::Settle { who, nth } => {
                let model = self.models.get_mut(&who).unwrap();
                let some: Vec<u64> = model.held.iter().rev().copied().step_by(nth).collect();
                model.held.retain(|position| !some.contains(position));
                model.settled.extend(&some);
                self.consumers[&who].settle(&some);
            }
            Step::Rewind { who } => {
                self.models.get_mut(&who).unwrap().held.clear();
                self.consumers[&who].rewind();
            }
            Step::Save => {
                self.journal().save().unwrap();
                self.saved();
            }
            Step::Forget { who } => {
                self.journal().forget(&format!("c{who}")).unwrap();
                self.begin(who);
            }
            Step::Reopen { closed } => self.reopen(closed),
        }
        self.check_status();
    }

    fn take(&mut self, who: usize, limit: TakeLimit) {
        let taken = take(&self.consumers[&who], limit).unwrap();
        let model = self.models.get_mut(&who).unwrap();
        let free = |at: &u64| !model.settled.contains(at) && !model.held.contains(at);
        let expected: Vec<u64> =
            (model.start..self.end).filter(free).take(taken.len().max(1)).collect();
        let positions: Vec<u64> = taken.iter().map(|&(position, _)| position).collect();
        assert_eq!(positions, expected);
        assert!(taken.iter().all(|(position, number)| position == number));
        model.held.extend(positions);
    }

    fn reopen(&mut self, closed: bool) {
        if closed {
            self.journal().close().unwrap();
            self.saved();
        }
        self.consumers.clear();
        self.journal = None;
        self.journal = Some(open(self.home.path(), 2000).unwrap());
        for (who, model) in &mut self.models {
            let consumer = self.journal.as_ref().unwrap().consumer(&format!("c{who}")).unwrap();
            let all: BTreeSet<u64> =
                drain(&consumer).unwrap().into_iter().map(|(position, _)| position).collect();
            let left = |without: &BTreeSet<u64>| -> BTreeSet<u64> {
                (model.start..self.end).filter(|at| !without.contains(at)).collect()
            };
            // What was settled since the last save may come again; nothing else may, and all else must.
            assert!(left(&model.settled).is_subset(&all), "lost");
            assert!(all.is_subset(&left(&model.saved)), "settled and saved, and handed out");
            model.settled = (model.start..self.end).filter(|at| !all.contains(at)).collect();
            model.held.clear();
            consumer.rewind();
            self.consumers.insert(*who, consumer);
        }
    }

    fn check_status(&self) {
        let status = self.journal().status();
        for (who, model) in &self.models {
            let told = status.consumers.iter().find(|one| one.name == format!("c{who}")).unwrap();
            let depth = self.end - model.start - model.settled.len() as u64;
            assert_eq!(told.depth, depth);
        }
        if status.consumers.iter().all(|one| one.depth == 0) {
            assert_eq!(status.bytes, 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn a_consumer_gets_in_order_what_it_did_not_settle(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let mut world = World::new();
        for step in steps {
            world.run(step);
        }
        world.reopen(false);
        // All that is settled by all is gone from the disk, but for the last segment.
        for (who, consumer) in &world.consumers {
            let positions: Vec<u64> =
                drain(consumer).unwrap().into_iter().map(|(position, _)| position).collect();
            consumer.settle(&positions);
            world.models.get_mut(who).unwrap().settled.extend(positions);
        }
        world.check_status();
        world.journal().save().unwrap();
        let files = std::fs::read_dir(world.home.path()).unwrap();
        let segments = files
            .filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|kind| kind == "log"))
            .count();
        prop_assert_eq!(segments, 1);
    }
}
