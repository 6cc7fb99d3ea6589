//! Finds out what a descriptor of a stopped process stands for: by its link in /proc, and for sockets by asking the kernel.
//! Keeps no table of descriptors, which would need every close to be seen; remembers only which end of a socket is which.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use rustix::fs::FileType;

use super::descriptor::{Descriptor, DescriptorKind, Protocol};
use super::proc_net;
use super::process_files::ProcessFiles;
use super::socket::{Address, Socket};
use crate::linux::observer::Tid;

/// So many sockets are remembered; of older ones it is forgotten which end is the server's.
const REMEMBERED: usize = 1 << 14;

/// Answers what descriptors stand for.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    /// By inode, which names a socket for as long as the system runs.
    sockets: HashMap<u64, Remembered>,
    order: VecDeque<u64>,
    /// The kernel or a filter refuses `pidfd_getfd(2)`: /proc/PID/net tells part of it.
    refused: bool,
}

/// What the kernel does not tell of a socket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Remembered {
    server: bool,
    /// The ends of the last datagram, or of the connection.
    ends: Option<(Option<SocketAddr>, SocketAddr)>,
}

impl Lookup {
    /// What a descriptor stands for; `None` when it is not open.
    pub(super) fn descriptor(
        &mut self,
        files: &ProcessFiles,
        process: Tid,
        number: i32,
    ) -> Option<Descriptor> {
        let place = format!("fd/{number}");
        let link = files.link(process, &place)?;
        if let Some(inode) = link.strip_prefix("socket:[") {
            let inode = inode.trim_end_matches(']').parse().unwrap_or(0);
            let (_, descriptor) = self.socket(process, number, inode)?;
            return Some(descriptor);
        }
        let kind = kind_of_link(&link).unwrap_or_else(|| {
            let mode = files.attributes(process, &place).map_or(0, |attributes| attributes.st_mode);
            match FileType::from_raw_mode(mode) {
                FileType::Directory => DescriptorKind::Directory,
                FileType::Fifo => DescriptorKind::Pipe,
                _ => DescriptorKind::File,
            }
        });
        let name = if link.starts_with('/') { without_deleted(link) } else { String::new() };
        Some(Descriptor::new(i64::from(number), kind, name))
    }

    /// A descriptor that the call itself says is a socket.
    pub(super) fn socket_descriptor(
        &mut self,
        files: &ProcessFiles,
        process: Tid,
        number: i32,
    ) -> Option<(Socket, Descriptor)> {
        let inode = if self.refused {
            let link = files.link(process, &format!("fd/{number}"))?;
            link.strip_prefix("socket:[")?.trim_end_matches(']').parse().ok()?
        } else {
            0
        };
        self.socket(process, number, inode)
    }

    fn socket(&mut self, process: Tid, number: i32, inode: u64) -> Option<(Socket, Descriptor)> {
        let socket = self.inspect(process, number, inode)?;
        let known = self.sockets.get(&socket.inode).copied().unwrap_or_default();
        let mut descriptor = Descriptor::new(i64::from(number), socket.kind, String::new());
        match (&socket.local, &socket.remote) {
            (_, Some(Address::Unix(path))) | (Some(Address::Unix(path)), None) => {
                descriptor.name.clone_from(path);
            }
            _ => {}
        }
        let ends = &mut descriptor.ends;
        ends.remote = socket.remote.as_ref().and_then(Address::ip);
        ends.connected = ends.remote.is_some();
        ends.server = known.server || socket.listens;
        let local = socket.local.as_ref().and_then(Address::ip).filter(|local| local.port() != 0);
        if let (None, Some((_, remote))) = (ends.remote, known.ends) {
            ends.remote = Some(remote);
        }
        // A datagram's socket with an address serves; one of a stream may only have failed to connect.
        ends.server |=
            local.is_some() && ends.remote.is_none() && socket.protocol == Some(Protocol::Udp);
        ends.local = local;
        let has_end = ends.remote.is_some() || ends.server;
        ends.protocol = socket.protocol.filter(|&protocol| has_end || protocol == Protocol::Raw);
        if ends.remote.is_some() || ends.server {
            descriptor.name_ends();
        }
        Some((socket, descriptor))
    }

    fn inspect(&mut self, process: Tid, number: i32, inode: u64) -> Option<Socket> {
        if !self.refused {
            match Socket::inspect(process, number) {
                Ok(socket) => return Some(socket),
                Err(
                    rustix::io::Errno::PERM | rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL,
                ) => {
                    self.refused = true;
                }
                Err(_) => return None,
            }
        }
        proc_net::find(process, inode).or(Some(Socket {
            inode,
            kind: DescriptorKind::Unknown,
            protocol: None,
            listens: false,
            local: None,
            remote: None,
        }))
    }

    /// Remembers the ends of a socket; tells whether they are others than before.
    pub(super) fn remember(
        &mut self,
        inode: u64,
        server: bool,
        local: Option<SocketAddr>,
        remote: SocketAddr,
    ) -> bool {
        let now = Remembered { server, ends: Some((local, remote)) };
        if let Some(before) = self.sockets.insert(inode, now) {
            return before != now;
        }
        self.order.push_back(inode);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.sockets.remove(&oldest);
        }
        true
    }
}

/// The kind, where the text of the link says it.
fn kind_of_link(link: &str) -> Option<DescriptorKind> {
    use DescriptorKind as K;
    if link.starts_with("/memfd:") {
        return Some(K::MemoryFile);
    }
    if link.starts_with('/') {
        return None;
    }
    Some(match link {
        "anon_inode:[eventfd]" => K::Event,
        "anon_inode:[eventpoll]" => K::EventPoll,
        "anon_inode:[signalfd]" => K::Signal,
        "anon_inode:[timerfd]" => K::Timer,
        "anon_inode:[userfaultfd]" => K::UserFault,
        "anon_inode:[io_uring]" => K::IoUring,
        "anon_inode:inotify" => K::Inotify,
        "anon_inode:[pidfd]" => K::Process,
        link if link.starts_with("pipe:") => K::Pipe,
        link if link.starts_with("anon_inode:bpf") => K::Bpf,
        _ => K::Unknown,
    })
}

/// The kernel marks the path of a file whose last name is gone.
pub(super) fn without_deleted(mut link: String) -> String {
    if let Some(length) = link.strip_suffix(" (deleted)").map(str::len) {
        link.truncate(length);
    }
    link
}

#[cfg(test)]
#[path = "lookup_test.rs"]
mod tests;
