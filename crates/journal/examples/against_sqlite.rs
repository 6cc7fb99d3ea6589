//! Measures the journal beside SQLite with a write-ahead log that is synced at every commit: appends of one and of a hundred alerts,
//! then taking and settling all of them. One line of JSON a measurement, for a person to compare.
#![expect(clippy::print_stdout, reason = "an example tells what it measured")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use lanner_intake::{Alert, IdSource, Limits, take_in};
use lanner_journal::{Entry, Form, Journal, Settings, TakeLimit};
use rusqlite::{Connection, params};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Alerts in calls of a hundred, and alone.
const BATCHED: usize = 100_000;
const SINGLE: usize = 3_000;
const BATCH: usize = 100;

fn main() -> Outcome<()> {
    let home = tempfile::tempdir_in(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()))?;
    let body = body();
    let intake = measured_intake(&body)?;
    let journal = Journal::open(&home.path().join("journal"), Settings::default())?;
    let consumer = journal.consumer("one")?;
    let entries: Vec<Entry<'_>> =
        intake.iter().map(|alert| Entry { input: "falco", alert }).collect();
    let append = |count: usize| entries.iter().cycle().take(count).copied().collect::<Vec<_>>();
    let batch = append(BATCH);
    timed("journal", "append", BATCH, BATCHED, || Ok(journal.append(&batch)?))?;
    timed("journal", "append", 1, SINGLE, || Ok(journal.append(&batch[..1])?))?;
    let limit = TakeLimit { alerts: 500, bytes: 1 << 20 };
    let start = Instant::now();
    let mut taken = 0;
    loop {
        let alerts = consumer.take(limit, Form::Canonical)?;
        if alerts.positions.is_empty() {
            break;
        }
        taken += alerts.positions.len();
        consumer.settle(&alerts.positions);
    }
    journal.save()?;
    told("journal", "take and settle", 500, taken, start);
    sqlite(home.path(), &intake)
}

fn sqlite(home: &Path, alerts: &[Alert<'_>]) -> Outcome<()> {
    let mut database = Connection::open(home.join("queue.sqlite"))?;
    database.execute_batch(
        "pragma journal_mode=wal; pragma synchronous=full;
         create table queue(position integer primary key, id blob, accepted integer, input text, raw blob);",
    )?;
    let mut insert = |count: usize| -> Outcome<()> {
        let transaction = database.transaction()?;
        {
            let mut statement = transaction.prepare_cached(
                "insert into queue(id, accepted, input, raw) values (?, ?, ?, ?)",
            )?;
            for alert in alerts.iter().cycle().take(count) {
                statement.execute(params![&alert.id.0[..], 0_i64, "falco", &*alert.raw])?;
            }
        }
        Ok(transaction.commit()?)
    };
    timed("sqlite", "append", BATCH, BATCHED, || insert(BATCH))?;
    timed("sqlite", "append", 1, SINGLE, || insert(1))?;
    let start = Instant::now();
    let (mut taken, mut low) = (0, 0_i64);
    loop {
        let mut select = database.prepare_cached(
            "select position, id, accepted, raw from queue where position > ? order by position limit 500",
        )?;
        let mut rows = select.query([low])?;
        let mut count = 0;
        let mut lines: Vec<u8> = Vec::new();
        while let Some(row) = rows.next()? {
            low = row.get(0)?;
            lines.extend_from_slice(row.get_ref(3)?.as_blob()?);
            count += 1;
        }
        drop(rows);
        drop(select);
        if count == 0 {
            break;
        }
        database.execute("delete from queue where position <= ?", [low])?;
        taken += count;
    }
    told("sqlite", "take and settle", 500, taken, start);
    Ok(())
}

/// Events of 1.3 kB with the shape of Falco's.
fn body() -> Vec<u8> {
    let fields: Vec<String> = (0..24)
        .map(|n| format!(r#""proc.field_{n}":"a value of field {n} with \"quotes\"""#))
        .collect();
    let line = format!(
        r#"{{"hostname":"node-1","output":"10:50:08.717141556: Notice A shell was spawned (user=root)","output_fields":{{"evt.time":1780051808717141556,{}}},"priority":"Notice","rule":"Terminal shell in container","source":"syscall","tags":["container","shell"],"time":"2026-05-29T10:50:08.717141556Z"}}"#,
        fields.join(",")
    );
    format!("{line}\n").repeat(100).into_bytes()
}

fn measured_intake(body: &[u8]) -> Outcome<Vec<Alert<'_>>> {
    let mut ids = IdSource::now()?;
    let start = Instant::now();
    let rounds = 2000;
    for _ in 0..rounds {
        take_in(body, &Limits::default(), &mut ids)?;
    }
    let bytes = (body.len() * rounds) as f64;
    println!(
        r#"{{"name":"intake","bytes_an_alert":{},"mb_a_second":{:.0}}}"#,
        body.len() / 100,
        bytes / start.elapsed().as_secs_f64() / 1e6
    );
    Ok(take_in(body, &Limits::default(), &mut ids)?.alerts)
}

fn timed(
    name: &str,
    what: &str,
    each: usize,
    total: usize,
    mut run: impl FnMut() -> Outcome<()>,
) -> Outcome<()> {
    let mut times = Vec::new();
    let start = Instant::now();
    for _ in 0..total / each {
        let call = Instant::now();
        run()?;
        times.push(call.elapsed());
    }
    times.sort();
    told(name, what, each, total, start);
    let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e3;
    println!(
        r#"{{"name":"{name}","what":"{what}","each":{each},"p50_ms":{:.2},"p99_ms":{:.2}}}"#,
        at(50),
        at(99)
    );
    Ok(())
}

fn told(name: &str, what: &str, each: usize, total: usize, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    println!(
        r#"{{"name":"{name}","what":"{what}","each":{each},"alerts_a_second":{:.0}}}"#,
        total as f64 / seconds
    );
}
