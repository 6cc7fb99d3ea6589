//! Fields of the descriptor that the call made or used.
//! Read by `syscall`.

use lanner_rules::{Field, FieldType};

use crate::catalog::entry::{INDEX, field};

/// Fields of the descriptor that the call made or used.
pub(crate) const FIELDS: &[Field] = &[
    field("fd.num", FieldType::Int64, "The number of the descriptor.").build(),
    field(
        "fd.type",
        FieldType::CharBuf,
        "What the descriptor is: file, directory, ipv4, ipv6, unix, pipe and so on.",
    )
    .build(),
    field("fd.typechar", FieldType::CharBuf, "What the descriptor is, in one letter.").build(),
    field("fd.name", FieldType::CharBuf, "The whole path, or both ends of a connection.").build(),
    field("fd.directory", FieldType::CharBuf, "The directory of the file.").build(),
    field("fd.filename", FieldType::CharBuf, "The name of the file without its directory.").build(),
    field("fd.ip", FieldType::IpAddr, "Either end's address.").left_only().filter_only().build(),
    field("fd.cip", FieldType::IpAddr, "The client's address.").build(),
    field("fd.sip", FieldType::IpAddr, "The server's address.").build(),
    field("fd.lip", FieldType::IpAddr, "The address on this side.").build(),
    field("fd.rip", FieldType::IpAddr, "The address on the other side.").build(),
    field("fd.port", FieldType::Port, "Either end's port.").left_only().filter_only().build(),
    field("fd.cport", FieldType::Port, "The client's port.").build(),
    field("fd.sport", FieldType::Port, "The server's port.").build(),
    field("fd.lport", FieldType::Port, "The port on this side.").build(),
    field("fd.rport", FieldType::Port, "The port on the other side.").build(),
    field("fd.l4proto", FieldType::CharBuf, "The protocol: tcp, udp, icmp, raw.").build(),
    field("fd.sockfamily", FieldType::CharBuf, "The family of the socket: ip or unix.").build(),
    field("fd.is_server", FieldType::Bool, "Whether this side is the server.").build(),
    field("fd.uid", FieldType::CharBuf, "The descriptor together with its process.").build(),
    field("fd.containername", FieldType::CharBuf, "The container and the name.").build(),
    field("fd.containerdirectory", FieldType::CharBuf, "The container and the directory.").build(),
    field("fd.proto", FieldType::Port, "Either end's protocol, by its port.")
        .left_only()
        .filter_only()
        .build(),
    field("fd.cproto", FieldType::CharBuf, "The client's protocol, by its port.").build(),
    field("fd.sproto", FieldType::CharBuf, "The server's protocol, by its port.").build(),
    field("fd.lproto", FieldType::CharBuf, "This side's protocol, by its port.").build(),
    field("fd.rproto", FieldType::CharBuf, "The other side's protocol, by its port.").build(),
    field("fd.net", FieldType::IpNet, "Either end's network.").left_only().filter_only().build(),
    field("fd.cnet", FieldType::IpNet, "The client's network.").left_only().filter_only().build(),
    field("fd.snet", FieldType::IpNet, "The server's network.").left_only().filter_only().build(),
    field("fd.lnet", FieldType::IpNet, "The network on this side.")
        .left_only()
        .filter_only()
        .build(),
    field("fd.rnet", FieldType::IpNet, "The network on the other side.")
        .left_only()
        .filter_only()
        .build(),
    field("fd.connected", FieldType::Bool, "Whether the socket is connected.").build(),
    field("fd.name_changed", FieldType::Bool, "Whether this event changed the ends of the socket.")
        .build(),
    field("fd.cip.name", FieldType::CharBuf, "The name of the client's host.").left_only().build(),
    field("fd.sip.name", FieldType::CharBuf, "The name of the server's host.").left_only().build(),
    field("fd.lip.name", FieldType::CharBuf, "The name of the host on this side.")
        .left_only()
        .build(),
    field("fd.rip.name", FieldType::CharBuf, "The name of the host on the other side.")
        .left_only()
        .build(),
    field("fd.dev", FieldType::Int32, "The device the file is on.").build(),
    field("fd.dev.major", FieldType::Int32, "The major number of that device.").build(),
    field("fd.dev.minor", FieldType::Int32, "The minor number of that device.").build(),
    field("fd.ino", FieldType::Int64, "The inode of the file.").build(),
    field("fd.nameraw", FieldType::CharBuf, "The path as the program gave it.").build(),
    field("fd.types", FieldType::CharBuf, "The types of all open descriptors, or of one.")
        .takes(INDEX)
        .list()
        .build(),
    field(
        "fd.is_upper_layer",
        FieldType::Bool,
        "Whether the file is in the upper layer of an overlay.",
    )
    .build(),
    field(
        "fd.is_lower_layer",
        FieldType::Bool,
        "Whether the file is in a lower layer of an overlay.",
    )
    .build(),
];
