//! Fills a store with alerts like those of a busy cluster and times what the page asks. Arguments: directory, alerts, alerts a batch.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a tool for developers")]

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use lanner_store::{Facet, Query, Span, Store};

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let mixed = self.0 ^ self.0 >> 29;
        mixed.wrapping_mul(0xbf58476d1ce4e5b9) >> 16
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Small numbers far more often.
    fn zipf(&mut self, limit: u64) -> u64 {
        let part = (self.next() & 0xFFFF_FFFF) as f64 / 4_294_967_296.0;
        ((limit as f64 + 1.0).powf(part) - 1.0) as u64
    }
}

const PRIORITIES: [&str; 6] = ["Notice", "Warning", "Notice", "Critical", "Error", "Informational"];
const PROCESSES: [&str; 12] = [
    "bash", "sh", "curl", "python3", "nginx", "cat", "find", "kubectl", "node", "java", "xmrig",
    "größe",
];
const FILES: [&str; 10] = [
    "/etc/shadow",
    "/etc/passwd",
    "/root/.ssh/authorized_keys",
    "/proc/self/environ",
    "/usr/bin/wget",
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "/tmp/读取.sh",
    "/dev/shm/x",
    "/etc/sudoers",
    "/bin/ls",
];

fn alert(dice: &mut Dice, number: u64, time: u64, out: &mut String) {
    let rule = dice.zipf(40);
    let (host, space) = (dice.zipf(50), dice.zipf(30));
    let (process, file) = (PROCESSES[dice.zipf(12) as usize], FILES[dice.zipf(10) as usize]);
    let (pid, container) =
        (dice.below(90_000), dice.zipf(2000).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16);
    let (high, low) = (dice.next(), dice.next());
    let second = time / 1_000_000_000;
    let days = 20_000 + second / 86_400;
    let day = days - 20_000 + 1;
    let (hour, minute, of_minute, nanos) =
        (second / 3600 % 24, second / 60 % 60, second % 60, time % 1_000_000_000);
    let priority = PRIORITIES[(rule % 6) as usize];
    let command = format!("{process} -c open {file} --job {}", dice.zipf(5000));
    let _ = writeln!(
        out,
        r#"{{"uuid":"{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}","output":"{hour:02}:{minute:02}:{of_minute:02}.{nanos:09}: {priority} Rule {rule} saw a file opened by a program that is not trusted (file={file} gparent=systemd ggparent=containerd-shim evt_type=openat user=root user_uid=0 user_loginuid=-1 process={process} proc_exepath=/usr/bin/{process} parent=runc command={command} terminal=0 container_id={container:012x} container_name=app-{} k8s_ns=team-{space} k8s_pod=web-{}-{})","priority":"{priority}","rule":"Rule number {rule} about files","time":"2026-06-{day:02}T{hour:02}:{minute:02}:{of_minute:02}.{nanos:09}Z","source":"syscall","hostname":"node-{host:02}.cluster.local","tags":["T{}","container","filesystem","host","maturity_stable"],"output_fields":{{"container.id":"{container:012x}","container.image.repository":"registry.example.org/team-{space}/web","container.name":"app-{}","evt.time":{},"evt.type":"openat","fd.name":"{file}","k8s.ns.name":"team-{space}","k8s.pod.name":"web-{}-{}","proc.cmdline":"{command}","proc.exepath":"/usr/bin/{process}","proc.name":"{process}","proc.pid":{pid},"proc.pname":"runc","user.name":"root","user.uid":0,"number":{number}}}}}"#,
        high as u32,
        high >> 32 & 0xFFFF,
        low & 0xFFF,
        low >> 12 & 0xFFF,
        low >> 24 ^ number,
        container % 40,
        container % 60,
        container % 97,
        1000 + rule,
        container % 40,
        1_780_000_000_000_000_000 + time,
        container % 60,
        container % 97,
    );
}

