//! What calls on sockets are about: ends, addresses, and which end is the server's.
//! The kernel is asked for our end; the other one is in the call. Part of `subject`.

use std::net::SocketAddr;

use super::decoding::Scene;
use super::descriptor::{DescriptorKind, tuple};
use super::socket::Address;
use super::subject::Subject;
use crate::linux::syscall::Syscall;

impl Scene<'_> {
    pub(super) fn socket(&mut self, argument: usize) -> Subject {
        let found = self.lookup.socket_descriptor(
            self.files,
            self.stopped.process,
            self.call.int(argument),
        );
        let mut subject = Subject::default();
        let is_bind = self.call.syscall == Syscall::Bind;
        if is_bind {
            subject.address = Address::read(
                *self.stopped.memory,
                self.call.args[1],
                self.call.args[2] & 0xffff_ffff,
            );
        }
        subject.descriptor = found.map(|(socket, mut descriptor)| {
            if is_bind && self.result >= 0 {
                descriptor.name_changed = true;
                descriptor.ends.server = descriptor.ends.local.is_some();
                if descriptor.ends.server {
                    descriptor.ends.protocol = socket.protocol;
                    descriptor.name_ends();
                }
            }
            descriptor
        });
        subject
    }

    pub(super) fn connected(&mut self) -> Subject {
        let address =
            Address::read(*self.stopped.memory, self.call.args[1], self.call.args[2] & 0xffff_ffff);
        let found =
            self.lookup.socket_descriptor(self.files, self.stopped.process, self.call.int(0));
        let mut subject = Subject { address, ..Subject::default() };
        let Some((socket, mut descriptor)) = found else { return subject };
        let begun = self.result >= 0 || self.result == -i64::from(libc::EINPROGRESS);
        match &subject.address {
            Some(Address::Ip(remote)) => {
                let local = socket.local.as_ref().and_then(Address::ip);
                subject.tuple = Some(tuple(local.unwrap_or_else(|| nowhere(*remote)), *remote));
                if begun {
                    descriptor.kind =
                        if remote.is_ipv4() { DescriptorKind::Ipv4 } else { DescriptorKind::Ipv6 };
                    descriptor.ends.server = false;
                    descriptor.ends.connected = true;
                    descriptor.ends.protocol = socket.protocol;
                    descriptor.ends.local = local;
                    descriptor.ends.remote = Some(*remote);
                    descriptor.name_changed =
                        self.lookup.remember(socket.inode, false, local, *remote);
                    descriptor.name_ends();
                }
            }
            Some(Address::Unix(path)) => {
                subject.tuple = Some(format!("0->0 {path}"));
                if begun {
                    descriptor.name.clone_from(path);
                    descriptor.name_changed = true;
                }
            }
            _ => {}
        }
        subject.descriptor = Some(descriptor);
        subject
    }

    pub(super) fn datagram(&mut self) -> Subject {
        let receives = matches!(self.call.syscall, Syscall::Recvfrom | Syscall::Recvmsg);
        let address = self.datagram_address().filter(|_| !receives || self.result >= 0);
        let found =
            self.lookup.socket_descriptor(self.files, self.stopped.process, self.call.int(0));
        let mut subject = Subject { address, ..Subject::default() };
        let Some((socket, mut descriptor)) = found else { return subject };
        match &subject.address {
            Some(Address::Ip(remote)) if !descriptor.ends.connected => {
                let local = socket.local.as_ref().and_then(Address::ip);
                let here = local.unwrap_or_else(|| nowhere(*remote));
                subject.tuple =
                    Some(if receives { tuple(*remote, here) } else { tuple(here, *remote) });
                if self.result >= 0 {
                    descriptor.kind =
                        if remote.is_ipv4() { DescriptorKind::Ipv4 } else { DescriptorKind::Ipv6 };
                    descriptor.ends.server = receives;
                    descriptor.ends.protocol = socket.protocol;
                    descriptor.ends.local = Some(here);
                    descriptor.ends.remote = Some(*remote);
                    descriptor.name_changed =
                        self.lookup.remember(socket.inode, receives, local, *remote);
                    descriptor.name_ends();
                }
            }
            Some(Address::Unix(path)) => subject.tuple = Some(format!("0->0 {path}")),
            _ => {}
        }
        subject.descriptor = Some(descriptor);
        subject
    }

    /// sendto(2), recvfrom(2), and `struct msghdr` of the other two, which begins with the address and its length.
    fn datagram_address(&self) -> Option<Address> {
        let memory = self.stopped.memory;
        let args = self.call.args;
        let number = |place| {
            let mut bytes = [0; 4];
            memory.read(place, &mut bytes).ok().map(|()| u64::from(u32::from_ne_bytes(bytes)))
        };
        let (place, length) = match self.call.syscall {
            Syscall::Sendto => (args[4], args[5] & 0xffff_ffff),
            Syscall::Recvfrom if args[4] != 0 => (args[4], number(args[5])?),
            Syscall::Sendmsg | Syscall::Recvmsg => {
                let words = memory.words(args[1], 2, self.call.abi).ok()?;
                (words[0], words[1] & 0xffff_ffff)
            }
            _ => return None,
        };
        Address::read(*memory, place, length)
    }
}

/// The end of a socket that has none yet, beside that one.
fn nowhere(remote: SocketAddr) -> SocketAddr {
    let ip = if remote.is_ipv4() {
        std::net::Ipv4Addr::UNSPECIFIED.into()
    } else {
        std::net::Ipv6Addr::UNSPECIFIED.into()
    };
    SocketAddr::new(ip, 0)
}
