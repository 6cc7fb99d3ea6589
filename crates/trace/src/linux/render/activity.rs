//! What a process did, as JSON: files, names, attributes, calls, attempts.
//! Part of `render`.

use super::json::Json;
use super::network::address;
use super::process::{path, sha256};
use crate::linux::path::shown;
use crate::linux::record::{
    Attribute, Content, FileUse, NameChange, NameKind, ProcessRecord, Subject, Uses,
};

/// `openedfiles`, `writtenDigests`, `unhashedOpens`.
pub(super) fn files(json: &mut Json<'_>, process: &ProcessRecord) {
    let read = |file: &FileUse| file.uses.has(Uses::READ);
    digests(
        json,
        "openedfiles",
        process
            .files
            .iter()
            .filter(|file| read(file))
            .filter_map(|file| Some((&*file.path, first_digest(file)?))),
    );
    let mut written: Vec<(&[u8], &[u8])> = process
        .files
        .iter()
        .filter_map(|file| Some((&*file.path, file.at_end.as_ref()?)))
        .chain(
            process
                .names
                .iter()
                .filter_map(|change| Some((&*change.path, change.at_end.as_ref()?))),
        )
        .filter_map(|(path, content)| Some((path, content.digest()?)))
        .collect();
    written.sort_unstable();
    written.dedup();
    digests(json, "writtenDigests", written.into_iter());
    let unhashed = process.files.iter().filter(|file| read(file)).flat_map(|file| {
        file.read.iter().filter_map(|content| match content {
            Content::Unknown(reason) => Some((&file.path, reason)),
            Content::Sha256(_) => None,
        })
    });
    list(json, "unhashedOpens", unhashed, |json, (name, reason)| {
        path(json, "path", name);
        json.key("reason").string(reason);
    });
}

fn first_digest(file: &FileUse) -> Option<&[u8]> {
    file.read.iter().find_map(Content::digest)
}

fn digests<'a>(json: &mut Json<'_>, name: &str, files: impl Iterator<Item = (&'a [u8], &'a [u8])>) {
    let mut files = files.peekable();
    if files.peek().is_none() {
        return;
    }
    json.key(name).object(|json| {
        for (path, digest) in files {
            json.key(&shown(path));
            sha256(json, digest);
        }
    });
}

/// `name: [{…}]`, unless there are none.
pub(super) fn list<Item>(
    json: &mut Json<'_>,
    name: &str,
    items: impl Iterator<Item = Item>,
    members: impl Fn(&mut Json<'_>, Item),
) {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return;
    }
    json.key(name).array(|json| {
        for item in items {
            json.object(|json| members(json, item));
        }
    });
}

pub(super) fn count(json: &mut Json<'_>, count: u64) {
    if count > 1 {
        json.key("count").bare(count);
    }
}

/// `fileOps: {writes, renames, deletes, permChanges}`.
pub(super) fn file_operations(json: &mut Json<'_>, process: &ProcessRecord) {
    let writes = || process.files.iter().filter(|file| file.uses.has(Uses::WRITE));
    let names = |wanted: fn(NameKind) -> bool| {
        process.names.iter().filter(move |change| wanted(change.kind))
    };
    let renames = || names(|kind| matches!(kind, NameKind::Rename | NameKind::Exchange));
    let deletes = || names(|kind| matches!(kind, NameKind::Unlink | NameKind::Rmdir));
    let modes = || {
        process.attributes.iter().filter_map(|change| match change.attribute {
            Attribute::Mode(mode) => Some((change, mode)),
            _ => None,
        })
    };
    let nothing =
        writes().next().is_none() && renames().next().is_none() && deletes().next().is_none();
    if nothing && modes().next().is_none() {
        return;
    }
    json.key("fileOps").object(|json| {
        list(json, "writes", writes(), |json, file| {
            path(json, "path", &file.path);
            count(json, file.count);
        });
        list(json, "renames", renames(), |json, change| {
            path(json, "oldPath", change.from.as_deref().unwrap_or_default());
            path(json, "newPath", &change.path);
            json.key("timestamp").time(change.time);
            if change.kind == NameKind::Exchange {
                json.key("exchange").bare(true);
            }
            count(json, change.count);
        });
        list(json, "deletes", deletes(), |json, change| {
            path(json, "path", &change.path);
            json.key("timestamp").time(change.time);
            if change.kind == NameKind::Rmdir {
                json.key("directory").bare(true);
            }
            count(json, change.count);
        });
        list(json, "permChanges", modes(), |json, (change, mode)| {
            path(json, "path", &change.path);
            json.key("mode").bare(mode);
            json.key("setExec").bare(mode & 0o111 != 0);
            json.key("timestamp").time(change.time);
            count(json, change.count);
        });
    });
}

