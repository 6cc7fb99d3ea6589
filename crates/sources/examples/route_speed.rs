//! How fast alerts are judged by twenty routes: `cargo run --release --example route_speed [FILE]`, a line an alert.
//! Without a file it makes alerts of about 1.3 kB. Prints megabytes a second of one thread.
#![expect(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement a person starts"
)]

use std::time::Instant;

use lanner_rules::Priority;
use lanner_sources::{RouteBook, RouteCondition};

const BLOCK: usize = 1 << 20;

const CONDITIONS: [&str; 10] = [
    "proc.name in (bash, sh, zsh) and container.id exists",
    "proc.cmdline contains curl or proc.cmdline contains wget",
    "fd.name startswith /etc and not proc.name in (dpkg, apt)",
    "k8s.ns.name = kube-system",
    "hostname glob node-1*",
    "rule contains shell",
    "user.uid = 0 and proc.pname = runc",
    "evt.type in (open, openat, openat2)",
    "proc.exepath endswith /nc",
    "container.image.repository startswith registry.example/",
];

fn main() {
    let book = RouteBook::new(&routes()).unwrap();
    let text = std::env::args().nth(1).map_or_else(made, |file| std::fs::read(file).unwrap());
    let blocks = blocks(&text);
    let mut best = f64::MAX;
    let mut taken = 0;
    for _ in 0..5 {
        let start = Instant::now();
        taken = 0;
        for block in &blocks {
            let found = book.judge(block.to_vec()).unwrap();
            taken += found.sets.iter().map(|set| set.count_ones()).sum::<u32>();
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    let megabytes = text.len() as f64 / 1e6;
    println!("{megabytes:.0} MB, {taken} routes taken, {:.0} MB/s", megabytes / best);
}

fn any() -> RouteCondition {
    RouteCondition {
        condition: None,
        priority: Priority::Debug,
        sources: Vec::new(),
        rules: Vec::new(),
        tags: Vec::new(),
    }
}

fn routes() -> Vec<RouteCondition> {
    let mut routes: Vec<_> = CONDITIONS
        .iter()
        .map(|text| RouteCondition { condition: Some((*text).to_owned()), ..any() })
        .collect();
    for tag in ["network", "filesystem", "process", "container"] {
        routes.push(RouteCondition { tags: vec![tag.to_owned()], ..any() });
    }
    for priority in [Priority::Critical, Priority::Error, Priority::Warning] {
        routes.push(RouteCondition { priority, ..any() });
    }
    for glob in ["Terminal*", "Write below*", "*outbound*"] {
        routes.push(RouteCondition { rules: vec![glob.to_owned()], ..any() });
    }
    routes
}

fn made() -> Vec<u8> {
    let output = "x".repeat(600);
    let lines = (0..100_000).map(|number| {
        let (rule, priority) = match number % 4 {
            0 => ("Terminal shell in container", "Notice"),
            1 => ("Write below etc", "Error"),
            2 => ("Unexpected outbound connection", "Warning"),
            _ => ("Read sensitive file untrusted", "Informational"),
        };
        let host = number % 40;
        let uid = number % 3;
        format!(
            r#"{{"uuid":"0192f0c4-0000-7000-8000-{number:012}","hostname":"node-{host}","output":"{output}","priority":"{priority}","rule":"{rule}","source":"syscall","tags":["container","process"],"time":"2026-01-02T03:04:05.{number:09}Z","output_fields":{{"container.id":"3ad7b26ded6d","container.image.repository":"docker.io/library/nginx","evt.arg.flags":"O_RDONLY","evt.time":1780051808717141556,"evt.type":"openat","fd.name":"/var/lib/x{number}","k8s.ns.name":"default","k8s.pod.name":"web-{number}","proc.cmdline":"bash -c sleep {number}","proc.exepath":"/usr/bin/bash","proc.name":"bash","proc.pname":"runc","user.uid":{uid},"user.name":"root"}}}}"#
        ) + "\n"
    });
    lines.collect::<String>().into_bytes()
}

/// Whole lines, about a megabyte each.
fn blocks(text: &[u8]) -> Vec<&[u8]> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let near = BLOCK.min(rest.len());
        let end = rest[..near].iter().rposition(|&byte| byte == b'\n');
        let (block, after) = rest.split_at(end.map_or(rest.len(), |at| at + 1));
        blocks.push(block);
        rest = after;
    }
    blocks
}
