//! The end of a step: what is there now of what was written, and the drafts made into the record.
//! Part of the recorder; nothing traced runs any more, or nothing is followed any more.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, fstat, open, statat};

use super::Recorder;
use super::assembly::finish_processes;
use super::draft::{History, NameId, Writable};
use crate::linux::contents::ContentId;
use crate::linux::identity::Identity;
use crate::linux::observer::End;
use crate::linux::record::{Content, Name, PathHistory, Trace};

/// What is at a path that the step may have written.
#[derive(Debug, Clone, Copy)]
enum Now {
    /// No regular file, or one that the step left as it was.
    Nothing,
    /// A regular file that the step made or wrote.
    Written(ContentId),
    /// As before unless its content turns out to be another than that.
    Perhaps { before: ContentId, now: ContentId },
}

pub(super) fn conclude(mut recorder: Recorder, root_end: Option<End>) -> Trace {
    let finish = SystemTime::now();
    let mut histories: Vec<(NameId, History)> =
        std::mem::take(&mut recorder.histories).into_iter().collect();
    histories.extend(moved_files(&mut recorder, &histories));
    histories.sort_unstable_by(|(one, _), (other, _)| {
        recorder.names.get(*one).cmp(recorder.names.get(*other))
    });
    // All are begun before the first is waited for.
    let now: Vec<Now> = histories
        .iter()
        .map(|(name, history)| look(&mut recorder, *name, history, finish))
        .collect();
    let mut products = HashMap::new();
    let mut paths = Vec::with_capacity(histories.len());
    for ((name, history), now) in histories.into_iter().zip(now) {
        let path = Arc::clone(recorder.names.get(name));
        let at_end = at_end(&mut recorder, &path, now);
        let mut before: Vec<Content> = Vec::new();
        for id in history.before {
            let content = recorder.contents.content(id);
            if !before.contains(&content) {
                before.push(content);
            }
        }
        if before.len() > 1 {
            let reason = "read again with another content, which the step did not write";
            recorder.losses.add("material", None, Some(&path), reason);
        }
        paths.push(PathHistory { path, before, product: at_end.is_some() });
        if let Some(content) = at_end {
            products.insert(name, content);
        }
    }
    let mut losses = std::mem::take(&mut recorder.losses);
    let processes = finish_processes(&mut recorder, &products, &mut losses);
    let start = processes.first().map(|process| process.start);
    Trace {
        directory: recorder.directory,
        processes,
        gaps: losses.into_gaps(),
        paths,
        start,
        finish,
        root_end,
    }
}

/// Files below directories that were moved to where they are: the move changed all their paths.
fn moved_files(recorder: &mut Recorder, known: &[(NameId, History)]) -> Vec<(NameId, History)> {
    let mut known: std::collections::HashSet<NameId> =
        known.iter().filter(|(_, history)| history.changed).map(|(name, _)| *name).collect();
    let mut found = Vec::new();
    let mut folders: Vec<std::path::PathBuf> = recorder
        .moved
        .iter()
        .map(|&folder| Path::new(std::ffi::OsStr::from_bytes(recorder.names.get(folder))).into())
        .collect();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() || kind.is_symlink() => {
                    let name = recorder.names.id(entry.path().as_os_str().as_bytes());
                    if known.insert(name) {
                        found.push((name, History { changed: true, ..History::default() }));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Looks at what is at a path now, and has it digested where the step may have written it.
fn look(recorder: &mut Recorder, name: NameId, history: &History, now: SystemTime) -> Now {
    if !history.changed && history.writable.is_none() {
        return Now::Nothing;
    }
    let path = Arc::clone(recorder.names.get(name));
    if !path.starts_with(b"/") {
        return Now::Nothing;
    }
    let Ok(stat) = statat(CWD, &*path, AtFlags::empty()) else { return Now::Nothing };
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Now::Nothing;
    }
    let compared = match (history.changed, history.writable) {
        (false, Some(Writable { identity, content, mapped })) => {
            let same = Identity::of(&stat).holds_the_same(&identity);
            if same && !mapped {
                return Now::Nothing;
            }
            // Another time or size is a write. What was mapped may have been written without either.
            content.filter(|_| same)
        }
        _ => None,
    };
    let content = digest_now(recorder, &path, &stat, now);
    match compared {
        Some(before) => Now::Perhaps { before, now: content },
        None => Now::Written(content),
    }
}

fn digest_now(recorder: &mut Recorder, path: &Name, stat: &Stat, now: SystemTime) -> ContentId {
    if let Some(known) = recorder.contents.known(stat) {
        return known;
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = open(&**path, flags, Mode::empty()).and_then(|file| Ok((fstat(&file)?, file)));
    match opened {
        Ok((stat, file)) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
            recorder.contents.take(file, &stat, now)
        }
        Ok(_) => recorder.contents.unknown("replaced while it was looked at", true),
        Err(errno) => {
            let error = crate::linux::errno::name(errno.raw_os_error());
            recorder.contents.unknown(&format!("can't be opened at the end: {error}"), true)
        }
    }
}

/// What the step left there.
fn at_end(recorder: &mut Recorder, path: &Name, now: Now) -> Option<Content> {
    let id = match now {
        Now::Nothing => return None,
        Now::Perhaps { before, now }
            if recorder.contents.content(before) == recorder.contents.content(now) =>
        {
            return None;
        }
        Now::Perhaps { now, .. } | Now::Written(now) => now,
    };
    let (content, gap) = recorder.contents.content_and_gap(id);
    match &content {
        Content::Unknown(_) if !gap => return None,
        Content::Unknown(reason) => recorder.losses.add("digest", None, Some(path), reason),
        Content::Sha256(_) => {}
    }
    Some(content)
}
