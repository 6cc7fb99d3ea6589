//! Materials and products.

use std::path::Path;

use crate::step::{Step, sha256};

#[test]
fn what_is_read_before_it_is_written_is_a_material_as_it_was_then() {
    let step = Step::with(&[("in", "before\n"), ("both", "old\n"), ("unread", "x")]);
    let record =
        step.shell("cat in both > out; echo new > both; cat both out; echo more >> in; cat in");
    let expected = [("both", "old\n"), ("in", "before\n")];
    assert_eq!(
        record.materials(),
        expected.map(|(name, content)| (name.to_owned(), sha256(content)))
    );
    assert_eq!(record.written(), ["both", "in", "out"]);
    assert_eq!(record.trace.gaps(), []);
}

#[test]
fn what_the_step_made_is_no_material_even_under_another_name() {
    let step = Step::new();
    let record =
        step.shell("echo x > a; mv a b; ln b c; cat b c; mkdir d; echo y > d/e; mv d f; cat f/e");
    assert_eq!(record.materials(), []);
    assert_eq!(record.written(), ["b", "c", "f/e"]);
}

#[test]
fn files_of_a_directory_that_moved_are_products_under_their_new_paths() {
    let step = Step::new();
    std::fs::create_dir_all(step.path("old/deep")).unwrap();
    std::fs::write(step.path("old/deep/file"), "x").unwrap();
    let record = step.shell("mv old new; cat new/deep/file");
    assert_eq!(record.written(), ["new/deep/file"]);
    assert_eq!(record.materials(), []);
}

#[test]
fn what_is_removed_again_is_no_product() {
    let step = Step::with(&[("old", "x")]);
    let record = step.shell("echo x > a; rm a; echo y > b; rm old; mkdir c; rmdir c");
    assert_eq!(record.written(), ["b"]);
}

#[test]
fn a_file_opened_for_writing_and_left_alone_is_no_product() {
    let step = Step::with(&[("left", "x"), ("emptied", ""), ("appended", "x")]);
    // Opened for reading and writing; for appending nothing; and to append a byte.
    let record = step.shell(": 3<> left; : >> left; : > emptied; printf y >> appended");
    assert_eq!(record.written(), ["appended", "emptied"]);
}

#[test]
fn a_link_to_a_product_is_one_too() {
    let step = Step::with(&[("target", "x")]);
    let record = step.shell("ln -s target link; ln -s nowhere dangling; ln -s . folder");
    assert_eq!(record.written(), ["link"]);
}

#[test]
fn a_path_is_what_it_really_is_however_it_was_spelled() {
    let step = Step::with(&[("in", "x")]);
    std::os::unix::fs::symlink("in", step.path("link")).unwrap();
    let record = step.shell("mkdir d; cd d; cat ../link ./../d/../in; echo y > ../d/./out");
    assert_eq!(record.materials(), [("in".to_owned(), sha256("x"))]);
    assert_eq!(record.written(), ["d/out"]);
}

#[test]
fn what_is_outside_of_the_working_directory_is_told_only_when_asked_for() {
    let step = Step::with(&[("in", "x")]);
    let record = step.shell("cat in > ../beside");
    assert_eq!(record.written(), Vec::<String>::new());
    let beside = step.directory.parent().unwrap().join("beside");
    assert_eq!(record.trace.written(true), [beside]);
    let outside = record.trace.materials(true).files;
    assert!(outside.iter().any(|(path, _)| path == b"in"));
    assert!(outside.iter().any(|(path, _)| path.ends_with(b"/cat")), "programs are read too");
    assert!(
        !outside.iter().any(|(path, _)| path.starts_with(b"/proc/")),
        "and what is no file is not"
    );
}

#[test]
fn a_file_replaced_while_it_is_open_is_known_by_what_was_opened() {
    let step = Step::with(&[("in", "opened"), ("other", "other")]);
    let record = step.shell("exec 3< in; mv other in; cat <&3 > out; cat in");
    assert!(record.materials().contains(&("in".to_owned(), sha256("opened"))));
    let shell = record.file(record.root(), "in").unwrap();
    let cat = record
        .trace
        .processes()
        .iter()
        .filter_map(|process| record.file(process, "in"))
        .next_back()
        .unwrap();
    assert_ne!(shell.read, cat.read);
}

#[test]
fn a_file_written_as_soon_as_it_was_read_keeps_the_digest_of_before() {
    let content = "x".repeat(3_000_000);
    let step = Step::with(&[("big", &content)]);
    for script in [
        "read -r a < big; echo y > big",
        "read -r a < big; echo y >> big",
        "read a < big; truncate -s 1 big",
    ] {
        std::fs::write(step.path("big"), &content).unwrap();
        let record = step.shell(script);
        assert_eq!(record.materials(), [("big".to_owned(), sha256(&content))], "{script}");
        assert_eq!(record.trace.gaps(), []);
        assert_eq!(record.written(), ["big"]);
    }
}

#[test]
fn a_file_rewritten_within_a_tick_of_the_clock_is_read_anew() {
    let step = Step::new();
    let record = step.shell("for i in 1 2 3 4 5 6 7 8; do echo $i > f; read -r a < f; done");
    let file = record.file(record.root(), "f").unwrap();
    assert_eq!(file.read.len(), 8, "{:?}", file.read);
    assert_eq!(record.shown(Path::new("f")), step.path("f").to_str().unwrap());
}
