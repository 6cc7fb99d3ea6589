//! The program, where there is a tracer.

use std::os::fd::AsFd;

use lanner_trace::events::{Each, EventOptions, EventStream, LineSink};
use lanner_trace::{End, Milestones, Plan, Subscription, Tid, trace};

struct Silent;

impl Milestones for Silent {
    fn started(&mut self, _: Tid, _: bool) {}
    fn root_ended(&mut self, _: End) {}
}

pub(super) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mode = words.first().filter(|word| word.starts_with('-')).cloned();
    if mode.is_some() {
        words.remove(0);
    }
    let env: Vec<String> =
        std::env::vars().map(|(name, value)| format!("{name}={value}")).collect();
    let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    let output = std::io::stdout().as_fd().try_clone_to_owned()?;
    let stdio = [
        null.try_clone()?.into(),
        null.try_clone()?.into(),
        std::io::stderr().as_fd().try_clone_to_owned()?,
    ];
    let directory = std::env::current_dir()?.into_os_string().into_encoded_bytes();
    let mut plan = Plan::new(words, env, directory, stdio)?;
    plan.subscription = Subscription::with_events(None);
    let begin = std::time::Instant::now();
    let report = if mode.is_some() {
        let mut stream = EventStream::new(Each::new(|_| ()), EventOptions::default());
        trace(&plan, &mut stream, &mut Silent)?;
        stream.finish()
    } else {
        let mut stream = EventStream::new(LineSink::new(output.into()), EventOptions::default());
        trace(&plan, &mut stream, &mut Silent)?;
        stream.finish()
    };
    eprintln!("{report:?} in {:?}", begin.elapsed());
    Ok(())
}
