//! A case as a plan for `player.c`: what there is, which processes run, what the last of them does.
//! Says why when there is no plan for it here.

use std::fmt::Write as _;

use serde_json::Value;

use crate::scenario::Case;

/// Why a case is not played.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unplayed {
    /// This machine or this user cannot.
    Here(String),
    /// Not made for this processor.
    OtherProcessor,
}

impl std::fmt::Display for Unplayed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Here(reason) => f.write_str(reason),
            Self::OtherProcessor => f.write_str("not for this processor"),
        }
    }
}

/// The lines of the plan.
pub(crate) fn plan(case: &Case) -> Result<String, Unplayed> {
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    if case.not_on.as_deref() == Some(processor) {
        return Err(Unplayed::OtherProcessor);
    }
    let mut plan = String::new();
    if case.in_container {
        plan.push_str("layered\n");
        if case.scenario.starts_with("drop_and_execute") && !tells_layers() {
            let reason =
                "overlayfs tells the layer of a file since Linux 6.6, when mounted by root";
            return Err(Unplayed::Here(reason.into()));
        }
    }
    if let Some(seconds) = case.before.as_deref().and_then(|line| line.strip_prefix("sleep ")) {
        let _ = writeln!(plan, "wait\t{seconds}");
    } else {
        // A new root has nothing to remove.
        assert!(case.before.as_deref().is_none_or(|line| line.starts_with("rm -f ")));
    }
    // What every system has, and a new root has not.
    plan.push_str("file\timage\t/etc/shadow\n");
    for resource in &case.resources {
        add_resource(resource, &mut plan);
    }
    for process in &case.processes {
        add_process(process, &mut plan)?;
    }
    if case.processes.is_empty() {
        add_process(&serde_json::json!({ "name": "eg_actor" }), &mut plan)?;
    }
    for step in &case.steps {
        add_step(step, &mut plan);
    }
    Ok(plan)
}

fn add_resource(resource: &Value, plan: &mut String) {
    let text = |key: &str| resource[key].as_str().unwrap();
    let _ = match (text("type"), resource["subtype"].as_str()) {
        ("fd", Some("file")) => writeln!(plan, "file\town\t{}", text("filePath")),
        ("fd", Some("directory")) => writeln!(plan, "directory\town\t{}", text("dirPath")),
        ("process", None) => {
            assert_eq!(text("fileLess"), "true");
            writeln!(plan, "memory\t{}", text("name"))
        }
        ("clientServer", None) => {
            let address: std::net::SocketAddr = text("address").parse().unwrap();
            let (ip, port) = (address.ip(), address.port());
            if ip.is_ipv4() && !ip.is_loopback() {
                let _ = writeln!(plan, "address\t{ip}");
            }
            let family = if ip.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
            writeln!(plan, "peers\t{family}\t{ip}\t{port}")
        }
        other => panic!("resource {other:?}"),
    };
}

/// A process without a path of its own is part of the image; one with a path was put there later.
fn add_process(process: &Value, plan: &mut String) -> Result<(), Unplayed> {
    let name = process["name"].as_str().unwrap();
    let exe = process["exe"].as_str();
    let file = exe.map_or_else(|| format!("/opt/scenario/{name}"), str::to_owned);
    let origin = if exe.is_some() { "own" } else { "image" };
    let (user, group) = match process["user"].as_str() {
        Some(user) => account(user)?,
        None => Default::default(),
    };
    let _ = writeln!(plan, "program\t{origin}\t{file}");
    let _ = write!(plan, "process\t{file}\t{user}\t{group}\t{}", exe.unwrap_or(name));
    for word in process["args"].as_str().unwrap_or_default().split_whitespace() {
        let _ = write!(plan, "\t{word}");
    }
    plan.push('\n');
    Ok(())
}

fn account(name: &str) -> Result<(String, String), Unplayed> {
    if !rustix::process::geteuid().is_root() {
        return Err(Unplayed::Here("becomes another user, which needs root".into()));
    }
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap();
    let mut known = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
    known
        .find(|fields| fields[0] == name)
        .map(|fields| (fields[2].to_owned(), fields[3].to_owned()))
        .ok_or_else(|| Unplayed::Here(format!("there is no user `{name}`")))
}

fn add_step(step: &Value, plan: &mut String) {
    assert_eq!(step["type"], "syscall");
    let call = step["syscall"].as_str().unwrap();
    let args = match &step["args"]["how"] {
        Value::Null => &step["args"],
        how => how,
    };
    let text = |key: &str| args[key].as_str().or_else(|| step["args"][key].as_str());
    let number = |key: &str| text(key).map_or(0, number).to_string();
    let path = |key: &str| text(key).unwrap().to_owned();
    let words = match call {
        "open" | "openat" | "openat2" => vec![path("pathname"), number("flags"), number("mode")],
        "link" | "linkat" => vec![path("oldPath"), path("newPath")],
        "symlink" | "symlinkat" => vec![path("target"), path("linkPath")],
        "dup2" | "dup3" => {
            assert_eq!(text("oldFd"), Some("${ cs.client.fd }"));
            vec![number("newFd"), number("flags")]
        }
        "socket" => vec![number("domain"), number("type"), number("protocol")],
        other => panic!("call {other}"),
    };
    let _ = writeln!(plan, "call\t{call}\t{}", words.join("\t"));
}

/// Names of constants joined by `|`, or a number: octal with a leading zero, as in C.
fn number(text: &str) -> i32 {
    let one = |word: &str| match word {
        "O_RDONLY" => libc::O_RDONLY,
        "O_WRONLY" => libc::O_WRONLY,
        "O_CREAT" => libc::O_CREAT,
        "O_TRUNC" => libc::O_TRUNC,
        "AF_PACKET" => libc::AF_PACKET,
        "SOCK_RAW" => libc::SOCK_RAW,
        word if word.starts_with('0') => i32::from_str_radix(word, 8).unwrap(),
        word => word.parse().unwrap(),
    };
    text.split('|').map(one).fold(0, |all, value| all | value)
}

/// Whether this kernel tells a tracer which layer a file is in.
pub(crate) fn tells_layers() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers =
        release.split(['.', '-']).map_while(|number| number.trim().parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(6), Some(6)) && rustix::process::geteuid().is_root()
}
