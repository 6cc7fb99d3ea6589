//! The file that says where all consumers are, and how far the log was then: one line of checksum, one of JSON.
//! Replaced whole, so that it is the old or the new one after a crash. Used by `journal` alone.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::error::JournalError;
use crate::folder::Folder;
use crate::ranges::Ranges;

const NAME: &str = "consumers";
const BESIDE: &str = "consumers.new";

/// What is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// Behind the last position of the log.
    pub(crate) end: u64,
    /// By name: all before is settled, and what is settled behind.
    pub(crate) consumers: BTreeMap<String, (u64, Ranges)>,
}

impl Places {
    /// Reads the file; `None` when there is none.
    pub(crate) fn load(folder: &Folder) -> Result<Option<Self>, JournalError> {
        let path = folder.path.join(NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
            Err(source) => return Err(JournalError::Open { path, source }),
        };
        match parse(&text) {
            Some(places) => Ok(Some(places)),
            None => Err(JournalError::Damaged {
                path,
                offset: 0,
                what: "this is not the list of consumers that was written".to_owned(),
            }),
        }
    }

    /// Writes the file; it survives a crash once this returned.
    pub(crate) fn save(&self, folder: &Folder) -> Result<(), JournalError> {
        let beside = folder.path.join(BESIDE);
        let cannot = |path: &PathBuf| {
            let path = path.clone();
            move |source| JournalError::Write { path, source }
        };
        let mut file = open(&beside).map_err(cannot(&beside))?;
        file.write_all(self.text().as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(cannot(&beside))?;
        let path = folder.path.join(NAME);
        fs::rename(&beside, &path).and_then(|()| folder.sync()).map_err(cannot(&path))
    }

    fn text(&self) -> String {
        let consumers: Map<String, Value> = self
            .consumers
            .iter()
            .map(|(name, (low, settled))| {
                let settled: Vec<Value> =
                    settled.iter().map(|(first, end)| json!([first, end])).collect();
                (name.clone(), json!({ "low": low, "settled": settled }))
            })
            .collect();
        let json = json!({ "end": self.end, "consumers": consumers }).to_string();
        format!("{:08x}\n{json}\n", crc32fast::hash(json.as_bytes()))
    }
}

fn open(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

fn parse(text: &str) -> Option<Places> {
    let (checksum, json) = text.strip_suffix('\n')?.split_once('\n')?;
    if u32::from_str_radix(checksum, 16).ok()? != crc32fast::hash(json.as_bytes()) {
        return None;
    }
    let value: Value = serde_json::from_str(json).ok()?;
    let mut places = Places { end: value["end"].as_u64()?, consumers: BTreeMap::new() };
    for (name, place) in value["consumers"].as_object()? {
        let mut settled = Ranges::default();
        for range in place["settled"].as_array()? {
            settled.insert_all(range[0].as_u64()?, range[1].as_u64()?);
        }
        places.consumers.insert(name.clone(), (place["low"].as_u64()?, settled));
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded_and_a_changed_byte_is_told() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path()).unwrap();
        assert_eq!(Places::load(&folder).unwrap(), None);
        let mut settled = Ranges::default();
        settled.insert_all(7, 9);
        settled.insert_all(12, 13);
        let consumers = BTreeMap::from([("a \"b\" é".to_owned(), (u64::MAX / 2, settled))]);
        let places = Places { end: 20, consumers };
        places.save(&folder).unwrap();
        assert_eq!(Places::load(&folder).unwrap(), Some(places));
        let path = home.path().join(NAME);
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            let error = Places::load(&folder).map(|_| at).unwrap_err();
            assert_eq!(error.code(), "ERR_QUEUE_DAMAGED", "byte {at}");
        }
    }
}
