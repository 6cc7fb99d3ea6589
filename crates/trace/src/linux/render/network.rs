//! Sockets and addresses of a process, as JSON. Part of `render`.

use super::activity::{count, list};
use super::json::Json;
use crate::linux::address::family_name;
use crate::linux::path::shown;
use crate::linux::record::{Address, ProcessRecord, SocketUse};

/// `network: {sockets, connections, dnsLookups}`.
pub(super) fn network(json: &mut Json<'_>, process: &ProcessRecord) {
    if process.sockets.is_empty() && process.connections.is_empty() {
        return;
    }
    json.key("network").object(|json| {
        list(json, "sockets", process.sockets.iter(), |json, one| {
            json.key("family").string(&family_name(one.family));
            json.key("type").string(&kind_name(one));
            json.key("protocol").bare(one.protocol);
            json.key("fd").bare(one.fd);
            count(json, one.count);
        });
        list(json, "connections", process.connections.iter(), |json, one| {
            json.key("syscall").string(one.call);
            address(json, &one.address);
            json.key("fd").bare(one.fd);
            json.key("timestamp").time(one.time);
            if one.in_progress {
                json.key("in_progress").bare(true);
            }
            count(json, one.count);
        });
        let mut servers: Vec<&Address> = process
            .connections
            .iter()
            .filter(|one| matches!(one.call, "connect" | "sendto") && one.address.is_name_server())
            .map(|one| &one.address)
            .collect();
        servers.sort_unstable();
        servers.dedup();
        list(json, "dnsLookups", servers.into_iter(), |json, server| {
            json.key("serverAddress").string(&shown(&server.host));
            json.key("serverPort").bare(server.port.unwrap_or_default());
        });
    });
}

fn kind_name(socket: &SocketUse) -> String {
    let name = match socket.kind {
        1 => "SOCK_STREAM",
        2 => "SOCK_DGRAM",
        3 => "SOCK_RAW",
        4 => "SOCK_RDM",
        5 => "SOCK_SEQPACKET",
        10 => "SOCK_PACKET",
        other => return format!("SOCK_{other}"),
    };
    name.to_owned()
}

pub(super) fn address(json: &mut Json<'_>, address: &Address) {
    json.key("family").string(&address.family_name());
    json.key("address").string(&shown(&address.host));
    if let Some(port) = address.port {
        json.key("port").bare(port);
    }
}
