//! What can be asked for: names of output fields, and the values that a field was seen with.
//! Used where a person types a query.

use std::collections::BTreeSet;

use crate::error::{Fault, StoreError};
use crate::names::NameKind;
use crate::store::Store;
use crate::term::{field_beginning, value_of};
use crate::term_reader::TermReader;

impl Store {
    /// Names of output fields that begin so, the most frequent first.
    pub fn field_names(&self, prefix: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        self.read(|snapshot| {
            let mut select = snapshot
                .db
                .prepare_cached("SELECT text FROM name WHERE kind = ? ORDER BY uses DESC, text")?;
            let mut rows = select.query([NameKind::Field as i64])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                if found.len() >= limit {
                    break;
                }
                let name: String = row.get(0)?;
                if name.starts_with(prefix) {
                    found.push(name);
                }
            }
            Ok(found)
        })
    }

    /// Values of an output field that begin so, in the order of their bytes. Very long values are not among them.
    pub fn field_values(
        &self,
        name: &str,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        self.read(|snapshot| {
            let Some(field) = snapshot.names.find(NameKind::Field, name) else {
                return Ok(Vec::new());
            };
            let mut beginning = Vec::new();
            field_beginning(field, &mut beginning);
            beginning.extend_from_slice(prefix.as_bytes());
            let mut found: BTreeSet<String> = BTreeSet::new();
            for segment in &snapshot.segments {
                let mut reader = TermReader::new(segment.pieces(snapshot.db), &beginning)?;
                let mut taken = 0;
                while let Some(term) = reader.term().filter(|term| term.starts_with(&beginning)) {
                    if taken >= limit {
                        break;
                    }
                    if let Some(value) = value_of(term) {
                        found.insert(value.to_owned());
                        taken += 1;
                    }
                    reader.advance()?;
                }
            }
            Ok::<_, Fault>(found.into_iter().take(limit).collect())
        })
    }
}
