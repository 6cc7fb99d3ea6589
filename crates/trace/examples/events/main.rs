//! Prints the events of a command as JSON lines: a tool to look at them by themselves. With `-q`, only counts and times.
#![expect(clippy::print_stderr, reason = "a program of its own")]

#[cfg(target_os = "linux")]
mod traced;

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    traced::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {}
