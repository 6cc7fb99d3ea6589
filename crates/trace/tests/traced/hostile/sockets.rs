//! Addresses.

use super::{DONE, hostile};
use crate::support::{Run, Step};

#[test]
fn every_family_is_recorded_with_its_address_and_failures_are_attempts() {
    hostile(
        || Step::program("sockets"),
        DONE,
        |run| {
            let printed: Vec<(&str, u16)> = run
                .stdout
                .lines()
                .filter_map(|line| line.split_once(' '))
                .map(|(name, port)| (name, port.parse().unwrap()))
                .collect();
            let [(_, _), (unique, _), rest @ ..] = &printed[..] else { panic!("{}", run.stdout) };
            let named = run.path("named");
            let abstract_name = format!("@{unique}");
            for call in ["bind", "listen", "connect"] {
                // An address as given may be relative; as recorded it says which file it was.
                assert!(
                    used(run, call, libc::AF_UNIX, &named, None)
                        || used(run, call, libc::AF_UNIX, b"named", None),
                    "{call}"
                );
                assert!(used(run, call, libc::AF_UNIX, abstract_name.as_bytes(), None), "{call}");
            }
            for family in [libc::AF_UNIX, libc::AF_INET] {
                // From whom: a client without a name, or with a port that the kernel picked.
                let mut accepted =
                    run.first().connections.iter().filter(|made| made.call.starts_with("accept"));
                assert!(accepted.any(|made| made.address.family == family));
            }
            for &(name, port) in rest {
                match name {
                    "tcp4" => {
                        assert!(used(run, "connect", libc::AF_INET, b"127.0.0.1", Some(port)));
                    }
                    "udp4" => assert!(used(run, "send", libc::AF_INET, b"127.0.0.1", Some(port))),
                    "tcp6" => assert!(used(run, "connect", libc::AF_INET6, b"::1", Some(port))),
                    _ => assert!(
                        !used(run, "connect", libc::AF_INET, b"127.0.0.1", Some(port)),
                        "{name}"
                    ),
                }
            }
            assert!(
                run.first()
                    .connections
                    .iter()
                    .any(|made| made.call == "bind" && made.address.family == libc::AF_NETLINK)
            );
            assert_eq!(
                (run.attempts("connect", "ECONNREFUSED"), run.attempts("connect", "ENOENT")),
                (1, 1)
            );
            run.complete();
        },
    );
}

#[test]
fn a_connection_that_is_made_after_its_call_was_interrupted_is_recorded() {
    hostile(
        || Step::program("interrupted_connect"),
        DONE,
        |run| {
            let port = run.stdout.trim().parse().ok();
            let made = run
                .first()
                .connections
                .iter()
                .filter(|made| made.call == "connect" && made.address.port == port);
            // The other is the one that fills the queue.
            assert_eq!(made.map(|made| made.count).sum::<u64>(), 2);
            run.complete();
        },
    );
}

fn used(run: &Run, call: &str, family: i32, host: &[u8], port: Option<u16>) -> bool {
    run.first().connections.iter().any(|made| {
        made.call.starts_with(call)
            && made.address.family == family
            && made.address.host == host
            && made.address.port == port
    })
}
