//! What a descriptor stands for, in the terms of Falco's `fd.*`.
//! Finds nothing out; `lookup` does. Made for the one descriptor that an event is about.

use std::net::{IpAddr, SocketAddr};

use super::text::split_path;

/// What a descriptor is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DescriptorKind {
    /// A file, a device.
    File,
    /// A directory.
    Directory,
    /// A socket of IPv4.
    Ipv4,
    /// A socket of IPv6.
    Ipv6,
    /// A socket of this host.
    Unix,
    /// A pipe or a FIFO.
    Pipe,
    /// eventfd(2).
    Event,
    /// signalfd(2).
    Signal,
    /// epoll(7).
    EventPoll,
    /// inotify(7).
    Inotify,
    /// `timerfd_create(2)`.
    Timer,
    /// netlink(7).
    Netlink,
    /// bpf(2).
    Bpf,
    /// userfaultfd(2).
    UserFault,
    /// `io_uring(7)`.
    IoUring,
    /// `memfd_create(2)`.
    MemoryFile,
    /// `pidfd_open(2)`.
    Process,
    /// Anything else, or nothing at all after a failed open.
    Unknown,
}

/// `fd.typechar` and `fd.type` of each kind.
const KINDS: [(DescriptorKind, char, &str); 18] = [
    (DescriptorKind::File, 'f', "file"),
    (DescriptorKind::Directory, 'd', "directory"),
    (DescriptorKind::Ipv4, '4', "ipv4"),
    (DescriptorKind::Ipv6, '6', "ipv6"),
    (DescriptorKind::Unix, 'u', "unix"),
    (DescriptorKind::Pipe, 'p', "pipe"),
    (DescriptorKind::Event, 'e', "event"),
    (DescriptorKind::Signal, 's', "signalfd"),
    (DescriptorKind::EventPoll, 'l', "eventpoll"),
    (DescriptorKind::Inotify, 'i', "inotify"),
    (DescriptorKind::Timer, 't', "timerfd"),
    (DescriptorKind::Netlink, 'n', "netlink"),
    (DescriptorKind::Bpf, 'b', "bpf"),
    (DescriptorKind::UserFault, 'u', "userfaultfd"),
    (DescriptorKind::IoUring, 'r', "io_uring"),
    (DescriptorKind::MemoryFile, 'm', "memfd"),
    (DescriptorKind::Process, 'P', "pidfd"),
    (DescriptorKind::Unknown, 'o', ""),
];

impl DescriptorKind {
    /// `fd.typechar`.
    #[must_use]
    pub fn character(self) -> char {
        KINDS.iter().find(|known| known.0 == self).map_or('o', |known| known.1)
    }

    /// `fd.type`; empty when unknown.
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|known| known.0 == self).map_or("", |known| known.2)
    }

    pub(super) fn from_name(name: &str) -> Self {
        KINDS.iter().find(|known| known.2 == name).map_or(Self::Unknown, |known| known.0)
    }

    const fn is_ip(self) -> bool {
        matches!(self, Self::Ipv4 | Self::Ipv6)
    }
}

/// `fd.l4proto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP.
    Icmp,
    /// Raw packets.
    Raw,
}

impl Protocol {
    const ALL: [Self; 4] = [Self::Tcp, Self::Udp, Self::Icmp, Self::Raw];

    /// As Falco writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Raw => "raw",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }
}

/// The two ends of a socket, as far as it has them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ends {
    /// How it speaks; known once it has an end.
    pub protocol: Option<Protocol>,
    /// Ours is the server's end.
    pub server: bool,
    /// `fd.connected`.
    pub connected: bool,
    /// Our end.
    pub local: Option<SocketAddr>,
    /// The other end.
    pub remote: Option<SocketAddr>,
}

/// A descriptor at an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// `fd.num`; -1 when an open failed.
    pub number: i64,
    /// `fd.type` and `fd.typechar`.
    pub kind: DescriptorKind,
    /// `fd.name`: a path, or the ends of a connection.
    pub name: String,
    /// `fd.nameraw`: the path as it was given to the open.
    pub raw_name: String,
    /// The path by which the kernel knows the file, where following links led elsewhere than `name` says.
    pub real_path: Option<String>,
    /// What a socket has besides.
    pub ends: Ends,
    /// `fd.name_changed`: through this event.
    pub name_changed: bool,
}

impl Descriptor {
    pub(super) const fn new(number: i64, kind: DescriptorKind, name: String) -> Self {
        const NO_ENDS: Ends =
            Ends { protocol: None, server: false, connected: false, local: None, remote: None };
        Self {
            number,
            kind,
            name,
            raw_name: String::new(),
            real_path: None,
            ends: NO_ENDS,
            name_changed: false,
        }
    }

    /// How an argument shows it: `<f>/etc/passwd`, `<4t>10.0.0.1:4711->10.0.0.2:80`.
    #[must_use]
    pub fn meaning(&self) -> String {
        let protocol = match self.ends.protocol.filter(|_| self.kind.is_ip()) {
            Some(Protocol::Tcp) => "t",
            Some(Protocol::Udp) => "u",
            Some(Protocol::Icmp) => "i",
            Some(Protocol::Raw) => "r",
            None => "",
        };
        format!("<{}{protocol}>{}", self.kind.character(), self.name)
    }

    /// `fd.sockfamily`.
    #[must_use]
    pub const fn family(&self) -> Option<&'static str> {
        match self.kind {
            DescriptorKind::Ipv4 | DescriptorKind::Ipv6 => Some("ip"),
            DescriptorKind::Unix => Some("unix"),
            _ => None,
        }
    }

    /// `fd.directory`.
    #[must_use]
    pub fn directory(&self) -> Option<&str> {
        self.path().map(|(directory, _)| directory)
    }

    /// `fd.filename`. Nothing when an open failed, as in Falco.
    #[must_use]
    pub fn filename(&self) -> Option<&str> {
        self.path().filter(|_| self.kind == DescriptorKind::File).map(|(_, name)| name)
    }

    fn path(&self) -> Option<(&str, &str)> {
        use DescriptorKind as K;
        split_path(&self.name).filter(|_| matches!(self.kind, K::File | K::Directory | K::Unknown))
    }

    /// `fd.cip` and `fd.cport`.
    #[must_use]
    pub fn client(&self) -> Option<SocketAddr> {
        if self.ends.server { self.ends.remote } else { self.ends.remote.and(self.ends.local) }
    }

    /// `fd.sip` and `fd.sport`.
    #[must_use]
    pub fn server(&self) -> Option<SocketAddr> {
        if self.ends.server { self.ends.local } else { self.ends.remote }
    }

    /// The name of a socket with these ends: `client->server`, or where it listens.
    pub(super) fn name_ends(&mut self) {
        self.name = match (self.client(), self.server()) {
            (Some(client), Some(server)) => tuple(client, server),
            (None, Some(server)) => end(server),
            _ => String::new(),
        };
    }
}

/// `address:port`, without the brackets others put around an address of IPv6.
pub(super) fn end(address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) => format!("{ip}:{}", address.port()),
        IpAddr::V6(ip) => format!("{ip}:{}", address.port()),
    }
}

/// The two ends of a connection.
pub(super) fn tuple(source: SocketAddr, destination: SocketAddr) -> String {
    format!("{}->{}", end(source), end(destination))
}
