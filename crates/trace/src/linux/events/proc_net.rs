//! The ends of a socket by its inode, from /proc/PID/net, for where `pidfd_getfd(2)` is refused.
//! Knows only TCP and UDP, and those only once they are bound or connected.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::descriptor::{DescriptorKind, Protocol};
use super::socket::{Address, Socket};
use crate::linux::observer::Tid;

/// `TCP_LISTEN` of `linux/tcp_states.h`.
const LISTEN: &str = "0A";

/// The tables, with what their lines are about.
const TABLES: [(&str, DescriptorKind, Protocol); 4] = [
    ("tcp", DescriptorKind::Ipv4, Protocol::Tcp),
    ("tcp6", DescriptorKind::Ipv6, Protocol::Tcp),
    ("udp", DescriptorKind::Ipv4, Protocol::Udp),
    ("udp6", DescriptorKind::Ipv6, Protocol::Udp),
];

pub(super) fn find(process: Tid, inode: u64) -> Option<Socket> {
    TABLES.into_iter().find_map(|(table, kind, protocol)| {
        let text = std::fs::read_to_string(format!("/proc/{process}/net/{table}")).ok()?;
        text.lines().skip(1).find_map(|line| parse(line, inode, kind, protocol))
    })
}

/// `proc_pid_net(5)`: `sl local remote state queues timer retransmits uid timeout inode …`.
fn parse(line: &str, inode: u64, kind: DescriptorKind, protocol: Protocol) -> Option<Socket> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    if fields.get(9)?.parse() != Ok(inode) {
        return None;
    }
    let remote = address(fields.get(2)?)?;
    Some(Socket {
        inode,
        kind,
        protocol: Some(protocol),
        listens: *fields.get(3)? == LISTEN,
        local: address(fields.get(1)?).map(Address::Ip),
        remote: (remote.port() != 0).then_some(Address::Ip(remote)),
    })
}

/// Words of 32 bits in the byte order of the machine, as hexadecimal digits; a colon; the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words: Option<Vec<u8>> = (0..ip.len() / 8)
        .map(|index| u32::from_str_radix(ip.get(index * 8..index * 8 + 8)?, 16).ok())
        .map(|word| word.map(u32::to_ne_bytes))
        .try_fold(Vec::new(), |mut bytes, word| {
            bytes.extend(word?);
            Some(bytes)
        });
    let words = words?;
    let ip = match words.len() {
        4 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(words).ok()?)),
        16 => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(words).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip.to_canonical(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_table_gives_both_ends() {
        let line = "   1: 0100007F:1F90 0200000A:D431 01 00000000:00000000 00:00000000 00000000  0 0 4711 1 0 20 4 30 10 -1";
        let socket =
            parse(line, 4711, DescriptorKind::Ipv4, Protocol::Tcp).expect("the inode is there");
        assert_eq!(socket.local.map(|end| end.text()).as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(socket.remote.map(|end| end.text()).as_deref(), Some("10.0.0.2:54321"));
    }

    #[test]
    fn an_address_of_ipv6_is_read_word_by_word() {
        let text = "00000000000000000000000001000000:0050";
        assert_eq!(address(text), Some("[::1]:80".parse().expect("an address")));
    }
}
