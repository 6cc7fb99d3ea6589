//! What a process holds that a trace could leave behind in it: descriptors, threads, children.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// A look at this process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hygiene {
    descriptors: BTreeMap<i32, PathBuf>,
    threads: usize,
    children: String,
}

impl Hygiene {
    pub(crate) fn now() -> Self {
        let mut descriptors = BTreeMap::new();
        for entry in fs::read_dir("/proc/self/fd").unwrap() {
            let path = entry.unwrap().path();
            // The one of this very listing is gone by now.
            if let Ok(target) = fs::read_link(&path) {
                let number = path.file_name().unwrap().to_str().unwrap().parse().unwrap();
                if !target.ends_with("fd") {
                    descriptors.insert(number, target);
                }
            }
        }
        let mut threads = 0;
        let mut children = String::new();
        for task in fs::read_dir("/proc/self/task").unwrap() {
            threads += 1;
            // Zombies are listed as well (proc_tid_children(5)); absent in kernels built without it.
            children +=
                &fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default();
        }
        Self { descriptors, threads, children }
    }

    /// Fails unless everything is as it was. A thread that has been joined is listed a little longer: that is waited for.
    pub(crate) fn check(&self) {
        let deadline = Instant::now() + Duration::from_secs(5);
        while Self::now().threads != self.threads && Instant::now() < deadline {
            thread::yield_now();
        }
        assert_eq!(*self, Self::now(), "the trace left something behind in its own process");
    }
}
