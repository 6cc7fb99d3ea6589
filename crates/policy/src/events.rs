//! Whether modules can look at the events of a Falco capture, which may be gigabytes that need not be parsed for them.
//! Answers `false` only when every use of `input` is a constant path beside the events; a doubt is a `true`.
//! Used before an input is built.

use regorus::Engine;

use crate::evaluate::{Module, parsed};
use crate::syntax::{Node, Reference, Step, trees};

/// Whether any of `modules` may see `events` of an attestation. With `wrapped`, the attestation is `input.attestation` and
/// those of other steps are beside it.
#[must_use]
pub fn reads_events(modules: &[Module], wrapped: bool) -> bool {
    let mut engine = Engine::new();
    let Ok(json) = parsed(&mut engine, modules) else { return true };
    let mut seen = false;
    for tree in trees(&json) {
        tree.walk(&mut |node| seen |= node_reaches(&node, wrapped));
    }
    seen
}

fn node_reaches(node: &Node<'_>, wrapped: bool) -> bool {
    match node {
        Node::Reference(reference) => {
            reference.root == Some("input") && reaches(reference, wrapped)
        }
        // `with input as …` puts a document in place that was made from who knows what.
        Node::Replaced(reference) | Node::Call(reference) => reference.root == Some("input"),
    }
}

fn reaches(reference: &Reference<'_>, wrapped: bool) -> bool {
    let ((false, steps) | (true, [Step::Key("attestation"), steps @ ..])) =
        (wrapped, reference.steps.as_slice())
    else {
        return true;
    };
    match steps {
        [Step::Key(key), ..] => *key == "events",
        _ => true,
    }
}
