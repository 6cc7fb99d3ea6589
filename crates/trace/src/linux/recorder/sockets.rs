//! Sockets made, and the addresses they are given, reach and hear from. Part of the recorder.

use std::net::{SocketAddrV4, SocketAddrV6};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{SocketAddrAny, SocketAddrUnix, getpeername, getsockname};

use super::Recorder;
use super::files::duplicate;
use crate::linux::address::ADDRESS_LIMIT;
use crate::linux::observer::{Call, Stopped, Verdict};
use crate::linux::path::join;
use crate::linux::proc_fs::Place;
use crate::linux::record::{Address, Subject};
use crate::linux::syscall::{Abi, Syscall};

/// `SOCK_CLOEXEC` and `SOCK_NONBLOCK` are flags within the type.
const KIND: i32 = 0xf;
/// What the kernel makes of an interrupted call before its program sees it (`ERESTARTSYS`, … of linux/errno.h).
const RESTARTS: std::ops::RangeInclusive<i64> = -516..=-512;
/// Messages of one sendmmsg(2) that are looked at: `UIO_MAXIOV`.
const MESSAGES: u64 = 1024;

/// Whether a call is about sockets and addresses.
pub(super) const fn is_about(call: Syscall) -> bool {
    use Syscall as S;
    matches!(
        call,
        S::Socket
            | S::Connect
            | S::Bind
            | S::Listen
            | S::Accept
            | S::Accept4
            | S::Sendto
            | S::Sendmsg
            | S::Sendmmsg
    )
}

/// Before messages are sent: those on connected sockets have no address and need no second look.
pub(super) fn sending(stopped: &Stopped<'_>, call: &Call) -> Verdict {
    if message_names(stopped, call).is_empty() { Verdict::Pass } else { Verdict::Watch }
}

impl Recorder {
    /// After a call about sockets.
    pub(super) fn socket_used(&mut self, stopped: &Stopped<'_>, call: &Call, result: i64) {
        let fd = call.int(0);
        match call.syscall {
            Syscall::Socket => self.socket_made(stopped, call, result),
            Syscall::Connect | Syscall::Bind => {
                let address = self.read_address(stopped, call.args[1], call.args[2]);
                self.address_used(stopped, call.syscall, call.syscall.name(), fd, address, result);
            }
            Syscall::Listen => {
                let address = own_address(stopped, fd);
                self.address_used(stopped, call.syscall, "listen", fd, address, result);
            }
            Syscall::Accept | Syscall::Accept4 => {
                let address = if result < 0 {
                    own_address(stopped, fd)
                } else {
                    peer_address(stopped, result as i32)
                };
                self.address_used(stopped, call.syscall, "accept", fd, address, result);
            }
            Syscall::Sendto => {
                let address = self.read_address(stopped, call.args[4], call.args[5]);
                self.address_used(stopped, call.syscall, "sendto", fd, address, result);
            }
            _ => {
                // sendmmsg(2): the result is how many messages were sent, the first ones.
                let sent = match usize::try_from(result) {
                    Ok(sent) if call.syscall == Syscall::Sendmmsg => sent,
                    _ => usize::MAX,
                };
                for (address, length) in message_names(stopped, call).into_iter().take(sent) {
                    let address = self.read_address(stopped, address, length);
                    self.address_used(stopped, call.syscall, "sendto", fd, address, result);
                }
            }
        }
    }

    fn socket_made(&mut self, stopped: &Stopped<'_>, call: &Call, result: i64) {
        let (family, kind, protocol) = (call.int(0), call.int(1) & KIND, call.int(2));
        if result < 0 {
            let what = format!(
                "{} type {kind} protocol {protocol}",
                crate::linux::address::family_name(family)
            );
            self.attempt(stopped, call.syscall, Subject::Other(what), result);
            return;
        }
        self.draft(stopped).sockets.add((family, kind, protocol), result as i32, stopped.time);
    }

    fn address_used(
        &mut self,
        stopped: &Stopped<'_>,
        call: Syscall,
        kind: &'static str,
        fd: i32,
        address: Address,
        result: i64,
    ) {
        let is = |errno: Errno| result == -i64::from(errno.raw_os_error());
        // connect(2): one that a signal interrupts goes on being made.
        let interrupted =
            call == Syscall::Connect && (is(Errno::INTR) || RESTARTS.contains(&result));
        let in_progress = interrupted || is(Errno::INPROGRESS);
        if result < 0 && !in_progress {
            self.attempt(stopped, call, Subject::Address(address), result);
            return;
        }
        self.draft(stopped).connections.add((kind, address, in_progress), fd, stopped.time);
    }

    fn read_address(&mut self, stopped: &Stopped<'_>, address: u64, length: u64) -> Address {
        let mut bytes = [0; ADDRESS_LIMIT];
        let length = (length as u32 as usize).min(ADDRESS_LIMIT);
        if stopped.memory.read(address, &mut bytes[..length]).is_err() {
            return Address::unknown();
        }
        let mut address = Address::decode(&bytes[..length]);
        let relative = !matches!(address.host.first(), None | Some(b'/' | b'@'));
        if address.family == libc::AF_UNIX && relative {
            let cwd = self.proc_fs.owned_link(&Place::of(stopped.tid, "cwd"));
            address.host =
                cwd.map_or_else(|_| address.host.clone(), |cwd| join(&cwd, &address.host));
        }
        address
    }
}

/// Where the named messages of a call go: address and length of each name.
fn message_names(stopped: &Stopped<'_>, call: &Call) -> Vec<(u64, u64)> {
    let count = if call.syscall == Syscall::Sendmmsg { call.args[2].min(MESSAGES) } else { 1 };
    // `struct mmsghdr` is a `struct msghdr` (7 words, where flags and lengths are padded to words) and a length, padded too.
    let stride = if call.abi == Abi::I386 { 32 } else { 64 };
    (0..count)
        .map_while(|index| stopped.memory.words(call.args[1] + index * stride, 2, call.abi).ok())
        .filter(|header| header[0] != 0)
        .map(|header| (header[0], header[1] & 0xffff_ffff))
        .collect()
}

/// The address a socket has: the caller may not have been told either.
fn own_address(stopped: &Stopped<'_>, fd: i32) -> Address {
    duplicate(stopped.process, fd)
        .and_then(|socket: OwnedFd| getsockname(socket))
        .map_or(Address::unknown(), told)
}

/// The address of who is at the other end.
fn peer_address(stopped: &Stopped<'_>, fd: i32) -> Address {
    duplicate(stopped.process, fd)
        .and_then(|socket: OwnedFd| getpeername(socket))
        .map_or(Address::unknown(), |peer| peer.map_or(Address::unknown(), told))
}

fn told(address: SocketAddrAny) -> Address {
    let family = i32::from(address.address_family().as_raw());
    let (host, port) = if let Ok(address) = SocketAddrV4::try_from(address.clone()) {
        (address.ip().to_string().into_bytes(), Some(address.port()))
    } else if let Ok(address) = SocketAddrV6::try_from(address.clone()) {
        (address.ip().to_string().into_bytes(), Some(address.port()))
    } else if let Ok(address) = SocketAddrUnix::try_from(address) {
        let path = address.path_bytes().map(<[u8]>::to_vec);
        let name = address.abstract_name().map(|name| [b"@", name].concat());
        (path.or(name).unwrap_or_default(), None)
    } else {
        (Vec::new(), None)
    };
    Address { family, host, port }
}
