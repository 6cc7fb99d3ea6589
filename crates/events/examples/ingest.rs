//! Times one pass over a capture: `cargo run --release -p lanner-events --example ingest FILE [--embed] [--workers N]`.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::error::Error;
use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

use lanner_events::{IngestOptions, ingest};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().ok_or("give a file")?;
    let embed = arguments.iter().any(|argument| argument == "--embed");
    let named = arguments
        .iter()
        .position(|argument| argument == "--workers")
        .and_then(|at| arguments.get(at + 1));
    let workers = match named {
        Some(count) => count.parse()?,
        None => std::thread::available_parallelism()?.get(),
    };
    let spool = if embed { Some(File::create(format!("{path}.spool"))?) } else { None };
    let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let file = File::open(path)?;
    let start = Instant::now();
    let options =
        IngestOptions { spool: spool.as_ref(), ..IngestOptions::new(workers, &cancel, &progress) };
    let report = ingest(&file, options)?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{}", report.to_json());
    println!("{} bytes in {seconds:.3} s by {workers} threads", report.bytes);
    Ok(())
}
