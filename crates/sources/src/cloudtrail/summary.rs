//! The one-line summaries of a record: `ct.info` and `evt.plugininfo`.
//! Used by `cloudtrail` alone.

use super::identity::{self, IdentityPaths};
use super::{Transfer, bytes, short_source, text, uri};
use crate::document::Document;
use crate::json::{Kind, PathId, Paths};

/// Where the parts of a summary are.
#[derive(Clone, Debug)]
pub(crate) struct SummaryPaths {
    identity: IdentityPaths,
    source_ip: PathId,
    error: PathId,
    read_only: PathId,
    name: PathId,
    source: PathId,
    region: PathId,
    transfer: Transfer,
    bucket: PathId,
    key: PathId,
    host: PathId,
}

impl SummaryPaths {
    pub(super) fn new(paths: &mut Paths) -> Self {
        Self {
            identity: IdentityPaths::new(paths),
            source_ip: paths.add(&["sourceIPAddress"]),
            error: paths.add(&["errorCode"]),
            read_only: paths.add(&["readOnly"]),
            name: paths.add(&["eventName"]),
            source: paths.add(&["eventSource"]),
            region: paths.add(&["awsRegion"]),
            transfer: super::recipe::transfer(paths),
            bucket: paths.add(&["requestParameters", "bucketName"]),
            key: paths.add(&["requestParameters", "key"]),
            host: paths.add(&["requestParameters", "Host"]),
        }
    }
}

/// What Falco says of a record that does not tell who.
const NO_IDENTITY: &[u8] = b"<invalid cloudtrail event: userIdentity field missing>";

pub(super) fn info<'e>(document: Document<'e>, paths: &SummaryPaths) -> &'e [u8] {
    let mut line = Vec::new();
    write_info(document, paths, &mut line);
    document.arena.alloc_slice_copy(&line)
}

fn write_info(document: Document<'_>, paths: &SummaryPaths, line: &mut Vec<u8>) {
    let Some(user) = identity::user(document, &paths.identity) else {
        return line.extend_from_slice(NO_IDENTITY);
    };
    let address = text(document, paths.source_ip).unwrap_or_default();
    line.extend_from_slice(user);
    // A service calls from itself.
    if address != user {
        line.extend_from_slice(b" via ");
        line.extend_from_slice(address);
    }
    line.push(b' ');
    if text(document, paths.error).is_some() {
        line.push(b'!');
    }
    let reads =
        document.at(paths.read_only).is_none_or(|token| document.tokens.kind(token) == Kind::True);
    line.extend_from_slice(if reads { "←" } else { "→" }.as_bytes());
    line.push(b' ');
    line.extend_from_slice(text(document, paths.name).unwrap_or_default());
    if let Some(size) = bytes(document, paths.transfer) {
        line.extend_from_slice(format!(" Size={size}").as_bytes());
    }
    let mut named = |name: &str, text: Option<&[u8]>| {
        if let Some(text) = text {
            line.extend_from_slice(name.as_bytes());
            line.extend_from_slice(text);
        }
        text.is_some()
    };
    if !named(" URI=", uri(document, paths.bucket, paths.key)) {
        let of_bucket = named(" Bucket=", text(document, paths.bucket));
        let of_key = named(" Key=", text(document, paths.key));
        if !of_bucket && !of_key {
            named(" Host=", text(document, paths.host));
        }
    }
}

pub(super) fn plugin_info<'e>(document: Document<'e>, paths: &SummaryPaths) -> &'e [u8] {
    let mut line = Vec::new();
    let parts = [
        text(document, paths.region),
        identity::user(document, &paths.identity),
        text(document, paths.source).map(short_source),
        text(document, paths.name),
    ];
    for part in parts.into_iter().flatten() {
        line.extend_from_slice(part);
        line.push(b' ');
    }
    write_info(document, paths, &mut line);
    document.arena.alloc_slice_copy(&line)
}
