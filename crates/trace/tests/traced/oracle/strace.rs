//! Reads strace's logs, one of each thread (`-ff`), so that no line is interrupted by another thread's.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::fact::{Fact, canonical, steady, steady_port};

/// What strace is asked for. The directory is followed for calls that show none.
pub(crate) const CALLS: &str = "trace=?open,openat,?openat2,?creat,execve,execveat,connect,?rename,?renameat,renameat2,\
                                ?unlink,unlinkat,?rmdir,chdir,fchdir";

/// How strace ends when it may not trace.
pub(crate) const NOT_PERMITTED: i32 = 1;

/// The facts in all logs of a folder, of a step that began in `directory`.
pub(crate) fn facts(logs: &Path, directory: &Path) -> BTreeSet<Fact> {
    let mut facts = BTreeSet::new();
    for log in fs::read_dir(logs).unwrap() {
        let text = String::from_utf8_lossy(&fs::read(log.unwrap().path()).unwrap()).into_owned();
        let mut here = directory.to_owned();
        facts.extend(text.lines().filter_map(|line| fact(line, &mut here)));
    }
    facts
}

/// What a line says, if the call succeeded. `here` is kept the thread's working directory.
fn fact(line: &str, here: &mut PathBuf) -> Option<Fact> {
    let (call, rest) = line.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    if let Some(at) = arguments.strip_prefix("AT_FDCWD<").and_then(|rest| rest.split_once('>')) {
        *here = PathBuf::from(at.0);
    }
    // A connection that is being made counts for both sides.
    if result.starts_with('-') && !result.contains("EINPROGRESS") {
        return None;
    }
    let texts = texts(arguments);
    match call {
        "chdir" => *here = PathBuf::from(canonical(here, texts.first()?)),
        "fchdir" => *here = PathBuf::from(arguments.split_once('<')?.1.strip_suffix('>')?),
        "open" | "openat" | "openat2" | "creat" => {
            let (_, path) = result.split_once('<')?;
            return Some(Fact::Opened(steady(&path.replacen('>', "", 1))));
        }
        "execve" => return Some(Fact::Executed(canonical(here, texts.first()?))),
        "execveat" => return Some(Fact::Executed(canonical(&at(arguments, here), texts.first()?))),
        "connect" => return Some(Fact::Connected(address(arguments, &texts)?)),
        "rename" | "renameat" | "renameat2" => {
            let second = arguments.rfind(", ").and_then(|_| arguments.split_once("\", "))?.1;
            let (from, to) = (texts.first()?, texts.get(1)?);
            return Some(Fact::Renamed(
                canonical(&at(arguments, here), from),
                canonical(&at(second, here), to),
            ));
        }
        "unlink" | "unlinkat" | "rmdir" => {
            return Some(Fact::Removed(canonical(&at(arguments, here), texts.first()?)));
        }
        _ => {}
    }
    None
}

/// The directory that a descriptor at the start of these arguments stands for.
fn at(arguments: &str, here: &Path) -> PathBuf {
    match arguments.split_once('<') {
        Some((number, rest)) if !number.contains('"') => {
            rest.split_once('>').map_or_else(|| here.to_owned(), |(path, _)| PathBuf::from(path))
        }
        _ => here.to_owned(),
    }
}

/// The quoted texts, in order. No name here has a quote or a byte that strace would escape.
fn texts(arguments: &str) -> Vec<&str> {
    arguments.split('"').skip(1).step_by(2).collect()
}

fn address(arguments: &str, texts: &[&str]) -> Option<String> {
    if arguments.contains("AF_UNIX") {
        let name = texts.first()?;
        return Some(if arguments.contains("sun_path=@") {
            format!("@{name}")
        } else {
            (*name).to_owned()
        });
    }
    let port = arguments.split_once("_port=htons(")?.1.split_once(')')?.0.parse().ok()?;
    Some(format!("{} {}", texts.first()?, steady_port(port)))
}
