//! Fields of the system call itself.
//! Read by `syscall`.

use lanner_rules::{Field, FieldType};

use crate::catalog::entry::{EITHER, INDEX, KEY, field};

/// Fields of the system call itself.
pub(crate) const FIELDS: &[Field] = &[
    field("evt.deltatime", FieldType::RelTime, "Nanoseconds since the event before.").build(),
    field("evt.deltatime.s", FieldType::RelTime, "Whole seconds since the event before.").build(),
    field(
        "evt.deltatime.ns",
        FieldType::RelTime,
        "The nanoseconds of the time since the event before.",
    )
    .build(),
    field("evt.type", FieldType::CharBuf, "The name of the event: openat.").build(),
    field("evt.type.is", FieldType::Uint32, "1 for events of the type in the argument, else 0.")
        .requires(KEY)
        .dotted()
        .build(),
    field(
        "syscall.type",
        FieldType::CharBuf,
        "The name of the system call; missing for other events.",
    )
    .build(),
    field(
        "evt.category",
        FieldType::CharBuf,
        "What the event deals with: file, net, memory, process and so on.",
    )
    .build(),
    field("evt.cpu", FieldType::Int16, "The processor it happened on.").build(),
    field("evt.args", FieldType::CharBuf, "All arguments, as name=value.").build(),
    field("evt.arg", FieldType::CharBuf, "One argument by name or position, as text.")
        .requires(EITHER)
        .dotted()
        .build(),
    field("evt.rawarg", FieldType::Dynamic, "One argument by name, in its own type.")
        .requires(EITHER)
        .left_only()
        .filter_only()
        .dotted()
        .build(),
    field("evt.info", FieldType::CharBuf, "The same as evt.args.").build(),
    field(
        "evt.buffer",
        FieldType::ByteBuf,
        "The bytes that were read or written, as far as they were kept.",
    )
    .build(),
    field("evt.buflen", FieldType::Uint64, "How many bytes were read or written.").build(),
    field("evt.res", FieldType::CharBuf, "SUCCESS, or the name of the error.").build(),
    field("evt.rawres", FieldType::Int64, "What the call returned.").build(),
    field("evt.failed", FieldType::Bool, "Whether it failed.").build(),
    field("evt.is_io", FieldType::Bool, "Whether it reads or writes a descriptor.").build(),
    field("evt.is_io_read", FieldType::Bool, "Whether it reads a descriptor.").build(),
    field("evt.is_io_write", FieldType::Bool, "Whether it writes a descriptor.").build(),
    field("evt.io_dir", FieldType::CharBuf, "r when it reads, w when it writes.").build(),
    field("evt.is_wait", FieldType::Bool, "Whether it makes the thread wait.").build(),
    field("evt.is_syslog", FieldType::Bool, "Whether it writes to the system's log.").build(),
    field("evt.count", FieldType::Uint32, "Always 1.").build(),
    field("evt.count.error", FieldType::Uint32, "1 when it failed.").build(),
    field("evt.count.error.file", FieldType::Uint32, "1 when it failed and dealt with files.")
        .build(),
    field("evt.count.error.net", FieldType::Uint32, "1 when it failed and dealt with the network.")
        .build(),
    field("evt.count.error.memory", FieldType::Uint32, "1 when it failed and dealt with memory.")
        .build(),
    field(
        "evt.count.error.other",
        FieldType::Uint32,
        "1 when it failed and dealt with something else.",
    )
    .build(),
    field("evt.count.exit", FieldType::Uint32, "1 for the end of a call.").build(),
    field(
        "evt.around",
        FieldType::Uint64,
        "Whether it is within some milliseconds of the time in the argument.",
    )
    .requires(INDEX)
    .left_only()
    .filter_only()
    .build(),
    field(
        "evt.abspath",
        FieldType::CharBuf,
        "A path of the call made whole; src or dst for calls with two.",
    )
    .requires(KEY)
    .dotted()
    .build(),
    field("evt.is_open_read", FieldType::Bool, "Whether a file was opened to read.").build(),
    field("evt.is_open_write", FieldType::Bool, "Whether a file was opened to write.").build(),
    field("evt.is_open_exec", FieldType::Bool, "Whether a file was made that can be executed.")
        .build(),
    field("evt.is_open_create", FieldType::Bool, "Whether opening made the file.").build(),
    field("evt.dir", FieldType::CharBuf, "Out of use: < always; only the end of a call is told.")
        .hidden()
        .deprecated()
        .build(),
    field("evt.latency", FieldType::RelTime, "Out of use: how long the call took.")
        .hidden()
        .deprecated()
        .build(),
    field("evt.latency.s", FieldType::RelTime, "Out of use: whole seconds the call took.")
        .hidden()
        .deprecated()
        .build(),
    field(
        "evt.latency.ns",
        FieldType::RelTime,
        "Out of use: the nanoseconds of the time the call took.",
    )
    .hidden()
    .deprecated()
    .build(),
    field(
        "evt.latency.quantized",
        FieldType::Uint64,
        "Out of use: how long the call took, as a power of ten.",
    )
    .hidden()
    .deprecated()
    .build(),
    field("evt.latency.human", FieldType::CharBuf, "Out of use: how long the call took, to read.")
        .hidden()
        .deprecated()
        .build(),
    field("evt.wait_latency", FieldType::RelTime, "Out of use: how long the thread waited.")
        .hidden()
        .deprecated()
        .build(),
];
