//! Carries a signed payload of any size from its pieces to a DSSE envelope and back, with memory that does not grow.
//! Decides neither what is attested nor whom to trust: it moves bytes, hashes them, signs them and reads them back strictly.
//! Used by the addon alone; everything that outlasts a chunk lies in an unlinked file.

mod base64;
mod document;
mod ed25519;
mod elements;
mod elide;
mod envelope;
mod error;
mod leaf_rows;
mod outline;
mod pae;
mod payload;
mod signature;
mod signature_json;
mod spool;
mod target;
mod text;
mod work;
mod writeback;

pub use document::EnvelopeDocument;
pub use ed25519::{public_ed25519, sign_ed25519, verify_ed25519};
pub use elements::{ELEMENT_LIMIT, Element, Elements, elements};
pub use elide::ElidePath;
pub use envelope::{EnvelopeFile, WrittenEnvelope};
pub use error::PayloadError;
pub use leaf_rows::{LeafRow, leaf_rows};
pub use outline::{Elided, OUTLINE_LIMIT, Outline, outline};
pub use pae::{Pae, pae_digest_sha256};
pub use payload::{Payload, PayloadReader};
pub use signature::{EnvelopeSignature, EnvelopeTimestamp};
pub use spool::{Spool, spool_file};
pub use work::Work;
