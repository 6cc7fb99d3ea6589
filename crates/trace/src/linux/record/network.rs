//! Sockets and addresses in the record. Part of `record`.

use std::time::SystemTime;

/// Sockets of one kind.
#[derive(Debug)]
pub struct SocketUse {
    /// `AF_*`.
    pub family: i32,
    /// `SOCK_*` without its flags.
    pub kind: i32,
    /// Protocol.
    pub protocol: i32,
    /// Descriptor of the first.
    pub fd: i32,
    /// How many were made.
    pub count: u64,
}

/// An address as a socket call has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// `AF_*`.
    pub family: i32,
    /// IP address, unix path, `@name` of an abstract one, or what else tells it.
    pub host: Vec<u8>,
    /// Port, where there is such a thing.
    pub port: Option<u16>,
}

/// An address a process used.
#[derive(Debug)]
pub struct Connection {
    /// The call: connect, bind, listen, accept, sendto.
    pub call: &'static str,
    /// The address.
    pub address: Address,
    /// Started and not known to have succeeded (`EINPROGRESS`, or `EINTR` of connect(2)).
    pub in_progress: bool,
    /// Descriptor of the first.
    pub fd: i32,
    /// When first.
    pub time: SystemTime,
    /// How many times.
    pub count: u64,
}
