//! Asks the kernel about a socket of a stopped process, and reads addresses from its memory.
//! Keeps nothing; `lookup` remembers which end is which. `pidfd_getfd(2)`, getsockname(2), getpeername(2).

use std::net::{IpAddr, SocketAddr};

use rustix::net::{AddressFamily, SocketAddrAny, SocketAddrUnix, SocketType, sockopt};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags};

use super::descriptor::{DescriptorKind, Protocol, end};
use super::text::text_of;
use crate::linux::memory::Memory;
use crate::linux::observer::Tid;

/// An address as programs give and get them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    Ip(SocketAddr),
    /// A path, or `@` and an abstract name.
    Unix(String),
    /// A family that Falco does not look into.
    Other(u16),
}

impl Address {
    /// The address of that length at that place; `None` for none at all.
    pub(super) fn read(memory: Memory, place: u64, length: u64) -> Option<Self> {
        let mut bytes = [0; 128];
        let length = (length as usize).min(bytes.len());
        if place == 0 || length < 2 {
            return None;
        }
        memory.read(place, &mut bytes[..length]).ok()?;
        Self::parse(&bytes[..length])
    }

    /// unix(7), ip(7), ipv6(7).
    fn parse(bytes: &[u8]) -> Option<Self> {
        let family = u16::from_ne_bytes([*bytes.first()?, *bytes.get(1)?]);
        let port = || Some(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]));
        match i32::from(family) {
            libc::AF_INET => {
                let ip: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
                Some(Self::Ip(SocketAddr::new(ip.into(), port()?)))
            }
            libc::AF_INET6 => {
                let ip: [u8; 16] = bytes.get(8..24)?.try_into().ok()?;
                Some(Self::Ip(SocketAddr::new(IpAddr::from(ip).to_canonical(), port()?)))
            }
            libc::AF_UNIX => Some(Self::Unix(unix_name(&bytes[2..]))),
            _ => Some(Self::Other(family)),
        }
    }

    /// As Falco writes it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Ip(address) => end(*address),
            Self::Unix(name) => name.clone(),
            Self::Other(family) => format!("family {family}"),
        }
    }

    pub(super) const fn ip(&self) -> Option<SocketAddr> {
        if let Self::Ip(address) = self { Some(*address) } else { None }
    }
}

fn unix_name(bytes: &[u8]) -> String {
    match bytes {
        [0, name @ ..] if !name.is_empty() => format!("@{}", text_of(name.to_vec())),
        name => text_of(name.split(|&byte| byte == 0).next().unwrap_or(name).to_vec()),
    }
}

/// What the kernel says of a socket.
#[derive(Debug, Clone)]
pub(super) struct Socket {
    pub(super) inode: u64,
    pub(super) kind: DescriptorKind,
    pub(super) protocol: Option<Protocol>,
    pub(super) listens: bool,
    pub(super) local: Option<Address>,
    pub(super) remote: Option<Address>,
}

impl Socket {
    /// Asks about a descriptor of a process; errors as `pidfd_open(2)` and `pidfd_getfd(2)`. The copy of the descriptor that is
    /// needed for it is closed again at once.
    pub(super) fn inspect(process: Tid, descriptor: i32) -> rustix::io::Result<Self> {
        let pid = Pid::from_raw(process).ok_or(rustix::io::Errno::SRCH)?;
        let process = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
        let socket = rustix::process::pidfd_getfd(&process, descriptor, PidfdGetfdFlags::empty())?;
        let domain = sockopt::socket_domain(&socket)?;
        let protocol = sockopt::socket_protocol(&socket)
            .ok()
            .flatten()
            .map(|protocol| protocol.as_raw().get());
        Ok(Self {
            inode: rustix::fs::fstat(&socket)?.st_ino,
            kind: kind_of(domain),
            protocol: protocol_of(sockopt::socket_type(&socket)?, protocol.unwrap_or(0)),
            listens: sockopt::socket_acceptconn(&socket).unwrap_or(false),
            local: rustix::net::getsockname(&socket).ok().and_then(address_of),
            remote: rustix::net::getpeername(&socket).ok().flatten().and_then(address_of),
        })
    }
}

/// The kind of descriptor that socket(2) makes.
pub(super) const fn kind_of(domain: AddressFamily) -> DescriptorKind {
    match domain {
        AddressFamily::INET => DescriptorKind::Ipv4,
        AddressFamily::INET6 => DescriptorKind::Ipv6,
        AddressFamily::UNIX => DescriptorKind::Unix,
        AddressFamily::NETLINK => DescriptorKind::Netlink,
        _ => DescriptorKind::Unknown,
    }
}

fn protocol_of(kind: SocketType, protocol: u32) -> Option<Protocol> {
    let number = i32::try_from(protocol).unwrap_or(0);
    match number {
        _ if kind == SocketType::RAW => Some(Protocol::Raw),
        libc::IPPROTO_TCP => Some(Protocol::Tcp),
        libc::IPPROTO_UDP => Some(Protocol::Udp),
        libc::IPPROTO_ICMP | libc::IPPROTO_ICMPV6 => Some(Protocol::Icmp),
        _ => None,
    }
}

fn address_of(address: SocketAddrAny) -> Option<Address> {
    let family = address.address_family();
    if family == AddressFamily::UNIX {
        let address = SocketAddrUnix::try_from(address).ok()?;
        let path = address.path().map(|path| text_of(path.to_bytes().to_vec()));
        let name = || {
            address
                .abstract_name()
                .filter(|name| !name.is_empty())
                .map(|name| format!("@{}", text_of(name.to_vec())))
        };
        return path.or_else(name).map(Address::Unix);
    }
    let address = SocketAddr::try_from(address).ok()?;
    Some(Address::Ip(SocketAddr::new(address.ip().to_canonical(), address.port())))
}
