//! Drafts made into the record: names and contents in place of their numbers.
//! Part of the recorder; `conclusion` has had everything digested by then.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use super::Recorder;
use super::attempts::{AttemptId, Key};
use super::draft::{Draft, ExecutionDraft, NameId};
use super::loss::Losses;
use crate::linux::contents::ContentId;
use crate::linux::path::is_below;
use crate::linux::record::{
    Attempt, AttributeChange, Connection, Content, Execution, FileUse, Name, NameChange,
    NotableCall, ProcessRecord, SocketUse, Uses,
};

/// All processes, by birth. `products`: what is there at the end of what the step wrote.
pub(super) fn finish_processes(
    recorder: &mut Recorder,
    products: &HashMap<NameId, Content>,
    losses: &mut Losses,
) -> Vec<ProcessRecord> {
    let drafts = std::mem::take(&mut recorder.processes);
    let executions: Vec<Arc<Execution>> = std::mem::take(&mut recorder.executions)
        .into_iter()
        .map(|draft| Arc::new(finish_execution(recorder, draft)))
        .collect();
    let attempted = std::mem::take(&mut recorder.attempted).into_keys();
    let finish = Finish { recorder, products, executions, attempted };
    drafts.into_iter().map(|draft| finish.process(draft, losses)).collect()
}

fn finish_execution(recorder: &Recorder, draft: ExecutionDraft) -> Execution {
    let content = |id: Option<ContentId>| id.map(|id| recorder.contents.content(id));
    Execution {
        time: draft.time,
        program: draft.program,
        program_content: content(draft.program_content),
        arguments: draft.arguments,
        arguments_cut: draft.arguments_cut,
        comm: draft.comm,
        cwd: Arc::clone(recorder.names.get(draft.cwd)),
        exe: Arc::clone(recorder.names.get(draft.exe)),
        exe_content: content(draft.exe_content),
        owner: draft.owner,
    }
}

/// What drafts are finished with.
struct Finish<'a> {
    recorder: &'a Recorder,
    products: &'a HashMap<NameId, Content>,
    executions: Vec<Arc<Execution>>,
    attempted: HashMap<AttemptId, Key>,
}

impl Finish<'_> {
    fn name(&self, id: NameId) -> Name {
        Arc::clone(self.recorder.names.get(id))
    }

    fn process(&self, mut draft: Draft, losses: &mut Losses) -> ProcessRecord {
        let files = self.files(&mut draft, losses);
        let execution = |index: &usize| Arc::clone(&self.executions[*index]);
        ProcessRecord {
            pid: draft.pid,
            parent: draft.parent,
            birth: draft.birth,
            start: draft.start,
            end: draft.end,
            threads: draft.threads,
            owner: draft.born_as,
            executions: draft.executions.iter().map(execution).collect(),
            inherited: draft
                .running
                .filter(|_| draft.executions.is_empty())
                .as_ref()
                .map(execution),
            files,
            names: self.names(&mut draft),
            attributes: std::mem::take(&mut draft.attributes)
                .into_entries()
                .into_iter()
                .map(|entry| AttributeChange {
                    path: self.name(entry.key.0),
                    attribute: entry.key.1,
                    time: entry.time,
                    count: entry.count,
                })
                .collect(),
            sockets: sockets(&mut draft),
            connections: connections(&mut draft),
            calls: std::mem::take(&mut draft.calls)
                .into_entries()
                .into_iter()
                .map(|entry| {
                    let (call, detail) = entry.key;
                    NotableCall { call, detail, time: entry.time, count: entry.count }
                })
                .collect(),
            attempts: std::mem::take(&mut draft.attempts)
                .into_entries()
                .into_iter()
                .filter_map(|entry| {
                    let (call, subject, error) = self.attempted.get(&entry.key)?.clone();
                    Some(Attempt {
                        call,
                        subject,
                        error: crate::linux::errno::name(error),
                        count: entry.count,
                    })
                })
                .collect(),
        }
    }

    fn files(&self, draft: &mut Draft, losses: &mut Losses) -> Vec<FileUse> {
        let directory = self.recorder.directory.as_os_str().as_bytes();
        let mut files: Vec<FileUse> = std::mem::take(&mut draft.files)
            .into_iter()
            .map(|(name, file)| {
                let path = self.name(name);
                let read = self.read(draft, &path, &file.read, losses);
                let at_end = self.products.get(&name).filter(|_| file.uses.has(Uses::WRITE));
                let outside = !is_below(&path, directory);
                FileUse {
                    path,
                    uses: file.uses,
                    count: file.count,
                    read,
                    at_end: at_end.cloned(),
                    outside,
                }
            })
            .collect();
        files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        files
    }

    /// The different contents of a file; those that are missing for no good reason are gaps.
    fn read(
        &self,
        draft: &Draft,
        path: &Name,
        ids: &[ContentId],
        losses: &mut Losses,
    ) -> Vec<Content> {
        let mut read = Vec::with_capacity(ids.len());
        for &id in ids {
            let (content, gap) = self.recorder.contents.content_and_gap(id);
            if let (Content::Unknown(reason), true) = (&content, gap) {
                losses.add("digest", Some(draft.pid), Some(path), reason);
            }
            if !read.contains(&content) {
                read.push(content);
            }
        }
        read
    }

    fn names(&self, draft: &mut Draft) -> Vec<NameChange> {
        std::mem::take(&mut draft.names)
            .into_entries()
            .into_iter()
            .map(|entry| {
                let (kind, path, from) = entry.key;
                NameChange {
                    kind,
                    path: self.name(path),
                    from: from.map(|from| self.name(from)),
                    at_end: self.products.get(&path).cloned(),
                    time: entry.time,
                    count: entry.count,
                }
            })
            .collect()
    }
}

fn sockets(draft: &mut Draft) -> Vec<SocketUse> {
    std::mem::take(&mut draft.sockets)
        .into_entries()
        .into_iter()
        .map(|entry| {
            let (family, kind, protocol) = entry.key;
            SocketUse { family, kind, protocol, fd: entry.first, count: entry.count }
        })
        .collect()
}

fn connections(draft: &mut Draft) -> Vec<Connection> {
    std::mem::take(&mut draft.connections)
        .into_entries()
        .into_iter()
        .map(|entry| {
            let (call, address, in_progress) = entry.key;
            Connection {
                call,
                address,
                in_progress,
                fd: entry.first,
                time: entry.time,
                count: entry.count,
            }
        })
        .collect()
}