/// `syscallEvents`.
pub(super) fn calls(json: &mut Json<'_>, process: &ProcessRecord) {
    list(json, "syscallEvents", process.calls.iter(), |json, call| {
        json.key("syscall").string(call.call);
        if !call.detail.is_empty() {
            json.key("detail").string(&call.detail);
        }
        json.key("timestamp").time(call.time);
        count(json, call.count);
    });
}

/// Ours: `files`, `links`, `made`, `attributes`, `attempts`.
pub(super) fn further(json: &mut Json<'_>, process: &ProcessRecord) {
    list(json, "files", process.files.iter().filter(|file| says_more(process, file)), file_use);
    let names = |wanted: fn(NameKind) -> bool| {
        process.names.iter().filter(move |change| wanted(change.kind))
    };
    list(json, "links", names(|kind| matches!(kind, NameKind::Link | NameKind::Symlink)), link);
    list(
        json,
        "made",
        names(|kind| matches!(kind, NameKind::Mkdir | NameKind::Mknod)),
        |json, change| {
            path(json, "path", &change.path);
            json.key("kind").string(if change.kind == NameKind::Mkdir {
                "directory"
            } else {
                "node"
            });
            json.key("timestamp").time(change.time);
            count(json, change.count);
        },
    );
    let others =
        process.attributes.iter().filter(|change| !matches!(change.attribute, Attribute::Mode(_)));
    list(json, "attributes", others, |json, change| {
        path(json, "path", &change.path);
        attribute(json, change.attribute);
        json.key("timestamp").time(change.time);
        count(json, change.count);
    });
    list(json, "attempts", process.attempts.iter(), |json, attempt| {
        json.key("call").string(attempt.call);
        match &attempt.subject {
            Subject::Path(name) => path(json, "path", name),
            Subject::Address(refused) => json.key("address").object(|json| address(json, refused)),
            Subject::Other(text) if text.is_empty() => {}
            Subject::Other(text) => json.key("detail").string(text),
        }
        json.key("error").string(attempt.error);
        json.key("count").bare(attempt.count);
    });
}

/// Whether the digests alone do not tell how a file was used: once, read or written, and with which content.
fn says_more(process: &ProcessRecord, file: &FileUse) -> bool {
    // The binary itself is told as `exe`; what was loaded beside it is not.
    if file.uses == Uses::EXECUTE && process.executions.iter().any(|one| one.exe == file.path) {
        return false;
    }
    let read = file.uses == Uses::READ && matches!(*file.read, [Content::Sha256(_)]);
    let written = file.uses == Uses::WRITE && matches!(file.at_end, Some(Content::Sha256(_)));
    file.count > 1 || !(read || written)
}

fn file_use(json: &mut Json<'_>, file: &FileUse) {
    path(json, "path", &file.path);
    json.key("uses").array(|json| file.uses.names().for_each(|name| json.string(name)));
    json.key("count").bare(file.count);
    if file.outside {
        json.key("outside").bare(true);
    }
    let told = file.uses.has(Uses::READ) && file.read.len() == 1;
    let contents = file.read.iter().filter_map(Content::digest).filter(|_| !told);
    let mut contents = contents.peekable();
    if contents.peek().is_some() {
        json.key("contents").array(|json| contents.for_each(|digest| sha256(json, digest)));
    }
}

fn link(json: &mut Json<'_>, change: &NameChange) {
    path(json, "path", &change.path);
    path(json, "target", change.from.as_deref().unwrap_or_default());
    if change.kind == NameKind::Symlink {
        json.key("symbolic").bare(true);
    }
    json.key("timestamp").time(change.time);
    count(json, change.count);
}

fn attribute(json: &mut Json<'_>, attribute: Attribute) {
    match attribute {
        Attribute::Owner(uid, gid) => {
            json.key("set").string("owner");
            for (name, id) in [("uid", uid), ("gid", gid)] {
                if let Some(id) = id {
                    json.key(name).bare(id);
                }
            }
        }
        Attribute::Times => json.key("set").string("times"),
        Attribute::Extended => json.key("set").string("extended"),
        Attribute::Mode(mode) => json.key("mode").bare(mode),
    }
}
