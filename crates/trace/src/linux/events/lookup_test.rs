//! Descriptors of this very process, looked up in both ways there are.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;

use super::*;

fn own() -> Tid {
    rustix::process::getpid().as_raw_nonzero().get()
}

fn look(descriptor: &impl AsRawFd, refused: bool) -> Descriptor {
    let mut lookup = Lookup { refused, ..Lookup::default() };
    lookup.descriptor(&ProcessFiles::open(), own(), descriptor.as_raw_fd()).unwrap()
}

#[test]
fn both_ways_to_ask_about_a_socket_agree() {
    for host in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(listener) = TcpListener::bind(host) else { continue };
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let datagrams = UdpSocket::bind(host).unwrap();
        for (asked, read) in [
            (look(&listener, false), look(&listener, true)),
            (look(&stream, false), look(&stream, true)),
            (look(&datagrams, false), look(&datagrams, true)),
        ] {
            assert_eq!(asked, read);
            assert!(!asked.name.is_empty());
        }
    }
}

#[test]
fn a_socket_that_nothing_is_known_of_is_of_no_kind() {
    let (end, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    assert_eq!(look(&end, false).kind, DescriptorKind::Unix);
    assert_eq!(look(&end, true).kind, DescriptorKind::Unknown);
}

#[test]
fn files_directories_and_pipes_are_told_apart() {
    let (reader, _writer) = std::io::pipe().unwrap();
    for (descriptor, letter, name) in [
        (look(&File::open("/dev/null").unwrap(), false), 'f', "/dev/null"),
        (look(&File::open("/proc").unwrap(), false), 'd', "/proc"),
        (look(&reader, false), 'p', ""),
    ] {
        assert_eq!((descriptor.kind.character(), descriptor.name.as_str()), (letter, name));
    }
}

#[test]
fn a_descriptor_that_is_not_open_is_nothing() {
    let mut lookup = Lookup::default();
    assert_eq!(lookup.descriptor(&ProcessFiles::open(), own(), 1_000_000), None);
}

#[test]
fn sockets_are_remembered_up_to_a_bound() {
    let mut lookup = Lookup::default();
    let remote = "127.0.0.1:1".parse().unwrap();
    for inode in 0..2 * REMEMBERED as u64 {
        assert!(lookup.remember(inode, false, None, remote));
    }
    assert_eq!((lookup.sockets.len(), lookup.order.len()), (REMEMBERED, REMEMBERED));
    assert!(!lookup.remember(2 * REMEMBERED as u64 - 1, false, None, remote));
}