fn main() {
    let mut words = std::env::args().skip(1);
    let directory = words.next().expect("a directory");
    let total: u64 = words.next().expect("how many alerts").parse().expect("a number");
    let batch: u64 = words.next().expect("alerts a batch").parse().expect("a number");
    let store = Store::open(Path::new(&directory)).expect("a store");
    fill(&store, total, batch);
    let extent = store.extent().expect("extent");
    println!("alerts {} bytes each {}", extent.alerts, extent.bytes / extent.alerts.max(1));
    ask(&store);
}

fn fill(store: &Store, total: u64, batch: u64) {
    let mut dice = Dice(store.extent().expect("extent").alerts.wrapping_mul(977) | 1);
    let (mut busy, mut slowest, mut bytes, mut number) = (0.0, 0.0_f64, 0, 0);
    let step = 30 * 86_400 * 1_000_000_000 / total.max(1);
    while number < total {
        let mut lines = String::new();
        for _ in 0..batch.min(total - number) {
            let jitter = dice.below(step);
            alert(&mut dice, number, number * step + jitter, &mut lines);
            number += 1;
        }
        bytes += lines.len();
        let begin = Instant::now();
        let done = store.insert(lines.as_bytes()).expect("insert");
        assert_eq!(
            (done.known, done.refused, done.upkeep),
            (0, 0, None),
            "{:?}",
            done.first_refused
        );
        let took = begin.elapsed().as_secs_f64();
        busy += took;
        slowest = slowest.max(took);
        if number % (total / 10).max(batch) < batch {
            println!(
                "{number} alerts of {} bytes, {:.1} µs each, slowest batch {:.0} ms",
                bytes as u64 / number,
                busy / number as f64 * 1e6,
                slowest * 1e3
            );
        }
    }
}

fn ask(store: &Store) {
    let all = Query::default();
    let text = |text: &str| Query { text: text.into(), ..Query::default() };
    let field = |name: &str, value: &str| Query {
        fields: vec![(name.into(), value.into())],
        ..Query::default()
    };
    let rule = Query { rules: vec!["Rule number 3 about files".into()], ..Query::default() };
    let queries = [
        ("all", all.clone()),
        ("word", text("curl")),
        ("rare word", text("xmrig")),
        ("path", text("/etc/shadow")),
        ("prefix", text("kube*")),
        ("two words", text("curl shadow")),
        ("field", field("proc.name", "cat")),
        ("rare field", field("number", "77777")),
        ("rule", rule),
        (
            "host and priority",
            Query {
                hostnames: vec!["node-03.cluster.local".into()],
                priorities: vec!["warning".into()],
                ..all
            },
        ),
    ];
    let (from, to) = store.extent().expect("extent").times.unwrap_or_default();
    let span = Span { from, to: to + 1, buckets: 120 };
    for (name, query) in queries {
        let timed = |run: &dyn Fn() -> String| {
            let mut times: Vec<f64> = Vec::new();
            let mut said = String::new();
            for _ in 0..5 {
                let begin = Instant::now();
                said = run();
                times.push(begin.elapsed().as_secs_f64() * 1e3);
            }
            times.sort_unstable_by(f64::total_cmp);
            format!("{:>7.1} ms {said}", times[2])
        };
        println!(
            "{name:>18}: search {} facet {} histogram {}",
            timed(&|| {
                let page = store.search(&query, 100, None).expect("search");
                format!(
                    "{}/{}{}",
                    page.alerts.len(),
                    page.total.count,
                    if page.total.exact { "" } else { "+" }
                )
            }),
            timed(&|| {
                let facet = store.facet(&query, Facet::Rule, 10).expect("facet");
                format!("{}", facet.distinct)
            }),
            timed(&|| {
                let found = store.histogram(&query, Facet::Priority, span).expect("histogram");
                format!("{}", found.series.len())
            }),
        );
    }
    for facet in [Facet::Hostname, Facet::Namespace, Facet::Tags, Facet::Priority] {
        let begin = Instant::now();
        let found = store.facet(&Query::default(), facet, 10).expect("facet");
        println!("{facet:?} {} in {:.1} ms", found.distinct, begin.elapsed().as_secs_f64() * 1e3);
    }
    let begin = Instant::now();
    let names = store.field_names("", 50).expect("names").len();
    let values = store.field_values("proc.name", "", 20).expect("values").len();
    println!("{names} names, {values} values in {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
}
