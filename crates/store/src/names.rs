//! Numbers for the names that repeat: rules, sources, hosts, namespaces, sets of tags, output fields. Zero is no name.
//! Grows with their variety, not with the alerts. Used by insertion, which adds, and by queries, which look up.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::error::Fault;

/// What a name names. The first are as among `Dimension`, less one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    Rule = 0,
    Source = 1,
    Hostname = 2,
    Namespace = 3,
    /// Tags in order, each behind a [`TAG_MARK`].
    Tags = 4,
    Field = 5,
}

/// How many kinds there are.
const KINDS: usize = 6;

/// Stands before each tag of a set; no text of an alert that is printable holds it.
pub(crate) const TAG_MARK: char = '\u{1f}';

#[derive(Clone, Debug, Default)]
struct Kind {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
    /// How many of `texts` the database has.
    saved: usize,
    /// Alerts that used each since the last save.
    uses: HashMap<u32, u64>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    kinds: [Kind; KINDS],
}

impl Names {
    /// Reads what the database has and this does not.
    pub(crate) fn refresh(&mut self, db: &Connection) -> Result<(), Fault> {
        let mut select =
            db.prepare_cached("SELECT text FROM name WHERE kind = ? AND id > ? ORDER BY id")?;
        for (number, kind) in (0_u32..).zip(&mut self.kinds) {
            let mut rows = select.query(params![number, kind.texts.len() as u32])?;
            while let Some(row) = rows.next()? {
                let text: String = row.get(0)?;
                kind.texts.push(text.clone());
                kind.numbers.insert(text, kind.texts.len() as u32);
            }
            kind.saved = kind.texts.len();
        }
        Ok(())
    }

    /// The number of a name, if it has one.
    pub(crate) fn find(&self, kind: NameKind, text: &str) -> Option<u32> {
        if text.is_empty() {
            return Some(0);
        }
        self.kinds[kind as usize].numbers.get(text).copied()
    }

    /// The number of a name, which is added when it is new.
    pub(crate) fn number(&mut self, kind: NameKind, text: &str) -> u32 {
        if let Some(known) = self.find(kind, text) {
            return known;
        }
        let kind = &mut self.kinds[kind as usize];
        kind.texts.push(text.to_owned());
        let number = kind.texts.len() as u32;
        kind.numbers.insert(text.to_owned(), number);
        number
    }

    /// Notes that an alert has it.
    pub(crate) fn used(&mut self, kind: NameKind, number: u32) {
        *self.kinds[kind as usize].uses.entry(number).or_default() += 1;
    }

    /// The name of a number; empty without.
    pub(crate) fn text(&self, kind: NameKind, number: u32) -> &str {
        let texts = &self.kinds[kind as usize].texts;
        (number as usize).checked_sub(1).and_then(|at| texts.get(at)).map_or("", String::as_str)
    }

    /// The numbers of all sets that hold one of the tags.
    pub(crate) fn sets_with(&self, tags: &[String]) -> Vec<u32> {
        let texts = &self.kinds[NameKind::Tags as usize].texts;
        let wanted = |set: &String| tags_of(set).any(|tag| tags.iter().any(|wanted| wanted == tag));
        (1_u32..).zip(texts).filter(|(_, set)| wanted(set)).map(|(number, _)| number).collect()
    }

    /// Writes what is new.
    pub(crate) fn save(&mut self, db: &Connection) -> Result<(), Fault> {
        let mut insert =
            db.prepare_cached("INSERT INTO name(kind, id, text, uses) VALUES (?, ?, ?, 0)")?;
        let mut update =
            db.prepare_cached("UPDATE name SET uses = uses + ? WHERE kind = ? AND id = ?")?;
        for (number, kind) in (0_u32..).zip(&mut self.kinds) {
            for (id, text) in (1_u32..).zip(&kind.texts).skip(kind.saved) {
                insert.execute(params![number, id, text])?;
            }
            for (id, uses) in kind.uses.drain() {
                update.execute(params![uses.cast_signed(), number, id])?;
            }
        }
        Ok(())
    }

    /// What [`save`](Self::save) wrote is there to stay.
    pub(crate) fn committed(&mut self) {
        for kind in &mut self.kinds {
            kind.saved = kind.texts.len();
        }
    }

    /// Forgets what was not committed.
    pub(crate) fn roll_back(&mut self) {
        for kind in &mut self.kinds {
            for text in kind.texts.drain(kind.saved..) {
                kind.numbers.remove(&text);
            }
            kind.uses.clear();
        }
    }
}

/// The tags of a set.
pub(crate) fn tags_of(set: &str) -> impl Iterator<Item = &str> {
    set.split(TAG_MARK).skip(1)
}
