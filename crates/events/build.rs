//! Compiles the C++ kernel against the simdjson that `simdjson-sys` built, and decides how the C++ library is linked.
//! Adds nothing to the network or to the source tree. Run by cargo only.

use std::env;
use std::path::{Path, PathBuf};

/// The file name GNU and Clang drivers look up for a static C++ library.
const STATIC_LIBSTDCXX: &str = "libstdc++.a";

fn main() {
    println!("cargo:rerun-if-changed=src/kernel.cpp");
    println!("cargo:rerun-if-changed=src/structure.cpp");
    println!("cargo:rerun-if-env-changed=CXXSTDLIB");

    let root = PathBuf::from(
        env::var_os("DEP_SIMDJSON_ROOT").expect("simdjson-sys names its output folder"),
    );
    let mut build = cc::Build::new();
    build
        .cpp(true)
        .std("c++17")
        .include(root.join("include"))
        .file("src/kernel.cpp")
        .file("src/structure.cpp")
        // No frame of the kernel may unwind into Rust; simdjson then reports by error code alone.
        .flag_if_supported("-fno-exceptions")
        .flag_if_supported("-fno-rtti")
        .cpp_link_stdlib(None);
    if env::var("PROFILE").as_deref() == Ok("debug") {
        // An unoptimised tape walk makes the tests with big inputs take minutes.
        build.opt_level(1);
    }
    build.compile("lanner_events_kernel");

    // Named again here, between the kernel that needs it and the C++ library it needs: GNU ld reads archives once, in order.
    println!("cargo:rustc-link-search=native={}", root.join("lib").display());
    println!("cargo:rustc-link-lib=static=simdjson");
    link_cxx_library(&build);
}

/// Static where the compiler has an archive: the host's libstdc++ may be older than the `GLIBCXX_*` versions of the build machine.
fn link_cxx_library(build: &cc::Build) {
    if let Ok(name) = env::var("CXXSTDLIB") {
        // The variable that `cc` documents; a cross toolchain with another C++ library sets it.
        println!("cargo:rustc-link-lib={name}");
        return;
    }
    let target = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let vendor = env::var("CARGO_CFG_TARGET_VENDOR").unwrap_or_default();
    if vendor == "apple" || target == "freebsd" {
        // Apple ships no static libc++, and its ABI is part of the system.
        println!("cargo:rustc-link-lib=c++");
    } else if let Some(folder) = folder_of_archive(build) {
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-lib=static=stdc++");
    } else {
        println!("cargo:rustc-link-lib=stdc++");
    }
}

/// Where the compiler keeps its static C++ library; it echoes the bare name back when it has none.
fn folder_of_archive(build: &cc::Build) -> Option<PathBuf> {
    let mut command = build.get_compiler().to_command();
    let output = command.arg(format!("-print-file-name={STATIC_LIBSTDCXX}")).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    let path = Path::new(path.trim());
    if path.is_absolute() && path.exists() { path.parent().map(Path::to_path_buf) } else { None }
}
