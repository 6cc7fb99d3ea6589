#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::mpsc;
use std::thread;

use super::{COMPANY, Leash};
use crate::linux::observer::Tid;
use crate::linux::proximity::processors::{Processors, current};

/// Runs `body` with the ids of threads that do nothing.
fn with_threads(count: usize, body: impl FnOnce(&[Tid], Processors)) {
    let own = Processors::of(0).unwrap();
    if own.count() < 2 {
        // There is nothing to see.
        return;
    }
    thread::scope(|scope| {
        let (told, tids) = mpsc::channel();
        let ends: Vec<mpsc::Sender<()>> = (0..count)
            .map(|_| {
                let (end, ended) = mpsc::channel();
                let told = told.clone();
                scope.spawn(move || {
                    // SAFETY: gettid(2) takes nothing.
                    told.send(unsafe { libc::gettid() }).unwrap();
                    let _ = ended.recv();
                });
                end
            })
            .collect();
        let tids: Vec<Tid> = tids.iter().take(count).collect();
        body(&tids, own);
        drop(ends);
    });
}

fn width(tid: Tid) -> i32 {
    Processors::of(tid).unwrap().count()
}

/// A processor among these, and not this one.
fn another(here: usize, own: Processors) -> usize {
    (0..1024).find(|&other| other != here && own.contain(other)).unwrap()
}

#[test]
fn a_held_thread_has_one_processor_and_is_let_go_when_it_does_not_stop_again() {
    with_threads(1, |tids, own| {
        let mut leash = Leash::new(Some(own));
        assert!(leash.hold(tids[0], current().unwrap()));
        // Whether it was still held here depends on who was quicker; in the end it is not.
        while width(tids[0]) == 1 {
            assert!(leash.is_watched());
            thread::yield_now();
        }
        assert!(Processors::of(tids[0]).unwrap() == own);
    });
}

#[test]
fn nobody_is_held_by_a_leash_that_is_gone() {
    with_threads(2, |tids, own| {
        let mut leash = Leash::new(None);
        let here = current().unwrap();
        assert!(tids.iter().all(|&tid| leash.hold(tid, here)));
        assert!(tids.iter().all(|&tid| width(tid) == 1));
        drop(leash);
        assert!(tids.iter().all(|&tid| Processors::of(tid).unwrap() == own));
    });
}

#[test]
fn no_more_than_a_few_are_held_and_the_first_goes_first() {
    with_threads(COMPANY + 1, |tids, own| {
        let mut leash = Leash::new(None);
        let here = current().unwrap();
        for &tid in &tids[..COMPANY] {
            leash.hold(tid, here);
        }
        // It stops again, and is not the first any more.
        leash.hold(tids[0], here);
        leash.hold(tids[COMPANY], here);
        let free: Vec<Tid> =
            tids.iter().copied().filter(|&tid| width(tid) == own.count()).collect();
        assert_eq!(free, [tids[1]]);
    });
}

#[test]
fn the_child_of_a_thread_that_was_let_go_meanwhile_is_let_go_too() {
    with_threads(2, |tids, own| {
        let mut leash = Leash::new(None);
        let here = current().unwrap();
        leash.hold(tids[0], here);
        // As fork(2) does it.
        Processors::only(here).unwrap().allow(tids[1]);
        leash.let_go();
        leash.born(tids[0], tids[1], true);
        assert!(Processors::of(tids[1]).unwrap() == own);
    });
}

#[test]
fn the_child_of_a_thread_that_was_held_elsewhere_when_it_made_it_is_let_go() {
    with_threads(2, |tids, own| {
        let mut leash = Leash::new(None);
        let here = current().unwrap();
        let other = another(here, own);
        leash.hold(tids[0], other);
        Processors::only(other).unwrap().allow(tids[1]);
        leash.let_go();
        leash.hold(tids[0], here);
        leash.born(tids[0], tids[1], true);
        assert!(Processors::of(tids[1]).unwrap() == own);
        assert_eq!(width(tids[0]), 1);
    });
}

#[test]
fn a_thread_that_goes_on_under_another_number_is_let_go_though_its_former_one_was() {
    with_threads(2, |tids, own| {
        let mut leash = Leash::new(None);
        let here = current().unwrap();
        leash.hold(tids[0], here);
        // What runs on is still bound; the number that was let go means somebody else.
        Processors::only(here).unwrap().allow(tids[1]);
        leash.let_go();
        leash.renamed(tids[0], tids[1]);
        assert!(Processors::of(tids[1]).unwrap() == own);
    });
}

#[test]
fn an_orphan_that_is_bound_as_the_held_are_is_let_go() {
    with_threads(2, |tids, own| {
        let mut leash = Leash::new(None);
        let here = current().unwrap();
        leash.hold(tids[0], here);
        Processors::only(here).unwrap().allow(tids[1]);
        leash.orphaned(tids[1], &own);
        assert!(Processors::of(tids[1]).unwrap() == own);
        assert_eq!(width(tids[0]), 1);
    });
}

#[test]
fn a_place_that_somebody_else_gave_a_held_thread_stays_its_place() {
    with_threads(1, |tids, own| {
        let mut leash = Leash::new(None);
        let here = current().unwrap();
        let other = another(here, own);
        leash.hold(tids[0], here);
        Processors::only(other).unwrap().allow(tids[0]);
        leash.let_go();
        assert!(Processors::of(tids[0]) == Processors::only(other));
    });
}
