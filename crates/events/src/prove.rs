//! Events with their audit paths: enough to show that a signed root covers them, without any other event.
//! Reads the capture once, for one event with flat memory. Checking a proof is `lanner_merkle`'s. Used by `events prove` and to hand
//! over alerts from a window.

use std::collections::BTreeMap;
use std::fs::File;

use lanner_merkle::{Hash, Levels, PathBuilder};

use crate::error::EventsError;
use crate::ingest::{EventLine, IngestOptions, visit_events};

/// An event of a capture and its place in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventProof {
    /// Among the events, from zero.
    pub index: u64,
    /// Events in the capture.
    pub size: u64,
    /// Among the lines of the file, from one.
    pub line_number: u64,
    /// The line without its end.
    pub event: Vec<u8>,
    /// `SHA-256(0x00 ‖ event)`.
    pub leaf_hash: Hash,
    /// From the leaf's sibling up (RFC 6962 §2.1.1).
    pub audit_path: Vec<Hash>,
    /// Of the whole tree.
    pub root: Hash,
    /// Of the whole file.
    pub file_sha256: [u8; 32],
    /// As in the report of a pass: the file may be of no single state.
    pub changed_while_read: bool,
}

struct Target {
    line: u64,
    event: Vec<u8>,
    leaf_hash: Hash,
}

/// Proves the event at `index`, counted from zero. A spool in `options` is not written to.
pub fn prove(
    file: &File,
    index: u64,
    options: IngestOptions<'_>,
) -> Result<EventProof, EventsError> {
    let mut path = PathBuilder::new(index);
    let mut target = None;
    let mut visitor = |event: EventLine<'_>| {
        path.push(event.leaf_hash);
        if event.index == index {
            let EventLine { line, bytes, leaf_hash, .. } = event;
            target = Some(Target { line, event: bytes.to_vec(), leaf_hash });
        }
    };
    let report = visit_events(file, IngestOptions { spool: None, ..options }, &mut visitor)?;
    let missing = EventsError::NoSuchEvent { index, events: report.events };
    let (Some(target), Some(proof)) = (target, path.finish()) else { return Err(missing) };
    Ok(EventProof {
        index,
        size: report.events,
        line_number: target.line,
        event: target.event,
        leaf_hash: target.leaf_hash,
        audit_path: proof.path,
        root: report.tree_root,
        file_sha256: report.sha256,
        changed_while_read: report.changed_while_read,
    })
}

/// Proves the events at `indices`, in that order, in one pass that keeps 64 bytes for each event of the capture. A spool in `options` is
/// not written to.
pub fn prove_all(
    file: &File,
    indices: &[u64],
    options: IngestOptions<'_>,
) -> Result<Vec<EventProof>, EventsError> {
    let mut targets: BTreeMap<u64, Option<Target>> =
        indices.iter().map(|&index| (index, None)).collect();
    let mut leaves = Vec::new();
    let mut visitor = |event: EventLine<'_>| {
        leaves.push(event.leaf_hash);
        if let Some(target) = targets.get_mut(&event.index) {
            let EventLine { line, bytes, leaf_hash, .. } = event;
            *target = Some(Target { line, event: bytes.to_vec(), leaf_hash });
        }
    };
    let report = visit_events(file, IngestOptions { spool: None, ..options }, &mut visitor)?;
    let levels = Levels::new(leaves);
    let proof = |&index: &u64| {
        let missing = EventsError::NoSuchEvent { index, events: report.events };
        let target = targets.get(&index).and_then(Option::as_ref);
        let (Some(target), Some(proof)) = (target, levels.prove(index)) else {
            return Err(missing);
        };
        Ok(EventProof {
            index,
            size: report.events,
            line_number: target.line,
            event: target.event.clone(),
            leaf_hash: target.leaf_hash,
            audit_path: proof.path,
            root: report.tree_root,
            file_sha256: report.sha256,
            changed_while_read: report.changed_while_read,
        })
    };
    indices.iter().map(proof).collect()
}
