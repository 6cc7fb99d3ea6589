//! Whatever an event holds, its line gives it back.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::linux::events::render::LineWriter;

fn line(event: &SavedEvent) -> String {
    let mut line = String::new();
    LineWriter::default().write(&event.event(), &mut line);
    line
}

fn text() -> impl Strategy<Value = Arc<str>> {
    any::<String>().prop_map(Arc::from)
}

prop_compose! {
    fn account()(id in any::<u32>(), name in text()) -> Account { Account { id, name } }
}

prop_compose! {
    fn executable()(
        inode in any::<u64>(), changed in any::<u64>(), modified in any::<u64>(), writable in any::<bool>(),
        upper_layer in any::<bool>(), from_memfd in any::<bool>()
    ) -> Executable { Executable { inode, changed, modified, writable, upper_layer, from_memfd } }
}

prop_compose! {
    fn process()(
        numbers in any::<[i64; 6]>(), texts in vec(text(), 4), folder in "(/[^/]+){1,3}|/", tty in any::<u32>(),
        accounts in vec(account(), 3), sets in any::<[u64; 3]>(), executable in executable(), started in any::<u64>()
    ) -> Process {
        let [pid, virtual_pid, parent, session, group, virtual_group] = numbers;
        let [inheritable, permitted, effective] = sets;
        Process {
            pid, virtual_pid, parent, session, group, virtual_group, tty, executable,
            started: SystemTime::UNIX_EPOCH + Duration::from_nanos(started),
            name: texts[0].clone(), exe: texts[1].clone(), args: texts[2].clone(), exepath: texts[3].clone(),
            directory: folder.into(),
            user: accounts[0].clone(), user_group: accounts[1].clone(), login: accounts[2].clone(),
            capabilities: Capabilities { inheritable, permitted, effective },
            ..nobody()
        }
    }
}

prop_compose! {
    fn ancestor()(pid in any::<i64>(), texts in vec(text(), 3)) -> Process {
        Process { pid, name: texts[0].clone(), exe: texts[1].clone(), exepath: texts[2].clone(), ..nobody() }
    }
}

fn address() -> impl Strategy<Value = SocketAddr> {
    (any::<IpAddr>(), any::<u16>()).prop_map(|(ip, port)| SocketAddr::new(ip, port))
}

prop_compose! {
    fn descriptor()(
        number in any::<i64>(), name in any::<String>(), raw_name in any::<String>(), real in option::of("/.+"),
        kind in prop_oneof![
            Just(DescriptorKind::File), Just(DescriptorKind::Directory), Just(DescriptorKind::Ipv4), Just(DescriptorKind::Ipv6),
            Just(DescriptorKind::Unix), Just(DescriptorKind::UserFault), Just(DescriptorKind::Process), Just(DescriptorKind::Unknown)
        ],
        protocol in option::of(prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp), Just(Protocol::Icmp), Just(Protocol::Raw)]),
        server in any::<bool>(), connected in any::<bool>(), local in option::of(address()), remote in option::of(address()),
        name_changed in any::<bool>()
    ) -> Descriptor {
        Descriptor { number, kind, name, raw_name, real_path: real, ends: Ends { protocol, server, connected, local, remote }, name_changed }
    }
}

prop_compose! {
    fn event()(
        number in any::<u64>(), time in 0..4_000_000_000_000_000_000u64, kind in "[a-z0-9]+",
        result in option::of(prop_oneof![-133i64..0, 0..i64::MAX]), thread in any::<i64>(),
        arguments in proptest::collection::btree_map("[a-z]+", any::<String>(), 0..5), line in any::<String>(), open in any::<[bool; 4]>(),
        process in process(), ancestors in vec(ancestor(), 0..4), session_name in any::<String>(), descriptor in option::of(descriptor())
    ) -> SavedEvent {
        let [read, write, exec, create] = open;
        let argument = |(name, text)| Argument { name: Cow::Owned(name), value: Value::Saved(text) };
        SavedEvent {
            number, time: SystemTime::UNIX_EPOCH + Duration::from_nanos(time), kind, result, thread,
            arguments: arguments.into_iter().map(argument).collect(),
            line, open: OpenUse { read, write, exec, create }, process, ancestors, session_name, descriptor,
        }
    }
}

proptest! {
    #[test]
    fn an_event_is_read_as_it_was_written(event in event()) {
        let written = line(&event);
        let read = read_event(&written).map_err(TestCaseError::fail)?;
        prop_assert_eq!(line(&read), written);
        prop_assert_eq!(&read.process, &event.process);
        prop_assert_eq!(&read.ancestors, &event.ancestors);
        prop_assert_eq!(&read.descriptor, &event.descriptor);
        prop_assert_eq!((read.number, read.time, read.result, read.open), (event.number, event.time, event.result, event.open));
        let texts = |event: &SavedEvent| -> Vec<(String, String)> {
            event.arguments.iter().map(|argument| (argument.name.to_string(), argument.value.text().into_owned())).collect()
        };
        prop_assert_eq!(texts(&read), texts(&event));
    }

    #[test]
    fn a_changed_line_is_read_or_refused_but_never_a_panic(event in event(), at in any::<prop::sample::Index>(), byte in any::<char>()) {
        let mut written: Vec<char> = line(&event).chars().collect();
        let at = at.index(written.len());
        written[at] = byte;
        let _ = read_event(&written.into_iter().collect::<String>());
    }
}
