//! Sources whose lines are ours or Falco's own output: stored alerts, saved system calls.

use crate::detection::{alerts, program, ruleset};
use lanner_rules::Matching;
use lanner_sources::detect::DetectOptions;
use lanner_sources::{Container, ExtractOptions, Source};
use serde_json::json;

/// Which conditions hold for the line.
fn holding<'c>(
    source: Source,
    line: &serde_json::Value,
    conditions: &[&'c str],
    options: &DetectOptions,
) -> Vec<&'c str> {
    let rule = |(number, condition): (usize, &&str)| {
        let condition = serde_json::Value::from(*condition);
        format!(
            "- rule: r{number}\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n  source: {}\n",
            source.name()
        )
    };
    let text: String = conditions.iter().enumerate().map(rule).collect();
    let program = program(&ruleset(text.as_bytes()), source, Matching::All);
    let (alerts, statistics) =
        alerts(&program, source, vec![line.to_string().into_bytes()], options);
    assert_eq!(statistics.events, 1);
    let number =
        |alert: &serde_json::Value| alert["rule"].as_str().unwrap()[1..].parse::<usize>().unwrap();
    alerts.iter().map(|alert| conditions[number(alert)]).collect()
}

#[test]
fn every_name_among_the_output_fields_of_an_alert_is_a_field() {
    let line = json!({
        "hostname": "node1", "output": "text", "priority": "Warning", "rule": "Some rule", "source": "syscall",
        "tags": ["network", "mitre"], "time": "2026-01-01T00:00:00.000000001Z",
        "output_fields": {
            "evt.time": 1_767_225_600_000_000_001_u64, "evt.num": 77, "fd.name": "/etc/shadow", "proc.aname[2]": "sshd",
            "proc.pid": 42, "proc.ppid": 100, "fd.lport": 80, "evt.rawres": -13, "user.name": null, "ka.user.groups": ["a", "b"], "container.id": "host",
            "jevt.value[/x]": "kept", "evt.is_async": false
        }
    });
    let holds = [
        "alert.rule = 'Some rule' and alert.priority = Warning and alert.source = syscall",
        "alert.tags intersects (network)",
        "fd.name startswith /etc and fd.name pmatch (/etc)",
        "proc.aname[2] = sshd",
        "proc.pid = 42 and evt.num = 77",
        "fd.lport > 79 and fd.lport < 443 and fd.lport in (80, 81) and fd.lport != 8 and fd.lport startswith 8",
        "proc.pid >= 42 and proc.pid <= 42 and evt.rawres < 0 and evt.rawres = -13 and fd.lport < val(proc.ppid)",
        "not user.name exists",
        "evt.rawtime.ns = 1",
        "jevt.value[/x] = kept and jevt.value[/rule] = 'Some rule'",
        "alert.hostname = node1 and container.id != ''",
    ];
    let fails = [
        "fd.lport > 443",
        "fd.lport < 9",
        "evt.rawres > 0",
        "proc.name exists",
        "user.name != root",
        "fd.name = /etc",
        "proc.aname[3] exists",
    ];
    let all: Vec<&str> = holds.iter().chain(&fails).copied().collect();
    assert_eq!(holding(Source::StoredAlert, &line, &all, &DetectOptions::default()), holds);
}

#[test]
fn a_saved_event_answers_what_a_trace_knows() {
    let line = json!({
        "evt.num": 9, "evt.time": "2026-01-01T00:00:00.000000001Z", "evt.type": "connect", "evt.res": "EINPROGRESS",
        "evt.rawres": -115, "evt.args": "fd=3(<4t>) addr=1.2.3.4:443", "evt.arg": {"fd": "3", "addr": "1.2.3.4:443", "size": "<NA>", "path": "a/b", "oldpath": "/c"},
        "evt.is_open_read": true, "proc.cwd": "/src/", "thread.tid": 5, "proc.name": "curl", "proc.pid": 5, "proc.vpid": 5, "proc.ppid": 4,
        "proc.exe": "/usr/bin/curl", "proc.cmdline": "curl -s https://x", "proc.exepath": "/usr/bin/curl", "proc.tty": 0,
        "proc.aname": ["sh", "make", "init"], "proc.apid": [4, 3, 1], "user.uid": 0, "user.loginuid": -1,
        "thread.cap_effective": "0x80001", "fd.num": 3, "fd.cip": "10.0.0.1", "fd.cport": 5000, "fd.sip": "1.2.3.4", "fd.sport": 443
    });
    let holds = [
        "evt.type = connect and evt.num = 9 and evt.failed = true",
        "evt.rawres < 0 and evt.res = EINPROGRESS",
        "evt.arg.addr contains 443 and evt.arg[0] = 3",
        "not evt.arg.size exists",
        "evt.is_open_read = true and evt.is_open_write = false",
        "proc.args = '-s https://x' and proc.args[1] = https://x and proc.exeline startswith /usr/bin/curl",
        "proc.aname = make and proc.aname[1] = sh and proc.aname[0] = curl and proc.apid[3] = 1",
        "proc.aname in (init, nothing)",
        "fd.ip = 10.0.0.1 and fd.ip = 1.2.3.4 and fd.port = 443",
        "fd.snet = 1.2.0.0/16 and fd.sport = 443",
        "thread.cap_effective contains CAP_SYS_PTRACE and not thread.cap_permitted contains CAP",
        "user.loginuid = -1 and user.uid = 0",
        "container.id = host",
        "fs.path.name = /src/a/b and fs.path.nameraw = a/b and fs.path.source = /c",
        "proc.cmdnargs = 2 and proc.cmdlenargs = 11",
    ];
    let fails = [
        "proc.aname = curl",
        "fd.net = 192.168.0.0/16",
        "proc.env exists",
        "container.image exists",
    ];
    let all: Vec<&str> = holds.iter().chain(&fails).copied().collect();
    assert_eq!(holding(Source::Syscall, &line, &all, &DetectOptions::default()), holds);
    let container = Container::new("ci", Some("r:5000/build:2"));
    let extract = ExtractOptions { container: Some(container), ..ExtractOptions::default() };
    let options = DetectOptions { extract, ..DetectOptions::default() };
    let condition = "container.id != host and container.image.repository = r:5000/build and container.image.tag = 2 and container.privileged = false";
    assert_eq!(holding(Source::Syscall, &line, &[condition], &options), [condition]);
}
