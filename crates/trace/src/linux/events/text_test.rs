//! Paths as Falco makes them whole, and bytes that are no text.

use super::*;

#[test]
fn a_path_is_made_whole_without_following_anything() {
    for (base, given, whole) in [
        ("/home/user", "file", "/home/user/file"),
        ("/home/user", "../other/./file", "/home/other/file"),
        ("/home/user", "/etc//../etc/passwd", "/etc/passwd"),
        ("/", "../../..", "/"),
        ("/", "a/b/", "/a/b"),
        ("/a", "", "/a"),
    ] {
        assert_eq!(whole_path(base, given), whole);
    }
}

#[test]
fn no_byte_of_a_name_is_lost() {
    assert_eq!(text_of(b"a\xff\xfe\xc3\xa4\\".to_vec()), "a\\xFF\\xFEä\\");
}

#[test]
fn a_process_is_called_by_15_bytes_of_its_programs_name() {
    assert_eq!(process_name("/usr/bin/a-very-long-name-indeed"), "a-very-long-nam");
    assert_eq!(process_name("sh"), "sh");
    assert_eq!(process_name("/bin/ääääääää"), "äääääää");
}
