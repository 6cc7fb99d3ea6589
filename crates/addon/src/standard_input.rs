//! Standard input as a blocking reader, although Node makes a pipe there non-blocking for all who share it.
//! Waits with poll(2) when there is nothing to read. Used by `detect` and `coverage` for `-`.

use std::io::{self, Read};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, read};
use rustix::stdio::stdin;

/// Reads descriptor 0.
#[derive(Debug)]
pub(crate) struct StandardInput;

impl Read for StandardInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match read(stdin(), &mut *buffer) {
                Err(Errno::AGAIN) => wait()?,
                Err(Errno::INTR) => {}
                outcome => return Ok(outcome?),
            }
        }
    }
}

fn wait() -> io::Result<()> {
    match poll(&mut [PollFd::new(&stdin(), PollFlags::IN)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
