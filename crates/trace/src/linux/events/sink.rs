//! Where events go.
//! Decides nothing about them. Implemented for a file of JSON lines, a closure, and two sinks at once.

use std::fs::File;
use std::io::{self, Write};

use rustix::fs::FileType;

use super::event::Event;
use super::render::LineWriter;

/// Takes events, on the tracer's thread, while the thread that made the call stands still: it must be quick.
pub trait Sink {
    /// Takes an event, which is gone afterwards.
    fn take(&mut self, event: &Event<'_>);

    /// Writes what was held back, and tells what was lost.
    fn finish(&mut self) -> Loss {
        Loss::default()
    }
}

/// Events a sink could not keep.
#[derive(Debug, Default)]
pub struct Loss {
    /// How many.
    pub events: u64,
    /// Why: the first reason.
    pub error: Option<io::Error>,
}

/// Gives events to a closure.
#[derive(Debug)]
pub struct Each<F>(F);

impl<F: FnMut(&Event<'_>)> Each<F> {
    /// Calls `closure` with each.
    pub const fn new(closure: F) -> Self {
        Self(closure)
    }
}

impl<F: FnMut(&Event<'_>)> Sink for Each<F> {
    fn take(&mut self, event: &Event<'_>) {
        self.0(event);
    }
}

impl<A: Sink, B: Sink> Sink for (A, B) {
    fn take(&mut self, event: &Event<'_>) {
        self.0.take(event);
        self.1.take(event);
    }

    fn finish(&mut self) -> Loss {
        let (first, second) = (self.0.finish(), self.1.finish());
        Loss { events: first.events + second.events, error: first.error.or(second.error) }
    }
}

/// So many bytes are written at a time.
const CHUNK: usize = 256 << 10;

/// Writes events as JSON lines. After an error nothing more is written: a file with a hole in its middle would look whole.
#[derive(Debug)]
pub struct LineSink {
    file: File,
    writer: LineWriter,
    buffer: String,
    /// Somebody reads them as they come: `file` is a pipe.
    prompt: bool,
    /// Lines in the buffer.
    held: u64,
    loss: Loss,
}

impl LineSink {
    /// Writes to `file`, from where it stands.
    #[must_use]
    pub fn new(file: File) -> Self {
        let buffer = String::with_capacity(CHUNK + (16 << 10));
        let prompt = rustix::fs::fstat(&file)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
        Self { file, writer: LineWriter::default(), buffer, prompt, held: 0, loss: Loss::default() }
    }

    fn flush(&mut self) {
        if let Err(error) = self.file.write_all(self.buffer.as_bytes()) {
            self.loss.events += self.held;
            self.loss.error = Some(error);
        }
        self.held = 0;
        self.buffer.clear();
    }
}

impl Sink for LineSink {
    fn take(&mut self, event: &Event<'_>) {
        if self.loss.error.is_some() {
            self.loss.events += 1;
            return;
        }
        self.writer.write(event, &mut self.buffer);
        self.held += 1;
        if self.prompt || self.buffer.len() >= CHUNK {
            self.flush();
        }
    }

    fn finish(&mut self) -> Loss {
        self.flush();
        std::mem::take(&mut self.loss)
    }
}
