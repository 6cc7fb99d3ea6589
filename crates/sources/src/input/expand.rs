//! What a path stands for: a file is itself, a folder the logs in it, in the order that Falco's plugins take them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Input;
use crate::error::SourceError;
use crate::source::Source;

/// The inputs behind a path. Kubernetes: the files of a folder by the time they were written. `CloudTrail`: all `.json`, and packed
/// ones, below a folder, by name. Others: the files of a folder by name.
pub fn expand(path: &Path, source: Source) -> Result<Vec<Input>, SourceError> {
    if path.as_os_str() == "-" || !path.is_dir() {
        return Ok(vec![Input::file(path)]);
    }
    let mut files = Vec::new();
    collect(path, source, &mut files)?;
    if source == Source::K8sAudit {
        files.sort();
    } else {
        files.sort_by(|(_, one), (_, other)| one.cmp(other));
    }
    Ok(files.iter().map(|(_, file)| Input::file(file)).collect())
}

fn collect(
    folder: &Path,
    source: Source,
    files: &mut Vec<(SystemTime, PathBuf)>,
) -> Result<(), SourceError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| SourceError::Unreadable { path, source }
    };
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let facts = fs::metadata(&path).map_err(unreadable(&path))?;
        if facts.is_dir() {
            if source == Source::CloudTrail {
                collect(&path, source, files)?;
            }
        } else if facts.is_file() && (source != Source::CloudTrail || is_record_file(&path)) {
            files.push((facts.modified().unwrap_or(SystemTime::UNIX_EPOCH), path));
        }
    }
    Ok(())
}

fn is_record_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [".json", ".json.gz", ".json.zst"].iter().any(|ending| name.ends_with(ending))
}
