//! Letters stay until someone decides, and two processes may look at them.

use lanner_store::{DeadLetters, NewDeadLetter};

fn letter(output: &str, number: u64) -> NewDeadLetter {
    NewDeadLetter {
        output: output.into(),
        alert: format!("00000000-0000-4000-8000-{number:012}"),
        line: b"{}".to_vec(),
        attempts: 3,
        first: 1,
        last: 2,
        error: "503".into(),
    }
}

#[test]
fn letters_are_listed_tried_again_and_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dead.db");
    let letters = DeadLetters::open(&path).unwrap();
    let elsewhere = DeadLetters::open(&path).unwrap();
    letters.bury(&[letter("slack", 1), letter("slack", 2), letter("loki", 1)]).unwrap();
    assert_eq!(elsewhere.counts().unwrap(), [("loki".to_owned(), 1), ("slack".to_owned(), 2)]);
    let listed = elsewhere.list(Some("slack"), 10, 0).unwrap();
    assert_eq!(listed[0].letter, letter("slack", 1));
    assert_eq!(elsewhere.list(None, 10, listed[1].id).unwrap()[0].letter.output, "loki");
    assert_eq!(elsewhere.retry(Some("slack"), Some(&[listed[1].id])).unwrap(), 1);
    let due = letters.due("slack", 10).unwrap();
    assert_eq!((due.len(), due[0].id), (1, listed[1].id));
    // It failed again.
    letters.bury(&[NewDeadLetter { last: 9, error: "404".into(), ..letter("slack", 2) }]).unwrap();
    assert!(letters.due("slack", 10).unwrap().is_empty());
    let again = &letters.list(Some("slack"), 10, 0).unwrap()[1];
    assert_eq!((again.id, again.letter.attempts, again.letter.first), (listed[1].id, 6, 1));
    assert_eq!((again.letter.last, &*again.letter.error), (9, "404"));
    assert_eq!(elsewhere.drop_letters(Some("slack"), None).unwrap(), 2);
    assert_eq!(elsewhere.drop_letters(None, None).unwrap(), 1);
    assert!(letters.counts().unwrap().is_empty());
}
