//! Socket addresses as calls pass them: bytes in, family, host and port out.
//! Reads no memory. Used by the recorder.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::linux::record::Address;

/// Longer addresses than `struct sockaddr_storage` are refused by the kernel.
pub(crate) const ADDRESS_LIMIT: usize = 128;

const NETLINK: i32 = 16;
const VSOCK: i32 = 40;

impl Address {
    /// An address that was not told.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { family: -1, host: Vec::new(), port: None }
    }

    /// Reads a `struct sockaddr` of any family. What is too short for its family has no host.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let Some((&[low, high], rest)) = bytes.split_first_chunk() else {
            return Self::unknown();
        };
        let family = i32::from(u16::from_ne_bytes([low, high]));
        let told = match family {
            libc::AF_INET => ipv4(rest),
            libc::AF_INET6 => ipv6(rest),
            libc::AF_UNIX => Some((unix(rest), None)),
            NETLINK => words(rest, 2).map(|port_id| (format!("pid {port_id}").into_bytes(), None)),
            VSOCK => words(rest, 6)
                .zip(words(rest, 2))
                .map(|(context, port)| (format!("{context}:{port}").into_bytes(), None)),
            _ => None,
        };
        let (host, port) = told.unwrap_or_default();
        Self { family, host, port }
    }

    /// `AF_*` as its name.
    #[must_use]
    pub fn family_name(&self) -> String {
        family_name(self.family)
    }

    /// Whether it is that of a name server.
    #[must_use]
    pub fn is_name_server(&self) -> bool {
        self.port == Some(53)
    }
}

/// `AF_*` by number (`linux/socket.h`).
pub(crate) fn family_name(family: i32) -> String {
    let name = match family {
        -1 => "unknown",
        libc::AF_UNSPEC => "AF_UNSPEC",
        libc::AF_UNIX => "AF_UNIX",
        libc::AF_INET => "AF_INET",
        libc::AF_INET6 => "AF_INET6",
        NETLINK => "AF_NETLINK",
        17 => "AF_PACKET",
        31 => "AF_BLUETOOTH",
        38 => "AF_ALG",
        VSOCK => "AF_VSOCK",
        44 => "AF_XDP",
        other => return format!("AF_{other}"),
    };
    name.to_owned()
}

type Told = Option<(Vec<u8>, Option<u16>)>;

/// `sin_port`, `sin_addr`.
fn ipv4(rest: &[u8]) -> Told {
    let (port, rest) = rest.split_first_chunk::<2>()?;
    let (host, _) = rest.split_first_chunk::<4>()?;
    Some((Ipv4Addr::from(*host).to_string().into_bytes(), Some(u16::from_be_bytes(*port))))
}

/// `sin6_port`, `sin6_flowinfo`, `sin6_addr`, `sin6_scope_id`.
fn ipv6(rest: &[u8]) -> Told {
    let (port, rest) = rest.split_first_chunk::<2>()?;
    let (_, rest) = rest.split_first_chunk::<4>()?;
    let (host, rest) = rest.split_first_chunk::<16>()?;
    let scope = rest.first_chunk().map_or(0, |scope| u32::from_ne_bytes(*scope));
    let host = Ipv6Addr::from(*host);
    let host = if scope == 0 { host.to_string() } else { format!("{host}%{scope}") };
    Some((host.into_bytes(), Some(u16::from_be_bytes(*port))))
}

/// unix(7): a path up to its NUL, or an abstract name of exactly the length given, or nothing.
fn unix(rest: &[u8]) -> Vec<u8> {
    match rest.split_first() {
        None => Vec::new(),
        Some((0, name)) => [b"@", name].concat(),
        Some(_) => rest.split(|&byte| byte == 0).next().unwrap_or_default().to_vec(),
    }
}

/// 32 bits at an offset after the family.
fn words(rest: &[u8], offset: usize) -> Option<u32> {
    rest.get(offset..)?.first_chunk().map(|word| u32::from_ne_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn decode(family: i32, rest: &[u8]) -> (String, String, Option<u16>) {
        let bytes = [&u16::try_from(family).unwrap_or_default().to_ne_bytes(), rest].concat();
        let address = Address::decode(&bytes);
        (address.family_name(), String::from_utf8_lossy(&address.host).into_owned(), address.port)
    }

    fn told(family: &str, host: &str, port: Option<u16>) -> (String, String, Option<u16>) {
        (family.to_owned(), host.to_owned(), port)
    }

    #[test]
    fn internet_addresses_have_a_host_and_a_port() {
        let rest = [0, 53, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(decode(libc::AF_INET, &rest), told("AF_INET", "127.0.0.1", Some(53)));
        let mut rest = vec![0x1f, 0x90, 0, 0, 0, 0];
        rest.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(decode(libc::AF_INET6, &rest), told("AF_INET6", "fe80::1", Some(8080)));
        rest.extend(2_u32.to_ne_bytes());
        assert_eq!(decode(libc::AF_INET6, &rest), told("AF_INET6", "fe80::1%2", Some(8080)));
    }

    #[test]
    fn unix_addresses_are_paths_abstract_names_or_nothing() {
        assert_eq!(decode(libc::AF_UNIX, b"/run/x\0junk"), told("AF_UNIX", "/run/x", None));
        assert_eq!(decode(libc::AF_UNIX, b"\0ab\0c"), told("AF_UNIX", "@ab\0c", None));
        assert_eq!(decode(libc::AF_UNIX, b""), told("AF_UNIX", "", None));
    }

    #[test]
    fn short_and_strange_addresses_keep_their_family() {
        assert_eq!(decode(libc::AF_INET, &[0]), told("AF_INET", "", None));
        assert_eq!(decode(999, &[1, 2, 3]), told("AF_999", "", None));
        assert_eq!(Address::decode(&[1]), Address::unknown());
    }

    #[test]
    fn netlink_addresses_tell_their_port() {
        assert_eq!(decode(16, &[0, 0, 7, 0, 0, 0, 0, 0, 0, 0]), told("AF_NETLINK", "pid 7", None));
    }
}
