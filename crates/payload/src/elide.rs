//! Names places in a JSON document that an outline leaves out.
//! A path is keys joined by dots, `[*]` standing for every element; it knows nothing of the document itself.
//! Used by `outline`.

/// One step down a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The member of an object with this key.
    Key(String),
    /// Each element of an array.
    Each,
}

/// Where in a document to leave arrays out, such as `predicate.attestations[*].attestation.events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElidePath {
    pub(crate) steps: Vec<Step>,
}

impl ElidePath {
    /// Reads a path. Keys that hold a dot or end in `[*]` cannot be named.
    #[must_use]
    pub fn new(path: &str) -> Self {
        let mut steps = Vec::new();
        for part in path.split('.') {
            let key = part.trim_end_matches("[*]");
            if !key.is_empty() {
                steps.push(Step::Key(key.to_owned()));
            }
            steps.extend((0..(part.len() - key.len()) / 3).map(|_| Step::Each));
        }
        Self { steps }
    }
}
