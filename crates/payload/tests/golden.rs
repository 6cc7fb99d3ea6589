//! Recorded verdicts of the Go implementation: which attestation files load, and whose Ed25519 signatures hold.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Cells, corpus};
use lanner_payload::{ElidePath, EnvelopeDocument, Pae, PayloadError, outline, verify_ed25519};
use serde_json::Value;

struct Case {
    name: String,
    number: u32,
    class: String,
    attestation: PathBuf,
    policy: String,
}

/// The cases that name one attestation file.
fn cases(corpus: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(corpus.join("golden/cases")).unwrap() {
        let dir = entry.unwrap().path();
        let case: Value =
            serde_json::from_slice(&fs::read(dir.join("case.json")).unwrap()).unwrap();
        let args: Vec<&str> = case["verify"]["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|arg| arg.as_str().unwrap())
            .collect();
        let after = |flag| args.iter().position(|arg| *arg == flag).map(|at| args[at + 1]);
        let name = dir.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(attestation) =
            after("-a").filter(|_| args.iter().filter(|arg| **arg == "-a").count() == 1)
        else {
            continue;
        };
        let number = name[..3].parse().unwrap();
        let class = case["expected"]["class"].as_str().unwrap().to_owned();
        let policy = after("-p").unwrap_or_default().to_owned();
        cases.push(Case { name, number, class, attestation: dir.join(attestation), policy });
    }
    cases
}

/// Reads and outlines as a verifier would, then looks at the statement's outermost shape.
fn load(path: &Path) -> Result<(EnvelopeDocument, bool), PayloadError> {
    let cells = Cells::new();
    let document = EnvelopeDocument::open(path, &std::env::temp_dir(), cells.work())?;
    let events = ElidePath::new("predicate.attestations[*].attestation.events");
    let outline = outline(&document.payload, &[events], cells.work())?;
    let text = String::from_utf8_lossy(&outline.json).replace("\\ud800", "");
    // Without a statement inside, refusing is up to the code that knows statements.
    let is_statement = serde_json::from_str::<Value>(&text)
        .is_ok_and(|value| value["predicateType"].as_str().is_some_and(|name| !name.is_empty()));
    Ok((document, is_statement))
}

#[test]
fn an_attestation_loads_exactly_when_it_loaded_there() {
    let Some(corpus) = corpus() else { return };
    let mut refused = 0;
    for case in cases(&corpus) {
        // Another file of these cases is at fault, or none: the attestation was never read.
        let unread =
            ["usage", "policy-load"].contains(&case.class.as_str()) || !case.attestation.exists();
        // Content that only the decoder of the predicate refuses.
        let deeper = case.number > 100 && !case.name.contains("-bad-")
            || case.number >= 662 && case.number <= 700;
        match load(&case.attestation) {
            Ok((_, is_statement)) => {
                let fine = case.class != "attestation-load" || !is_statement || unread || deeper;
                assert!(fine, "{} loads", case.name);
            }
            Err(error) => {
                refused += 1;
                assert!(
                    case.class == "attestation-load" || unread,
                    "{} is refused: {error}",
                    case.name
                );
            }
        }
    }
    assert!(refused > 30, "{refused} refused");
}

#[test]
fn an_ed25519_signature_holds_exactly_when_it_held_there() {
    let Some(corpus) = corpus() else { return };
    let pem = fs::read_to_string(corpus.join("golden/keys/func.pub.pem")).unwrap();
    let der = base64_simd::STANDARD.decode_to_vec(pem.lines().nth(1).unwrap()).unwrap();
    let public: [u8; 32] = der[der.len() - 32..].try_into().unwrap();
    let cells = Cells::new();
    let mut seen = [0, 0];
    for case in cases(&corpus) {
        let trusted = case.number <= 100 && case.policy.ends_with("policy-base.signed.json");
        if !trusted || !["pass", "signature"].contains(&case.class.as_str()) {
            continue;
        }
        let (document, _) = load(&case.attestation).unwrap();
        let pae = Pae::new(&document.payload, &document.payload_type);
        let holds = document
            .signatures
            .iter()
            .any(|signature| verify_ed25519(&public, &pae, &signature.sig, cells.work()).unwrap());
        assert_eq!(holds, case.class == "pass", "{}", case.name);
        seen[usize::from(holds)] += 1;
    }
    assert!(seen[0] > 10 && seen[1] > 15, "{seen:?}");
}
