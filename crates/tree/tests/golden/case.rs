//! One case: builds its tree, runs both passes around its command and compares with what was attested.
//! Knows the layout of the cases; which there are and what else holds of them is in `main`.
//! Used by all tests of this binary.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use lanner_tree::{ProductGlobs, ProductScan, ScanOptions, TreeScan, scan};
use serde_json::Value;

fn options<'a>(cancel: &'a AtomicBool, progress: &'a AtomicU64) -> ScanOptions<'a> {
    ScanOptions { threads: 2, rehash: false, cancel, progress }
}

fn hex(hash: [u8; 32]) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.bytes().filter(|byte| *byte != b'=');
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for digit in digits {
        let value = ALPHABET.iter().position(|known| *known == digit).unwrap();
        bits = (bits << 6) | u32::try_from(value).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// Replaces `%d` or `%04d` by an index.
fn numbered(pattern: &str, index: u64) -> String {
    pattern.replace("%04d", &format!("{index:04}")).replace("%d", &index.to_string())
}

fn content(entry: &Value) -> Vec<u8> {
    if let Some(size) = entry["gen"]["size"].as_u64() {
        return (0..size).map(|index| ((index % 256) * 31 + 7) as u8).collect();
    }
    if let Some(encoded) = entry["content_b64"].as_str() {
        return base64(encoded);
    }
    entry["content"].as_str().unwrap().into()
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn build(tree: &Path, entry: &Value) {
    let name = match entry["path_b64"].as_str() {
        Some(encoded) => std::ffi::OsString::from_vec(base64(encoded)),
        None => entry["path"].as_str().unwrap().into(),
    };
    let path = tree.join(&name);
    match entry["type"].as_str().unwrap() {
        "file" => {
            write(&path, &content(entry));
            if let Some(mode) = entry["mode"].as_str() {
                let mode = u32::from_str_radix(mode, 8).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
        "dir" => fs::create_dir_all(&path).unwrap(),
        "symlink" => {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            symlink(entry["target"].as_str().unwrap(), &path).unwrap();
        }
        "hardlink" => fs::hard_link(tree.join(entry["to"].as_str().unwrap()), &path).unwrap(),
        "fifo" => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
        "many" => {
            for index in 0..entry["count"].as_u64().unwrap() {
                let content = numbered(entry["content"].as_str().unwrap(), index);
                write(&tree.join(numbered(name.to_str().unwrap(), index)), content.as_bytes());
            }
        }
        other => panic!("unknown entry type {other}"),
    }
}

/// A tree on disk with what was attested of it.
pub(crate) struct Case {
    name: String,
    attested: Value,
    arguments: Vec<String>,
    outer: tempfile::TempDir,
    /// Whether `setup.sh` made a repository in it.
    repository: bool,
}

impl Case {
    /// Builds the tree that a case describes.
    pub(crate) fn load(folder: &Path) -> Self {
        let json = |file| {
            let text = fs::read(folder.join(file)).unwrap();
            serde_json::from_slice::<Value>(&text).unwrap()
        };
        let (attested, layout) = (json("attested.json"), json("tree.json"));
        let outer = tempfile::tempdir().unwrap();
        let tree = outer.path().join("tree");
        fs::create_dir(&tree).unwrap();
        for entry in layout["entries"].as_array().unwrap() {
            build(&tree, entry);
        }
        for entry in layout["outside_entries"].as_array().into_iter().flatten() {
            build(outer.path(), entry);
        }
        let setup = folder.join("setup.sh");
        if setup.exists() {
            let done = Command::new("sh")
                .arg("-eu")
                .arg(&setup)
                .current_dir(&tree)
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_SYSTEM", "/dev/null")
                .env("HOME", outer.path())
                .stdout(Stdio::null())
                .status()
                .unwrap();
            assert!(done.success(), "{}", setup.display());
        }
        let arguments = attested["args"].as_array().unwrap();
        Self {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            arguments: arguments.iter().map(|word| word.as_str().unwrap().to_owned()).collect(),
            attested,
            outer,
            repository: setup.exists(),
        }
    }

    fn root(&self) -> PathBuf {
        self.outer.path().join(self.attested["cwd"].as_str().unwrap())
    }

    fn flag(&self, name: &str, default: &str) -> String {
        let at = self.arguments.iter().position(|word| word == name);
        at.map_or(default, |at| &self.arguments[at + 1]).to_owned()
    }

    fn run_command(&self) {
        let at = self.arguments.iter().position(|word| word == "--").unwrap();
        let command = &self.arguments[at + 1..];
        let mut child = Command::new(&command[0]);
        child.args(&command[1..]).current_dir(self.root()).status().unwrap();
    }

    /// Both passes around the command.
    pub(crate) fn scan(&self) -> (Arc<TreeScan>, TreeScan) {
        let (cancel, progress) = (AtomicBool::new(false), AtomicU64::new(0));
        let options = options(&cancel, &progress);
        let materials = Arc::new(scan(&self.root(), &options).unwrap());
        self.run_command();
        let globs = ProductGlobs::new(
            &self.flag("--attestor-product-include-glob", "*"),
            &self.flag("--attestor-product-exclude-glob", ""),
        )
        .unwrap();
        let known =
            Some(&materials).filter(|_| self.flag("--no-default-attestor", "") != "material");
        let products = ProductScan::start(&self.root(), known, &globs, &options).unwrap();
        (materials, products.finish(&options).unwrap())
    }

    /// The leaves and the root of one stage, as far as they were recorded.
    pub(crate) fn compare(&self, stage: &str, tree: &TreeScan) {
        let expected = &self.attested["expected"][stage];
        if expected.is_null() {
            return;
        }
        let mut json = Vec::new();
        tree.leaves_json(&mut json);
        let ours: Vec<Value> = serde_json::from_slice(&json).unwrap();
        assert_eq!(ours.len(), tree.leaf_count());
        for leaf in expected["leaves"].as_array().into_iter().flatten() {
            let path = leaf["path"].as_str().unwrap();
            // The recorded tool lost the bytes of names that are not UTF-8, and gave two files one path.
            let renamed = path.contains('\u{fffd}') || self.name == "25-backslash-collision";
            if path.ends_with(".git/index") || renamed {
                continue;
            }
            assert!(ours.contains(leaf), "{} {stage}: no {leaf} in {ours:#?}", self.name);
        }
        if self.repository {
            return;
        }
        let root = expected["merkleRoot"].as_str().unwrap();
        assert_eq!(hex(tree.root()), root, "{} {stage}: {ours:#?}", self.name);
        assert_eq!(Some(tree.tree_size()), expected["treeSize"].as_u64(), "{}", self.name);
    }
}
