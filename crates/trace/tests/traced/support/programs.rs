//! Compiles the programs of `tests/programs`, each once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The C compiler, if there is one.
pub(crate) fn compiler() -> bool {
    Command::new("cc").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The executable of `tests/programs/NAME.c`.
pub(crate) fn program(name: &str) -> PathBuf {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let source = sources.join(name).with_extension("c");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let newest = changed(&source).max(changed(&sources.join("step.h")));
    if changed(&target) < newest {
        compile(&source, &target);
    }
    target
}

fn compile(source: &Path, target: &Path) {
    // Tests run side by side, and a program that is being written cannot be executed: it appears whole.
    let fresh = target.with_extension(std::process::id().to_string());
    let output = Command::new("cc")
        .args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Wno-nonnull", "-pthread", "-o"])
        .args([&fresh, source])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::rename(fresh, target).unwrap();
}
