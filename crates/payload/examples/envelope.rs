//! Times each stage of an envelope's life on a payload of the size named in megabytes (default 1000).
//! Run as `cargo run --release -p lanner-payload --example envelope -- 1000 /some/dir`; nothing is left behind.
//! Prints one JSON object a line, like the project's other measurements.
#![expect(clippy::print_stdout, reason = "an example prints what it measured")]

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

use lanner_payload::{
    ElidePath, EnvelopeDocument, EnvelopeFile, Pae, Payload, PayloadError, Work, elements, outline,
    public_ed25519, sign_ed25519, spool_file, verify_ed25519,
};

const TYPE: &str = "application/vnd.in-toto+json";
const EVENT: &str = r#"{"hostname":"node-1","output":"2026-05-29T10:50:08.717141556+0000: Warning Sensitive file opened for reading by non-trusted program | file=/etc/shadow gparent=<NA> evt_type=openat user=root user_uid=0 user_loginuid=-1 process=cat proc_exepath=/bin/busybox parent=sh command=cat /etc/shadow terminal=0 container_id=80433e690c86 container_name=<NA> k8s_pod_name=<NA> k8s_ns_name=<NA>","output_fields":{"container.id":"80433e690c86","container.image.repository":null,"container.name":null,"evt.time.iso8601":1780051808717141556,"evt.type":"openat","fd.name":"/etc/shadow","k8s.ns.name":null,"proc.aname[2]":null,"proc.cmdline":"cat /etc/shadow","proc.exepath":"/bin/busybox","proc.name":"cat","proc.pname":"sh","proc.tty":0,"user.loginuid":-1,"user.name":"root","user.uid":0},"priority":"Warning","rule":"Read sensitive file untrusted","source":"syscall","tags":["T1555","container","filesystem","host"],"time":"2026-05-29T10:50:08.717141556Z"}"#;

fn payload(dir: &Path, megabytes: u64) -> Result<Payload, Box<dyn std::error::Error>> {
    let mut events = spool_file(dir)?;
    let count = megabytes * 1_000_000 / EVENT.len() as u64;
    let block = format!("{EVENT},").repeat(200);
    for _ in 0..count / 200 {
        events.write_all(block.as_bytes())?;
    }
    events.write_all(EVENT.as_bytes())?;
    let len = events.metadata()?.len();
    let mut payload = Payload::new();
    payload.push_bytes(
        br#"{"_type":"https://in-toto.io/Statement/v0.1","subject":[],"predicateType":"x","predicate":{"name":"s","attestations":[{"type":"falco","attestation":{"events":["#
            .to_vec(),
    );
    payload.push_file(events, 0, len);
    payload.push_bytes(b"]}}]}}".to_vec());
    Ok(payload)
}

fn timed<T>(
    name: &str,
    bytes: u64,
    stage: impl FnOnce() -> Result<T, PayloadError>,
) -> Result<T, PayloadError> {
    let start = Instant::now();
    let outcome = stage()?;
    let seconds = start.elapsed().as_secs_f64();
    let rate = u128::from(bytes) * 1000 / start.elapsed().as_nanos().max(1);
    println!(r#"{{"stage":"{name}","seconds":{seconds:.3},"mb_per_second":{rate}}}"#);
    Ok(outcome)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let megabytes = args.next().map_or(Ok(1000), |text| text.parse())?;
    let dir = args.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let work = Work::new(&cancel, &progress);
    let seed = [7; 32];
    let path = dir.join(format!("lanner-example-{}.json", std::process::id()));

    let payload = payload(&dir, megabytes)?;
    let size = payload.len();
    let pae = Pae::new(&payload, TYPE);
    timed("sign", size, || sign_ed25519(&seed, &pae, work))?;
    let written = timed("write", size, || {
        EnvelopeFile::create(&path, 0o644)?.write_payload(&payload, TYPE, work)
    })?;
    timed("commit", size, || written.commit(b"[]", work))?;
    let signature = timed("sign+write+commit, two threads", size, || {
        std::thread::scope(|scope| {
            let writer = scope
                .spawn(|| EnvelopeFile::create(&path, 0o644)?.write_payload(&payload, TYPE, work));
            let signature = sign_ed25519(&seed, &pae, work)?;
            let written = writer.join().map_err(|_| PayloadError::Cancelled)??;
            written.commit(b"[]", work)?;
            Ok(signature)
        })
    })?;

    let document = timed("open", size, || EnvelopeDocument::open(&path, &dir, work))?;
    std::fs::remove_file(&path)?;
    let path = [ElidePath::new("predicate.attestations[*].attestation.events")];
    let outlined = timed("outline", size, || outline(&document.payload, &path, work))?;
    let pae = Pae::new(&document.payload, &document.payload_type);
    let holds =
        timed("verify", size, || verify_ed25519(&public_ed25519(&seed), &pae, &signature, work))?;
    timed("verify+outline, two threads", size, || {
        std::thread::scope(|scope| {
            let outlined = scope.spawn(|| outline(&document.payload, &path, work));
            verify_ed25519(&public_ed25519(&seed), &pae, &signature, work)?;
            outlined.join().map_err(|_| PayloadError::Cancelled)?
        })
    })?;
    let count = timed("elements", size, || {
        let mut events = elements(&document.payload, &outlined.elided[0], work)?;
        let (mut bytes, mut count) = (Vec::new(), 0);
        while events.next_into(&mut bytes)?.is_some() {
            count += 1;
        }
        Ok(count)
    })?;
    println!(
        r#"{{"holds":{holds},"events":{count},"outlined":{},"peak":"{}"}}"#,
        outlined.elided[0].count,
        peak()
    );
    Ok(())
}

/// The high-water mark of resident memory, where the system tells it.
fn peak() -> String {
    let mut text = String::new();
    let status = File::open("/proc/self/status")
        .and_then(|mut file| std::io::Read::read_to_string(&mut file, &mut text));
    status
        .ok()
        .and_then(|_| {
            text.lines()
                .find_map(|line| line.strip_prefix("VmHWM:").map(|rest| rest.trim().to_owned()))
        })
        .unwrap_or_default()
}
