//! Measures: makes a large input out of recorded files, and runs rules over it.
//!
//! `detect make k8s_audit FOLDER OUT MEGABYTES [records]` repeats the events below a folder with other ids;
//! `detect run SOURCE RULES INPUT [threads]` judges them, with `RULES` = `never` for one rule that never matches.
#![expect(clippy::print_stdout, reason = "an example that measures prints what it measured")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use lanner_rules::ast::{Expression, Operand};
use lanner_rules::load::{CheckError, Checker, Engine, Loader, Remark};
use lanner_rules::{Matching, Options, Program, RuleSource};
use lanner_sources::detect::{AlertLine, Control, DetectOptions, detect};
use lanner_sources::{Source, catalog, input};
use serde_json::Value;

struct Trusting;

impl Checker for Trusting {
    fn has_source(&self, _source: &str) -> bool {
        true
    }
    fn operand(&self, _source: &str, _operand: &Operand) -> Result<(), CheckError> {
        Ok(())
    }
    fn condition(&self, _source: &str, _condition: &Expression) -> Result<Vec<Remark>, CheckError> {
        Ok(Vec::new())
    }
    fn output(&self, _source: &str, _output: &str) -> Result<Vec<Remark>, CheckError> {
        Ok(Vec::new())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["make", source, folder, out, megabytes, ref rest @ ..] => {
            make(source, Path::new(folder), Path::new(out), megabytes.parse()?, !rest.is_empty())
        }
        ["run", source, rules, input, ref rest @ ..] => run(
            source,
            rules,
            Path::new(input),
            rest.first().map_or(Ok(0), |threads| threads.parse())?,
        ),
        _ => {
            Err("make SOURCE FOLDER OUT MEGABYTES [records] | run SOURCE RULES INPUT [threads]"
                .into())
        }
    }
}

/// All events below a folder, each as one line.
fn events(folder: &Path, found: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            events(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            for document in
                serde_json::Deserializer::from_slice(&fs::read(path)?).into_iter::<Value>()
            {
                match document?.get_mut("Records").map(Value::take) {
                    Some(Value::Array(records)) => {
                        found.extend(records.iter().map(Value::to_string));
                    }
                    _ => break,
                }
            }
        }
    }
    Ok(())
}

fn lines(folder: &Path, found: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let text = fs::read_to_string(entry?.path())?;
        found.extend(text.lines().filter(|line| !line.is_empty()).map(str::to_owned));
    }
    Ok(())
}

fn make(
    source: &str,
    folder: &Path,
    out: &Path,
    megabytes: u64,
    records: bool,
) -> Result<(), Box<dyn Error>> {
    let mut found = Vec::new();
    let key = if source == "k8s_audit" {
        lines(folder, &mut found)?;
        "\"auditID\":\""
    } else {
        events(folder, &mut found)?;
        "\"eventID\":\""
    };
    let mut file = BufWriter::new(File::create(out)?);
    let (mut written, mut number) = (0, 0_u64);
    if records {
        file.write_all(b"{\"Records\":[")?;
    }
    while written < megabytes << 20 {
        for event in &found {
            let line = match event.split_once(key) {
                Some((before, after)) if after.len() > 8 => {
                    format!("{before}{key}{number:08x}{}", &after[8..])
                }
                _ => event.clone(),
            };
            if records && number > 0 {
                file.write_all(b",")?;
            }
            file.write_all(line.as_bytes())?;
            if !records {
                file.write_all(b"\n")?;
            }
            written += line.len() as u64 + 1;
            number += 1;
        }
    }
    if records {
        file.write_all(b"]}")?;
    }
    file.flush()?;
    println!("{number} events, {} MB", written >> 20);
    Ok(())
}

fn run(source: &str, rules: &str, path: &Path, threads: usize) -> Result<(), Box<dyn Error>> {
    let source = Source::named(source).ok_or("no such source")?;
    let text = if rules == "never" {
        let condition = if source == Source::K8sAudit { "ka.verb=never" } else { "ct.name=never" };
        format!(
            "- rule: n\n  desc: n\n  condition: {condition}\n  output: n\n  priority: INFO\n  source: {}\n",
            source.name()
        )
    } else {
        fs::read_to_string(rules)?
    };
    let plugins = [("k8saudit", 18), ("json", 7), ("cloudtrail", 17)];
    let plugins = plugins
        .map(|(name, minor)| (name.to_owned(), lanner_rules::load::Version::new(0, minor, 9)));
    let mut loader =
        Loader::new(&Trusting, Engine { plugins: plugins.into(), ..Engine::default() });
    let report = loader.load(rules, text.as_bytes());
    if let Some(error) = report.errors.first() {
        return Err(error.message.clone().into());
    }
    let ruleset = loader.finish();
    let sources: Vec<RuleSource<'_>> = ruleset
        .rules
        .iter()
        .filter(|rule| rule.enabled && rule.source == source.name())
        .map(|rule| RuleSource {
            name: &rule.name,
            source: &rule.source,
            priority: rule.priority.name(),
            tags: &rule.tags,
            output: &rule.output,
            condition: &rule.condition,
        })
        .collect();
    let options = Options { matching: Matching::First, ..Options::default() };
    let program = Program::compile(&sources, &catalog(source), &options)?;
    let options = DetectOptions { threads, ..DetectOptions::default() };
    let mut delivered = 0;
    let begun = Instant::now();
    let inputs = input::expand(path, source)?;
    let mut sink = |lines: &[u8], _: &[AlertLine]| {
        delivered += lines.len();
        Ok(())
    };
    let statistics = detect(inputs, source, &program, &options, &Control::default(), &mut sink)?;
    let megabytes = f64::from(u32::try_from(statistics.bytes / 1_000_000)?);
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{} rules, {} events, {} alerts ({delivered} bytes), {} skipped, {} duplicates: {:.2} s, {:.0} MB/s",
        program.rules(),
        statistics.events,
        statistics.by_rule.iter().sum::<u64>(),
        statistics.skipped.total(),
        statistics.duplicates,
        seconds,
        megabytes / seconds
    );
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
    }
    Ok(())
}
