//! Runs a command under the tracer and prints its record: `record [-q] [-t THREADS] COMMAND…`. With `-q` the summary alone.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

#[cfg(target_os = "linux")]
mod traced;

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    traced::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {}
