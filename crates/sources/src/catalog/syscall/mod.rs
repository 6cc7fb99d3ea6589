//! The fields of system calls, a file a class, in the order `falco --list` has.
//! What of them a trace can answer is for `syscall`.

pub(crate) mod container;
pub(crate) mod descriptor;
pub(crate) mod event;
pub(crate) mod group;
pub(crate) mod path;
pub(crate) mod poll;
pub(crate) mod process;
pub(crate) mod user;
