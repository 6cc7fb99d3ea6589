//! The program, where there is a tracer.

use std::borrow::Cow;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;
use std::time::Instant;

use lanner_trace::{End, Milestones, Plan, Recorder, RecorderOptions, Tid, trace};

#[derive(Default)]
struct Marks(Option<End>);

impl Milestones for Marks {
    fn started(&mut self, _pid: Tid, _no_new_privs: bool) {}
    fn root_ended(&mut self, end: End) {
        self.0 = Some(end);
    }
}

pub(super) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words: Vec<Vec<u8>> = std::env::args_os().skip(1).map(OsStringExt::into_vec).collect();
    let quiet = words.first().is_some_and(|word| word == b"-q");
    if quiet {
        words.remove(0);
    }
    let mut threads = std::thread::available_parallelism()?.get();
    if words.first().is_some_and(|word| word == b"-t") {
        threads = String::from_utf8(words[1].clone())?.parse()?;
        words.drain(..2);
    }
    let environment: Vec<Vec<u8>> = std::env::vars_os()
        .map(|(name, value)| [name.into_vec(), b"=".to_vec(), value.into_vec()].concat())
        .collect();
    let directory = std::env::current_dir()?;
    let streams = [
        std::io::stdin().as_fd().try_clone_to_owned()?,
        std::io::stdout().as_fd().try_clone_to_owned()?,
        std::io::stderr().as_fd().try_clone_to_owned()?,
    ];
    let plan =
        Plan::new(words, environment, directory.clone().into_os_string().into_vec(), streams)?;
    let started = Instant::now();
    let mut recorder = Recorder::new(RecorderOptions { threads, directory });
    let mut marks = Marks::default();
    if let Err(error) = trace(&plan, &mut recorder, &mut marks) {
        eprintln!("{}: {error}", error.code());
        return Err(error.into());
    }
    let ran = started.elapsed();
    let record = recorder.finish(marks.0);
    let finished = started.elapsed();
    let mut out = Vec::new();
    if !quiet {
        record.processes_json(&|text| Cow::Owned(text.to_owned()), &mut out);
        out.push(b'\n');
    }
    record.gaps_json(&mut out);
    out.push(b'\n');
    record.summary_json(&mut out);
    println!("{}", String::from_utf8_lossy(&out));
    if !quiet {
        for (path, digest) in record.materials(false).files {
            println!("material {} {digest:02x?}", String::from_utf8_lossy(&path));
        }
        for path in record.written(false) {
            println!("written {}", path.display());
        }
    }
    eprintln!("ran {ran:?}, digests at {finished:?}, JSON at {:?}", started.elapsed());
    Ok(())
}
