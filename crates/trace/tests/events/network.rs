//! Sockets: ends, names and kinds as Falco's rules on the network have them.

use serde_json::{Value, json};

use crate::step::acts;

#[test]
fn a_connection_has_both_its_ends() {
    for (act, kind, host, letter) in
        [("tcp4", "ipv4", "127.0.0.1", "4"), ("tcp6", "ipv6", "::1", "6")]
    {
        let Some(told) = acts(&[act]) else { return };
        let Some(event) =
            told.of_type("connect").into_iter().find(|event| event["evt.rawres"] == 0)
        else {
            assert_eq!(act, "tcp6", "the loopback of IPv4 is always there");
            continue;
        };
        let (client, server) =
            (event["fd.cport"].as_u64().unwrap(), event["fd.sport"].as_u64().unwrap());
        let name = format!("{host}:{client}->{host}:{server}");
        assert_eq!(event["fd.name"], name);
        assert_eq!((&event["fd.type"], &event["fd.typechar"]), (&json!(kind), &json!(letter)));
        assert_eq!((&event["fd.l4proto"], &event["fd.sockfamily"]), (&json!("tcp"), &json!("ip")));
        assert_eq!(
            (&event["fd.cip"], &event["fd.sip"], &event["fd.rport"]),
            (&json!(host), &json!(host), &json!(server))
        );
        assert_eq!(
            (&event["fd.connected"], &event["fd.name_changed"]),
            (&json!(true), &json!(true))
        );
        assert!(event.get("fd.is_server").is_none());
        let number = &event["fd.num"];
        assert_eq!(
            event["evt.args"],
            format!("res=0 tuple={name} fd={number}(<{letter}t>{name}) addr={host}:{server}")
        );
        let accepted = told.of_type("accept4")[0];
        assert_eq!((&accepted["fd.name"], &accepted["fd.is_server"]), (&json!(name), &json!(true)));
        assert_eq!(
            (&accepted["fd.cport"], &accepted["fd.lport"]),
            (&json!(client), &json!(server))
        );
        assert_eq!(accepted["evt.arg"]["tuple"], name);
    }
}

#[test]
fn a_socket_without_ends_has_no_protocol_yet() {
    let Some(told) = acts(&["tcp4"]) else { return };
    let event = told.with_args("socket", "proto=6");
    let number = &event["fd.num"];
    assert_eq!(
        event["evt.args"],
        format!("fd={number}(<4>) domain=2(AF_INET) type=524289 proto=6 flags=4096(O_CLOEXEC)")
    );
    assert_eq!((event.get("fd.l4proto"), event.get("fd.name")), (None, None));
}

#[test]
fn where_a_server_listens_is_its_name() {
    let Some(told) = acts(&["tcp4"]) else { return };
    let event = told.of_type("listen")[0];
    let port = event["fd.sport"].as_u64().unwrap();
    assert_eq!(event["evt.args"], format!("res=0 fd=3(<4t>127.0.0.1:{port}) backlog=7"));
    assert_eq!((event.get("fd.cip"), &event["fd.is_server"]), (None, &json!(true)));
    assert_eq!(
        told.args("bind", "addr"),
        format!("res=0 addr=127.0.0.1:0 fd=3(<4t>127.0.0.1:{port})")
    );
}

#[test]
fn a_refused_connection_is_none() {
    let Some(told) = acts(&["tcp4"]) else { return };
    let event = told.with_args("connect", "ECONNREFUSED");
    assert_eq!((event.get("fd.connected"), event.get("fd.sip")), (None, None));
    assert!(event["evt.arg"]["addr"].as_str().unwrap().starts_with("127.0.0.1:"));
}

#[test]
fn a_connection_put_in_place_of_a_standard_stream_is_told() {
    let Some(told) = acts(&["tcp4"]) else { return };
    let event = told.of_type("dup2").into_iter().find(|event| event["evt.rawres"] == 0).unwrap();
    assert_eq!(
        (&event["fd.num"], &event["fd.type"], &event["fd.l4proto"]),
        (&json!(0), &json!("ipv4"), &json!("tcp"))
    );
    let meaning = event["evt.arg"]["oldfd"].as_str().unwrap();
    assert!(meaning.starts_with("<4t>127.0.0.1:") && meaning == event["evt.arg"]["newfd"]);
}

#[test]
fn a_datagram_changes_the_name_of_its_socket_only_when_it_goes_elsewhere() {
    let Some(told) = acts(&["udp"]) else { return };
    let sent = told.of_type("sendto");
    let field = |event: &Value, name: &str| event.get(name).cloned();
    assert_eq!(sent.len(), 2);
    assert_eq!(
        sent.iter().map(|event| field(event, "fd.name_changed")).collect::<Vec<_>>(),
        [Some(json!(true)), None]
    );
    for event in sent {
        assert_eq!((&event["fd.l4proto"], field(event, "fd.connected")), (&json!("udp"), None));
        assert_eq!((&event["fd.rip"], &event["evt.rawres"]), (&json!("127.0.0.1"), &json!(6)));
    }
    let connected = told.of_type("connect")[0];
    assert_eq!(
        (&connected["fd.connected"], &connected["fd.l4proto"]),
        (&json!(true), &json!("udp"))
    );
}

#[test]
fn a_datagram_that_came_tells_where_from() {
    let Some(told) = acts(&["udp"]) else { return };
    for kind in ["recvfrom", "recvmsg"] {
        let event = told.of_type(kind)[0];
        assert_eq!((&event["fd.is_server"], &event["fd.cip"]), (&json!(true), &json!("127.0.0.1")));
        assert_eq!(event["evt.arg"]["tuple"], event["fd.name"]);
    }
    let answer = told.of_type("sendmsg")[0];
    assert_eq!(answer["fd.cport"], told.of_type("recvfrom")[0]["fd.lport"]);
}

#[test]
fn what_messages_hold_is_not_told() {
    let Some(told) = acts(&["udp"]) else { return };
    assert!(!told.lines.contains("secret"));
    assert_eq!(told.of_type("sendto")[0]["evt.arg"]["data"], "<NA>");
}

#[test]
fn a_socket_of_this_host_is_called_by_its_path() {
    let Some(told) = acts(&["local"]) else { return };
    let event = told.with_args("connect", "./present");
    assert_eq!(event["evt.args"], "res=0 tuple=0->0 ./present fd=4(<u>./present) addr=./present");
    assert_eq!((&event["fd.type"], &event["fd.sockfamily"]), (&json!("unix"), &json!("unix")));
    let failed = told.with_args("connect", "./absent");
    assert_eq!(failed["evt.args"], "res=-2(ENOENT) tuple=0->0 ./absent fd=4(<u>) addr=./absent");
    assert!(failed.get("fd.name_changed").is_none());
}

#[test]
fn families_have_falcos_names() {
    let Some(told) = acts(&["local"]) else { return };
    let domains: Vec<&str> = told
        .of_type("socket")
        .iter()
        .map(|event| event["evt.arg"]["domain"].as_str().unwrap())
        .collect();
    assert_eq!(
        domains,
        ["AF_LOCAL|AF_UNIX", "AF_LOCAL|AF_UNIX", "AF_ROUTE|AF_NETLINK", "AF_PACKET"]
    );
}
